// "/summarise" at the beginning of a draft picks a prompt or does something.
/** What was typed behind the slash, or null where the draft is no command (any more). */
export function slash_query(draft: string): string | null {
  const match = /^\/([a-z0-9-]*)$/i.exec(draft);
  return match ? (match[1] ?? '').toLowerCase() : null;
}

/** Names that begin so first, then those that contain it. */
export function matching<T extends { name: string; description: string }>(commands: readonly T[], query: string): T[] {
  const begins = commands.filter((command) => command.name.startsWith(query));
  const contains = commands.filter((command) => !begins.includes(command) && command.name.includes(query));
  return [...begins, ...contains];
}
