// One message on the screen. Text that arrives faster than the screen is drawn is gathered and shown once a frame.
import { flushSync } from 'svelte';

import type { AnswerEvent, Message, Progress } from '../api/types';

export type Schedule = (run: () => void, cost_ms: number) => void;

const CHEAP_MS = 6;

/** The next frame; a little later where drawing is costly, so that there is time for other things, but not so late that much
 *  has gathered: what comes must be drawn, and in small portions nobody waits. Frames stop
 *  while the page is hidden; the text shall go on all the same. */
export const next_frame: Schedule = (run, cost_ms) => {
  if (document.hidden) setTimeout(run, 250);
  else if (cost_ms <= CHEAP_MS) requestAnimationFrame(run);
  else setTimeout(() => requestAnimationFrame(run), Math.min(2 * cost_ms, 100));
};

export class ThreadMessage {
  readonly id: string;
  readonly parent_id: string | null;
  readonly created_ms: number;
  facts = $state.raw<Message>() as Message;
  content = $state('');
  reasoning = $state('');
  progress = $state.raw<Progress | null>(null);
  /** The connection was lost and is being made anew. */
  reconnecting = $state(false);
  readonly role_is_user: boolean;
  private waiting_content: string[] = [];
  private waiting_reasoning: string[] = [];
  private is_scheduled = false;
  private cost_ms = 0;

  constructor(
    message: Message,
    private readonly schedule: Schedule = next_frame,
  ) {
    this.id = message.id;
    this.role_is_user = message.role === 'user';
    this.parent_id = message.parent_id;
    this.created_ms = message.created_ms;
    this.set(message);
  }

  /** No $derived: there are thousands of messages, and to compare is cheaper than to keep. */
  get running(): boolean {
    return this.facts.state === 'running';
  }

  set(message: Message): void {
    this.waiting_content = [];
    this.waiting_reasoning = [];
    this.facts = message;
    this.content = message.content;
    this.reasoning = message.reasoning;
    if (message.state !== 'running') this.progress = null;
  }

  apply(event: AnswerEvent): void {
    this.reconnecting = false;
    if (event.kind === 'snapshot' || event.kind === 'done') return this.set(event.message);
    if (event.kind === 'progress') {
      this.progress = event.progress;
      return;
    }
    if (event.content !== '') this.waiting_content.push(event.content);
    if (event.reasoning !== '') this.waiting_reasoning.push(event.reasoning);
    if (this.is_scheduled) return;
    this.is_scheduled = true;
    this.schedule(() => {
      this.is_scheduled = false;
      const began = performance.now();
      this.show_waiting();
      flushSync();
      this.cost_ms = performance.now() - began;
    }, this.cost_ms);
  }

  private show_waiting(): void {
    if (this.progress) this.progress = null;
    if (this.waiting_content.length > 0) this.content += this.waiting_content.splice(0).join('');
    if (this.waiting_reasoning.length > 0) this.reasoning += this.waiting_reasoning.splice(0).join('');
  }
}
