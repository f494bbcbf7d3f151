/**
 * The ledger of a folder of outputs, `.diffcut.jsonl`: a line a picture, with what it was, how it was segmented, and what its files
 * are known by. By it our own files are told from others': ours are no inputs, others' are never replaced or removed. The ledger
 * is a file that anybody may have written, so a line speaks only of outputs of its own picture in its own folder.
 */
import { constants, createReadStream, type Stats } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { hashText, newHash } from '../disk-node.ts';
import { isObject, parseJson } from '../json.ts';
import { notRead, statIfThere, textIfThere } from '../system-errors-node.ts';
import { FORMATS } from '../toolkit.ts';

export const LEDGER = '.diffcut.jsonl';

/** What outputs are made from, and how: plain JSON. */
export interface Mark {
  /** Bytes and time of the file; none of a download. */
  picture: { name: string; bytes?: number; modified?: string };
  /** The options that say what comes out, those given. */
  asked: Record<string, unknown>;
}

/** What an output is known by; of a folder, all its files together. */
export interface Print {
  bytes: number;
  /** Its time, which tells without a look at the bytes; a copy may have another. */
  time: string;
  hash: string;
}

/** A picture's line. */
export interface Entry extends Mark {
  /** How its files' names begin. */
  stem: string;
  /** By the file's or folder's name. */
  outputs: Record<string, Print>;
}

/** The lines of each stem, and what each name was known by, the last one last. */
export interface Ledger {
  entries: Map<string, Entry[]>;
  prints: Map<string, Print[]>;
}

const isFlat = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every((v) => [v].flat().every((one) => !isObject(one) && !Array.isArray(one)));

const isPrint = (value: unknown): boolean =>
  isObject(value) && Number.isInteger(value.bytes) && typeof value.time === 'string' && typeof value.hash === 'string';

/** Only names that outputs of this stem may have: nothing of another folder, no file that is not named like an output. */
const isOutput = (name: string, stem: string): boolean =>
  name === basename(name) &&
  !/[\\/\0]/.test(name) &&
  (stem === `./${name}` ? /^[^.]|^\.[^.]/.test(name) && name !== LEDGER : Object.values(FORMATS).some(({ suffix }) => name === stem + suffix));

const isEntry = ({ stem, picture, asked, outputs }: Partial<Entry>): boolean =>
  typeof stem === 'string' &&
  isFlat(picture) &&
  isFlat(asked) &&
  isObject(outputs) &&
  Object.entries(outputs).every(([name, print]) => isOutput(name, stem) && isPrint(print));

/** A line that a crash cut off, or that does not hold together, counts as none. */
export const entryOf = (line: string): Entry | undefined => {
  try {
    const value = parseJson(line);
    return isObject(value) && isEntry(value) ? (value as unknown as Entry) : undefined;
  } catch {
    return undefined;
  }
};

/** @throws InputError where it cannot be read */
export const readLedger = async (folder: string): Promise<Ledger> => {
  const ledger: Ledger = { entries: new Map(), prints: new Map() };
  const add = <T>(map: Map<string, T[]>, key: string, value: T): void => void (map.get(key)?.push(value) ?? map.set(key, [value]));
  for (const line of ((await textIfThere(join(folder, LEDGER))) ?? '').split('\n')) {
    const entry = entryOf(line);
    if (!entry) continue;
    add(ledger.entries, entry.stem, entry);
    for (const [name, print] of Object.entries(entry.outputs)) add(ledger.prints, name, print);
  }
  return ledger;
};

/** Reads the ledger of a folder once, however often it is asked for. */
export const ledgerReader = (): ((folder: string) => Promise<Ledger>) => {
  const ledgers = new Map<string, Promise<Ledger>>();
  return (folder) => {
    const ledger = ledgers.get(folder) ?? readLedger(folder);
    ledgers.set(folder, ledger);
    return ledger;
  };
};

const { O_APPEND, O_CREAT, O_WRONLY } = constants;
/** Neither a link nor a pipe that lies in its place is written through; Windows has no such thing. */
const AS_IT_IS = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Each line begins with its line end: half a line before it harms no other. @throws what the system says */
export const appendEntry = async (folder: string, entry: Entry, durable = false): Promise<void> => {
  const file = await open(join(folder, LEDGER), O_APPEND | O_CREAT | O_WRONLY | AS_IT_IS, 0o666);
  try {
    if (!(await file.stat()).isFile()) throw Object.assign(new Error('no file'), { code: 'EEXIST' });
    await file.writeFile(`\n${JSON.stringify(entry)}`);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
};

const hashOf = async (path: string): Promise<string> => {
  const hash = newHash();
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hashText(hash);
};

/** What a folder is known by follows from what its files are, those of its folders too; undefined where it holds anything but files. */
const filesOf = async (path: string, there: Stats): Promise<[name: string, stats: Stats][] | undefined> => {
  if (there.isFile()) return [['', there]];
  const names = (await readdir(path, { recursive: true })).map((name) => name.replaceAll(sep, '/')).sort();
  const found = await Promise.all(names.map(async (name): Promise<[string, Stats]> => [name, await lstat(join(path, name))]));
  const files = found.filter(([, stats]) => stats.isFile());
  const isFull = (folder: string): boolean => files.some(([name]) => name.startsWith(`${folder}/`)); // an empty one is not of us
  return found.every(([name, stats]) => stats.isFile() || (stats.isDirectory() && isFull(name))) ? files : undefined;
};

const timeOf = (files: readonly [string, Stats][]): string => {
  if (files.length === 1 && files[0][0] === '') return files[0][1].mtime.toISOString();
  const hash = newHash();
  for (const [name, { size, mtime }] of files) hash.update(`${name} ${size} ${mtime.toISOString()}\n`);
  return hashText(hash);
};

/** @param hashes of its files by name, where they are known already */
const printOf = async (path: string, files: readonly [string, Stats][], hashes?: ReadonlyMap<string, string>): Promise<Print> => {
  const of = async (name: string): Promise<string> => hashes?.get(name) ?? hashOf(join(path, name));
  const bytes = files.reduce((sum, [, { size }]) => sum + size, 0);
  if (files.length === 1 && files[0][0] === '') return { bytes, time: timeOf(files), hash: await of('') };
  const hash = newHash();
  for (const [name] of files) hash.update(`${name} ${await of(name)}\n`);
  return { bytes, time: timeOf(files), hash: hashText(hash) };
};

/** What an output that was just made will be known by. @param hashes of its files by name, '' being itself */
export const printOfNew = async (path: string, hashes: ReadonlyMap<string, string>): Promise<Print> =>
  printOf(path, (await filesOf(path, await lstat(path))) ?? [], hashes);

/** Of no use to anyone, as a loss of power leaves it. What is cut short may as well have been changed. */
const isEmpty = (there: Stats, files: readonly unknown[] | undefined): boolean => (there.isFile() ? there.size === 0 : files?.length === 0);

/** `older`: whole, of another line; `broken`: empty. */
export type Standing = 'absent' | 'whole' | 'older' | 'broken' | 'foreign';

const lookAt = async (path: string, print: Print | undefined, older: readonly Print[]): Promise<Standing> => {
  const there = await statIfThere(path);
  if (!there?.isFile() && !there?.isDirectory()) return 'absent';
  const known = [...(print ? [print] : []), ...older];
  if (known.length === 0 || (await lstat(path)).isSymbolicLink()) return 'foreign';
  const files = await filesOf(path, there);
  const bytes = files?.reduce((sum, [, { size }]) => sum + size, 0);
  const alike = known.filter((one) => one.bytes === bytes);
  if (files && alike.length > 0) {
    const time = timeOf(files);
    const hash = alike.some((one) => one.time === time) ? undefined : (await printOf(path, files)).hash;
    const same = alike.find((one) => one.time === time || one.hash === hash);
    if (same) return same === print ? 'whole' : 'older';
  }
  return print && isEmpty(there, files) ? 'broken' : 'foreign';
};

/**
 * What is in the place of an output. A device or a pipe counts as absent, a link as another's.
 * @param print what the ledger says of it
 * @param older what other lines say
 * @throws InputError where that cannot be seen
 */
export const standingOf = async (path: string, print: Print | undefined, older: readonly Print[] = []): Promise<Standing> => {
  try {
    return await lookAt(path, print, older);
  } catch (error) {
    throw notRead(path, error);
  }
};

/** What the lines of a stem say of an output but for one. */
export const olderPrints = (lines: readonly Entry[], but: Entry | undefined, name: string): Print[] =>
  lines.filter((line) => line !== but && Object.hasOwn(line.outputs, name)).map((line) => line.outputs[name]);

/** The line that what is there was made by: the last one of which something is whole; else the last. */
export const entryFor = async (folder: string, lines: readonly Entry[]): Promise<Entry | undefined> => {
  for (const line of lines.length > 1 ? lines.toReversed() : [])
    for (const [name, print] of Object.entries(line.outputs)) if ((await standingOf(join(folder, name), print)) === 'whole') return line;
  return lines.at(-1);
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
