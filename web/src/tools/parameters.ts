// The fields of a request that change how an answer is drawn, as the settings show them. docs/sampling.md says more.
import type { Parameters } from '../api/types';

export type ParameterName =
  | 'temperature' | 'top_p' | 'top_k' | 'min_p' | 'typical_p' | 'repeat_penalty' | 'repeat_last_n' | 'presence_penalty' | 'frequency_penalty'
  | 'dry_multiplier' | 'dry_base' | 'dry_allowed_length' | 'dry_penalty_last_n' | 'xtc_probability' | 'xtc_threshold' | 'mirostat'
  | 'mirostat_tau' | 'mirostat_eta' | 'seed' | 'max_tokens' | 'stop' | 'reasoning_effort' | 'logit_bias' | 'grammar';

interface NumberField {
  kind: 'number';
  min: number;
  max: number;
  step: number;
  is_integer: boolean;
  /** A slider helps where the range is small. */
  has_slider: boolean;
}
interface ChoiceField {
  kind: 'choice';
  choices: readonly (string | number)[];
}
interface TextField {
  kind: 'lines' | 'text' | 'json';
}
export type ParameterField = { name: ParameterName } & (NumberField | ChoiceField | TextField);

const real = (name: ParameterName, min: number, max: number, step = 0.01): ParameterField =>
  ({ name, kind: 'number', min, max, step, is_integer: false, has_slider: true });
const whole = (name: ParameterName, min: number, max: number): ParameterField =>
  ({ name, kind: 'number', min, max, step: 1, is_integer: true, has_slider: false });

const MOST = 2 ** 31 - 1;

export interface ParameterGroup {
  name: 'main' | 'choice' | 'repetition' | 'surprise' | 'other';
  fields: readonly ParameterField[];
}

export const parameter_groups: readonly ParameterGroup[] = [
  {
    name: 'main',
    fields: [
      real('temperature', 0, 2, 0.05),
      whole('max_tokens', 1, MOST),
      { name: 'reasoning_effort', kind: 'choice', choices: ['none', 'low', 'medium', 'high'] },
      { name: 'stop', kind: 'lines' },
      whole('seed', 0, Number.MAX_SAFE_INTEGER),
    ],
  },
  { name: 'choice', fields: [real('top_p', 0, 1), whole('top_k', 0, MOST), real('min_p', 0, 1), real('typical_p', 0, 1)] },
  {
    name: 'repetition',
    fields: [
      real('repeat_penalty', 0.5, 2),
      whole('repeat_last_n', -1, MOST),
      real('presence_penalty', -2, 2, 0.1),
      real('frequency_penalty', -2, 2, 0.1),
      real('dry_multiplier', 0, 5, 0.1),
      real('dry_base', 1, 4, 0.05),
      whole('dry_allowed_length', 0, MOST),
      whole('dry_penalty_last_n', -1, MOST),
    ],
  },
  {
    name: 'surprise',
    fields: [
      real('xtc_probability', 0, 1),
      real('xtc_threshold', 0, 1),
      { name: 'mirostat', kind: 'choice', choices: [0, 2] },
      real('mirostat_tau', 0, 20, 0.1),
      real('mirostat_eta', 0, 1),
    ],
  },
  { name: 'other', fields: [{ name: 'logit_bias', kind: 'json' }, { name: 'grammar', kind: 'text' }] },
];

export type Reading = { value: unknown } | { problem: 'number' | 'integer' | 'range' | 'json' };

/** What was typed for a field; `value` undefined: nothing, so the model's own default holds. */
export function read_parameter(field: ParameterField, text: string): Reading {
  const trimmed = text.trim();
  if (trimmed === '') return { value: undefined };
  switch (field.kind) {
    case 'number': {
      const value = Number(trimmed);
      if (!Number.isFinite(value)) return { problem: 'number' };
      if (field.is_integer && !Number.isInteger(value)) return { problem: 'integer' };
      return value < field.min || value > field.max ? { problem: 'range' } : { value };
    }
    case 'choice': {
      const choice = field.choices.find((one) => String(one) === trimmed);
      return { value: choice };
    }
    case 'lines': {
      const lines = text.split('\n').filter((line) => line !== '').map((line) => line.replaceAll('\\n', '\n'));
      return { value: lines.length > 0 ? lines : undefined };
    }
    case 'json':
      try {
        return { value: JSON.parse(trimmed) as unknown };
      } catch {
        return { problem: 'json' };
      }
    case 'text':
      return { value: text };
  }
}

export function parameter_text(field: ParameterField, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (field.kind === 'lines') return (Array.isArray(value) ? value : [value]).map((line) => String(line).replaceAll('\n', '\\n')).join('\n');
  return field.kind === 'json' ? JSON.stringify(value) : String(value);
}

/** undefined takes a field away. */
export function with_parameter(parameters: Parameters, name: string, value: unknown): Parameters {
  const changed = { ...parameters };
  if (value === undefined) delete changed[name];
  else changed[name] = value;
  return changed;
}
