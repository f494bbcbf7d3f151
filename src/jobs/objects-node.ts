/**
 * A batch's pictures and outputs on S3-compatible storage: pictures are listed, outputs put. Each put is whole or not there, and
 * nothing is ever removed. There is no ledger: an output carries a mark, in its metadata, of what it was made from, and how.
 */
import { setMaxListeners } from 'node:events';
import { join, sep } from 'node:path';
import { hashText, newHash, piecesOf } from '../disk-node.ts';
import { headObject, isS3, type Listed, listObjects, putObject } from '../net/s3-node.ts';
import { type Content, FORMATS, InputError, type Made } from '../toolkit.ts';
import { isPicture } from './arguments.ts';
import type { Mark } from './ledger-node.ts';
import { eachOf, type Output, type Writing } from './outputs-node.ts';
import { ELSEWHERE, existsAlready, madeOtherwise } from './place-node.ts';

/** Requests that are on their way at a time. */
const AT_ONCE = 16;

/** The same work for each of them, some at a time. @returns what came of it, in their order */
export const together = async <T, R>(items: readonly T[], signal: AbortSignal | undefined, work: (item: T) => Promise<R>): Promise<R[]> => {
  const out: R[] = [];
  if (signal) setMaxListeners(2 * AT_ONCE, signal); // all of them hear it, which is no leak
  for (let at = 0; at < items.length; at += AT_ONCE) {
    out.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
    signal?.throwIfAborted();
  }
  return out;
};

/** A prefix, as a folder: ends in a slash. */
const asFolder = (path: string): string => path.replace(/\/*$/, '/');

/** Whether an argument names a prefix, not an object. */
export const isPrefix = (path: string): boolean => /^s3:\/\/[^/]*$|\/$/.test(path);

const isHidden = (below: string): boolean => below.split('/').some((name) => name.startsWith('.'));

/** Whether a name is one that outputs have: of a picture, since others are no inputs anyhow. */
const isOutputName = (path: string): boolean => Object.values(FORMATS).some(({ suffix }) => path.endsWith(suffix)) && isPicture(path);

/** All below a prefix, but for what is hidden, what is below the prefix of the outputs, and outputs of ours wherever they lie. */
export const searchPrefix = async (prefix: string, recursive: boolean, output: string, signal?: AbortSignal): Promise<Listed[]> => {
  const root = asFolder(prefix);
  const isOutside = (path: string): boolean => isS3(output) && !root.startsWith(asFolder(output)) && path.startsWith(asFolder(output));
  const found: Listed[] = [];
  for await (const one of listObjects(root, { recursive, signal }))
    if (!isOutside(one.path) && !isHidden(one.path.slice(root.length))) found.push(one);
  const isOurs = async ({ path }: Listed): Promise<boolean> => isOutputName(path) && (await headObject(path, signal))?.mark !== undefined;
  const ours = await together(found, signal, isOurs);
  return found.filter((_, i) => !ours[i]);
};

/** Where an output goes: below a prefix as below a folder. */
export const joinPrefix = (prefix: string, ...names: string[]): string => asFolder(prefix) + join(...names).replaceAll(sep, '/');

const sorted = (record: object): [string, unknown][] => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/** A mark as metadata holds it. */
const markText = ({ picture, asked }: Mark): string => hashText(newHash().update(JSON.stringify([sorted(picture), sorted(asked)])));

/** The mark of a file of a folder that is not the last to come: as long as the last is not there, the folder is not whole. */
const partOf = (mark: string): string => `${mark} part`;

/** The object that tells of an output: itself, or the first below it, which is put last. */
const tellingOf = async ({ path, format }: Output, signal: AbortSignal | undefined): Promise<string | undefined> => {
  if (!('each' in FORMATS[format])) return path;
  for await (const first of listObjects(`${path}/`, { pageSize: 1, signal })) return first.path;
  return undefined;
};

/** Whether an output is there, as it would be made. @throws InputError where something else is */
const isMade = async (output: Output, mark: string, signal: AbortSignal | undefined): Promise<boolean> => {
  const path = await tellingOf(output, signal);
  const there = path === undefined ? undefined : await headObject(path, signal);
  if (path === undefined || !there || there.mark === partOf(mark)) return false;
  if (there.mark === mark) return true;
  if (there.mark === undefined) throw existsAlready(path, ', though it was not written here');
  throw madeOtherwise(path, ', or from another state of the picture');
};

/** Whether all outputs of a picture are there, as they would be made. @throws InputError where something else is in the place of one */
export const areMade = async ({ outputs, mark }: Writing, signal?: AbortSignal): Promise<boolean> => {
  let all = true;
  for (const output of outputs) if (!(await isMade(output, markText(mark), signal))) all = false; // one behind it may be in the way
  return all;
};

const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  tif: 'image/tiff',
  svg: 'image/svg+xml',
  json: 'application/json',
  geojson: 'application/geo+json',
  zip: 'application/zip',
};

const typeOf = (path: string): string => TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';

const bytesOf = async (content: Content): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(content)) pieces.push(piece);
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
};

/** @throws InputError where below a folder's prefix lies what is not ours, or would stay among the new files */
const checkBelow = async (folder: string, files: ReadonlySet<string>, signal: AbortSignal): Promise<void> => {
  const there: string[] = [];
  for await (const { path } of listObjects(folder, { signal })) there.push(path);
  const replaced = await together(there, signal, async (path) => files.has(path) && (await headObject(path, signal))?.mark !== undefined);
  const inTheWay = there.find((_, i) => !replaced[i]);
  if (inTheWay === undefined) return;
  throw new InputError(`${JSON.stringify(inTheWay)} was not written here, or is of another run: move it away, or ${ELSEWHERE}`);
};

/** What is put of a picture, one after the other as it is made. */
interface Piece {
  path: string;
  mark: string;
  make(): Content | Promise<Content>;
}

/** The objects of an output, the one that tells of it last. */
const piecesOfOutput = async ({ path, format }: Output, made: Made, mark: string, signal: AbortSignal): Promise<Piece[]> => {
  const row = FORMATS[format];
  if (!('each' in row)) return [{ path, mark, make: () => row.bytes(made) }];
  const files = eachOf(row, made).map(([name, make]): [string, () => Content | Promise<Content>] => [`${path}/${name}`, make]);
  files.sort(([a], [b]) => (a < b ? 1 : -1));
  await checkBelow(`${path}/`, new Set(files.map(([file]) => file)), signal);
  return files.map(([file, make], i) => ({ path: file, mark: i === files.length - 1 ? mark : partOf(mark), make }));
};

/**
 * Puts all outputs of a picture, in the order of the formats: where the last is, all are. What is there already is replaced where
 * that is wanted; else it stays where it was made alike, by a run that broke off or was faster.
 * @throws the signal's reason once it is aborted, with what was put by then; InputError where something cannot be put
 */
export const putOutputs = async ({ outputs, mark, overwrite }: Writing, made: Made, signal: AbortSignal): Promise<void> => {
  for (const output of outputs) {
    signal.throwIfAborted();
    for (const { path, mark: own, make } of await piecesOfOutput(output, made, markText(mark), signal)) {
      const isPut = await putObject(path, await bytesOf(await make()), { mark: own, type: typeOf(path), isNew: !overwrite, signal });
      if (!isPut && (await headObject(path, signal))?.mark !== own) throw existsAlready(path);
    }
  }
};
