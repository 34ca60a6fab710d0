// The page's keys. Those with a modifier work everywhere, the others only where nobody is typing.
export type ShortcutName =
  | 'new_chat' | 'search' | 'composer' | 'models' | 'panel' | 'sidebar' | 'regenerate' | 'copy_answer' | 'edit_last' | 'stop' | 'send' | 'newline'
  | 'previous' | 'next' | 'older' | 'newer' | 'help';

export interface Shortcut {
  name: ShortcutName;
  /** KeyboardEvent.key in lower case. */
  key: string;
  mod?: boolean;
  shift?: boolean;
  alt?: boolean;
  /** Handled by the composer itself; here only to be listed. */
  is_local?: boolean;
}

export const shortcuts: readonly Shortcut[] = [
  { name: 'send', key: 'enter', is_local: true },
  { name: 'newline', key: 'enter', shift: true, is_local: true },
  { name: 'new_chat', key: 'o', mod: true, shift: true },
  { name: 'search', key: 'k', mod: true },
  { name: 'models', key: 'm', mod: true, shift: true },
  { name: 'composer', key: 'escape', shift: true },
  { name: 'panel', key: '.', mod: true },
  { name: 'sidebar', key: 'b', mod: true },
  { name: 'stop', key: 'escape' },
  { name: 'regenerate', key: 'e', mod: true, shift: true },
  { name: 'copy_answer', key: 'u', mod: true, shift: true },
  { name: 'edit_last', key: 'arrowup', is_local: true },
  { name: 'previous', key: 'arrowup', alt: true },
  { name: 'next', key: 'arrowdown', alt: true },
  { name: 'older', key: 'arrowleft', alt: true },
  { name: 'newer', key: 'arrowright', alt: true },
  { name: 'help', key: '?' },
];

export const is_mac = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.userAgent);

type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

export function shortcut_of(event: KeyPress, is_typing: boolean, mac = is_mac): ShortcutName | null {
  const key = event.key.toLowerCase();
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other_mod = mac ? event.ctrlKey : event.metaKey;
  if (other_mod) return null;
  for (const shortcut of shortcuts) {
    if (shortcut.is_local || shortcut.key !== key) continue;
    const shift_fits = shortcut.key === '?' || (shortcut.shift ?? false) === event.shiftKey;
    if ((shortcut.mod ?? false) !== mod || (shortcut.alt ?? false) !== event.altKey || !shift_fits) continue;
    const is_plain = !shortcut.mod && !shortcut.alt && key !== 'escape';
    if (is_typing && (is_plain || (shortcut.alt && key.startsWith('arrow')))) continue;
    return shortcut.name;
  }
  return null;
}

const NAMES: Record<string, string> = { enter: 'Enter', escape: 'Esc', arrowup: '↑', arrowdown: '↓', arrowleft: '←', arrowright: '→' };

export function shortcut_text(shortcut: Shortcut, send_key: 'enter' | 'ctrl' = 'enter', mac = is_mac): string[] {
  const mod = mac ? '⌘' : 'Ctrl';
  if (shortcut.name === 'send') return send_key === 'ctrl' ? [mod, 'Enter'] : ['Enter'];
  if (shortcut.name === 'newline' && send_key === 'ctrl') return ['Enter'];
  const key = NAMES[shortcut.key] ?? shortcut.key.toUpperCase();
  return [...(shortcut.mod ? [mod] : []), ...(shortcut.alt ? [mac ? '⌥' : 'Alt'] : []), ...(shortcut.shift ? [mac ? '⇧' : 'Shift'] : []), key];
}
