// What the page's keys do.
import { flushSync } from 'svelte';

import { focus_composer, start_conversation, surface, thread } from '../stores/app.svelte';
import { attempt, notices } from '../stores/notices.svelte';
import { route } from '../stores/route.svelte';
import { settings } from '../stores/settings.svelte';
import { strings } from '../text/strings';
import { copy_text } from '../tools/copy';
import { shortcut_of, type ShortcutName } from '../tools/shortcuts';

function is_typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('textarea, select, input:not([type=checkbox], [type=range])');
}

function last_answer() {
  const last = thread.path[thread.path.length - 1];
  return last && !last.role_is_user ? last : null;
}

/** Moves the focus from message to message. */
function walk(step: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>('#messages [data-message]')];
  const at = all.findIndex((message) => message.contains(document.activeElement));
  const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

/** Shows another alternative of the message that has the focus, or of the last one. */
function alternative(step: 1 | -1): void {
  const id = document.activeElement?.closest<HTMLElement>('[data-message]')?.dataset['message'] ?? thread.leaf_id;
  if (id === null) return;
  const siblings = thread.tree.siblings(id);
  const next = siblings[siblings.findIndex((sibling) => sibling.id === id) + step];
  if (next) void attempt(() => thread.choose(next.id));
}

function focus_search(): void {
  if (surface.is_narrow) surface.drawer = true;
  else settings.set_sidebar(true);
  // Not with the next frame: what is typed meanwhile belongs into the search.
  flushSync();
  document.getElementById('search')?.focus();
}

const acts: Record<Exclude<ShortcutName, 'send' | 'newline' | 'edit_last'>, () => void> = {
  new_chat: start_conversation,
  search: focus_search,
  composer: focus_composer,
  models: () => (surface.dialog = { kind: 'models' }),
  panel: () => {
    if (route.now.page === 'chat') surface.panel = !surface.panel;
  },
  sidebar: () => {
    if (surface.is_narrow) surface.drawer = !surface.drawer;
    else settings.set_sidebar(!settings.sidebar_open);
  },
  stop: () => {
    if (surface.drawer) surface.drawer = false;
    else if (thread.running.length > 0) void attempt(() => thread.stop_all());
  },
  regenerate: () => {
    const parent = last_answer()?.parent_id;
    if (parent) void attempt(() => thread.answer_again(parent));
  },
  copy_answer: () => {
    const answer = last_answer();
    if (answer) void copy_text(answer.content).then((done) => done && notices.say(strings.copied));
  },
  previous: () => walk(-1),
  next: () => walk(1),
  older: () => alternative(-1),
  newer: () => alternative(1),
  help: () => (surface.dialog = { kind: 'shortcuts' }),
};

export function run_shortcut(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return;
  const name = shortcut_of(event, is_typing(event.target));
  if (name === null || name === 'send' || name === 'newline' || name === 'edit_last') return;
  if (name !== 'stop') event.preventDefault();
  acts[name]();
}
