// An answer of the server that says no, or none at all. Its message is for people; see text/problem_text.ts for the way out.

export type ProblemKind = 'offline' | 'key' | 'forbidden' | 'missing' | 'conflict' | 'input' | 'too_much' | 'busy' | 'server';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly param: string | null = null,
    readonly retry_after: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  get kind(): ProblemKind {
    switch (this.status) {
      case 0:
        return 'offline';
      case 401:
        return 'key';
      case 403:
        return 'forbidden';
      case 404:
        return 'missing';
      case 409:
        return 'conflict';
      case 413:
        return 'too_much';
      case 429:
      case 503:
        return 'busy';
      default:
        return this.status >= 500 ? 'server' : 'input';
    }
  }
}

const is_object = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text_or_null = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Both shapes that the server has: {"error": {"message", …}} and Ollama's {"error": "…"}. */
export function error_of_body(status: number, body: string, retry_after: string | null): ApiError {
  const seconds = retry_after !== null && /^\d+$/.test(retry_after) ? Number(retry_after) : null;
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // A proxy's page, for example; its text would not help anybody.
  }
  const error = is_object(parsed) ? parsed['error'] : null;
  if (typeof error === 'string') return new ApiError(status, error, null, null, seconds);
  if (is_object(error)) {
    const message = text_or_null(error['message']) ?? `HTTP ${status}`;
    return new ApiError(status, message, text_or_null(error['code']), text_or_null(error['param']), seconds);
  }
  return new ApiError(status, `HTTP ${status}`, null, null, seconds);
}

/** Whether a request was ended by this page itself. */
export const was_aborted = (problem: unknown): boolean => problem instanceof DOMException && problem.name === 'AbortError';
