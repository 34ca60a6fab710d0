// The two large libraries, fetched when the first code or formula is shown. Who renders with one reads it here, and is
// run again once it has come.
import type { HLJSApi } from 'highlight.js';

type Temml = typeof import('temml').default;

class Libraries {
  highlighter = $state.raw<HLJSApi | null>(null);
  temml = $state.raw<Temml | null>(null);
  private asked_for = { highlighter: false, temml: false };

  want_highlighter(): void {
    if (this.asked_for.highlighter) return;
    this.asked_for.highlighter = true;
    import('./highlighter').then(
      (module) => (this.highlighter = module.highlighter),
      () => (this.asked_for.highlighter = false), // Code stays plain, and the next block tries again.
    );
  }

  want_temml(): void {
    if (this.asked_for.temml) return;
    this.asked_for.temml = true;
    import('temml').then(
      (module) => (this.temml = module.default),
      () => (this.asked_for.temml = false),
    );
  }
}

export const libraries = new Libraries();
