// Presets (how to answer) and prompts (what to ask), kept on the server.
import type { Client } from '../api/client';
import type { Preset, PresetFields, Prompt, PromptFields } from '../api/types';

const by_name = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
const replaced = <T extends { id: string; name: string }>(list: T[], item: T) =>
  [...list.filter((other) => other.id !== item.id), item].sort(by_name);

export class Library {
  presets = $state.raw<Preset[]>([]);
  prompts = $state.raw<Prompt[]>([]);
  was_loaded = $state(false);

  constructor(private readonly server: Client) {}

  async load(): Promise<void> {
    const [{ presets }, { prompts }] = await Promise.all([this.server.presets(), this.server.prompts()]);
    this.presets = presets.sort(by_name);
    this.prompts = prompts.sort(by_name);
    this.was_loaded = true;
  }

  preset(id: string | null): Preset | null {
    return this.presets.find((preset) => preset.id === id) ?? null;
  }

  /** `id` null: a new one. */
  async save_preset(id: string | null, fields: PresetFields): Promise<Preset> {
    const saved = await (id === null ? this.server.create_preset(fields) : this.server.change_preset(id, fields));
    this.presets = replaced(this.presets, saved);
    return saved;
  }
  async delete_preset(id: string): Promise<void> {
    await this.server.delete_preset(id);
    this.presets = this.presets.filter((preset) => preset.id !== id);
  }

  async save_prompt(id: string | null, fields: PromptFields): Promise<Prompt> {
    const saved = await (id === null ? this.server.create_prompt(fields) : this.server.change_prompt(id, fields));
    this.prompts = replaced(this.prompts, saved);
    return saved;
  }
  async delete_prompt(id: string): Promise<void> {
    await this.server.delete_prompt(id);
    this.prompts = this.prompts.filter((prompt) => prompt.id !== id);
  }
}
