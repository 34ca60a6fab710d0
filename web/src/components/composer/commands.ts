// What can follow a slash: a few things to do, and every prompt of the library.
import type { Prompt } from '../../api/types';
import { draft, library, remove_conversation, start_conversation, surface, thread } from '../../stores/app.svelte';
import { attempt } from '../../stores/notices.svelte';
import { route } from '../../stores/route.svelte';
import { strings } from '../../text/strings';
import { export_conversation } from '../../tools/transfer';
import { variables_of } from '../../tools/prompt_variables';

export interface SlashCommand {
  name: string;
  description: string;
  run: () => void;
}

function use_prompt(prompt: Prompt): void {
  if (variables_of(prompt.text).length > 0) surface.dialog = { kind: 'prompt', prompt };
  else draft.text = prompt.text;
}

export function slash_commands(): SlashCommand[] {
  const words = strings.composer.command;
  const last = thread.path[thread.path.length - 1];
  const again = last?.role_is_user === false ? last.parent_id : null;
  const conversation = thread.conversation;
  const acts: (SlashCommand | null)[] = [
    { name: 'new', description: words.new, run: start_conversation },
    { name: 'model', description: words.model, run: () => (surface.dialog = { kind: 'models' }) },
    { name: 'settings', description: words.settings, run: () => (surface.panel = true) },
    again === null ? null : { name: 'again', description: words.again, run: () => void attempt(() => thread.answer_again(again)) },
    conversation && { name: 'export', description: words.export, run: () => void attempt(() => export_conversation(conversation, 'markdown')) },
    conversation && { name: 'delete', description: words.delete, run: () => void remove_conversation(conversation) },
    { name: 'prompts', description: words.prompts, run: () => route.go('prompts') },
    { name: 'help', description: words.help, run: () => (surface.dialog = { kind: 'shortcuts' }) },
  ];
  const own = acts.filter((act) => act !== null);
  const names = new Set(own.map((act) => act.name));
  const prompts = library.prompts
    .filter((prompt) => !names.has(prompt.name))
    .map((prompt) => ({ name: prompt.name, description: prompt.description || prompt.text, run: () => use_prompt(prompt) }));
  return [...prompts, ...own];
}
