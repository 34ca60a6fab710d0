// The list at the side: what is found by search, folder or tag, a page at a time.
import type { Client } from '../api/client';
import { was_aborted } from '../api/errors';
import type { Conversation, ConversationChange, ConversationFilter, Labels } from '../api/types';

const PAGE = 50;

export class Conversations {
  items = $state.raw<Conversation[]>([]);
  query = $state('');
  folder = $state<string | null>(null);
  tag = $state<string | null>(null);
  labels = $state.raw<Labels>({ folders: [], tags: [] });
  is_loading = $state(false);
  was_loaded = $state(false);
  problem = $state.raw<unknown>(null);
  private next_cursor = $state<string | null>(null);
  has_more = $derived(this.next_cursor !== null);
  is_filtered = $derived(this.query.trim() !== '' || this.folder !== null || this.tag !== null);
  private loading: AbortController | null = null;

  constructor(private readonly server: Client) {}

  async load(): Promise<void> {
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    this.is_loading = true;
    try {
      const page = await this.server.conversations(this.filter(), loading.signal);
      if (loading.signal.aborted) return;
      this.items = page.conversations;
      this.next_cursor = page.next_cursor;
      this.problem = null;
    } catch (problem) {
      if (!was_aborted(problem)) this.problem = problem;
    } finally {
      if (this.loading === loading) {
        this.is_loading = false;
        this.was_loaded = true;
      }
    }
  }

  async load_more(): Promise<void> {
    const cursor = this.next_cursor;
    if (cursor === null || this.is_loading) return;
    this.is_loading = true;
    const { signal } = (this.loading ??= new AbortController());
    try {
      const page = await this.server.conversations({ ...this.filter(), cursor }, signal);
      if (signal.aborted) return;
      const known = new Set(this.items.map((item) => item.id));
      this.items = [...this.items, ...page.conversations.filter((item) => !known.has(item.id))];
      this.next_cursor = page.next_cursor;
    } finally {
      this.is_loading = false;
    }
  }

  async load_labels(): Promise<void> {
    this.labels = await this.server.labels();
  }

  /** A conversation is new or has changed. */
  took(conversation: Conversation): void {
    const known = this.items.find((item) => item.id === conversation.id);
    if (!known && this.is_filtered) return;
    const others = this.items.filter((item) => item.id !== conversation.id);
    const merged = known?.snippet === undefined ? conversation : { ...conversation, snippet: known.snippet };
    this.items = [...others, merged].sort(
      (a, b) => Number(b.pinned) - Number(a.pinned) || b.updated_ms - a.updated_ms,
    );
  }

  async change(id: string, change: ConversationChange): Promise<Conversation> {
    const changed = await this.server.change_conversation(id, change);
    this.took(changed);
    if ('folder' in change || 'tags' in change) void this.load_labels();
    return changed;
  }

  async remove(id: string): Promise<void> {
    const before = this.items;
    this.items = before.filter((item) => item.id !== id);
    try {
      await this.server.delete_conversation(id);
    } catch (problem) {
      this.items = before;
      throw problem;
    }
    void this.load_labels();
  }

  async restore(id: string): Promise<void> {
    this.took(await this.server.restore_conversation(id));
    void this.load_labels();
  }

  private filter(): ConversationFilter {
    const filter: ConversationFilter = { limit: PAGE };
    const q = this.query.trim();
    if (q !== '') filter.q = q;
    if (this.folder !== null) filter.folder = this.folder;
    if (this.tag !== null) filter.tag = this.tag;
    return filter;
  }
}
