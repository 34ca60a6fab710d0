// Messages are a tree: who edits or asks again makes a sibling. What is shown is the path to one leaf.
export interface TreeNode {
  id: string;
  parent_id: string | null;
  created_ms: number;
}

/** Of messages made in the same millisecond the one that is given first is the older one. */
export class MessageTree<T extends TreeNode> {
  private readonly nodes = new Map<string, T>();
  private readonly below = new Map<string | null, T[]>();

  constructor(messages: Iterable<T>) {
    for (const message of messages) this.nodes.set(message.id, message);
    for (const message of this.nodes.values()) {
      const parent = message.parent_id;
      const list = this.below.get(parent);
      if (list) list.push(message);
      else this.below.set(parent, [message]);
    }
    for (const list of this.below.values()) list.sort((a, b) => a.created_ms - b.created_ms);
  }

  get(id: string): T | undefined {
    return this.nodes.get(id);
  }
  all(): T[] {
    return [...this.nodes.values()];
  }
  children(id: string | null): readonly T[] {
    return this.below.get(id) ?? [];
  }
  /** Alternatives to a message, itself among them, oldest first. */
  siblings(id: string): readonly T[] {
    const message = this.nodes.get(id);
    return message ? this.children(message.parent_id) : [];
  }

  /** From the root to `leaf_id`; empty when there is no such message. */
  path(leaf_id: string | null): T[] {
    const path: T[] = [];
    const seen = new Set<string>();
    let at = leaf_id === null ? undefined : this.nodes.get(leaf_id);
    while (at && !seen.has(at.id)) {
      seen.add(at.id);
      path.push(at);
      at = at.parent_id === null ? undefined : this.nodes.get(at.parent_id);
    }
    return path.reverse();
  }

  /** Where a path through `id` goes on to: always the newest. */
  leaf_below(id: string): string {
    const seen = new Set<string>();
    let at = id;
    for (;;) {
      if (seen.has(at)) return at;
      seen.add(at);
      const children = this.children(at);
      const newest = children[children.length - 1];
      if (!newest) return at;
      at = newest.id;
    }
  }
}
