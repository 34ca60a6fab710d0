// The official Ollama client for Node against a server: node ollama_client.mjs BASE_URL MODEL [EMBEDDER].
// One case a feature; exit status 1 when one fails.
import assert from "node:assert/strict";
import { Ollama } from "ollama";
import { run } from "./cases.mjs";

const [base, model, embedder = model] = process.argv.slice(2);
const client = new Ollama({ host: base });
const options = { temperature: 0, num_predict: 24 };
const prompt = "Once upon a time";
const messages = [{ role: "user", content: prompt }];
const withTag = (name) => (name.split("/").at(-1).includes(":") ? name : `${name}:latest`);
const schema = {
  type: "object", properties: { age: { type: "integer", minimum: 0, maximum: 150 } }, required: ["age"], additionalProperties: false,
};
const fails = async (call, status, text) => {
  await assert.rejects(call, (error) => {
    assert.equal(error.status_code, status, error.message);
    assert.match(error.message, text);
    return true;
  });
};

const cases = {
  async "list and show"() {
    const { models } = await client.list();
    const found = models.find((one) => one.name === withTag(model));
    assert.ok(found, JSON.stringify(models.map((one) => one.name)));
    assert.equal(found.digest.length, 64);
    assert.ok(found.details.families.includes(found.details.family));
    const shown = await client.show({ model });
    assert.ok(shown.capabilities.includes("completion"));
    assert.ok(shown.model_info["general.parameter_count"] > 0);
    assert.ok(shown.modelfile.includes("FROM"));
  },
  async "version"() {
    assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/);
  },
  async "generate, streamed and whole"() {
    const whole = await client.generate({ model, prompt, options });
    assert.ok(whole.done && whole.response && whole.eval_count > 0 && whole.total_duration > 0);
    let text = "", last;
    for await (const part of await client.generate({ model, prompt, options, stream: true })) {
      text += part.response;
      last = part;
    }
    assert.equal(text, whole.response);
    assert.deepEqual(last.context, whole.context);
  },
  async "chat, streamed and whole"() {
    const whole = await client.chat({ model, messages, options });
    assert.equal(whole.message.role, "assistant");
    let text = "", last;
    for await (const part of await client.chat({ model, messages, options, stream: true })) {
      text += part.message.content;
      last = part;
    }
    assert.equal(text, whole.message.content);
    assert.ok(last.done && ["stop", "length"].includes(last.done_reason) && last.eval_count === whole.eval_count);
  },
  async "structured answers"() {
    const answer = await client.chat({ model, messages, format: schema, options: { ...options, num_predict: 60 } });
    const { age } = JSON.parse(answer.message.content);
    assert.ok(Number.isInteger(age) && age >= 0 && age <= 150);
  },
  async "tools and their results"() {
    const tools = [{ type: "function", function: { name: "age", description: "of a cat", parameters: schema } }];
    const answer = await client.chat({ model, messages, tools, options });
    for (const call of answer.message.tool_calls ?? []) assert.equal(typeof call.function.arguments, "object");
    await client.chat({
      model, tools, options, messages: [
        ...messages, { role: "assistant", content: "", tool_calls: [{ function: { name: "age", arguments: { age: 3 } } }] },
        { role: "tool", tool_name: "age", content: "3" }],
    });
  },
  async "think"() {
    const { capabilities } = await client.show({ model });
    await client.chat({ model, messages, options, think: false });
    if (!capabilities.includes("thinking"))
      await fails(() => client.chat({ model, messages, options, think: true }), 400, /does not support thinking/);
  },
  async "logprobs"() {
    const answer = await client.generate({ model, prompt, options, logprobs: true, top_logprobs: 2 });
    assert.equal(answer.logprobs.length, answer.eval_count);
    assert.equal(answer.logprobs[0].top_logprobs.length, 2);
  },
  async "embed"() {
    const { embeddings } = await client.embed({ model: embedder, input: ["a cat", "a dog"] });
    assert.equal(embeddings.length, 2);
    const cut = await client.embed({ model: embedder, input: "a cat", dimensions: 4 });
    assert.equal(cut.embeddings[0].length, 4);
    const old = await client.embeddings({ model: embedder, prompt: "a cat" });
    assert.equal(old.embedding.length, embeddings[0].length);
  },
  async "load, ps and unload"() {
    await client.generate({ model, prompt: "", keep_alive: "10m" });
    const running = (await client.ps()).models.find((one) => one.name === withTag(model));
    assert.ok(running.size > 0);
    assert.ok(new Date(running.expires_at) > new Date());
    const answer = await client.generate({ model, prompt: "", keep_alive: 0 });
    assert.equal(answer.done_reason, "unload");
  },
  async "create, copy and delete"() {
    const seen = [];
    for await (const part of await client.create({
      model: "hearth-made", from: model, system: "You tell stories.", parameters: { num_predict: 3 }, stream: true,
    })) seen.push(part.status);
    assert.equal(seen.at(-1), "success");
    try {
      assert.equal((await client.generate({ model: "hearth-made", prompt })).eval_count, 3);
      await client.copy({ source: "hearth-made", destination: "hearth-copy" });
      const names = (await client.list()).models.map((one) => one.name);
      assert.ok(names.includes("hearth-made:latest") && names.includes("hearth-copy:latest"));
      await client.delete({ model: "hearth-copy" });
    } finally {
      await client.delete({ model: "hearth-made" });
    }
  },
  async "abort ends a stream"() {
    const stream = await client.generate({ model, prompt, options: { num_predict: 200 }, stream: true });
    await assert.rejects(async () => {
      for await (const part of stream) if (part.response) stream.abort();
    }, { name: "AbortError" });
    assert.ok((await client.generate({ model, prompt, options })).done);
  },
  async "errors"() {
    await fails(() => client.generate({ model: "no-such-model", prompt }), 404, /model 'no-such-model' not found/);
    await fails(() => client.chat({ model: "no-such-model", messages, stream: true }), 404, /not found/);
    await fails(() => client.show({ model: "no-such-model" }), 404, /not found/);
    await fails(() => client.pull({ model: "https://127.0.0.1/x.gguf" }), 400, /address/);
    await fails(() => client.push({ model: "me/model" }), 400, /push/);
    await fails(() => client.generate({ model, prompt, images: ["aGVsbG8="] }), 400, /images/);
  },
};

await run(cases);
