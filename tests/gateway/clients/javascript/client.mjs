// The `openai` package for JavaScript against the gateway: prints one JSON object with what each call gave.
import OpenAI from "openai";

const { GATEWAY_URL: baseURL, GATEWAY_KEY: apiKey, GATEWAY_SLOW_KEY: slowKey } = process.env;
const [chat, embed] = ["qwen", "dev/embed"];
const client = new OpenAI({ baseURL, apiKey });
const messages = [{ role: "user", content: "hello" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = [{ type: "function", function: { name: "weather", parameters } }];
const found = {};

async function failure(call) {
  try {
    await call();
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code };
  }
  return null;
}

found.models = (await client.models.list()).data.map((model) => model.id);
found.chat = (await client.chat.completions.create({ model: chat, messages })).choices[0].message.content;

found.stream = "";
const stream = await client.chat.completions.create({ model: chat, messages, stream: true });
for await (const chunk of stream) found.stream += chunk.choices[0]?.delta?.content ?? "";

const asked = await client.chat.completions.create({ model: chat, messages, tools });
found.tool = asked.choices[0].message.tool_calls[0].function;
const runner = client.chat.completions.stream({ model: chat, messages, tools });
found.streamedTool = (await runner.finalChatCompletion()).choices[0].message.tool_calls[0].function;

found.embedding = (await client.embeddings.create({ model: embed, input: "hello" })).data[0].embedding.length;
found.response = (await client.responses.create({ model: chat, input: "hello" })).output_text;
found.responseEvents = [];
for await (const event of await client.responses.create({ model: chat, input: "hello", stream: true })) {
  found.responseEvents.push(event.type);
}

const wrong = new OpenAI({ baseURL, apiKey: "sk-llm-wrong" });
found.wrongKey = await failure(() => wrong.chat.completions.create({ model: chat, messages }));
found.unknownModel = await failure(() => client.chat.completions.create({ model: "gpt-5", messages }));
found.badRequest = await failure(() => client.chat.completions.create({ model: chat, messages, temperature: -1 }));
const once = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
found.asleep = await failure(() => once.chat.completions.create({ model: "dev/asleep", messages }));

// One request a second: the client waits as Retry-After says and tries again.
const patient = new OpenAI({ baseURL, apiKey: slowKey, maxRetries: 4 });
found.patient = 0;
for (let number = 0; number < 3; number += 1) {
  found.patient += (await patient.chat.completions.create({ model: chat, messages, max_tokens: 1 })).choices.length;
}
console.log(JSON.stringify(found));
