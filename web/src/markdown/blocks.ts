// Cuts Markdown into blocks that can be rendered alone, while it is being written: what stands before the last block will
// not change any more, so only that one is rendered again when text arrives.
//
// A cut is made at a blank line, except inside of fences and displayed formulas and where a list, a quote or indented code goes on. Code
// fences at the margin are blocks of their own, since they are shown by a component.

export interface TextBlock {
  kind: 'text';
  source: string;
}
export interface CodeBlockSource {
  kind: 'code';
  language: string;
  code: string;
  /** Its closing fence has not come yet. */
  is_open: boolean;
}
export type Block = TextBlock | CodeBlockSource;

const FENCE = /^( {0,3})(`{3,}|~{3,})[ \t]*([^\n]*)$/;
const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const INDENTED = /^(?: {4}|\t)/;
const QUOTE = /^ {0,3}>/;
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:[ \t]*\S+/;

interface OpenFence {
  mark: string;
  length: number;
  indent: number;
  language: string;
  lines: string[];
}

/** Feed it all text there is, again and again; it looks only at what is new, as long as the text has only grown. */
export class BlockSplitter {
  /** Complete; never changes but by growing, until the text is another one. */
  private done: Block[] = [];
  /** Link definitions hold for the whole text: "[1]: https://…". */
  definitions = '';
  private seen = '';
  private at = 0;
  private open: string[] = [];
  private fence: OpenFence | null = null;
  private in_formula = false;
  private formula_end = '';

  /** The blocks of `text`. The same objects come back for what has not changed. */
  split(text: string): Block[] {
    if (!text.startsWith(this.seen)) this.reset();
    this.seen = text;
    for (;;) {
      const end = text.indexOf('\n', this.at);
      if (end < 0) break;
      this.take_line(text.slice(this.at, end).replace(/\r$/, ''));
      this.at = end + 1;
    }
    const rest = text.slice(this.at);
    return [...this.done, ...this.unfinished(rest)];
  }

  private reset(): void {
    this.done = [];
    this.definitions = '';
    this.at = 0;
    this.open = [];
    this.fence = null;
    this.in_formula = false;
  }

  private take_line(line: string): void {
    if (this.fence) {
      if (closes(line, this.fence)) {
        this.done.push(code_of(this.fence, false));
        this.fence = null;
      } else {
        this.fence.lines.push(unindented(line, this.fence.indent));
      }
      return;
    }
    if (this.in_formula) {
      this.open.push(line);
      // TeX has no blank lines in a formula: what looked like one was none.
      if (line.trim() === '' || line.trimEnd().endsWith(this.formula_end)) this.in_formula = false;
      return;
    }
    const fence = opening(line);
    if (fence && !this.is_nested(line)) {
      this.cut();
      this.fence = fence;
      return;
    }
    if (line.trim() === '') {
      if (this.open.length > 0) this.open.push(line);
      return;
    }
    if (this.open.length > 0 && this.ends_with_blank() && !this.goes_on(line)) this.cut();
    if (DEFINITION.test(line)) this.definitions += `${line}\n`;
    this.open.push(line);
    const formula = formula_beginning(line);
    if (formula !== null) {
      this.in_formula = true;
      this.formula_end = formula;
    }
  }

  private cut(): void {
    const source = this.open.join('\n').trimEnd();
    if (source !== '') this.done.push({ kind: 'text', source });
    this.open = [];
  }

  private ends_with_blank(): boolean {
    return (this.open[this.open.length - 1] ?? '').trim() === '';
  }

  /** Whether `line`, behind a blank one, still belongs to the block: a list's next item or its second paragraph. */
  private goes_on(line: string): boolean {
    const first = this.open[0] ?? '';
    if (LIST_ITEM.test(first)) return LIST_ITEM.test(line) || /^( {2,}|\t)/.test(line);
    if (INDENTED.test(first)) return INDENTED.test(line);
    return QUOTE.test(first) && QUOTE.test(line);
  }

  /** A fence inside of a list's item belongs to the list. */
  private is_nested(line: string): boolean {
    return this.open.length > 0 && LIST_ITEM.test(this.open[0] ?? '') && /^ {2,}/.test(line);
  }

  private unfinished(rest: string): Block[] {
    if (this.fence) {
      const is_end = rest !== '' && closes(rest, this.fence);
      const code = code_of(this.fence, !is_end);
      // What could still become the closing fence is not shown as code for a moment.
      const may_close = new RegExp(`^ {0,3}[${this.fence.mark}]+$`).test(rest);
      if (!is_end && rest !== '' && !may_close) {
        code.code += (code.code === '' && this.fence.lines.length === 0 ? '' : '\n') + unindented(rest, this.fence.indent);
      }
      return [code];
    }
    const fence = rest === '' || this.in_formula ? null : opening(rest);
    if (fence && !this.is_nested(rest)) {
      const before = this.open.join('\n').trimEnd();
      return [...(before === '' ? [] : [{ kind: 'text', source: before } as const]), code_of(fence, true)];
    }
    const splits = rest.trim() !== '' && !this.in_formula && this.open.length > 0 && this.ends_with_blank() && !this.goes_on(rest);
    const sources = splits ? [this.open.join('\n'), rest] : [[...this.open, rest].join('\n')];
    return sources.map((source) => source.trimEnd()).filter((source) => source !== '').map((source) => ({ kind: 'text', source }));
  }
}

function opening(line: string): OpenFence | null {
  const match = FENCE.exec(line);
  if (!match) return null;
  const [, indent = '', marks = '', info = ''] = match;
  // A backtick in the info string makes it inline code (CommonMark 4.5).
  if (marks.startsWith('`') && info.includes('`')) return null;
  return { mark: marks.charAt(0), length: marks.length, indent: indent.length, language: info.trim().split(/\s+/)[0] ?? '', lines: [] };
}

function closes(line: string, fence: OpenFence): boolean {
  const match = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line);
  const marks = match?.[1] ?? '';
  return marks.startsWith(fence.mark) && marks.length >= fence.length;
}

const unindented = (line: string, most: number): string => line.replace(new RegExp(`^ {0,${most}}`), '');

function code_of(fence: OpenFence, is_open: boolean): CodeBlockSource {
  return { kind: 'code', language: fence.language, code: fence.lines.join('\n'), is_open };
}

/** What ends the displayed formula that begins on this line and does not end on it; null: none does. */
function formula_beginning(line: string): string | null {
  const text = line.trim();
  if (text.startsWith('$$') && !(text.length > 2 && text.slice(2).includes('$$'))) return '$$';
  if (text.startsWith('\\[') && !text.includes('\\]')) return '\\]';
  return null;
}
