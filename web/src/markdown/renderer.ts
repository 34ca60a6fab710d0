// The page's Markdown renderer, with whatever of the large libraries has arrived.
import { strings } from '../text/strings';
import { libraries, type Library } from './libraries';
import { MarkdownRenderer } from './render';

const MOST_HIGHLIGHTED = 60_000; // Characters; beyond it colours cost more time than they help.
const MOST_TEX = 5_000;

export interface Rendered {
  html: string;
  /** A library that is on its way would have changed it: to be rendered again after `libraries.next`. */
  is_waiting: boolean;
}

let is_waiting = false;

/** A library that is here; else it is sent for, and what is being rendered waits for it. */
function arrived<T>(library: Library<T>): T | null {
  if (library.value === null) {
    is_waiting = true;
    library.want();
  }
  return library.value;
}

function highlight(code: string, language: string): string | null {
  if (language === '' || code.length > MOST_HIGHLIGHTED) return null;
  const highlighter = arrived(libraries.highlighter);
  if (!highlighter) return null;
  return highlighter.getLanguage(language) ? highlighter.highlight(code, { language, ignoreIllegals: true }).value : null;
}

function formula(tex: string, is_displayed: boolean): string | null {
  if (tex.length > MOST_TEX) return null;
  const temml = arrived(libraries.temml);
  if (!temml) return null;
  try {
    const mathml = temml.renderToString(tex, { displayMode: is_displayed, throwOnError: true, trust: false, maxExpand: 500, maxSize: [20, 100] });
    // The page's policy forbids style attributes, and the browser would complain about each.
    return mathml.replace(/ style="[^"]*"/g, '');
  } catch {
    return null; // Not TeX after all: its source is shown.
  }
}

const renderer = new MarkdownRenderer({ formula, highlight }, { image: strings.message.image });

function rendered(render: () => string): Rendered {
  is_waiting = false;
  const html = render();
  return { html, is_waiting };
}

export const markdown_html = (source: string, definitions: string): Rendered => rendered(() => renderer.html(source, definitions));
export const code_html = (code: string, language: string): Rendered => rendered(() => renderer.code_html(code, language));
