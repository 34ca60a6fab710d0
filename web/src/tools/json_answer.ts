// Answers that were asked to be JSON are shown as the object they are.
import type { Parameters } from '../api/types';

export interface JsonObject {
  value: unknown;
  text: string;
}

const is_record = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

export function asks_for_json(parameters: Parameters): boolean {
  const format = parameters['response_format'];
  return is_record(format) && (format['type'] === 'json_schema' || format['type'] === 'json_object');
}

/** null: nobody asked for JSON, or the answer is not complete. */
export function json_answer(parameters: Parameters, content: string): JsonObject | null {
  if (!asks_for_json(parameters)) return null;
  try {
    const value: unknown = JSON.parse(content);
    return { value, text: JSON.stringify(value, null, 2) };
  } catch {
    return null;
  }
}

export type SchemaProblem = 'not_json' | 'not_object';

/** A pasted schema as `response_format`; a whole `response_format` and OpenAI's {"name", "schema"} are taken as well. */
export function response_format_of(text: string): { format: Record<string, unknown> } | { problem: SchemaProblem; detail: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (problem) {
    return { problem: 'not_json', detail: problem instanceof Error ? problem.message : '' };
  }
  if (!is_record(value)) return { problem: 'not_object', detail: '' };
  if (value['type'] === 'json_schema' && is_record(value['json_schema'])) return { format: value };
  const named = typeof value['name'] === 'string' && is_record(value['schema']);
  const schema = named ? value['schema'] : value;
  const name = named ? value['name'] : 'answer';
  return { format: { type: 'json_schema', json_schema: { name, schema, strict: true } } };
}

/** The schema in `response_format`, laid out; empty when there is none. */
export function schema_text(parameters: Parameters): string {
  const format = parameters['response_format'];
  if (!is_record(format) || !is_record(format['json_schema'])) return '';
  return JSON.stringify(format['json_schema']['schema'] ?? {}, null, 2);
}
