// Markdown of one block to HTML that may stand in the page. Images become links, HTML is shown as text.
import { Marked, type RendererThis, type Tokens } from 'marked';

import { formula_extensions, type FormulaRenderer } from './formulas';
import { sanitised } from './sanitise';

export interface RenderHelpers {
  /** TeX to MathML; null: not there (yet), then its source is shown. */
  formula: FormulaRenderer | null;
  /** Code to HTML; null: not there (yet), or no such language. */
  highlight: ((code: string, language: string) => string | null) | null;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);

/** The few tags that models write inside of Markdown on purpose; they carry no attributes. */
const PLAIN_TAG = /^<\/?(?:br|sub|sup|kbd|b|i|u|s|em|strong|mark)\s*\/?>$/i;

/** The host that a link leads to, or null where it is none that may be opened. */
export function link_host(href: string): string | null {
  try {
    const url = new URL(href);
    if (url.protocol === 'mailto:') return url.pathname;
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.host : null;
  } catch {
    return null;
  }
}

function link_html(href: string, inner_html: string, inner_text: string): string {
  const host = link_host(href);
  if (host === null) return inner_html;
  const says_it = inner_text.toLowerCase().includes(host.toLowerCase());
  const note = says_it ? '' : `<span class="link-host">${escaped(host)}</span>`;
  return `<a href="${escaped(href)}">${inner_html}${note}</a>`;
}

function link(this: RendererThis, { href, text, tokens }: Tokens.Link): string {
  return link_html(href, this.parser.parseInline(tokens), text);
}

export class MarkdownRenderer {
  private readonly marked: Marked;

  constructor(
    private readonly helpers: RenderHelpers,
    private readonly words: { image: string },
  ) {
    this.marked = new Marked({
      gfm: true,
      // People and models end a line where they mean it.
      breaks: true,
      async: false,
      extensions: formula_extensions(helpers.formula),
      renderer: {
        html: ({ text }) => (PLAIN_TAG.test(text.trim()) ? text : escaped(text)),
        link,
        image: ({ href, text }) => {
          const label = `${this.words.image}: ${text === '' ? href : text}`;
          return link_html(href, escaped(label), label);
        },
        // Nobody can tick a box in an answer, so it is no control.
        checkbox: ({ checked }) => (checked ? '☑' : '☐'),
        code: ({ text, lang }) => this.code(text, lang ?? ''),
      },
    });
  }

  /** `definitions`: of the links of the whole text. */
  html(source: string, definitions = ''): string {
    const text = definitions === '' ? source : `${source}\n\n${definitions}`;
    return sanitised(this.marked.parse(text) as string);
  }

  /** What stands between <code> and </code>. */
  code_html(code: string, language: string): string {
    const highlighted = this.helpers.highlight?.(code, language) ?? null;
    return highlighted === null ? escaped(code) : sanitised(highlighted);
  }

  private code(code: string, info: string): string {
    const language = info.trim().split(/\s+/)[0] ?? '';
    const highlighted = this.helpers.highlight?.(code, language) ?? null;
    return `<pre><code class="language-${escaped(language)}">${highlighted ?? escaped(code)}</code></pre>`;
  }
}
