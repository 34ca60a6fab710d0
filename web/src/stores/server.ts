// The page's one client.
import { Client } from '../api/client';
import { session } from './session.svelte';

export const server = new Client({ key: () => session.key, ask_for_key: () => session.ask() });
