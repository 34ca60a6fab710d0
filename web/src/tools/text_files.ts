// Files and folders that somebody drops, pastes or picks, as text. What is no text is named and left out.
export interface TextFile {
  name: string;
  text: string;
  bytes: number;
}

export interface ReadFiles {
  files: TextFile[];
  /** What was left out, and why. */
  skipped: { name: string; why: 'not_text' | 'too_large' | 'too_many' | 'unreadable' }[];
}

export const MOST_BYTES = 2 * 1024 * 1024;
export const MOST_FILES = 400;
/** Folders that hold what tools have made, not what people write. */
const LEFT_OUT = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv', 'venv', 'dist', 'build', 'target', '.cache', '.idea']);

export interface NamedFile {
  name: string;
  /** null: it is there, but can't be read. */
  file: File | null;
}

const is_left_out = (path: string): boolean => path.split('/').some((name) => LEFT_OUT.has(name));

/** null: not UTF-8 text. */
export function decode_text(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

export async function read_text_files(named: NamedFile[]): Promise<ReadFiles> {
  const result: ReadFiles = { files: [], skipped: [] };
  for (const { name, file } of named) {
    if (is_left_out(name)) continue;
    if (result.files.length >= MOST_FILES) {
      result.skipped.push({ name, why: 'too_many' });
    } else if (file === null) {
      result.skipped.push({ name, why: 'unreadable' });
    } else if (file.size > MOST_BYTES) {
      result.skipped.push({ name, why: 'too_large' });
    } else {
      try {
        const text = decode_text(new Uint8Array(await file.arrayBuffer()));
        if (text === null) result.skipped.push({ name, why: 'not_text' });
        else result.files.push({ name, text, bytes: file.size });
      } catch {
        result.skipped.push({ name, why: 'unreadable' });
      }
    }
  }
  return result;
}

/** Of an <input type="file">, also of one that picks a folder. */
export const named_files = (list: Iterable<File>): NamedFile[] =>
  [...list].map((file) => ({ name: file.webkitRelativePath || file.name, file }));

async function entries_of(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function walk(entry: FileSystemEntry, into: NamedFile[]): Promise<void> {
  const name = entry.fullPath.replace(/^\//, '');
  if (is_left_out(name) || into.length > 10 * MOST_FILES) return;
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      into.push({ name, file });
    } else if (entry.isDirectory) {
      for (const child of await entries_of(entry as FileSystemDirectoryEntry)) await walk(child, into);
    }
  } catch {
    into.push({ name, file: null });
  }
}

/** Of a drop or a paste, with the folders in it. The items must be read before the event's handler returns. */
export function dropped_files(transfer: DataTransfer): Promise<NamedFile[]> {
  const entries = [...transfer.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry());
  const files = [...transfer.files];
  return (async () => {
    const into: NamedFile[] = [];
    if (entries.length === 0 || entries.some((entry) => entry === null)) return named_files(files);
    for (const entry of entries) if (entry) await walk(entry, into);
    return into;
  })();
}
