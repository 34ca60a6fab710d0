const MOST = 1200;

/** An answer as it is read aloud: without the marks of Markdown, and not for minutes. The message itself can be read in full. */
export function spoken_text(markdown: string): string {
  const plain = markdown
    .replace(/^(`{3,}|~{3,}).*$/gm, '')
    .replace(/^\s{0,3}(?:#{1,6}|>)\s*/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`|]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= MOST ? plain : `${plain.slice(0, plain.lastIndexOf(' ', MOST))} …`;
}
