// Work that may wait a little, in slices: after a few milliseconds the browser gets its turn, for keys, scrolling and drawing.
import { flushSync } from 'svelte';

/** With what the browser does besides, a slice stays far below the 50 ms that people begin to notice. */
const SLICE_MS = 8;

export interface SlicesOptions {
  /** Runs something later, in a task of its own. */
  schedule?: (run: () => void) => void;
  /** Does what a job has asked for, so that it counts as the job's time. */
  settle?: () => void;
  now?: () => number;
}

export class Slices {
  private readonly jobs = new Set<() => void>();
  private is_scheduled = false;
  private readonly schedule: (run: () => void) => void;
  private readonly settle: () => void;
  private readonly now: () => number;

  constructor({ schedule = (run) => void setTimeout(run), settle = flushSync, now = () => performance.now() }: SlicesOptions = {}) {
    this.schedule = schedule;
    this.settle = settle;
    this.now = now;
  }

  /** Jobs run one after the other, in the order in which they came. Returns what calls it off. */
  add(job: () => void): () => void {
    // A job that is added twice runs twice.
    const entry = () => job();
    this.jobs.add(entry);
    this.plan();
    return () => void this.jobs.delete(entry);
  }

  private plan(): void {
    if (this.is_scheduled || this.jobs.size === 0) return;
    this.is_scheduled = true;
    this.schedule(() => {
      try {
        this.run();
      } finally {
        this.is_scheduled = false;
        this.plan();
      }
    });
  }

  private run(): void {
    const until = this.now() + SLICE_MS;
    // What a job adds stands at the end, and is run in this slice if there is time.
    for (const job of this.jobs) {
      this.jobs.delete(job);
      job();
      this.settle();
      if (this.now() >= until) return;
    }
  }
}

export const slices = new Slices();
