import { File as NodeFile } from 'node:buffer';
import { describe, expect, it } from 'vitest';

import { dropped_files, MOST_FILES, named_files, read_text_files } from '../src/tools/text_files';

type Tree = { [name: string]: string | Tree };

const made = (name: string, text: string) => new NodeFile([text], name) as unknown as File;

/** A FileSystemEntry as browsers give them: a folder is read some entries at a time, until none come. */
function entry(path: string, node: string | Tree, at_once = 2): FileSystemEntry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (typeof node === 'string') {
    return { isFile: true, isDirectory: false, name, fullPath: path, file: (take: (file: File) => void) => take(made(name, node)) } as unknown as FileSystemEntry;
  }
  const children = Object.entries(node).map(([child, inner]) => entry(`${path}/${child}`, inner, at_once));
  const createReader = () => {
    let at = 0;
    return { readEntries: (take: (some: FileSystemEntry[]) => void) => take(children.slice(at, (at += at_once))) };
  };
  return { isFile: false, isDirectory: true, name, fullPath: path, createReader } as unknown as FileSystemEntry;
}

/** What a drop or a paste carries. Browsers forget it when the event is over. */
function transfer(entries: (FileSystemEntry | null)[], files: File[] = []) {
  const data = {
    items: [{ kind: 'string', webkitGetAsEntry: () => null }, ...entries.map((one) => ({ kind: 'file', webkitGetAsEntry: () => one }))],
    files,
  };
  const forget = () => {
    data.items = [];
    data.files = [];
  };
  return { data: data as unknown as DataTransfer, forget };
}

const dropped = async (entries: (FileSystemEntry | null)[], files: File[] = []) => {
  const { data, forget } = transfer(entries, files);
  const found = dropped_files(data);
  forget();
  return found;
};

describe('a folder', () => {
  it('comes with all that is in it, under the names of its folders', async () => {
    const files = await dropped([
      entry('/project', { 'a.c': 'int a;', src: { 'b.c': 'int b;', deep: { er: { 'c.c': 'int c;' } }, 'd.c': '', 'e.c': '' }, empty: {} }),
      entry('/notes.txt', 'alone'),
    ]);
    expect(files.map(({ name }) => name)).toEqual([
      'project/a.c', 'project/src/b.c', 'project/src/deep/er/c.c', 'project/src/d.c', 'project/src/e.c', 'notes.txt',
    ]);
    const { files: texts } = await read_text_files(files);
    expect(texts[2]).toEqual({ name: 'project/src/deep/er/c.c', text: 'int c;', bytes: 6 });
  });
  it('leaves out what tools have made, without looking into it', async () => {
    const never = entry('/p/node_modules', {});
    Object.assign(never, { createReader: () => expect.unreachable('it was looked into') });
    const with_modules = entry('/p', { 'a.js': '', '.git': { config: '' }, build: { 'x.o': '' } });
    const reader = (with_modules as FileSystemDirectoryEntry).createReader();
    let given = false;
    Object.assign(with_modules, {
      createReader: () => ({
        readEntries: (take: (some: FileSystemEntry[]) => void) => (given ? reader.readEntries(take) : ((given = true), take([never]))),
      }),
    });
    expect((await dropped([with_modules])).map(({ name }) => name)).toEqual(['p/a.js']);
  });
  it('of thousands of files is not read to its end', async () => {
    const many: Tree = Object.fromEntries(Array.from({ length: 12 * MOST_FILES }, (_, i) => [`${i}.txt`, 'x']));
    const files = await dropped([entry('/many', many, 100)]);
    expect(files.length).toBeLessThan(11 * MOST_FILES);
    const { files: texts, skipped } = await read_text_files(files.slice(0, MOST_FILES + 2));
    expect([texts.length, skipped.map(({ why }) => why)]).toEqual([MOST_FILES, ['too_many', 'too_many']]);
  });
  it('of which something can not be read comes without it, and that is told', async () => {
    const locked = entry('/p/locked', {});
    const refuse = { readEntries: (_: unknown, fail: (why: Error) => void) => fail(new Error('NotReadableError')) };
    Object.assign(locked, { createReader: () => refuse });
    const files = await dropped([locked, entry('/a.txt', 'a')]);
    const { files: texts, skipped } = await read_text_files(files);
    expect([texts.map(({ name }) => name), skipped]).toEqual([['a.txt'], [{ name: 'p/locked', why: 'unreadable' }]]);
  });
  it('that is picked has the same names', () => {
    const picked = Object.assign(made('a.c', ''), { webkitRelativePath: 'project/src/a.c' });
    expect(named_files([picked, made('b.c', '')]).map(({ name }) => name)).toEqual(['project/src/a.c', 'b.c']);
  });
});

it('files that come without entries are taken as they are', async () => {
  expect((await dropped([null], [made('pasted.txt', 'x')])).map(({ name }) => name)).toEqual(['pasted.txt']);
  expect((await dropped([], [made('old browser.txt', 'x')])).map(({ name }) => name)).toEqual(['old browser.txt']);
});
