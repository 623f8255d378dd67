// The `openai` package for JavaScript with its defaults: one chat, whose first answers may be 503.
import OpenAI from "openai";

const { GATEWAY_URL: baseURL, GATEWAY_KEY: apiKey } = process.env;
const client = new OpenAI({ baseURL, apiKey });
const answer = await client.chat.completions.create({ model: "qwen", messages: [{ role: "user", content: "hello" }] });
process.stdout.write(answer.choices[0].message.content);
