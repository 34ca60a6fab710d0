import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { while_seen } from '../src/tools/while_seen';

let hidden = false;
function show(is_shown: boolean): void {
  hidden = !is_shown;
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('asking again and again', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    hidden = false;
    vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
  });
  afterEach(() => void vi.useRealTimers());

  it('rests while the page is hidden, and goes on at once when it is seen', async () => {
    const ask = vi.fn(() => Promise.resolve());
    const end = while_seen(ask, 1000);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2500);
    expect(ask).toHaveBeenCalledTimes(3);
    show(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledTimes(3);
    show(true);
    expect(ask).toHaveBeenCalledTimes(4);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ask).toHaveBeenCalledTimes(5);
    end();
    show(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ask).toHaveBeenCalledTimes(5);
  });
  it('does not begin in a hidden page', async () => {
    hidden = true;
    const ask = vi.fn(() => Promise.resolve());
    const end = while_seen(ask, 1000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ask).not.toHaveBeenCalled();
    show(true);
    expect(ask).toHaveBeenCalledTimes(1);
    end();
  });
  it('asks one question at a time, and breaks off the last one', async () => {
    const signals: AbortSignal[] = [];
    const end = while_seen((signal) => (signals.push(signal), new Promise(() => undefined)), 1000);
    show(false);
    show(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    end();
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });
});
