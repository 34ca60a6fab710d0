// The page's stores and how they hang together. Components import from here; the stores know nothing of each other.
import type { Conversation, Preset, Prompt } from '../api/types';
import { strings } from '../text/strings';
import { spoken_text } from '../tools/spoken';
import { title_of } from '../tools/title';
import { Conversations } from './conversations.svelte';
import { Draft } from './draft.svelte';
import { Library } from './library.svelte';
import { Models } from './models.svelte';
import { attempt, notices } from './notices.svelte';
import { route } from './route.svelte';
import { server } from './server';
import { settings } from './settings.svelte';
import { Thread } from './thread.svelte';

export const conversations = new Conversations(server);
export const models = new Models(server);
export const library = new Library(server);
export const draft = new Draft(server);
export const thread = new Thread(server, {
  on_change: (conversation) => conversations.took(conversation),
  on_problem: (problem) => notices.problem(problem),
  on_answer: (message) => notices.say(message.content === '' ? strings.message.no_answer : `${strings.message.answer_ready} ${spoken_text(message.content)}`),
});

export type Dialog =
  | { kind: 'models' }
  | { kind: 'shortcuts' }
  | { kind: 'labels'; conversation: Conversation }
  | { kind: 'prompt'; prompt: Prompt };

/** Here the list is a drawer. */
export const NARROW = '(max-width: 48rem)';

/** What is open beside and above the page. */
class Surface {
  dialog = $state.raw<Dialog | null>(null);
  /** The list at the side, where the window is too narrow to show it all the time. */
  drawer = $state(false);
  /** The settings of the conversation. */
  panel = $state(false);
  is_narrow = $state(matchMedia(NARROW).matches);
}
export const surface = new Surface();

/** The model that answers when nobody has chosen one. */
export function default_model(): string | null {
  const last = settings.last_model;
  if (last !== null && models.names.includes(last)) return last;
  const loaded = models.status?.models[0]?.model;
  return loaded ?? models.names[0] ?? null;
}

export function start_conversation(): void {
  thread.begin({ model: default_model() });
  surface.drawer = false;
  route.go('chat');
  focus_composer();
}

export function focus_composer(): void {
  requestAnimationFrame(() => document.getElementById('composer')?.focus());
}

export async function choose_model(name: string): Promise<void> {
  settings.set_last_model(name);
  await attempt(() => thread.change({ model: name }));
  void draft.count(name);
}

/** Its system prompt, model and parameters take the place of the conversation's. null: none of it. */
export async function choose_preset(preset: Preset | null): Promise<void> {
  const model = preset?.model ?? null;
  const usable = model !== null && models.names.includes(model);
  await attempt(() =>
    thread.change({
      preset_id: preset?.id ?? null,
      system: preset?.system ?? null,
      parameters: preset?.parameters ?? {},
      ...(usable ? { model } : {}),
    }),
  );
  if (model !== null && !usable) notices.show(strings.presets.model_missing(model));
}

export async function remove_conversation(conversation: Conversation): Promise<void> {
  const was_open = thread.conversation?.id === conversation.id;
  if (!(await attempt(() => conversations.remove(conversation.id)))) return;
  if (was_open) start_conversation();
  notices.show(strings.conversations.deleted(title_of(conversation)), {
    seconds: 10,
    action: {
      label: strings.undo,
      run: () =>
        void attempt(async () => {
          await conversations.restore(conversation.id);
          if (was_open) route.go('chat', conversation.id);
        }),
    },
  });
}

export async function branch_at(message_id: string): Promise<void> {
  await attempt(async () => {
    const branch = await thread.branch(message_id);
    conversations.took(branch);
    route.go('chat', branch.id);
    notices.show(strings.conversations.branched);
  });
}
