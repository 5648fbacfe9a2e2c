// The tool runner of Anthropic's SDK for Node: one task with one tool. Prints how often the tool ran, and the last message.

import { createRequire } from "node:module";

const { CLIENTS_DIR, ROUTER_URL, ROUTER_TOKEN, ROUTER_GROUP } = process.env;
const { default: Anthropic } = createRequire(`${CLIENTS_DIR}/`)("@anthropic-ai/sdk");
const client = new Anthropic({ baseURL: ROUTER_URL, apiKey: null, authToken: ROUTER_TOKEN, maxRetries: 0 });

const ran = [];
const weather = {
  type: "custom",
  name: "get_weather",
  description: "The weather in a city",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  parse: (input) => input,
  run: ({ city }) => {
    ran.push(city);
    return "sunny";
  },
};

const message = await client.beta.messages.toolRunner({
  model: ROUTER_GROUP,
  max_tokens: 1000,
  tools: [weather],
  messages: [{ role: "user", content: "The weather in Paris, please. Use the tool." }],
});
console.log(JSON.stringify({ ran, content: message.content }));
