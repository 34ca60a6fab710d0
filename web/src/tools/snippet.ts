// A search hit as the server marks it: plain text, hits between \u0001 and \u0002.
export interface SnippetPart {
  text: string;
  is_hit: boolean;
}

export function snippet_parts(snippet: string): SnippetPart[] {
  const parts: SnippetPart[] = [];
  for (const [index, piece] of snippet.split('\u0001').entries()) {
    const end = index === 0 ? -1 : piece.indexOf('\u0002');
    if (end >= 0) parts.push({ text: piece.slice(0, end), is_hit: true });
    const rest = end >= 0 ? piece.slice(end + 1) : piece;
    if (rest !== '') parts.push({ text: rest.replaceAll('\u0002', ''), is_hit: false });
  }
  return parts;
}
