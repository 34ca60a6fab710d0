/** Has the browser save a text as a file. */
export function save_file(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A title as a file name that every system takes. */
export function file_name(title: string, extension: string): string {
  const name = title.normalize('NFC').replace(/[^\p{L}\p{N} ._-]+/gu, ' ').replace(/\s+/g, ' ').trim().slice(0, 80);
  return `${name.replace(/^[. ]+|[. ]+$/g, '') || 'conversation'}.${extension}`;
}
