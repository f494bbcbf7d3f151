/**
 * The ledger of a folder of outputs, `.diffcut.jsonl`: a line a picture, with what it was, how it was segmented, and how
 * large each of its files is. By it our own files are told from others': ours are no inputs, others' are never replaced.
 */
import type { Stats } from 'node:fs';
import { appendFile, open, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { notWritten, statIfThere, textIfThere } from '../system-errors-node.ts';

export const LEDGER = '.diffcut.jsonl';

/** What outputs are made from, and how: plain JSON. */
export interface Mark {
  /** Bytes and time of the file; none of a download. */
  picture: { name: string; bytes?: number; modified?: string };
  /** The options that say what comes out, those given. */
  asked: Record<string, unknown>;
}

/** A picture's line. */
export interface Entry extends Mark {
  /** How its files' names begin. */
  stem: string;
  /** Bytes of each file by name; of a folder those of its files. */
  outputs: Record<string, number>;
}

/** The last line of each stem, and what they say of the files' sizes. */
export interface Ledger {
  entries: Map<string, Entry>;
  sizes: Map<string, number>;
}

/** Of a format with a file a segment. */
export const isSegmentFile = (name: string): boolean => /^\d{3,}\.png$/.test(name);

const isEntry = (value: Partial<Entry>): boolean =>
  [value, value?.picture, value?.asked, value?.outputs].every((part) => typeof part === 'object' && part !== null) &&
  typeof value.stem === 'string' &&
  Object.values(value.outputs as object).every(Number.isInteger);

/** A line that a crash cut off counts as none. */
const entryOf = (line: string): Entry | undefined => {
  try {
    const value = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** @throws InputError where it cannot be read */
export const readLedger = async (folder: string): Promise<Ledger> => {
  const entries = new Map<string, Entry>();
  for (const line of ((await textIfThere(join(folder, LEDGER))) ?? '').split('\n')) {
    const entry = entryOf(line);
    if (entry) entries.set(entry.stem, entry);
  }
  return { entries, sizes: new Map([...entries.values()].flatMap(({ outputs }) => Object.entries(outputs))) };
};

/** Each line begins with its line end: half a line before it harms no other. */
export const appendEntry = async (folder: string, entry: Entry): Promise<void> => {
  const path = join(folder, LEDGER);
  await appendFile(path, `\n${JSON.stringify(entry)}`).catch((error) => {
    throw notWritten(path, error, 'choose another folder with -o');
  });
};

/** Bytes of a file, or of a folder's files; NaN where one of these is no segment's. */
export const measure = async (path: string, there: Stats): Promise<number> => {
  if (!there.isDirectory()) return there.size;
  const names = await readdir(path);
  if (!names.every(isSegmentFile)) return Number.NaN;
  const sizes = await Promise.all(names.map(async (name) => (await statIfThere(join(path, name)))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** How files of each kind begin, and how whole ones end where that shows. */
const ENDS: Record<string, readonly [RegExp, RegExp?]> = {
  '.png': [/^\x89PNG\r\n/, /IEND\xaeB`\x82$/],
  '.jpg': [/^\xff\xd8\xff/, /\xff\xd9$/],
  '.json': [/^[{[]\n/, /[}\]]\n$/],
  '.npy': [/^\x93NUMPY/],
  '.tif': [/^(II|MM)/],
};

/** What is there is of no use to anyone: nothing, or the beginning of such a file. */
const isWreck = async (path: string, there: Stats, whole: number): Promise<boolean> => {
  if (there.isDirectory()) return (await readdir(path)).length === 0; // a folder comes whole: another one was changed
  if (there.size === 0) return true;
  const [start, end = /$^/] = ENDS[extname(path).toLowerCase()] ?? [/$^/];
  const file = await open(path);
  try {
    const read = async (at: number): Promise<string> => (await file.read(Buffer.alloc(8), 0, 8, Math.max(0, at))).buffer.toString('latin1');
    return there.size < whole && start.test(await read(0)) && !end.test(await read(there.size - 8));
  } finally {
    await file.close();
  }
};

export type Standing = 'absent' | 'whole' | 'broken' | 'foreign';

/** What is in the place of an output. @param recorded its size in the ledger. A device or a pipe counts as absent. */
export const standingOf = async (path: string, recorded: number | undefined): Promise<Standing> => {
  const there = await statIfThere(path);
  if (!there?.isFile() && !there?.isDirectory()) return 'absent';
  if (recorded === undefined) return 'foreign';
  if ((await measure(path, there)) === recorded) return 'whole';
  return (await isWreck(path, there, recorded)) ? 'broken' : 'foreign';
};

const told = (value: unknown): string => (value === undefined ? 'the default' : typeof value === 'string' ? value : JSON.stringify(value));

/** In what two marks differ, in words. */
export const differences = (before: Mark, now: Mark): string[] => {
  const names = [...new Set([...Object.keys(before.asked), ...Object.keys(now.asked)])];
  const settings = names
    .filter((name) => !isDeepStrictEqual(before.asked[name], now.asked[name]))
    .map((name) => `${name} ${told(before.asked[name])} there, ${told(now.asked[name])} asked for`);
  return isDeepStrictEqual(before.picture, now.picture) ? settings : ['another picture, or one that was changed since', ...settings];
};
