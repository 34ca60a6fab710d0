// Small choices kept in localStorage. It may be switched off, and anybody may have written into it.
export function read_kept(name: string): string | null {
  try {
    return localStorage.getItem(`hearth.${name}`);
  } catch {
    return null;
  }
}

export function write_kept(name: string, value: string): void {
  try {
    localStorage.setItem(`hearth.${name}`, value);
  } catch {
    // Then it lasts as long as the page.
  }
}

export function choice_of<T extends string>(choices: readonly T[], value: string | null, otherwise: T): T {
  return choices.find((choice) => choice === value) ?? otherwise;
}
