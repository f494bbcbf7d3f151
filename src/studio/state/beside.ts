/** Results beside the pictures: in the folders that they came from, where the browser gave them (File System Access). */
import { texts } from '../texts.ts';
import type { MadeFile } from '../worker/export.ts';
import { fileName, namer, stemOf } from './names.ts';
import type { Item } from './work.ts';

type Folder = FileSystemDirectoryHandle & {
  requestPermission?(options: { mode: 'readwrite' }): Promise<PermissionState>;
  entries?(): AsyncIterable<[string, FileSystemHandle]>;
};

/** Where a picture's files go. */
export interface Beside {
  folder: Folder;
  stem: string;
  /** Names of what is there already and would be replaced. */
  there: readonly string[];
}

/** The distinct folders of pictures: handles of one folder are not one object. */
const foldersOf = async (items: readonly Item[]): Promise<{ folder: Folder; items: Item[] }[]> => {
  const out: { folder: Folder; items: Item[] }[] = [];
  for (const item of items) {
    const { folder } = item;
    if (!folder) continue;
    let found: (typeof out)[number] | undefined;
    for (const one of out) if (one.folder === folder || (await one.folder.isSameEntry(folder))) found = one;
    if (found) found.items.push(item);
    else out.push({ folder, items: [item] });
  }
  return out;
};

const listed = async (folder: Folder): Promise<string[]> => {
  const names: string[] = [];
  for await (const [name] of folder.entries?.() ?? []) names.push(name);
  return names;
};

/**
 * Where the files of pictures go. A picture itself is never written over: what would be gets another name.
 * @param all pictures that are open
 * @param isNew whether names of what is there are left alone, too
 * @throws an Error with a sentence where a folder may not be written to
 */
export const besideOf = async (
  items: readonly Item[],
  all: readonly Item[],
  suffixes: readonly string[],
  isNew: boolean,
): Promise<Map<string, Beside>> => {
  const out = new Map<string, Beside>();
  for (const { folder, items: here } of await foldersOf(all)) {
    const wanted = here.filter((item) => items.includes(item));
    if (wanted.length === 0) continue;
    const permission = (await folder.requestPermission?.({ mode: 'readwrite' })) ?? 'granted';
    if (permission !== 'granted') throw new Error(texts.exporting.notAllowed(folder.name));
    const names = await listed(folder);
    const nameFor = namer(isNew ? names : here.map(({ name }) => name));
    for (const { id, name } of wanted) {
      const stem = nameFor(fileName(stemOf(name)), suffixes);
      out.set(id, { folder, stem, there: suffixes.map((suffix) => stem + suffix).filter((one) => names.includes(one)) });
    }
  }
  return out;
};

/** What we write into a folder of masks or cut-outs. */
const OURS = /^\d{3,}\.png$/;

/** The folder of a format that has a file a region; without those of an earlier time. */
const emptied = async (folder: Folder, name: string): Promise<Folder> => {
  const inner = (await folder.getDirectoryHandle(name, { create: true })) as Folder;
  for (const old of await listed(inner)) if (OURS.test(old)) await inner.removeEntry(old);
  return inner;
};

/** Writes a picture's files, each whole or not at all. @returns their names */
export const writeBeside = async ({ folder, stem }: Beside, files: readonly MadeFile[], signal: AbortSignal): Promise<string[]> => {
  const inner = new Map<string, Folder>();
  const written: string[] = [];
  for (const { suffix, blob } of files) {
    signal.throwIfAborted();
    const [top, name] = `${stem}${suffix}`.split('/');
    if (name && !inner.has(top)) inner.set(top, await emptied(folder, top));
    const file = await (inner.get(top) ?? folder).getFileHandle(name ?? top, { create: true });
    const stream = await file.createWritable();
    try {
      await stream.write(blob);
      await stream.close(); // only now it is there
    } catch (error) {
      await stream.abort().catch(() => {});
      throw error;
    }
    written.push(name ? `${top}/${name}` : top);
  }
  return written;
};
