// The two large libraries, fetched when the first code or formula is shown. Who has rendered without one asks to be told.
import type { HLJSApi } from 'highlight.js';

import { slices } from '../tools/slices';

type Temml = typeof import('temml').default;

class Libraries {
  highlighter: HLJSApi | null = null;
  temml: Temml | null = null;
  private asked_for = { highlighter: false, temml: false };
  private waiting = new Set<() => void>();

  want_highlighter(): void {
    if (this.asked_for.highlighter) return;
    this.asked_for.highlighter = true;
    import('./highlighter').then(
      (module) => {
        this.highlighter = module.highlighter;
        this.tell();
      },
      () => (this.asked_for.highlighter = false), // Code stays plain, and the next block tries again.
    );
  }

  want_temml(): void {
    if (this.asked_for.temml) return;
    this.asked_for.temml = true;
    import('temml').then(
      (module) => {
        this.temml = module.default;
        this.tell();
      },
      () => (this.asked_for.temml = false),
    );
  }

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
