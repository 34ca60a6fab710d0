// Prompts with holes: "Translate into {{language}}". A name may be followed by what stands in it at first: {{language=French}}.
export interface Variable {
  name: string;
  initial: string;
}

const HOLE = /\{\{\s*([\p{L}\p{N}_ -]+?)\s*(?:=([^{}]*))?\}\}/gu;

/** Each once, in the order in which they come. */
export function variables_of(text: string): Variable[] {
  const found = new Map<string, Variable>();
  for (const match of text.matchAll(HOLE)) {
    const name = match[1] ?? '';
    if (!found.has(name)) found.set(name, { name, initial: (match[2] ?? '').trim() });
  }
  return [...found.values()];
}

/** A hole without a value stays as it is. What is filled in is not looked at again. */
export function filled_prompt(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(HOLE, (hole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? hole) : hole));
}
