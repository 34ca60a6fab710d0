// Asks again and again, as long as somebody looks: a hidden page rests, and asks at once when it is seen again.

/** `ask` runs now, and `each_ms` after it has ended; it must not throw. Returns what ends it, and breaks off a question on its way. */
export function while_seen(ask: (signal: AbortSignal) => Promise<unknown>, each_ms: number): () => void {
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let is_asking = false;

  async function round() {
    clearTimeout(timer);
    if (is_asking || ending.signal.aborted || document.hidden) return;
    is_asking = true;
    try {
      await ask(ending.signal);
    } finally {
      is_asking = false;
    }
    if (!ending.signal.aborted) timer = setTimeout(() => void round(), each_ms);
  }
  const on_change = () => void round();
  document.addEventListener('visibilitychange', on_change);
  void round();
  return () => {
    document.removeEventListener('visibilitychange', on_change);
    clearTimeout(timer);
    ending.abort();
  };
}
