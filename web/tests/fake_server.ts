// The server's side of conversations, presets and prompts as the page needs it, in memory: for tests of the client and of
// the stores. It answers in pieces that the test lets out one by one.
import type { Conversation, Message, Preset, Prompt } from '../src/api/types';

const NOTHING = {
  prompt_tokens: null, cached_tokens: null, completion_tokens: null, tokens_per_second: null, time_to_first_token_ms: null, context_length: null,
};

interface Answering {
  message: Message;
  listeners: Set<ReadableStreamDefaultController<Uint8Array>>;
}

const encoder = new TextEncoder();
const event_bytes = (event: string, data: unknown) => encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export class FakeServer {
  conversations = new Map<string, Conversation>();
  messages = new Map<string, Message[]>();
  presets: Preset[] = [];
  prompts: Prompt[] = [];
  /** Set: only requests with it are answered. */
  key: string | null = null;
  requests: { method: string; path: string; body: unknown }[] = [];
  private answering = new Map<string, Answering>();
  private next = 1;
  private clock = 1_700_000_000_000;

  readonly fetch: typeof fetch = async (input, init) => {
    const method = init?.method ?? 'GET';
    const url = new URL(String(input), 'http://127.0.0.1');
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
    this.requests.push({ method, path: url.pathname + url.search, body });
    const headers = new Headers(init?.headers);
    try {
      if (this.key !== null && headers.get('Authorization') !== `Bearer ${this.key}`) throw new Refusal(401, 'a key is needed');
      return this.answer(method, url, (body ?? {}) as Record<string, never>, init?.signal ?? null);
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      return Response.json({ error: { message: problem.message, type: 'x', param: null, code: null } }, { status: problem.status });
    }
  };

  /** More of a running answer. */
  say(message_id: string, content: string): void {
    const { message, listeners } = this.running(message_id);
    message.content += content;
    for (const listener of listeners) listener.enqueue(event_bytes('delta', { content }));
  }
  tell(message_id: string, event: string, data: unknown): void {
    for (const listener of this.running(message_id).listeners) listener.enqueue(event_bytes(event, data));
  }
  finish(message_id: string, change: Partial<Message> = {}): void {
    const { message, listeners } = this.running(message_id);
    Object.assign(message, { state: 'done', finish_reason: 'stop', completion_tokens: 3, ...change });
    for (const listener of listeners) {
      listener.enqueue(event_bytes('done', message));
      listener.close();
    }
    this.answering.delete(message_id);
  }
  /** The network breaks; the answer goes on. */
  cut_connections(message_id: string): void {
    const { listeners } = this.running(message_id);
    for (const listener of listeners) listener.error(new TypeError('network error'));
    listeners.clear();
  }

  private running(message_id: string): Answering {
    const answering = this.answering.get(message_id);
    if (!answering) throw new Error(`${message_id} is not running`);
    return answering;
  }
  private id(kind: string): string {
    return `${kind}_${this.next++}`;
  }
  private conversation(id: string): Conversation {
    const found = this.conversations.get(id);
    if (!found) throw new Refusal(404, `there is no conversation '${id}'`);
    return found;
  }

  private make_message(conversation: Conversation, fields: Partial<Message> & Pick<Message, 'role' | 'parent_id'>): Message {
    const message: Message = {
      id: this.id('msg'), content: '', reasoning: '', attachments: [], model: null, parameters: {}, state: 'done', finish_reason: null, error: null,
      ...NOTHING, created_ms: this.clock++, siblings: [], ...fields,
    };
    const all = this.messages.get(conversation.id) ?? [];
    this.messages.set(conversation.id, [...all, message]);
    conversation.message_count += 1;
    conversation.updated_ms = this.clock++;
    return message;
  }
  private start_answer(conversation: Conversation, parent_id: string, model: string | null): Message {
    const answer = this.make_message(conversation, { role: 'assistant', parent_id, model, state: 'running' });
    this.answering.set(answer.id, { message: answer, listeners: new Set() });
    return answer;
  }

  private answer(method: string, url: URL, body: Record<string, never>, signal: AbortSignal | null): Response {
    const [, , kind = '', id = '', sub = '', message_id = '', act = ''] = url.pathname.split('/').map(decodeURIComponent);
    if (kind === 'conversations') {
      if (id === '') return method === 'POST' ? this.create(body) : this.list(url);
      const conversation = this.conversation(id);
      if (sub === '') return this.one(method, conversation, url, body);
      if (sub === 'messages' && message_id === '') return this.send(conversation, body);
      if (sub === 'messages' && act === 'events') return this.events(id, message_id, signal);
      if (sub === 'messages' && act === 'stop') {
        this.finish(message_id, { finish_reason: 'cancelled' });
        return Response.json(this.find(id, message_id));
      }
      if (sub === 'messages' && act === 'continue') {
        const message = this.find(id, message_id);
        Object.assign(message, { state: 'running', finish_reason: null });
        this.answering.set(message.id, { message, listeners: new Set() });
        return Response.json({ answer: message }, { status: 202 });
      }
      if (sub === 'answers') {
        const answer = this.start_answer(conversation, body['parent_id'] ?? '', body['model'] ?? conversation.model);
        conversation.leaf_id = answer.id;
        return Response.json({ answer }, { status: 202 });
      }
      if (sub === 'restore') {
        conversation.deleted_ms = null;
        return Response.json(conversation);
      }
      if (sub === 'context') return Response.json({ tokens: 7, context_length: 512, exact: true });
    }
    if (kind === 'folders') return Response.json({ folders: [], tags: [] });
    if (kind === 'presets') return this.library(this.presets, 'pre', 'presets', method, id, body);
    if (kind === 'prompts') return this.library(this.prompts, 'prm', 'prompts', method, id, body);
    throw new Refusal(404, `there is no '${url.pathname}' here`);
  }

  private list(url: URL): Response {
    const q = url.searchParams.get('q')?.toLowerCase() ?? '';
    const limit = Number(url.searchParams.get('limit') ?? 50);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const all = [...this.conversations.values()]
      .filter((one) => one.deleted_ms === null && one.title.toLowerCase().includes(q))
      .sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updated_ms - a.updated_ms);
    const next_cursor = from + limit < all.length ? String(from + limit) : null;
    return Response.json({ conversations: all.slice(from, from + limit), next_cursor });
  }

  private create(body: Partial<Conversation>): Response {
    const now = this.clock++;
    const conversation: Conversation = {
      id: this.id('cnv'), title: 'New conversation', title_is_automatic: true, model: null, preset_id: null, system: null, parameters: {}, folder: null,
      tags: [], pinned: false, created_ms: now, updated_ms: now, deleted_ms: null, message_count: 0, leaf_id: null, ...body,
    };
    this.conversations.set(conversation.id, conversation);
    return Response.json(conversation, { status: 201 });
  }

  private one(method: string, conversation: Conversation, url: URL, body: Partial<Conversation>): Response {
    if (method === 'PATCH') {
      const { leaf_id, ...rest } = body;
      Object.assign(conversation, rest, { updated_ms: this.clock++ });
      if (leaf_id !== undefined) conversation.leaf_id = leaf_id;
      return Response.json(conversation);
    }
    if (method === 'DELETE') {
      conversation.deleted_ms = this.clock++;
      return Response.json({ deleted: true });
    }
    if (url.searchParams.get('messages') === 'false') return Response.json(conversation);
    return Response.json({ ...conversation, messages: this.messages.get(conversation.id) ?? [] });
  }

  private send(conversation: Conversation, body: { content?: string; parent_id?: string | null; model?: string; models?: string[] }): Response {
    const parent_id = body.parent_id === undefined ? conversation.leaf_id : body.parent_id;
    const message = this.make_message(conversation, { role: 'user', parent_id, content: body.content ?? '' });
    const models = body.models ?? [body.model ?? conversation.model];
    const answers = models.map((model) => this.start_answer(conversation, message.id, model));
    conversation.leaf_id = answers[0]?.id ?? message.id;
    return Response.json({ message, answers }, { status: 202 });
  }

  private find(conversation_id: string, message_id: string): Message {
    const message = this.messages.get(conversation_id)?.find((one) => one.id === message_id);
    if (!message) throw new Refusal(404, `there is no message '${message_id}'`);
    return message;
  }

  private events(conversation_id: string, message_id: string, signal: AbortSignal | null): Response {
    const message = this.find(conversation_id, message_id);
    const listeners = this.answering.get(message_id)?.listeners;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(encoder.encode(': hello\n\n'));
        controller.enqueue(event_bytes('snapshot', message));
        if (!listeners) {
          controller.enqueue(event_bytes('done', message));
          return controller.close();
        }
        listeners.add(controller);
        signal?.addEventListener('abort', () => {
          if (listeners.delete(controller)) controller.error(new DOMException('aborted', 'AbortError'));
        });
      },
    });
    return new Response(stream, { headers: { 'Content-Type': 'text/event-stream' } });
  }

  private library<T extends { id: string; shipped: boolean }>(
    list: T[], kind: string, name: string, method: string, id: string, body: Partial<T>,
  ): Response {
    if (method === 'GET') return Response.json({ [name]: list });
    if (method === 'POST') {
      const made = { ...body, id: this.id(kind), shipped: false } as T;
      list.push(made);
      return Response.json(made, { status: 201 });
    }
    const at = list.findIndex((item) => item.id === id);
    const found = list[at];
    if (!found) throw new Refusal(404, `there is no '${id}'`);
    if (found.shipped) throw new Refusal(409, 'it comes with Hearth: copy it');
    if (method === 'DELETE') list.splice(at, 1);
    else Object.assign(found, body);
    return Response.json(found);
  }
}
