// Whether a draft fits into what the model can read, in numbers that are said to the writer.
export interface DraftRoom {
  /** Of the draft with its files. */
  needed: number;
  /** What the conversation leaves of the model's context. */
  free: number;
  fits: boolean;
}

/** An answer wants some room, too. */
const ROOM_FOR_ANSWER = 64;

/** null: nothing is known of the model's context. */
export function draft_room(needed: number, used: number, context_length: number | null): DraftRoom | null {
  if (context_length === null || context_length <= 0) return null;
  const free = Math.max(0, context_length - used - ROOM_FOR_ANSWER);
  return { needed, free, fits: needed <= free };
}
