// Vercel's AI SDK as it comes, over Responses: it refers to what the provider has kept of earlier turns. Two turns of one
// conversation, the first with a tool; whole or streamed. Prints how often the tool ran, and the text of each turn.

import { createRequire } from "node:module";

const { CLIENTS_DIR, ROUTER_URL, ROUTER_TOKEN, ROUTER_GROUP, STREAMED, REASONING } = process.env;
const require = createRequire(`${CLIENTS_DIR}/`);
const { generateText, jsonSchema, stepCountIs, streamText, tool } = require("ai");
const { createOpenAI } = require("@ai-sdk/openai");

const openai = createOpenAI({ baseURL: `${ROUTER_URL}/v1`, apiKey: ROUTER_TOKEN });
const ran = [];
const get_weather = tool({
  description: "The weather in a city",
  inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] }),
  execute: ({ city }) => {
    ran.push(city);
    return "sunny";
  },
});
const reasoning = { forceReasoning: true, reasoningEffort: "low", reasoningSummary: "auto" };
const options = {
  model: openai.responses(ROUTER_GROUP),
  maxRetries: 0,
  stopWhen: stepCountIs(4),
  ...(REASONING && { providerOptions: { openai: reasoning } }),
};

const messages = [];
const texts = [];
async function turn(content, tools) {
  messages.push({ role: "user", content });
  const failures = [];
  const asked = { ...options, messages, tools };
  const result = STREAMED
    ? streamText({ ...asked, onError: ({ error }) => failures.push(error) })
    : await generateText(asked);
  if (STREAMED) await result.consumeStream();
  if (failures.length) throw failures[0];
  messages.push(...(await result.response).messages);
  texts.push(await result.text);
}

await turn("The weather in Paris, please. Use the tool.", { get_weather });
await turn("Thank you. And now a greeting.");
console.log(JSON.stringify({ ran, texts }));
