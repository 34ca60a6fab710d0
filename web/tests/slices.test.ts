import { describe, expect, it } from 'vitest';

import { Pace } from '../src/tools/pace';
import { Slices } from '../src/tools/slices';

/** Slices whose tasks the test runs one by one, on a clock that only the jobs move. */
function played() {
  const tasks: (() => void)[] = [];
  const clock = { ms: 0 };
  const slices = new Slices({ schedule: (run) => tasks.push(run), settle: () => undefined, now: () => clock.ms });
  return { slices, tasks, clock, next: () => tasks.shift()?.() };
}

describe('work in slices', () => {
  it('runs in order, and gives way after some milliseconds', () => {
    const { slices, tasks, clock, next } = played();
    const done: number[] = [];
    for (let i = 0; i < 5; ++i) slices.add(() => (done.push(i), (clock.ms += 5)));
    expect([done, tasks.length]).toEqual([[], 1]);
    next();
    expect([done, tasks.length]).toEqual([[0, 1], 1]);
    next();
    next();
    expect([done, tasks.length]).toEqual([[0, 1, 2, 3, 4], 0]);
  });
  it('forgets what was called off, and runs what a job adds', () => {
    const { slices, tasks, next } = played();
    const done: string[] = [];
    slices.add(() => {
      done.push('first');
      slices.add(() => done.push('added'));
    });
    slices.add(() => done.push('never'))();
    next();
    expect([done, tasks.length]).toEqual([['first', 'added'], 0]);
  });
  it('goes on when a job fails', () => {
    const { slices, next } = played();
    const done: string[] = [];
    slices.add(() => {
      throw new Error('one bad job');
    });
    slices.add(() => done.push('other'));
    expect(next).toThrow('one bad job');
    next();
    expect(done).toEqual(['other']);
  });
});

describe('the pace of drawing', () => {
  it('follows what the last step took, between its bounds', () => {
    const pace = new Pace(4, 16);
    const sizes = [1, 1, 1, 25, 50, 1000, 12].map((ms) => (pace.took(ms), pace.size));
    // Quick steps double it up to 16; 25 ms are just right; twice as long halves it; and it is never below 4.
    expect(sizes).toEqual([8, 16, 16, 16, 8, 4, 8]);
  });
});
