// Short notices in the corner, and what a screen reader is told without a notice.
import { was_aborted } from '../api/errors';
import { problem_text } from '../text/problem_text';

export interface Notice {
  id: number;
  text: string;
  tone: 'plain' | 'problem';
  action: { label: string; run: () => void } | null;
}

const SECONDS = { plain: 6, problem: 12 } as const;

class Notices {
  shown = $state<Notice[]>([]);
  spoken = $state('');
  /** Open dialogs: they show the notices then. */
  dialogs = $state(0);
  private next = 1;
  private timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(text: string, options: { tone?: Notice['tone']; action?: Notice['action']; seconds?: number } = {}): number {
    const tone = options.tone ?? 'plain';
    const notice: Notice = { id: this.next++, text, tone, action: options.action ?? null };
    this.shown = [...this.shown.slice(-3), notice];
    this.start(notice.id, options.seconds ?? SECONDS[tone]);
    return notice.id;
  }

  /** Whatever was thrown, in words. What this page broke off itself is no problem. */
  problem(problem: unknown): void {
    if (was_aborted(problem)) return;
    const text = problem_text(problem);
    if (this.shown.some((notice) => notice.text === text)) return;
    this.show(text, { tone: 'problem' });
  }

  dismiss(id: number): void {
    this.hold(id);
    this.shown = this.shown.filter((notice) => notice.id !== id);
  }

  /** While somebody points at a notice it stays. */
  hold(id: number): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }
  start(id: number, seconds = 4): void {
    this.hold(id);
    this.timers.set(id, setTimeout(() => this.dismiss(id), seconds * 1000));
  }

  say(text: string): void {
    // The same text twice would not be spoken a second time.
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }
}

export const notices = new Notices();

/** Runs something for a click: its failure becomes a notice. True when it went well. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (problem) {
    notices.problem(problem);
    return false;
  }
}
