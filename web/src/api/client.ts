// The one door to the server: every route that the page uses, with its types. It knows nothing of the page's state.
import { ApiError, error_of_body, was_aborted } from './errors';
import { lines_of } from './lines';
import { events_of } from './sse';
import type * as api from './types';

export interface ClientOptions {
  /** The API key to send, or null. */
  key: () => string | null;
  /** The server has asked for a key, or refused the one it got. Resolves when there may be a new one; false: give up. */
  ask_for_key?: () => Promise<boolean>;
  fetch?: typeof fetch;
}

type Query = Record<string, string | number | boolean | undefined>;
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

function with_query(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

const part = encodeURIComponent;
const as_text = (value: unknown): string => (typeof value === 'string' ? value : '');

export class Client {
  constructor(private readonly options: ClientOptions) {}

  // --- conversations -----------------------------------------------------------------------------------------------
  conversations(filter: api.ConversationFilter, signal?: AbortSignal): Promise<api.ConversationPage> {
    return this.json('GET', with_query('/api/conversations', { ...filter }), undefined, signal);
  }
  create_conversation(fields: api.NewConversation): Promise<api.Conversation> {
    return this.json('POST', '/api/conversations', fields);
  }
  /** With every message, not only the path that is shown. */
  conversation(id: string, signal?: AbortSignal): Promise<api.ConversationTree> {
    return this.json('GET', `/api/conversations/${part(id)}?tree=true`, undefined, signal);
  }
  async conversation_facts(id: string): Promise<api.Conversation> {
    const answer = await this.json<api.Conversation & { messages?: unknown }>('GET', `/api/conversations/${part(id)}?messages=false`);
    delete answer.messages;
    return answer;
  }
  change_conversation(id: string, change: api.ConversationChange): Promise<api.Conversation> {
    return this.json('PATCH', `/api/conversations/${part(id)}`, change);
  }
  delete_conversation(id: string, forever = false): Promise<{ deleted: boolean }> {
    return this.json('DELETE', with_query(`/api/conversations/${part(id)}`, { forever: forever || undefined }));
  }
  restore_conversation(id: string): Promise<api.Conversation> {
    return this.json('POST', `/api/conversations/${part(id)}/restore`);
  }
  branch(id: string, message_id: string): Promise<api.Conversation> {
    return this.json('POST', `/api/conversations/${part(id)}/branch`, { message_id });
  }
  export_conversation(id: string, format: 'json' | 'markdown'): Promise<string> {
    return this.text(with_query(`/api/conversations/${part(id)}/export`, { format }));
  }
  export_all(): Promise<string> {
    return this.text('/api/conversations/export');
  }
  import_conversations(body: unknown): Promise<{ conversations: api.Conversation[] }> {
    return this.json('POST', '/api/conversations/import', body);
  }
  context(id: string, draft_tokens: number): Promise<api.ContextUse> {
    return this.json('GET', with_query(`/api/conversations/${part(id)}/context`, { draft_tokens }));
  }
  labels(): Promise<api.Labels> {
    return this.json('GET', '/api/folders');
  }

  // --- messages ----------------------------------------------------------------------------------------------------
  send(id: string, message: api.NewMessage): Promise<{ message: api.Message; answers: api.Message[] }> {
    return this.json('POST', `/api/conversations/${part(id)}/messages`, message);
  }
  answer_again(id: string, parent_id: string, model?: string): Promise<{ answer: api.Message }> {
    return this.json('POST', `/api/conversations/${part(id)}/answers`, model === undefined ? { parent_id } : { parent_id, model });
  }
  continue_answer(id: string, message_id: string): Promise<{ answer: api.Message }> {
    return this.json('POST', `${this.message(id, message_id)}/continue`);
  }
  stop_answer(id: string, message_id: string): Promise<api.Message> {
    return this.json('POST', `${this.message(id, message_id)}/stop`);
  }
  delete_message(id: string, message_id: string): Promise<{ deleted: number }> {
    return this.json('DELETE', this.message(id, message_id));
  }

  /** Ends with a `done` event; when it ends without one the connection was lost. */
  async *answer_events(id: string, message_id: string, signal: AbortSignal): AsyncGenerator<api.AnswerEvent> {
    const response = await this.request('GET', `${this.message(id, message_id)}/events`, undefined, signal);
    if (!response.body) throw new ApiError(0, 'the answer has no body');
    for await (const { event, data } of events_of(response.body)) {
      const value = JSON.parse(data) as Record<string, unknown>;
      if (event === 'snapshot' || event === 'done') yield { kind: event, message: value as unknown as api.Message };
      else if (event === 'progress') yield { kind: 'progress', progress: value as unknown as api.Progress };
      else if (event === 'delta') yield { kind: 'delta', content: as_text(value['content']), reasoning: as_text(value['reasoning']) };
    }
  }

  // --- presets and prompts -----------------------------------------------------------------------------------------
  presets(): Promise<{ presets: api.Preset[] }> {
    return this.json('GET', '/api/presets');
  }
  create_preset(fields: api.PresetFields): Promise<api.Preset> {
    return this.json('POST', '/api/presets', fields);
  }
  change_preset(id: string, fields: Partial<api.PresetFields>): Promise<api.Preset> {
    return this.json('PATCH', `/api/presets/${part(id)}`, fields);
  }
  delete_preset(id: string): Promise<unknown> {
    return this.json('DELETE', `/api/presets/${part(id)}`);
  }
  prompts(): Promise<{ prompts: api.Prompt[] }> {
    return this.json('GET', '/api/prompts');
  }
  create_prompt(fields: api.PromptFields): Promise<api.Prompt> {
    return this.json('POST', '/api/prompts', fields);
  }
  change_prompt(id: string, fields: Partial<api.PromptFields>): Promise<api.Prompt> {
    return this.json('PATCH', `/api/prompts/${part(id)}`, fields);
  }
  delete_prompt(id: string): Promise<unknown> {
    return this.json('DELETE', `/api/prompts/${part(id)}`);
  }

  // --- models and the server ---------------------------------------------------------------------------------------
  installed_models(): Promise<{ models: api.InstalledModel[] }> {
    return this.json('GET', '/api/tags');
  }
  status(): Promise<api.ServerStatus> {
    return this.json('GET', '/hearth/status');
  }
  catalog(): Promise<api.Catalog> {
    return this.json('GET', '/hearth/catalog');
  }
  load_model(model: string): Promise<unknown> {
    return this.json('POST', '/hearth/models/load', { model });
  }
  unload_model(model: string): Promise<unknown> {
    return this.json('POST', '/hearth/models/unload', { model });
  }
  async delete_model(model: string): Promise<void> {
    await this.request('DELETE', '/api/delete', { model });
  }
  async *pull_model(model: string, signal: AbortSignal): AsyncGenerator<api.PullProgress> {
    const response = await this.request('POST', '/api/pull', { model }, signal);
    if (!response.body) throw new ApiError(0, 'the answer has no body');
    for await (const line of lines_of(response.body)) if (line.trim() !== '') yield JSON.parse(line) as api.PullProgress;
  }
  async count_tokens(model: string, content: string, signal?: AbortSignal): Promise<{ count: number; context: number }> {
    type Answer = { count: number; max_model_len: number };
    const answer = await this.json<Answer>('POST', '/v1/tokenize', { model, content, parse_special: false }, signal);
    return { count: answer.count, context: answer.max_model_len };
  }
  dashboard(signal?: AbortSignal): Promise<api.Dashboard> {
    return this.json('GET', '/hearth/dashboard', undefined, signal);
  }

  // --- how all of them travel --------------------------------------------------------------------------------------
  private message(id: string, message_id: string): string {
    return `/api/conversations/${part(id)}/messages/${part(message_id)}`;
  }

  private async json<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return (await (await this.request(method, path, body, signal)).json()) as T;
  }

  private async text(path: string): Promise<string> {
    return (await this.request('GET', path)).text();
  }

  private async request(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    for (let asked = false; ; asked = true) {
      const headers: Record<string, string> = {};
      const key = this.options.key();
      if (key !== null) headers['Authorization'] = `Bearer ${key}`;
      const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'omit', redirect: 'error' };
      if (signal) init.signal = signal;
      if (body !== undefined) {
        headers['Content-Type'] = 'application/json';
        init.body = JSON.stringify(body);
      }
      let response: Response;
      try {
        response = await (this.options.fetch ?? fetch)(path, init);
      } catch (problem) {
        if (was_aborted(problem)) throw problem;
        throw new ApiError(0, 'Hearth does not answer');
      }
      if (response.ok) return response;
      const error = error_of_body(response.status, await response.text(), response.headers.get('Retry-After'));
      if (response.status !== 401 || !this.options.ask_for_key || asked) throw error;
      // Another request may have got a new key in the meantime.
      if (this.options.key() === key && !(await this.options.ask_for_key())) throw error;
    }
  }
}
