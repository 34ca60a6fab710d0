// What this browser remembers about how the page shall look and act. Nothing of conversations.
import { choice_of, read_kept, write_kept } from '../tools/kept';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

class Settings {
  theme = $state<Theme>(choice_of(THEMES, read_kept('theme'), 'auto'));
  /** "enter" sends with Enter, "ctrl" with Ctrl+Enter. */
  send_key = $state<'enter' | 'ctrl'>(choice_of(['enter', 'ctrl'], read_kept('send_key'), 'enter'));
  sidebar_open = $state(read_kept('sidebar') !== 'closed');
  last_model = $state<string | null>(read_kept('model'));

  set_theme(theme: Theme): void {
    this.theme = theme;
    write_kept('theme', theme);
    this.apply_theme();
  }
  apply_theme(): void {
    document.documentElement.dataset['theme'] = this.theme;
  }
  set_send_key(key: 'enter' | 'ctrl'): void {
    this.send_key = key;
    write_kept('send_key', key);
  }
  set_sidebar(open: boolean): void {
    this.sidebar_open = open;
    write_kept('sidebar', open ? 'open' : 'closed');
  }
  set_last_model(model: string): void {
    this.last_model = model;
    write_kept('model', model);
  }
}

export const settings = new Settings();
