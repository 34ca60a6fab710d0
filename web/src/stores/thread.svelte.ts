// The conversation that is open: its messages, the answers that are on their way, and everything one can do with them.
import type { Client } from '../api/client';
import { ApiError, was_aborted } from '../api/errors';
import type { Conversation, ConversationChange, ContextUse, Message, NewMessage, Parameters } from '../api/types';
import { MessageTree } from '../tools/message_tree';
import { ThreadMessage } from './thread_message.svelte';

/** What a conversation will begin with that does not exist yet. */
export interface Beginning {
  model: string | null;
  preset_id: string | null;
  system: string | null;
  parameters: Parameters;
}

export interface ThreadHooks {
  /** The conversation has changed: title, time, model … */
  on_change: (conversation: Conversation) => void;
  on_problem: (problem: unknown) => void;
  /** An answer is complete. */
  on_answer: (message: Message) => void;
}

const EMPTY: Beginning = { model: null, preset_id: null, system: null, parameters: {} };
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const RECONNECT_MS = [250, 500, 1000, 2000, 4000, 8000];

export class Thread {
  conversation = $state.raw<Conversation | null>(null);
  beginning = $state.raw<Beginning>(EMPTY);
  tree = $state.raw(new MessageTree<ThreadMessage>([]));
  leaf_id = $state<string | null>(null);
  is_opening = $state(false);
  is_sending = $state(false);
  problem = $state.raw<unknown>(null);
  context = $state.raw<ContextUse | null>(null);
  /** The message whose answers are shown beside each other. */
  side_by_side = $state<string | null>(null);

  path = $derived(this.tree.path(this.leaf_id));
  running = $derived(this.tree.all().filter((message) => message.running));
  model = $derived(this.conversation ? this.conversation.model : this.beginning.model);
  system = $derived(this.conversation ? this.conversation.system : this.beginning.system);
  preset_id = $derived(this.conversation ? this.conversation.preset_id : this.beginning.preset_id);
  parameters = $derived(this.conversation ? this.conversation.parameters : this.beginning.parameters);

  private listening = new Map<string, AbortController>();
  private opening: AbortController | null = null;

  constructor(
    private readonly server: Client,
    private readonly hooks: ThreadHooks,
  ) {}

  /** Shows an empty conversation. The server hears of it with the first message. */
  begin(beginning: Partial<Beginning> = {}): void {
    this.leave();
    this.beginning = { ...EMPTY, ...beginning };
  }

  async open(id: string): Promise<void> {
    if (this.conversation?.id === id && this.problem === null) return;
    this.leave();
    const opening = new AbortController();
    this.opening = opening;
    this.is_opening = true;
    try {
      const { messages, ...conversation } = await this.server.conversation(id, opening.signal);
      if (opening.signal.aborted) return;
      this.conversation = conversation;
      this.tree = new MessageTree(messages.map((message) => new ThreadMessage(message)));
      this.leaf_id = conversation.leaf_id;
      for (const message of this.running) this.listen(message);
      void this.measure_context();
    } catch (problem) {
      if (!was_aborted(problem)) this.problem = problem;
    } finally {
      if (this.opening === opening) this.is_opening = false;
    }
  }

  leave(): void {
    this.opening?.abort();
    for (const controller of this.listening.values()) controller.abort();
    this.listening.clear();
    this.conversation = null;
    this.tree = new MessageTree<ThreadMessage>([]);
    this.leaf_id = null;
    this.problem = null;
    this.context = null;
    this.side_by_side = null;
    this.is_opening = false;
  }

  /** Of the conversation, or of what will be one. */
  async change(change: ConversationChange): Promise<void> {
    const before = this.conversation;
    if (!before) {
      const { model, preset_id, system, parameters } = { ...this.beginning, ...change };
      this.beginning = { model, preset_id, system, parameters };
      return;
    }
    this.conversation = { ...before, ...change };
    try {
      this.took(await this.server.change_conversation(before.id, change));
    } catch (problem) {
      if (this.conversation?.id === before.id) this.conversation = before;
      throw problem;
    }
    if ('model' in change || 'system' in change) void this.measure_context();
  }

  /** A new conversation is made first where there is none. Returns its id. `parent_id`: see NewMessage. */
  async send(message: NewMessage): Promise<string> {
    this.is_sending = true;
    try {
      const conversation = this.conversation ?? (await this.create());
      const { message: sent, answers } = await this.server.send(conversation.id, message);
      if (this.conversation?.id === conversation.id) {
        this.add([sent, ...answers], answers[0]?.id ?? sent.id);
        if (answers.length > 1) this.side_by_side = sent.id;
      }
      return conversation.id;
    } finally {
      this.is_sending = false;
    }
  }

  async answer_again(parent_id: string, model?: string): Promise<void> {
    const id = this.id();
    const { answer } = await this.server.answer_again(id, parent_id, model);
    if (this.conversation?.id === id) this.add([answer], answer.id);
  }

  async continue_answer(message_id: string): Promise<void> {
    const { answer } = await this.server.continue_answer(this.id(), message_id);
    const message = this.tree.get(message_id);
    if (!message) return;
    message.set(answer);
    this.listen(message);
  }

  async stop(message_id: string): Promise<void> {
    const stopped = await this.server.stop_answer(this.id(), message_id);
    // The events say it too; but the button shall act even if they are late.
    const message = this.tree.get(message_id);
    if (message?.running && stopped.state !== 'running') message.set(stopped);
  }
  async stop_all(): Promise<void> {
    await Promise.all(this.running.map((message) => this.stop(message.id)));
  }

  /** Shows the path through this message. */
  async choose(message_id: string): Promise<void> {
    this.leaf_id = this.tree.leaf_below(message_id);
    const conversation = await this.server.change_conversation(this.id(), { leaf_id: message_id });
    if (this.conversation?.id === conversation.id) this.conversation = conversation;
    void this.measure_context();
  }

  /** With everything below it. */
  async delete_message(message_id: string): Promise<void> {
    const id = this.id();
    await this.server.delete_message(id, message_id);
    const { messages, ...conversation } = await this.server.conversation(id);
    if (this.conversation?.id !== id) return;
    const known = this.tree;
    this.tree = new MessageTree(messages.map((message) => known.get(message.id) ?? new ThreadMessage(message)));
    this.leaf_id = conversation.leaf_id;
    this.took(conversation);
    void this.measure_context();
  }

  branch(message_id: string): Promise<Conversation> {
    return this.server.branch(this.id(), message_id);
  }

  async measure_context(draft_tokens = 0): Promise<void> {
    const id = this.conversation?.id;
    if (id === undefined) {
      this.context = null;
      return;
    }
    try {
      const context = await this.server.context(id, draft_tokens);
      if (this.conversation?.id === id) this.context = context;
    } catch {
      this.context = null; // The gauge is a help, not worth a notice.
    }
  }

  private id(): string {
    if (!this.conversation) throw new Error('no conversation is open');
    return this.conversation.id;
  }

  private async create(): Promise<Conversation> {
    const conversation = await this.server.create_conversation(this.beginning);
    this.conversation = conversation;
    this.hooks.on_change(conversation);
    return conversation;
  }

  private took(conversation: Conversation): void {
    if (this.conversation?.id === conversation.id) this.conversation = conversation;
    this.hooks.on_change(conversation);
  }

  private add(messages: Message[], leaf_id: string): void {
    const added = messages.map((message) => new ThreadMessage(message));
    this.tree = new MessageTree([...this.tree.all(), ...added]);
    this.leaf_id = leaf_id;
    for (const message of added) if (message.running) this.listen(message);
  }

  private listen(message: ThreadMessage): void {
    const conversation_id = this.id();
    this.listening.get(message.id)?.abort();
    const controller = new AbortController();
    this.listening.set(message.id, controller);
    void this.follow(conversation_id, message, controller.signal).finally(() => {
      if (this.listening.get(message.id) === controller) this.listening.delete(message.id);
    });
  }

  /** Reads an answer's events until it is done; a lost connection is made anew, and its snapshot catches up. */
  private async follow(conversation_id: string, message: ThreadMessage, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ++failures) {
      try {
        for await (const event of this.server.answer_events(conversation_id, message.id, signal)) {
          failures = 0;
          message.apply(event);
          if (event.kind === 'done' || (event.kind === 'snapshot' && event.message.state !== 'running')) {
            return void (await this.ended(conversation_id, event.message));
          }
        }
      } catch (problem) {
        if (signal.aborted || was_aborted(problem)) return;
        const gone = problem instanceof ApiError && problem.status !== 0 && problem.kind !== 'busy' && problem.kind !== 'server';
        if (gone) return this.hooks.on_problem(problem);
      }
      message.reconnecting = true;
      await wait(RECONNECT_MS[Math.min(failures, RECONNECT_MS.length - 1)] ?? 8000);
    }
  }

  private async ended(conversation_id: string, answer: Message): Promise<void> {
    this.hooks.on_answer(answer);
    if (this.conversation?.id !== conversation_id) return;
    try {
      // The first exchange gives the conversation its title.
      const conversation = await this.server.conversation_facts(conversation_id);
      if (this.conversation?.id === conversation_id) this.took(conversation);
    } catch {
      // The answer is there; the title comes with the next load.
    }
    void this.measure_context();
  }
}
