// Numbers of the dashboard as they run: what has come in the last minutes, and rates out of counters.
export interface Sample {
  time_ms: number;
  value: number;
}

export class Series {
  private samples: Sample[] = [];

  constructor(private readonly span_ms: number) {}

  add(time_ms: number, value: number): void {
    this.samples.push({ time_ms, value });
    const from = time_ms - this.span_ms;
    const first = this.samples.findIndex((sample) => sample.time_ms >= from);
    if (first > 0) this.samples.splice(0, first);
  }
  all(): readonly Sample[] {
    return [...this.samples];
  }
}

/** A counter's growth a second. It begins anew when the server does, and then it falls. */
export class Rate {
  private last: Sample | null = null;

  /** null: there is nothing to compare with yet. */
  next(time_ms: number, count: number): number | null {
    const last = this.last;
    this.last = { time_ms, value: count };
    if (!last || time_ms <= last.time_ms || count < last.value) return null;
    return ((count - last.value) * 1000) / (time_ms - last.time_ms);
  }
}

/** A round number at or above `value`: 1, 2 or 5 times a power of ten. */
export function round_up(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value - 1e-9) ?? 10;
  return step * power;
}

export interface Box {
  width: number;
  height: number;
}

/** The points of an SVG polyline; the newest sample is at the right edge. */
export function line_points(samples: readonly Sample[], span_ms: number, top: number, box: Box): string {
  const last = samples[samples.length - 1];
  if (!last) return '';
  return samples
    .map(({ time_ms, value }) => {
      const x = box.width * (1 - (last.time_ms - time_ms) / span_ms);
      const y = box.height * (1 - Math.min(1, value / top));
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}

/** The bound below which this part of all values lies; null: there are none, or it lies above the last bound. */
export function quantile(buckets: readonly { le: number | null; count: number }[], part: number): number | null {
  const all = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (all === 0) return null;
  let seen = 0;
  let below = 0;
  for (const { le, count } of buckets) {
    if (seen + count >= part * all && count > 0) {
      if (le === null) return null;
      // As Prometheus does: evenly spread inside a bucket.
      return below + ((le - below) * (part * all - seen)) / count;
    }
    seen += count;
    below = le ?? below;
  }
  return null;
}
