// The two large libraries, fetched when the first code or formula is shown. Who has rendered without one asks to be told.
import type { HLJSApi } from 'highlight.js';

import { slices } from '../tools/slices';

type Temml = typeof import('temml').default;

/** What is fetched when it is first wanted. */
export class Library<T> {
  value: T | null = null;
  private is_asked_for = false;

  constructor(
    private readonly fetch: () => Promise<T>,
    private readonly on_come: () => void,
  ) {}

  want(): void {
    if (this.is_asked_for) return;
    this.is_asked_for = true;
    this.fetch().then(
      (value) => {
        this.value = value;
        this.on_come();
      },
      () => (this.is_asked_for = false), // What needs it stays plain, and the next block tries again.
    );
  }
}

class Libraries {
  readonly highlighter = new Library<HLJSApi>(
    () => import('./highlighter').then((module) => module.highlighter),
    () => this.tell(),
  );
  readonly temml = new Library<Temml>(
    () => import('temml').then((module) => module.default),
    () => this.tell(),
  );
  private waiting = new Set<() => void>();

  /** Runs once, when the next one has come; not all who wait at the same time, since that may be a long conversation. Returns
   *  what calls it off. */
  next(run: () => void): () => void {
    let call_off = (): void => void this.waiting.delete(begin);
    const begin = () => {
      call_off = slices.add(run);
    };
    this.waiting.add(begin);
    return () => call_off();
  }

  private tell(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const begin of waiting) begin();
  }
}

export const libraries = new Libraries();
