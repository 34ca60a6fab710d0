import { readFileSync } from 'node:fs';
import { File as NodeFile } from 'node:buffer';
import { describe, expect, it } from 'vitest';

import { route_of, hash_of } from '../src/stores/route.svelte';
import { problem_text } from '../src/text/problem_text';
import { ApiError } from '../src/api/errors';
import type { CatalogModel } from '../src/api/types';
import { strings } from '../src/text/strings';
import { draft_room } from '../src/tools/draft_check';
import { by_use } from '../src/tools/catalog';
import { age_of, bytes_text, count_text, seconds_text } from '../src/tools/format';
import { json_answer, response_format_of, schema_text } from '../src/tools/json_answer';
import { MessageTree } from '../src/tools/message_tree';
import { plain_name } from '../src/tools/model_name';
import { parameter_groups, parameter_text, read_parameter, with_parameter } from '../src/tools/parameters';
import { filled_prompt, variables_of } from '../src/tools/prompt_variables';
import { file_name } from '../src/tools/save_file';
import { line_points, quantile, Rate, round_up, Series } from '../src/tools/series';
import { shortcut_of, shortcuts } from '../src/tools/shortcuts';
import { matching, slash_query } from '../src/tools/slash';
import { spoken_text } from '../src/tools/spoken';
import { snippet_parts } from '../src/tools/snippet';
import { decode_text, read_text_files, MOST_BYTES } from '../src/tools/text_files';

describe('numbers and times', () => {
  it('are short', () => {
    expect([0, 999, 1000, 1_234_567, 20_400_000_000].map(bytes_text)).toEqual(['0 B', '999 B', '1.0 kB', '1.2 MB', '20.4 GB']);
    expect([0, 999, 1000, 12_345, 123_456, 1_234_567, 494_000_000, 1_100_048_384].map(count_text)).toEqual(['0', '999', '1.0k', '12.3k', '123k', '1.2M', '494M', '1.1B']);
    expect([0, 0.0004, 0.25, 1.5, 31, 600, 7300, 200_000].map(seconds_text)).toEqual(['0 ms', '0.4 ms', '250 ms', '1.5 s', '31 s', '10 min', '2 h 1 min', '2 days']);
  });
  it('count days by the calendar', () => {
    const now = new Date(2026, 10, 21, 0, 30).getTime();
    const at = (day: number, hour: number) => age_of(new Date(2026, 10, day, hour).getTime(), now);
    expect([at(21, 0), at(20, 23), at(15, 1), at(14, 23), at(1, 5)]).toEqual(['today', 'yesterday', 'week', 'month', 'month']);
    expect(age_of(new Date(2026, 9, 1).getTime(), now)).toBe('older');
  });
});

describe('the tree of messages', () => {
  const node = (id: string, parent_id: string | null, created_ms: number) => ({ id, parent_id, created_ms });
  const tree = new MessageTree([node('q', null, 1), node('a2', 'q', 3), node('a1', 'q', 2), node('q2', 'a1', 4), node('a3', 'q2', 5)]);
  it('knows paths, alternatives and the newest below', () => {
    expect(tree.path('a3').map(({ id }) => id)).toEqual(['q', 'a1', 'q2', 'a3']);
    expect(tree.siblings('a2').map(({ id }) => id)).toEqual(['a1', 'a2']);
    expect([tree.leaf_below('a1'), tree.leaf_below('q'), tree.path('nobody')]).toEqual(['a3', 'a2', []]);
  });
  it('does not hang on a tree that is none', () => {
    const ring = new MessageTree([node('a', 'b', 1), node('b', 'a', 2)]);
    expect(ring.path('a')).toHaveLength(2);
    expect(['a', 'b']).toContain(ring.leaf_below('a'));
  });
});

describe('prompts with variables', () => {
  it('are found once each and filled in', () => {
    const text = 'Translate {{ text }} into {{language=French}}. {{text}} {{not closed}';
    expect(variables_of(text)).toEqual([{ name: 'text', initial: '' }, { name: 'language', initial: 'French' }]);
    expect(filled_prompt(text, { text: '{{language}} $& $1', language: 'Thai' })).toBe(
      'Translate {{language}} $& $1 into Thai. {{language}} $& $1 {{not closed}',
    );
    expect(filled_prompt('{{a}} {{toString}}', { a: '' })).toBe(' {{toString}}');
  });
  it('answer to a slash at the beginning only', () => {
    expect([slash_query('/'), slash_query('/Tra'), slash_query('/a b'), slash_query(' /a'), slash_query('a/b')]).toEqual(['', 'tra', null, null, null]);
    const commands = ['translate', 'new', 'renew'].map((name) => ({ name, description: '' }));
    expect(matching(commands, 'new').map(({ name }) => name)).toEqual(['new', 'renew']);
  });
});

describe('search hits', () => {
  it('are marked, whatever stands around them', () => {
    expect(snippet_parts('a \u0001hit\u0002 b')).toEqual([
      { text: 'a ', is_hit: false }, { text: 'hit', is_hit: true }, { text: ' b', is_hit: false },
    ]);
    expect(snippet_parts('\u0002a\u0001b').map((part) => part.text).join('|')).toBe('a|b');
    expect(snippet_parts('')).toEqual([]);
  });
});

describe('JSON answers', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  it('take a schema in each of the forms that people paste', () => {
    const wanted = { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } };
    expect(response_format_of(JSON.stringify(schema))).toEqual({ format: wanted });
    expect(response_format_of(JSON.stringify(wanted))).toEqual({ format: wanted });
    expect(response_format_of(JSON.stringify({ name: 'person', schema }))).toMatchObject({ format: { json_schema: { name: 'person', schema } } });
    expect(response_format_of('{"type":')).toMatchObject({ problem: 'not_json' });
    expect(response_format_of('[1]')).toMatchObject({ problem: 'not_object' });
    expect(JSON.parse(schema_text({ response_format: wanted }))).toEqual(schema);
  });
  it('are shown as objects when somebody asked for them', () => {
    const asked = { response_format: { type: 'json_schema' } };
    expect(json_answer(asked, '{"a": 1}')).toEqual({ value: { a: 1 }, text: '{\n  "a": 1\n}' });
    expect(json_answer(asked, '{"a": 1')).toBeNull();
    expect(json_answer({}, '{"a": 1}')).toBeNull();
  });
});

describe('parameters', () => {
  const field = (name: string) => {
    const found = parameter_groups.flatMap((group) => group.fields).find((one) => one.name === name);
    if (!found) throw new Error(name);
    return found;
  };
  it('are each explained', () => {
    for (const { name } of parameter_groups.flatMap((group) => group.fields)) {
      expect(strings.parameters[name].label).not.toBe('');
      expect(strings.parameters[name].hint.length).toBeGreaterThan(30);
    }
  });
  it('are checked before they are sent', () => {
    expect(read_parameter(field('temperature'), ' 0.5 ')).toEqual({ value: 0.5 });
    expect(read_parameter(field('temperature'), '')).toEqual({ value: undefined });
    expect(read_parameter(field('temperature'), '3')).toEqual({ problem: 'range' });
    expect(read_parameter(field('temperature'), 'hot')).toEqual({ problem: 'number' });
    expect(read_parameter(field('top_k'), '1.5')).toEqual({ problem: 'integer' });
    expect(read_parameter(field('stop'), 'a\\nb\n\nc')).toEqual({ value: ['a\nb', 'c'] });
    expect(parameter_text(field('stop'), ['a\nb', 'c'])).toBe('a\\nb\nc');
    expect(read_parameter(field('logit_bias'), '{')).toEqual({ problem: 'json' });
    expect(read_parameter(field('mirostat'), '2')).toEqual({ value: 2 });
    expect(with_parameter({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 });
  });
});

describe('files', () => {
  const file = (name: string, bytes: Uint8Array | string) => ({ name, file: new NodeFile([bytes], name) as unknown as File });
  it('are taken when they are text', async () => {
    const { files, skipped } = await read_text_files([
      file('a.py', 'print("ä")'), file('b.png', new Uint8Array([0x89, 0x50, 0, 1])), file('latin.txt', new Uint8Array([0xe4])),
      file('x/node_modules/y.js', 'x'), file('big.txt', new Uint8Array(MOST_BYTES + 1)),
    ]);
    expect(files).toEqual([{ name: 'a.py', text: 'print("ä")', bytes: 11 }]);
    expect(skipped).toEqual([
      { name: 'b.png', why: 'not_text' }, { name: 'latin.txt', why: 'not_text' }, { name: 'big.txt', why: 'too_large' },
    ]);
    expect(decode_text(new Uint8Array([0x61, 0]))).toBeNull();
  });
  it('must fit into what the model can read', () => {
    expect(draft_room(400, 10, 512)).toMatchObject({ free: 438, fits: true });
    expect(draft_room(439, 10, 512)?.fits).toBe(false);
    expect(draft_room(1, 0, null)).toBeNull();
  });
  it('get names that every system takes', () => {
    expect([file_name('a/b: "c"?', 'md'), file_name('../..', 'json'), file_name('Über', 'md')]).toEqual(['a b c.md', 'conversation.json', 'Über.md']);
  });
});

describe('the dashboard', () => {
  it('makes rates of counters, and none when the server began anew', () => {
    const rate = new Rate();
    expect([rate.next(0, 10), rate.next(2000, 30), rate.next(3000, 5), rate.next(4000, 6)]).toEqual([null, 10, null, 1]);
  });
  it('draws a line of the last minutes', () => {
    const series = new Series(1000);
    for (let time = 0; time <= 2000; time += 500) series.add(time, time / 100);
    expect(series.all().map((sample) => sample.time_ms)).toEqual([1000, 1500, 2000]);
    expect(line_points(series.all(), 1000, 20, { width: 100, height: 50 })).toBe('0.0,25.0 50.0,12.5 100.0,0.0');
    expect([0, 1, 1.5, 7, 20, 99].map(round_up)).toEqual([1, 1, 2, 10, 20, 100]);
  });
  it('reads quantiles out of buckets', () => {
    const buckets = [{ le: 1, count: 2 }, { le: 2, count: 6 }, { le: null, count: 2 }];
    // 2 + 3 of 10 values lie below the half: half of the second bucket.
    expect([quantile(buckets, 0.5), quantile(buckets, 0.95), quantile([], 0.5)]).toEqual([1.5, null, null]);
  });
});

describe('the catalog', () => {
  const model = (name: string, purposes: string[], fits = true): CatalogModel => ({
    name, title: name, note: '', parameters: null, purposes, licence: '', terms: '', installed: false, bytes: null, memory_bytes: null, fits,
  });
  it('begins with what can be talked to and fits', () => {
    const all = [model('text', []), model('huge', ['chat'], false), model('embedder', ['embed']), model('b', ['chat', 'code']), model('a', ['chat'])];
    expect(by_use(all).map(({ name }) => name)).toEqual(['b', 'a', 'huge', 'embedder', 'text']);
  });
  it('says what a model is for', () => {
    expect([[], ['chat'], ['chat', 'code', 'shell']].map(strings.models.good_for)).toEqual([
      '', 'For conversations.', 'For conversations, code, and shell commands.',
    ]);
  });
});

describe('keys', () => {
  const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({
    key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held,
  });
  it('do what the list says', () => {
    expect(shortcut_of(press('k', { ctrlKey: true }), true, false)).toBe('search');
    expect(shortcut_of(press('k', { metaKey: true }), true, true)).toBe('search');
    expect(shortcut_of(press('O', { ctrlKey: true, shiftKey: true }), true, false)).toBe('new_chat');
    expect(shortcut_of(press('?', { shiftKey: true }), false, false)).toBe('help');
    expect(shortcut_of(press('?', { shiftKey: true }), true, false)).toBeNull();
    expect(shortcut_of(press('ArrowLeft', { altKey: true }), true, false)).toBeNull();
    expect(shortcut_of(press('Escape'), true, false)).toBe('stop');
    expect(shortcut_of(press('k'), false, false)).toBeNull();
  });
  it('mean one thing each, in words', () => {
    const combinations = shortcuts.filter((one) => !one.is_local).map((one) => `${one.mod} ${one.alt} ${one.shift} ${one.key}`);
    expect(new Set(combinations).size).toBe(combinations.length);
    for (const { name } of shortcuts) expect(strings.shortcuts[name]).not.toBe('');
  });
});

describe('addresses', () => {
  it('name a page or a conversation', () => {
    for (const route of [{ page: 'chat', id: 'cnv_1/2' }, { page: 'models', id: null }, { page: 'chat', id: null }] as const)
      expect(route_of(hash_of(route))).toEqual(route);
    expect(route_of('#/nothing')).toEqual({ page: 'chat', id: null });
    expect(route_of('#/c/%E0%A4%A')).toEqual({ page: 'chat', id: null });
  });
});

describe('problems', () => {
  it('are told in words with a way out', () => {
    expect(problem_text(new ApiError(0, 'x'))).toContain('hearth serve');
    expect(problem_text(new ApiError(404, "model 'x' not found", 'model_not_found'))).toMatch(/^Model 'x' not found\. .*Models/);
    expect(problem_text(new ApiError(503, 'too many requests wait', null, null, 1))).toBe('Too many requests wait. Try again in 1 second.');
    expect(problem_text(new ApiError(503, 'not enough memory for m'))).toMatch(/^Not enough memory for m\. Unload a model/);
    expect(problem_text(new Error('x'))).toContain('x');
  });
});

describe('what is read aloud', () => {
  it('has no marks of Markdown and an end', () => {
    expect(spoken_text('## Title\n\n**Bold** and [a link](https://x.example).\n```js\nf()\n```\n| a | b |')).toBe('Title Bold and a link. f() a b');
    const long = spoken_text('word '.repeat(1000));
    expect(long.length).toBeLessThan(1210);
    expect(long.endsWith('word …')).toBe(true);
  });
});

it('models are called what people call them', () => {
  expect(['a:latest', 'a:0.5b', 'latest'].map(plain_name)).toEqual(['a', 'a:0.5b', 'latest']);
});

describe('the design tokens', () => {
  const css = readFileSync('src/styles/tokens.css', 'utf8');
  const block = (start: string): string[] => {
    const at = css.indexOf(start);
    expect(at, start).toBeGreaterThan(0);
    return css.slice(css.indexOf('{', at) + 1, css.indexOf('}', at)).split(';').map((line) => line.trim()).filter((line) => line !== '').sort();
  };
  it('are the same in the dark by choice and by the system', () => {
    expect(block(":root:not([data-theme='light'])")).toEqual(block(":root[data-theme='dark']"));
  });
});
