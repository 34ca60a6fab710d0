// What the server says and takes, as src/server/api/openapi describes it. Times are milliseconds since 1970.

/** Any field of a chat request that changes how an answer is drawn. */
export type Parameters = Record<string, unknown>;

export interface Conversation {
  id: string;
  /** Empty: none yet. */
  title: string;
  title_is_automatic: boolean;
  model: string | null;
  preset_id: string | null;
  system: string | null;
  parameters: Parameters;
  folder: string | null;
  tags: string[];
  pinned: boolean;
  created_ms: number;
  updated_ms: number;
  deleted_ms: number | null;
  message_count: number;
  leaf_id: string | null;
  /** With a search: plain text, hits between \u0001 and \u0002. */
  snippet?: string;
}

export interface Attachment {
  name: string;
  text: string;
  bytes: number;
  tokens: number | null;
}

export type MessageState = 'running' | 'done' | 'cut' | 'failed';
export type FinishReason = 'stop' | 'length' | 'cancelled' | null;

export interface Message {
  id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  content: string;
  reasoning: string;
  attachments: Attachment[];
  model: string | null;
  parameters: Parameters;
  state: MessageState;
  finish_reason: FinishReason;
  error: { message: string; code: string | null } | null;
  prompt_tokens: number | null;
  cached_tokens: number | null;
  completion_tokens: number | null;
  tokens_per_second: number | null;
  time_to_first_token_ms: number | null;
  context_length: number | null;
  created_ms: number;
  siblings: string[];
}

export interface ConversationTree extends Conversation {
  messages: Message[];
}

export interface ConversationPage {
  conversations: Conversation[];
  next_cursor: string | null;
}

export interface ConversationFilter {
  q?: string;
  folder?: string;
  tag?: string;
  pinned?: boolean;
  deleted?: boolean;
  cursor?: string;
  limit?: number;
}

export type ConversationChange = Partial<
  Pick<Conversation, 'title' | 'pinned' | 'folder' | 'tags' | 'model' | 'preset_id' | 'system' | 'parameters' | 'leaf_id'>
>;

export interface NewConversation {
  title?: string;
  model?: string | null;
  preset_id?: string | null;
  system?: string | null;
  parameters?: Parameters;
  folder?: string | null;
  tags?: string[];
}

export interface NewMessage {
  content: string;
  attachments?: { name: string; text: string }[];
  /** Left out: behind what is shown; null: a new beginning. */
  parent_id?: string | null;
  model?: string;
  models?: string[];
  parameters?: Parameters;
}

export interface Progress {
  stage: 'loading' | 'queued' | 'reading';
  done?: number;
  total?: number;
}

/** What the events of an answer say. */
export type AnswerEvent =
  | { kind: 'snapshot'; message: Message }
  | { kind: 'delta'; content: string; reasoning: string }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'done'; message: Message };

export interface Labels {
  folders: { name: string; count: number }[];
  tags: { name: string; count: number }[];
}

export interface ContextUse {
  tokens: number;
  context_length: number;
  exact: boolean;
}

export interface Preset {
  id: string;
  name: string;
  description: string;
  system: string | null;
  model: string | null;
  parameters: Parameters;
  template: string | null;
  shipped: boolean;
}
export type PresetFields = Omit<Preset, 'id' | 'shipped'>;

export interface Prompt {
  id: string;
  name: string;
  description: string;
  text: string;
  shipped: boolean;
}
export type PromptFields = Omit<Prompt, 'id' | 'shipped'>;

export interface InstalledModel {
  name: string;
  size: number;
  modified_at: string;
  details: { family: string; parameter_size: string; quantization_level: string };
}

export interface LoadedModel {
  model: string;
  current: boolean;
  pinned: boolean;
  bytes: number;
  context: number;
  running: number;
  waiting: number;
  kv_bytes: number;
  kv_limit_bytes: number;
  requests: number;
  prompt_tokens: number;
  reused_tokens: number;
  generated_tokens: number;
  load_seconds: number;
}

export interface ServerStatus {
  models: LoadedModel[];
  memory_budget: number;
  memory_used: number;
  loading: number;
  waiting_for_a_model: number;
}

export interface CatalogModel {
  name: string;
  title: string;
  note: string;
  /** How many weights. */
  parameters: number | null;
  /** "chat", "code", "embed", "shell". */
  purposes: string[];
  licence: string;
  /** What its licence asks for; empty: nothing. */
  terms: string;
  installed: boolean;
  bytes: number | null;
  memory_bytes: number | null;
  fits: boolean;
}

export interface Catalog {
  memory_available: number;
  models: CatalogModel[];
}

export interface PullProgress {
  status: string;
  completed?: number;
  total?: number;
  error?: string;
}

export interface Histogram {
  /** Not cumulative; the last may have le null: everything above. */
  buckets: { le: number | null; count: number }[];
  count: number;
  sum: number;
}

export interface ServerProblem {
  time_ms: number;
  route: string;
  status: number;
  code: string | null;
  message: string;
  request_id: string;
}

export interface Dashboard {
  version: string;
  uptime_seconds: number;
  now_ms: number;
  totals: { requests: number; failed: number; prompt_tokens: number; generated_tokens: number; reused_tokens: number };
  queue: { running: number; waiting: number; waiting_for_a_model: number; loading: number };
  memory: { budget: number; used: number; machine_available: number; resident: number };
  models: LoadedModel[];
  latency: Record<'time_to_first_token' | 'inter_token' | 'request', Histogram>;
  last_errors: ServerProblem[];
}
