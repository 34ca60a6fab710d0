// Server-sent events out of a response of fetch: EventSource can't send an Authorization header.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
import { lines_of } from './lines';

export interface ServerEvent {
  event: string;
  data: string;
}

export async function* events_of(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let event = '';
  let data: string[] = [];
  let first = true;
  for await (let line of lines_of(stream)) {
    if (first) {
      first = false;
      if (line.startsWith('\uFEFF')) line = line.slice(1);
    }
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    if (line.startsWith(':')) continue;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    // "id" and "retry" are for reconnecting, which a snapshot makes needless. An event without its blank line is dropped.
  }
}
