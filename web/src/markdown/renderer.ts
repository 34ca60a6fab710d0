// The page's Markdown renderer, with whatever of the large libraries has arrived.
import { strings } from '../text/strings';
import { libraries } from './libraries.svelte';
import { MarkdownRenderer } from './render';

const MOST_HIGHLIGHTED = 60_000; // Characters; beyond it colours cost more time than they help.
const MOST_TEX = 5_000;
const MAY_BE_FORMULA = /\$|\\[([]/;
const MAY_BE_CODE = /```|~~~/;

function highlight(code: string, language: string): string | null {
  const highlighter = libraries.highlighter;
  if (!highlighter || code.length > MOST_HIGHLIGHTED || !highlighter.getLanguage(language)) return null;
  return highlighter.highlight(code, { language, ignoreIllegals: true }).value;
}

function formula(tex: string, is_displayed: boolean): string | null {
  if (!libraries.temml || tex.length > MOST_TEX) return null;
  try {
    const mathml = libraries.temml.renderToString(tex, { displayMode: is_displayed, throwOnError: true, trust: false, maxExpand: 500, maxSize: [20, 100] });
    // The page's policy forbids style attributes, and the browser would complain about each.
    return mathml.replace(/ style="[^"]*"/g, '');
  } catch {
    return null; // Not TeX after all: its source is shown.
  }
}

const renderer = new MarkdownRenderer({ formula, highlight }, { image: strings.message.image });

/** Reads what libraries there are: an effect or $derived that calls it runs again when one arrives. */
export function markdown_html(source: string, definitions: string): string {
  if (!libraries.temml && MAY_BE_FORMULA.test(source)) libraries.want_temml();
  if (!libraries.highlighter && MAY_BE_CODE.test(source)) libraries.want_highlighter();
  return renderer.html(source, definitions);
}

export function code_html(code: string, language: string): string {
  if (!libraries.highlighter && language !== '') libraries.want_highlighter();
  return renderer.code_html(code, language);
}
