// The official Anthropic client for Node against a server: node anthropic_client.mjs BASE_URL MODEL.
// One case a feature; exit status 1 when one fails.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { run } from "./cases.mjs";

const [base, model] = process.argv.slice(2);
const client = new Anthropic({ baseURL: base.replace(/\/$/, ""), apiKey: "none", maxRetries: 0 });
const user = (content = "Once upon a time") => [{ role: "user", content }];
const create = (more = {}) => client.messages.create({ model, max_tokens: 24, temperature: 0, messages: user(), ...more });
const textOf = (message) => message.content.filter((block) => block.type === "text").map((block) => block.text).join("");
const tool = {
  name: "weather",
  input_schema: { type: "object", properties: { city: { enum: ["Rome", "Oslo"] } }, required: ["city"], additionalProperties: false },
};
const named = { type: "tool", name: "weather", disable_parallel_tool_use: true };

const cases = {
  async "a message"() {
    const answer = await create();
    assert.match(answer.id, /^msg_/);
    assert.equal(answer.role, "assistant");
    assert.equal(answer.content[0].type, "text");
    assert.ok(["end_turn", "max_tokens"].includes(answer.stop_reason));
    assert.ok(answer._request_id);
  },
  async "events in order"() {
    const kinds = [];
    for await (const event of await create({ stream: true })) kinds.push(event.type);
    const deltas = kinds.filter((kind) => kind === "content_block_delta").length;
    assert.deepEqual(kinds.filter((kind) => kind !== "ping"), [
      "message_start", "content_block_start", ...Array(deltas).fill("content_block_delta"), "content_block_stop",
      "message_delta", "message_stop",
    ]);
  },
  async "the stream helper gathers the same"() {
    const whole = await create();
    const stream = client.messages.stream({ model, max_tokens: 24, temperature: 0, messages: user() });
    let text = "";
    stream.on("text", (piece) => (text += piece));
    const final = await stream.finalMessage();
    assert.equal(text, textOf(whole));
    assert.equal(textOf(final), text);
    assert.equal(final.stop_reason, whole.stop_reason);
  },
  async "system and blocks"() {
    const one = await create({ system: "Talk of cats." });
    const two = await create({ system: [{ type: "text", text: "Talk of cats." }], messages: user([{ type: "text", text: "Once upon a time" }]) });
    assert.equal(textOf(one), textOf(two));
  },
  async "stop sequences and max_tokens"() {
    const text = textOf(await create());
    const stop = text.slice(text.length / 2, text.length / 2 + 2);
    const answer = await create({ stop_sequences: [stop] });
    assert.equal(answer.stop_reason, "stop_sequence");
    assert.equal(answer.stop_sequence, stop);
    assert.equal((await create({ max_tokens: 3 })).stop_reason, "max_tokens");
  },
  async "text to go on with"() {
    const answer = await create({ messages: [...user("Tell me."), { role: "assistant", content: "Once there was" }], max_tokens: 8 });
    assert.ok(textOf(answer));
  },
  async "tool use, whole and streamed"() {
    const more = { tools: [tool], tool_choice: named, max_tokens: 400 };
    const answer = await create(more);
    assert.equal(answer.stop_reason, "tool_use");
    assert.ok(["Rome", "Oslo"].includes(answer.content.at(-1).input.city));
    const final = await client.messages.stream({ model, messages: user(), temperature: 0, ...more }).finalMessage();
    assert.deepEqual(final.content.at(-1).input, answer.content.at(-1).input);
    assert.match(final.content.at(-1).id, /^toolu_/);
  },
  async "tool results"() {
    const call = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } };
    const result = { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "no such city" }], is_error: true };
    const answer = await create({
      tools: [tool],
      messages: [...user("Weather?"), { role: "assistant", content: [call] }, { role: "user", content: [result] }],
    });
    assert.ok(answer.stop_reason);
  },
  async thinking() {
    const answer = await create({ thinking: { type: "enabled", budget_tokens: 1024 }, max_tokens: 1100, stop_sequences: ["."] });
    assert.ok(answer.content.every((block) => ["thinking", "text"].includes(block.type)));
  },
  async "counts of tokens"() {
    const short = await client.messages.countTokens({ model, messages: user("a") });
    const long = await client.messages.countTokens({ model, messages: user("a b c"), system: "Be brief.", tools: [tool] });
    assert.ok(short.input_tokens > 0 && long.input_tokens > short.input_tokens);
  },
  async errors() {
    await assert.rejects(create({ model: "no-such-model" }), Anthropic.NotFoundError);
    await assert.rejects(create({ temperature: 2 }), (error) => error instanceof Anthropic.BadRequestError && /temperature/.test(error.message));
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
    await assert.rejects(create({ messages: user([image]) }), (error) => /messages\[0\]\.content\[0\]/.test(error.message));
    await assert.rejects(create({ messages: user("word ".repeat(20000)), stream: true }), Anthropic.BadRequestError);
  },
};

await run(cases);
