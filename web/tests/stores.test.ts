import { flushSync } from 'svelte';
import { describe, expect, it, vi } from 'vitest';

import { Client } from '../src/api/client';
import type { Message } from '../src/api/types';
import { Conversations } from '../src/stores/conversations.svelte';
import { Draft } from '../src/stores/draft.svelte';
import { Library } from '../src/stores/library.svelte';
import { Models } from '../src/stores/models.svelte';
import { Thread } from '../src/stores/thread.svelte';
import { ThreadMessage } from '../src/stores/thread_message.svelte';
import { FakeServer } from './fake_server';

function house() {
  const server = new FakeServer();
  const client = new Client({ key: () => null, fetch: server.fetch });
  const problems: unknown[] = [];
  const conversations = new Conversations(client);
  const answers: Message[] = [];
  const thread = new Thread(client, {
    on_change: (conversation) => conversations.took(conversation),
    on_problem: (problem) => problems.push(problem),
    on_answer: (message) => answers.push(message),
  });
  return { server, client, conversations, thread, problems, answers };
}
const contents = (thread: Thread) => thread.path.map((message) => message.content);
const last_id = (thread: Thread) => thread.path[thread.path.length - 1]?.id ?? '';
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 3000, interval: 5 });

describe('a message', () => {
  it('shows what came between two frames at once', () => {
    const frames: (() => void)[] = [];
    const message = new ThreadMessage(
      { id: 'm', parent_id: null, role: 'assistant', content: 'a', reasoning: '', state: 'running', created_ms: 1 } as Message,
      (run) => frames.push(run),
    );
    for (const content of ['b', 'c', 'd']) message.apply({ kind: 'delta', content, reasoning: '' });
    message.apply({ kind: 'delta', content: '', reasoning: 'hm' });
    expect([message.content, message.reasoning, frames.length]).toEqual(['a', '', 1]);
    frames.shift()?.();
    flushSync();
    expect([message.content, message.reasoning, frames.length]).toEqual(['abcd', 'hm', 0]);
    // A snapshot has everything: what waits is in it already.
    message.apply({ kind: 'delta', content: 'e', reasoning: '' });
    message.apply({ kind: 'snapshot', message: { ...message.facts, content: 'abcde' } });
    frames.shift()?.();
    expect(message.content).toBe('abcde');
  });
});

describe('a thread', () => {
  it('makes the conversation with the first message and streams the answer', async () => {
    const { server, thread, conversations, answers } = house();
    thread.begin({ model: 'a', system: 'be short', parameters: { temperature: 0 } });
    const id = await thread.send({ content: 'hello' });
    expect(server.conversations.get(id)).toMatchObject({ model: 'a', system: 'be short', parameters: { temperature: 0 } });
    expect(conversations.items.map((item) => item.id)).toEqual([id]);
    const answer = last_id(thread);
    await eventually(() => expect(thread.running.map((message) => message.id)).toEqual([answer]));
    await vi.waitFor(() => server.say(answer, 'hi '));
    server.say(answer, 'there');
    await eventually(() => expect(contents(thread)).toEqual(['hello', 'hi there']));
    const conversation = server.conversations.get(id);
    if (conversation) conversation.title = 'A greeting';
    server.finish(answer);
    await eventually(() => expect(thread.running).toHaveLength(0));
    await eventually(() => expect(conversations.items[0]?.title).toBe('A greeting'));
    expect(answers.map((message) => message.content)).toEqual(['hi there']);
  });

  it('catches up after a reload in the middle of an answer', async () => {
    const { server, client, thread } = house();
    const id = await thread.send({ content: 'x' });
    const answer = last_id(thread);
    server.say(answer, 'one ');
    thread.leave();
    server.say(answer, 'two ');
    const again = new Thread(client, { on_change: () => undefined, on_problem: () => undefined, on_answer: () => undefined });
    await again.open(id);
    await eventually(() => expect(contents(again)).toEqual(['x', 'one two ']));
    server.say(answer, 'three');
    server.finish(answer);
    await eventually(() => expect(contents(again)).toEqual(['x', 'one two three']));
  });

  it('connects again when the network breaks', async () => {
    const { server, thread, problems } = house();
    await thread.send({ content: 'x' });
    const answer = last_id(thread);
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.cut_connections(answer);
    server.say(answer, 'said while nobody listened');
    await eventually(() => expect(thread.path[1]?.reconnecting).toBe(true));
    await eventually(() => expect(contents(thread)[1]).toBe('said while nobody listened'));
    server.finish(answer);
    await eventually(() => expect(thread.running).toHaveLength(0));
    expect(problems).toEqual([]);
  });

  it('keeps alternatives: answers again, edits, and switches between them', async () => {
    const { server, thread } = house();
    await thread.send({ content: 'first' });
    const first = last_id(thread);
    server.finish(first, { content: 'answer 1' });
    await eventually(() => expect(contents(thread)).toEqual(['first', 'answer 1']));
    const question = thread.path[0]?.id ?? '';
    await thread.answer_again(question, 'b');
    const second = last_id(thread);
    server.finish(second, { content: 'answer 2' });
    await eventually(() => expect(contents(thread)).toEqual(['first', 'answer 2']));
    expect(thread.tree.siblings(second).map((message) => message.id)).toEqual([first, second]);
    await thread.choose(first);
    expect(contents(thread)).toEqual(['first', 'answer 1']);

    await thread.send({ content: 'first, edited', parent_id: null });
    const edited = last_id(thread);
    server.finish(edited, { content: 'answer 3' });
    await eventually(() => expect(contents(thread)).toEqual(['first, edited', 'answer 3']));
    await thread.choose(question);
    // The newest answer below it is shown.
    expect(contents(thread)).toEqual(['first', 'answer 2']);
  });

  it('shows two models beside each other', async () => {
    const { server, thread } = house();
    await thread.send({ content: 'both', models: ['a', 'b'] });
    const question = thread.path[0]?.id ?? '';
    expect(thread.side_by_side).toBe(question);
    const answers = thread.tree.children(question);
    expect(answers.map((answer) => answer.facts.model)).toEqual(['a', 'b']);
    for (const answer of answers) server.finish(answer.id, { content: `by ${answer.facts.model}` });
    await eventually(() => expect(thread.tree.children(question).map((answer) => answer.content)).toEqual(['by a', 'by b']));
  });

  it('stops an answer and continues it', async () => {
    const { server, thread } = house();
    await thread.send({ content: 'x' });
    const answer = last_id(thread);
    server.say(answer, 'half');
    await thread.stop(answer);
    await eventually(() => expect(thread.path[1]?.facts.finish_reason).toBe('cancelled'));
    await thread.continue_answer(answer);
    expect(thread.running).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.say(answer, ' whole');
    server.finish(answer);
    await eventually(() => expect(contents(thread)).toEqual(['x', 'half whole']));
  });

  it('takes a change back that the server refuses', async () => {
    const { server, thread } = house();
    thread.begin({ model: 'a' });
    const id = await thread.send({ content: 'x' });
    server.conversations.delete(id);
    await expect(thread.change({ model: 'b' })).rejects.toThrow('there is no conversation');
    expect(thread.model).toBe('a');
  });

  it('says why a conversation can not be opened', async () => {
    const { thread } = house();
    await thread.open('cnv_nothing');
    expect(String(thread.problem)).toContain('cnv_nothing');
    expect(thread.is_opening).toBe(false);
  });

  it('shows the last one of several that were opened quickly', async () => {
    const { thread } = house();
    const ids: string[] = [];
    for (const content of ['one', 'two']) {
      thread.begin();
      ids.push(await thread.send({ content }));
    }
    await Promise.all([thread.open(ids[0] ?? ''), thread.open(ids[1] ?? '')]);
    expect(contents(thread)[0]).toBe('two');
  });
});

describe('the list of conversations', () => {
  it('is searched, paged and kept in order', async () => {
    const { conversations, client } = house();
    for (let i = 0; i < 60; ++i) await client.create_conversation({ title: `talk ${i}` });
    await conversations.load();
    expect([conversations.items.length, conversations.has_more, conversations.items[0]?.title]).toEqual([50, true, 'talk 59']);
    await conversations.load_more();
    expect([conversations.items.length, conversations.has_more]).toEqual([60, false]);
    await conversations.change(conversations.items[59]?.id ?? '', { pinned: true });
    expect(conversations.items[0]).toMatchObject({ title: 'talk 0', pinned: true });
    conversations.query = 'talk 7';
    await conversations.load();
    expect(conversations.items.map((item) => item.title)).toEqual(['talk 7']);
  });
  it('brings back what was deleted by mistake, and what could not be deleted', async () => {
    const { conversations, client, server } = house();
    const { id } = await client.create_conversation({ title: 'dear' });
    await conversations.load();
    await conversations.remove(id);
    expect(conversations.items).toHaveLength(0);
    await conversations.restore(id);
    expect(conversations.items.map((item) => item.title)).toEqual(['dear']);
    server.conversations.delete(id);
    await expect(conversations.remove(id)).rejects.toThrow();
    expect(conversations.items).toHaveLength(1);
  });
});

describe('the draft', () => {
  const counting = (answers: Record<string, number>) => {
    const fetch: typeof globalThis.fetch = (_input, init) => {
      const { content } = JSON.parse(String(init?.body)) as { content: string };
      return Promise.resolve(Response.json({ count: answers[content] ?? 0, max_model_len: 512 }));
    };
    return new Draft(new Client({ key: () => null, fetch }));
  };
  it('has its files counted by the model', async () => {
    const draft = counting({ aaaa: 4, bb: 2 });
    await draft.add([{ name: 'a.txt', text: 'aaaa', bytes: 4 }, { name: 'b.txt', text: 'bb', bytes: 2 }], 'm');
    expect([draft.file_tokens, draft.context_length, draft.is_counting]).toEqual([6, 512, false]);
    // The same name again takes the place of the old one.
    await draft.add([{ name: 'b.txt', text: 'aaaa', bytes: 4 }], 'm');
    expect(draft.files.map((file) => [file.name, file.tokens])).toEqual([['a.txt', 4], ['b.txt', 4]]);
    draft.clear();
    expect(draft.is_empty).toBe(true);
  });
});

describe('models', () => {
  it('are pulled with progress, and a failure is kept to be read', async () => {
    const lines = ['{"status":"downloading","completed":1,"total":4}', '{"error":"the disk is full"}'];
    const client = new Client({ key: () => null, fetch: () => Promise.resolve(new Response(lines.join('\n'))) });
    const models = new Models(client);
    expect(await models.pull('m')).toBe(false);
    expect(String(models.pulls.get('m')?.problem)).toContain('the disk is full');
    models.dismiss_pull('m');
    expect(models.pulls.size).toBe(0);
  });
});

describe('the library', () => {
  it('keeps presets and prompts sorted by name', async () => {
    const { client } = house();
    const library = new Library(client);
    const preset = (name: string) => ({ name, description: '', system: null, model: null, parameters: {}, template: null });
    await library.save_preset(null, preset('b'));
    const saved = await library.save_preset(null, preset('a'));
    expect(library.presets.map((one) => one.name)).toEqual(['a', 'b']);
    await library.save_preset(saved.id, preset('c'));
    expect(library.presets.map((one) => one.name)).toEqual(['b', 'c']);
    await library.delete_preset(saved.id);
    const prompt = await library.save_prompt(null, { name: 'p', description: '', text: 't' });
    await library.load();
    expect([library.presets.length, library.prompts[0]?.id]).toEqual([1, prompt.id]);
  });
});
