// Conversations out of the page and back into it.
import type { Conversation } from '../api/types';
import { server } from '../stores/server';
import { file_name, save_file } from './save_file';

export async function export_conversation(conversation: Conversation, format: 'json' | 'markdown'): Promise<void> {
  const text = await server.export_conversation(conversation.id, format);
  const is_json = format === 'json';
  save_file(file_name(conversation.title, is_json ? 'json' : 'md'), is_json ? 'application/json' : 'text/markdown', text);
}

export async function export_all(): Promise<void> {
  save_file(`hearth-conversations-${new Date().toISOString().slice(0, 10)}.json`, 'application/json', await server.export_all());
}

/** A file that was exported: JSON as it is, anything else as Markdown. */
export async function import_file(file: File): Promise<Conversation[]> {
  const text = await file.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = { format: 'markdown', text };
  }
  return (await server.import_conversations(body)).conversations;
}
