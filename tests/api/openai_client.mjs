// The official OpenAI client for Node against a server: node openai_client.mjs BASE_URL MODEL [EMBEDDER].
// One case a feature; exit status 1 when one fails.
import assert from "node:assert/strict";
import OpenAI from "openai";
import { run } from "./cases.mjs";

const [base, model, embedder = model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base.replace(/\/$/, "")}/v1`, apiKey: "none", maxRetries: 0 });
const chat = (more = {}) =>
  client.chat.completions.create({
    model, messages: [{ role: "user", content: "Once upon a time" }], max_tokens: 24, temperature: 0, ...more,
  });
const schema = {
  type: "object", properties: { age: { type: "integer", minimum: 0, maximum: 150 } }, required: ["age"], additionalProperties: false,
};
const tool = { type: "function", function: { name: "age", parameters: schema } };

const cases = {
  async "models list and retrieve"() {
    const ids = [];
    for await (const one of client.models.list()) ids.push(one.id);
    assert.ok(ids.includes(model));
    assert.equal((await client.models.retrieve(model)).id, model);
  },
  async "streamed equals whole"() {
    const whole = await chat();
    let text = "";
    const chunks = [];
    for await (const chunk of await chat({ stream: true, stream_options: { include_usage: true } })) {
      chunks.push(chunk);
      text += chunk.choices[0]?.delta?.content ?? "";
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(chunks[0].choices[0].delta.role, "assistant");
    assert.equal(chunks.at(-1).usage.total_tokens, whole.usage.total_tokens);
    assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
  },
  async "the stream helper gathers an answer"() {
    const stream = client.chat.completions.stream({
      model, messages: [{ role: "user", content: "Once" }], max_tokens: 8, temperature: 0,
    });
    const final = await stream.finalChatCompletion();
    assert.ok(final.choices[0].message.content.length > 0);
  },
  async "a stream can be left"() {
    const stream = await chat({ stream: true, max_tokens: 400 });
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) break;
    }
    assert.ok((await chat()).choices[0].message.content);
  },
  async "json schema"() {
    const answer = await chat({
      max_tokens: 200, response_format: { type: "json_schema", json_schema: { name: "it", schema, strict: true } },
    });
    const { age } = JSON.parse(answer.choices[0].message.content);
    assert.ok(Number.isInteger(age) && age >= 0 && age <= 150);
  },
  async "tools required, whole and streamed"() {
    const more = { tools: [tool], tool_choice: "required", parallel_tool_calls: false, max_tokens: 200 };
    const answer = await chat(more);
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
    assert.ok(JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments).age >= 0);
    const final = await client.chat.completions
      .stream({ model, messages: [{ role: "user", content: "x" }], temperature: 0, ...more })
      .finalChatCompletion();
    assert.equal(final.choices[0].message.tool_calls[0].function.name, "age");
  },
  async "log probabilities"() {
    const answer = await chat({ logprobs: true, top_logprobs: 2, max_tokens: 3 });
    assert.equal(answer.choices[0].logprobs.content.length, 3);
    assert.equal(answer.choices[0].logprobs.content[0].top_logprobs.length, 2);
  },
  async completions() {
    const answer = await client.completions.create({ model, prompt: "Once upon", max_tokens: 6, temperature: 0 });
    let text = "";
    for await (const chunk of await client.completions.create({
      model, prompt: "Once upon", max_tokens: 6, temperature: 0, stream: true,
    })) text += chunk.choices[0].text;
    assert.equal(text, answer.choices[0].text);
  },
  async "embeddings in base64 and as floats"() {
    const coded = await client.embeddings.create({ model: embedder, input: ["one", "two"] });
    const plain = await client.embeddings.create({ model: embedder, input: ["one", "two"], encoding_format: "float" });
    assert.equal(coded.data.length, 2);
    for (let i = 0; i < 8; ++i) assert.ok(Math.abs(coded.data[1].embedding[i] - plain.data[1].embedding[i]) < 1e-5);
  },
  async errors() {
    await assert.rejects(client.chat.completions.create({ model: "none", messages: [{ role: "user", content: "x" }] }),
      (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found");
    await assert.rejects(chat({ top_p: 3 }), (error) => error instanceof OpenAI.BadRequestError && error.param === "top_p");
    await assert.rejects(client.chat.completions.create({ model, messages: [] }), OpenAI.BadRequestError);
  },
};

await run(cases);
