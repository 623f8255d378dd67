// The AI SDK with its defaults: one chat, whose first answers may be 503.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";

const { GATEWAY_URL: baseURL, GATEWAY_KEY: apiKey } = process.env;
const gateway = createOpenAICompatible({ name: "gateway", baseURL, apiKey });
const answer = await generateText({ model: gateway("qwen"), prompt: "hello" });
process.stdout.write(answer.text);
