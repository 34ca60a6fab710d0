/** Ollama's API says "qwen:latest" for what everybody calls "qwen". */
export const plain_name = (name: string): string => (name.endsWith(':latest') ? name.slice(0, -':latest'.length) : name);
