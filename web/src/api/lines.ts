// A stream of bytes as lines of text, however the network has cut it.

/** Lines without their end ("\n", "\r\n"); the last one too where the stream ends without a line's end. */
export async function* lines_of(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  // Pieces of a line that is not complete are collected, so that a long line costs no quadratic time.
  let open: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      const parts = text.split('\n');
      for (let i = 0; i < parts.length - 1; ++i) {
        open.push(parts[i] ?? '');
        const line = open.join('');
        open = [];
        yield line.endsWith('\r') ? line.slice(0, -1) : line;
      }
      const rest = parts[parts.length - 1] ?? '';
      if (rest !== '') open.push(rest);
      if (done) break;
    }
    if (open.length > 0) yield open.join('');
  } finally {
    // Who stops listening in the middle closes the connection.
    reader.cancel().catch(() => undefined);
  }
}
