// LaTeX in Markdown: $…$ and \(…\) in a line, $$…$$ and \[…\] displayed.
import type { TokenizerAndRendererExtension } from 'marked';

/** TeX to MathML; null where it can't. */
export type FormulaRenderer = (tex: string, is_displayed: boolean) => string | null;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

interface FormulaToken {
  type: string;
  raw: string;
  tex: string;
}

// "$5 and $6" is money: an opening $ has no space behind it, a closing one none before it and no digit behind it.
const INLINE = /^(?:\\\(((?:[^\\]|\\(?!\)))+?)\\\)|\$(?![\s$])((?:\\.|[^\\$\n])+?)(?<![\s\\])\$(?![\d$]))/;
const INLINE_DISPLAYED = /^(?:\$\$((?:\\.|[^\\$])+?)\$\$|\\\[((?:[^\\]|\\(?!\]))+?)\\\])/;
const DISPLAYED = /^ {0,3}(?:\$\$((?:\\.|[^\\$])+?)\$\$|\\\[((?:[^\\]|\\(?!\]))+?)\\\])[ \t]*(?:\n+|$)/;

export function formula_extensions(render: FormulaRenderer | null): TokenizerAndRendererExtension[] {
  const html = (tex: string, is_displayed: boolean): string => {
    const mathml = render?.(tex, is_displayed) ?? null;
    const inner = mathml ?? `<code class="formula-source">${escaped(tex)}</code>`;
    return is_displayed ? `<div class="formula">${inner}</div>` : inner;
  };
  const extension = (name: string, level: 'block' | 'inline', pattern: RegExp, is_displayed: boolean): TokenizerAndRendererExtension => ({
    name,
    level,
    start: (source) => {
      // A paragraph is broken off here, so this must be where a formula can really begin.
      const at = source.search(level === 'block' ? /(?<=^|\n) {0,3}(?:\$\$|\\\[)/ : /\$|\\[([]/);
      return at < 0 ? undefined : at;
    },
    tokenizer: (source): FormulaToken | undefined => {
      const match = pattern.exec(source);
      const tex = match?.[1] ?? match?.[2];
      return match && tex !== undefined ? { type: name, raw: match[0], tex: tex.trim() } : undefined;
    },
    renderer: (token) => html((token as unknown as FormulaToken).tex, is_displayed) + (level === 'block' ? '\n' : ''),
  });
  return [
    extension('displayed_formula', 'block', DISPLAYED, true),
    extension('displayed_formula_in_line', 'inline', INLINE_DISPLAYED, true),
    extension('formula_in_line', 'inline', INLINE, false),
  ];
}
