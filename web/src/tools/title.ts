import type { Conversation } from '../api/types';
import { strings } from '../text/strings';

/** A conversation has no title before its first exchange. */
export const title_of = (conversation: Conversation): string => (conversation.title === '' ? strings.conversations.untitled : conversation.title);
