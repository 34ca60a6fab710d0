import { describe, expect, it } from 'vitest';

import { lines_of } from '../src/api/lines';
import { events_of, type ServerEvent } from '../src/api/sse';

function stream(chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const events = (...chunks: (string | Uint8Array)[]): Promise<ServerEvent[]> => all(events_of(stream(chunks)));

describe('lines', () => {
  it('come whole, however the bytes are cut', async () => {
    const text = 'one\r\ntwo ä€🔥\n\nfour';
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size <= bytes.length; ++size) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
      expect(await all(lines_of(stream(chunks)))).toEqual(['one', 'two ä€🔥', '', 'four']);
    }
  });
  it('close the connection when nobody listens any more', async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('x\n')),
      cancel: () => void (cancelled = true),
    });
    for await (const line of lines_of(endless)) {
      expect(line).toBe('x');
      break;
    }
    expect(cancelled).toBe(true);
  });
});

// The examples of https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6.
describe('server-sent events', () => {
  it('join the lines of their data', async () => {
    expect(await events('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([{ event: 'message', data: 'YHOO\n+2\n10' }]);
  });
  it('ignore comments, ids and unknown fields, and take one space away', async () => {
    const text = ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\nretry: 5\nnonsense: x\n\ndata:  third event\n\n';
    expect((await events(text)).map((event) => event.data)).toEqual(['first event', 'second event', ' third event']);
  });
  it('fire for empty data, but not without any, and not before their blank line', async () => {
    expect(await events('data\n\ndata\ndata\n\ndata:')).toEqual([
      { event: 'message', data: '' },
      { event: 'message', data: '\n' },
    ]);
  });
  it('have names, which hold for one event only', async () => {
    expect(await events('event: add\ndata: 1\n\nevent: nothing\n\ndata: 2\n\n')).toEqual([
      { event: 'add', data: '1' },
      { event: 'message', data: '2' },
    ]);
  });
  it('may begin with a byte order mark', async () => {
    expect(await events('\uFEFFdata: x\n\n')).toEqual([{ event: 'message', data: 'x' }]);
  });
});
