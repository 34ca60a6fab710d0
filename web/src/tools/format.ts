// Numbers and times as people read them.
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes_text(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    ++unit;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** 950, 12.3k, 4.1M, 1.1B */
export function count_text(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 999_500) return `${(count / 1000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return count < 999.5e6 ? `${(count / 1e6).toFixed(count < 99.95e6 ? 1 : 0)}M` : `${(count / 1e9).toFixed(1)}B`;
}

export function seconds_text(seconds: number): string {
  if (seconds > 0 && seconds < 0.000_95) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

export const rate_text = (rate: number): string => (rate < 9.95 ? rate.toFixed(1) : String(Math.round(rate)));

export type Age = 'today' | 'yesterday' | 'week' | 'month' | 'older';

/** By the days of the calendar, not by hours. */
export function age_of(time_ms: number, now_ms: number): Age {
  const start_of_day = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
  const days = Math.round((start_of_day(now_ms) - start_of_day(time_ms)) / 86_400_000);
  if (days <= 0) return 'today';
  if (days === 1) return 'yesterday';
  if (days < 7) return 'week';
  return days < 30 ? 'month' : 'older';
}

const time = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit' });
const date_time = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
export const time_text = (ms: number): string => time.format(ms);
export const date_time_text = (ms: number): string => date_time.format(ms);
