import { describe, expect, it, vi } from 'vitest';

import { Client } from '../src/api/client';
import { ApiError, error_of_body } from '../src/api/errors';
import { FakeServer } from './fake_server';

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  const problem: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(problem).toBeInstanceOf(ApiError);
  return problem as ApiError;
};

describe('errors', () => {
  it('are read in both shapes that the server has', () => {
    const openai = error_of_body(400, '{"error":{"message":"no","type":"t","param":"messages","code":"c"}}', null);
    expect([openai.message, openai.param, openai.code, openai.kind]).toEqual(['no', 'messages', 'c', 'input']);
    expect(error_of_body(404, '{"error":"model \'x\' not found"}', null).message).toBe("model 'x' not found");
    expect(error_of_body(502, '<html>', null).message).toBe('HTTP 502');
    expect(error_of_body(503, '{"error":{"message":"full"}}', '7').retry_after).toBe(7);
    expect(error_of_body(503, '{"error":{"message":"full"}}', 'Wed, 21 Oct 2015').retry_after).toBeNull();
  });
  it('say by kind what is wrong', () => {
    const kinds = [0, 401, 403, 404, 409, 413, 429, 503, 500, 422].map((status) => new ApiError(status, '').kind);
    expect(kinds).toEqual(['offline', 'key', 'forbidden', 'missing', 'conflict', 'too_much', 'busy', 'busy', 'server', 'input']);
  });
});

describe('the client', () => {
  it('says so when nobody answers', async () => {
    const client = new Client({ key: () => null, fetch: () => Promise.reject(new TypeError('Failed to fetch')) });
    expect((await failure(client.presets())).kind).toBe('offline');
  });
  it('passes on that it was told to stop', async () => {
    const client = new Client({ key: () => null, fetch: () => Promise.reject(new DOMException('x', 'AbortError')) });
    await expect(client.presets()).rejects.toBeInstanceOf(DOMException);
  });
  it('writes names into addresses safely', async () => {
    const server = new FakeServer();
    const client = new Client({ key: () => null, fetch: server.fetch });
    await failure(client.conversation('a/b?c'));
    await client.conversations({ q: 'a & b', pinned: true });
    expect(server.requests.map((request) => request.path)).toEqual([
      '/api/conversations/a%2Fb%3Fc?tree=true',
      '/api/conversations?q=a+%26+b&pinned=true',
    ]);
  });

  it('asks for a key once and sends the request again with it', async () => {
    const server = new FakeServer();
    server.key = 'open sesame';
    let key: string | null = null;
    const ask_for_key = vi.fn(() => {
      key = 'open sesame';
      return Promise.resolve(true);
    });
    const client = new Client({ key: () => key, ask_for_key, fetch: server.fetch });
    expect(await client.presets()).toEqual({ presets: [] });
    expect(ask_for_key).toHaveBeenCalledTimes(1);
    await client.prompts();
    expect(ask_for_key).toHaveBeenCalledTimes(1);
  });
  it('gives up when the key is refused or nobody has one', async () => {
    const server = new FakeServer();
    server.key = 'right';
    let key: string | null = null;
    const wrong = new Client({ key: () => key, ask_for_key: () => Promise.resolve(((key = 'wrong'), true)), fetch: server.fetch });
    expect((await failure(wrong.presets())).kind).toBe('key');
    expect(server.requests).toHaveLength(2);
    const nobody = new Client({ key: () => null, ask_for_key: () => Promise.resolve(false), fetch: server.fetch });
    expect((await failure(nobody.presets())).kind).toBe('key');
    expect(server.requests).toHaveLength(3);
  });

  it('reads the progress of a pull line by line', async () => {
    const body = '{"status":"pulling"}\n{"status":"pulling","completed":5,"total":10}\n\n{"status":"success"}';
    const client = new Client({ key: () => null, fetch: () => Promise.resolve(new Response(body)) });
    const seen = [];
    for await (const progress of client.pull_model('m', new AbortController().signal)) seen.push(progress.completed ?? progress.status);
    expect(seen).toEqual(['pulling', 5, 'success']);
  });
});
