// What is being written: text, files, and a second model to answer beside the first.
import type { Client } from '../api/client';
import type { TextFile } from '../tools/text_files';

export interface DraftFile extends TextFile {
  id: number;
  /** null: not counted yet. */
  tokens: number | null;
}

/** Characters a token has in ordinary text; for what is not worth asking the server about. */
const CHARACTERS_PER_TOKEN = 3.6;
export const estimated_tokens = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

export class Draft {
  text = $state('');
  files = $state.raw<DraftFile[]>([]);
  second_model = $state<string | null>(null);
  /** Of the model that the files were last counted for. */
  context_length = $state<number | null>(null);
  is_counting = $state(false);
  count_problem = $state.raw<unknown>(null);
  file_tokens = $derived(this.files.reduce((sum, file) => sum + (file.tokens ?? estimated_tokens(file.text)), 0));
  tokens = $derived(this.file_tokens + estimated_tokens(this.text));
  is_empty = $derived(this.text.trim() === '' && this.files.length === 0);
  private next_id = 1;
  private counting: AbortController | null = null;
  private counted_for: string | null = null;

  constructor(private readonly server: Client) {}

  async add(files: TextFile[], model: string | null): Promise<void> {
    const added = files.map((file) => ({ ...file, id: this.next_id++, tokens: null }));
    const names = new Set(added.map((file) => file.name));
    this.files = [...this.files.filter((file) => !names.has(file.name)), ...added];
    await this.count(model);
  }

  remove(id: number): void {
    this.files = this.files.filter((file) => file.id !== id);
  }

  clear(): void {
    this.counting?.abort();
    this.text = '';
    this.files = [];
    this.count_problem = null;
    this.is_counting = false;
  }

  /** Has this model's tokenizer count every file that it has not counted yet. */
  async count(model: string | null): Promise<void> {
    if (model === null || this.files.length === 0) return;
    if (model !== this.counted_for) this.files = this.files.map((file) => ({ ...file, tokens: null }));
    this.counted_for = model;
    this.counting?.abort();
    const counting = new AbortController();
    this.counting = counting;
    this.is_counting = true;
    this.count_problem = null;
    try {
      for (const file of this.files.filter((one) => one.tokens === null)) {
        const { count, context } = await this.server.count_tokens(model, file.text, counting.signal);
        if (counting.signal.aborted) return;
        this.context_length = context;
        this.files = this.files.map((other) => (other.id === file.id ? { ...other, tokens: count } : other));
      }
    } catch (problem) {
      if (!counting.signal.aborted) this.count_problem = problem;
    } finally {
      if (this.counting === counting) this.is_counting = false;
    }
  }
}
