// The AI SDK (`ai` with `@ai-sdk/openai-compatible`) against the gateway: prints one JSON object with what each call gave.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateText, streamText, tool } from "ai";
import { z } from "zod";

const { GATEWAY_URL: baseURL, GATEWAY_KEY: key, GATEWAY_SLOW_KEY: slowKey } = process.env;
const provider = (apiKey) => createOpenAICompatible({ name: "gateway", baseURL, apiKey, includeUsage: true });
const gateway = provider(key);
const weather = tool({ description: "The weather of a city", inputSchema: z.object({ city: z.string() }) });
const found = {};

async function failure(call) {
  try {
    await call();
  } catch (error) {
    const cause = error.lastError ?? error;
    return { name: cause.name, status: cause.statusCode, retryAfter: cause.responseHeaders?.["retry-after"], message: cause.message };
  }
  return null;
}

const ask = (apiKey, model, more = {}) => generateText({ model: provider(apiKey)(model), prompt: "hello", ...more });

const whole = await ask(key, "qwen");
found.chat = whole.text;
found.usage = whole.usage.outputTokens;
const stream = streamText({ model: gateway("qwen"), prompt: "hello" });
found.stream = "";
for await (const text of stream.textStream) found.stream += text;
found.streamedUsage = (await stream.usage).outputTokens;

const call = ({ toolName, input }) => ({ toolName, input });
found.tool = (await ask(key, "qwen", { tools: { weather } })).toolCalls.map(call);
const streamed = streamText({ model: gateway("qwen"), prompt: "weather?", tools: { weather } });
found.streamedTool = (await streamed.toolCalls).map(call);

found.embedding = (await embed({ model: gateway.embeddingModel("dev/embed"), value: "hello" })).embedding.length;
found.wrongKey = await failure(() => ask("sk-llm-wrong", "qwen"));
found.unknownModel = await failure(() => ask(key, "gpt-5"));
found.badRequest = await failure(() => ask(key, "qwen", { temperature: -1 }));
found.asleep = await failure(() => ask(key, "dev/asleep", { maxRetries: 0 }));
// One request a second: it waits as Retry-After says and tries again.
found.patient = [];
for (let number = 0; number < 3; number += 1) {
  found.patient.push((await ask(slowKey, "qwen", { maxOutputTokens: 1, maxRetries: 4 })).finishReason);
}
console.log(JSON.stringify(found));
