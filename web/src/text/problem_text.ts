// What went wrong, in words, and what to do about it.
import { ApiError } from '../api/errors';
import { strings } from './strings';

const words = strings.problems;

/** A hint for an error that the server has told by code and message; null: its message says all there is. */
export function way_out(code: string | null, message: string): string | null {
  if (code === 'model_not_found') return words.way.model_missing;
  if (code === 'context_length_exceeded' || /does not fit|context/i.test(message)) return words.way.context;
  if (/memory/i.test(message)) return words.way.memory;
  return null;
}

export function problem_text(problem: unknown): string {
  if (!(problem instanceof ApiError)) return words.unknown(problem instanceof Error ? problem.message : String(problem));
  const { message, code } = problem;
  switch (problem.kind) {
    case 'offline':
      return words.offline;
    case 'key':
      return words.key;
    case 'forbidden':
      return `${sentence(message)} ${words.forbidden}`;
    case 'too_much':
      return `${sentence(message)} ${words.too_much}`;
    case 'busy':
      return `${sentence(message)} ${way_out(code, message) ?? (problem.retry_after === null ? words.busy : words.busy_for(problem.retry_after))}`;
    default: {
      const hint = way_out(code, message);
      return hint === null ? sentence(message) : `${sentence(message)} ${hint}`;
    }
  }
}

/** Messages of the server begin small and end without a full stop. */
export function sentence(message: string): string {
  const text = message.trim();
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
