/** A picture's outputs, made in a stage: all of them or none, each whole. */
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders, piecesOf, syncFolder, writeNew } from '../disk-node.ts';
import { writeSpecial } from '../pipes-node.ts';
import { isFolder, notWritten, statIfThere } from '../system-errors-node.ts';
import { openStage, type Stage } from '../temporary-node.ts';
import { type Content, FORMATS, InputError, type Made } from '../toolkit.ts';
import { type Entry, type Mark, type Print, printOfNew, standingOf } from './ledger-node.ts';
import { ELSEWHERE, existsAlready, putInPlace, type Staged, whereElse } from './place-node.ts';
import { fileKeys } from './same-file-node.ts';

/** A file or folder to be written; `-` is standard output. */
export interface Output {
  path: string;
  /** Of `FORMATS`. */
  format: string;
}

/** A format that is a folder. */
type Each = Extract<(typeof FORMATS)[string], { each: unknown }>;

/** What is written of a picture, and what the ledger says of it: plain data. All lie in one folder. */
export interface Writing {
  outputs: Output[];
  stem: string;
  mark: Mark;
  /** What the ledger has of what is there. */
  before?: Entry;
  /** What its other lines know outputs by, by name; of all that any line names. */
  older?: Record<string, Print[]>;
  /** Files are replaced whosever they are; folders only where they are ours. */
  overwrite?: boolean;
  /** Done only when it would outlast a loss of power. */
  durable?: boolean;
}

/** Those of the paths where there is something to be replaced: a device or a pipe is written to as it is. */
export const existingPaths = async (paths: readonly string[]): Promise<string[]> => {
  const found: string[] = [];
  for (const path of paths) if ((await standingOf(path, undefined)) !== 'absent') found.push(path);
  return found;
};

/** @throws InputError where one of these outputs is there already and may not be replaced */
export const checkNew = async (paths: readonly string[], overwrite = false, inputs: readonly string[] = []): Promise<void> => {
  const keys = fileKeys();
  const read = (await Promise.all(inputs.map(keys.read))).flat();
  for (const own of paths)
    if (read.includes(await keys.written(own)))
      throw new InputError(`${JSON.stringify(own)} is read and would be written over: give another name with -o`);
  const [first] = overwrite ? [] : await existingPaths(paths);
  if (first !== undefined) throw existsAlready(first);
};

/** Makes a folder and those above it. @throws InputError with one sentence */
export const makeFolder = async (path: string, durable = false): Promise<void> => {
  try {
    await makeFolders(path, durable);
  } catch (error) {
    throw notWritten(path, error, ELSEWHERE, 'could not be made');
  }
};

/** Makes the folder of all outputs, and tries it. @returns whether it is new @throws InputError where nothing can be written there */
export const checkWritable = async (folder: string, durable = false): Promise<boolean> => {
  const isNew = !(await isFolder(folder));
  await makeFolder(folder, durable);
  try {
    const stage = await openStage(folder);
    await writeNew(join(stage.path, '0'), Uint8Array.of(0)).finally(stage.end);
    return isNew;
  } catch (error) {
    throw notWritten(folder, error, ELSEWHERE, 'cannot be written to');
  }
};

/** @throws InputError for a folder that is there and takes no new entries */
export const checkFolder = async (folder: string): Promise<void> => {
  const there = await statIfThere(folder);
  if (!there) return;
  const error = there.isDirectory() ? await access(folder, constants.W_OK).catch((reason) => reason) : { code: 'EEXIST' };
  if (error) throw notWritten(folder, error, ELSEWHERE);
};

export const writeStdout = async (content: Content): Promise<void> => {
  for await (const piece of piecesOf(content))
    await new Promise<void>((resolve, reject) => void process.stdout.write(piece, (error) => (error ? reject(error) : resolve())));
};

/** The names of the files of a format that has one for each segment, and what makes each. */
export const eachOf = ({ each, isShown }: Each, made: Made): [name: string, make: () => ReturnType<Each['each']>][] =>
  made.segments.filter(isShown ?? (() => true)).map((segment) => [`${String(segment.id).padStart(3, '0')}.png`, () => each(made, segment)]);

/** Writes these files. @returns their hashes by name */
const writeEach = async (folder: string, format: Each, made: Made, { durable }: Writing, signal: AbortSignal): Promise<Map<string, string>> => {
  const hashes = new Map<string, string>();
  await mkdir(folder);
  for (const [file, make] of eachOf(format, made)) {
    signal.throwIfAborted();
    hashes.set(file, await writeNew(join(folder, file), await make(), durable));
  }
  if (durable) await syncFolder(folder);
  return hashes;
};

/** @param temporary gives the path to write to */
const stageOutput = async (
  { path, format: name }: Output,
  made: Made,
  writing: Writing,
  temporary: () => Promise<string>,
  signal: AbortSignal,
): Promise<Staged> => {
  const format = FORMATS[name];
  if ('each' in format) {
    const folder = await temporary();
    return { path, temporary: folder, print: await printOfNew(folder, await writeEach(folder, format, made, writing, signal)) };
  }
  const bytes = await format.bytes(made);
  if (path === '-') return { path, write: () => writeStdout(bytes) };
  const there = await statIfThere(path);
  if (there && !there.isFile() && !there.isDirectory()) return { path, write: () => writeSpecial(path, there, bytes, signal) };
  const file = await temporary();
  const hash = await writeNew(file, bytes, writing.durable);
  return { path, temporary: file, print: await printOfNew(file, new Map([['', hash]])) };
};

/**
 * Writes all outputs of a picture, or none where one cannot be made: only then they are moved into their places, and out of these
 * again where that fails.
 * @throws the signal's reason once it is aborted; InputError where something cannot be written
 */
export const writeOutputs = async (writing: Writing, made: Made, signal: AbortSignal): Promise<void> => {
  const folder = dirname(writing.outputs[0].path);
  let stage: Stage | undefined;
  let now = folder;
  try {
    const staged: Staged[] = [];
    for (const [i, output] of writing.outputs.entries()) {
      signal.throwIfAborted();
      now = output.path;
      const temporary = async (): Promise<string> => {
        await makeFolder(folder, writing.durable);
        stage ??= await openStage(folder);
        return join(stage.path, String(i));
      };
      staged.push(await stageOutput(output, made, writing, temporary, signal));
    }
    signal.throwIfAborted();
    await putInPlace(stage, staged, writing);
  } catch (error) {
    throw notWritten(now, error, whereElse(error, writing));
  } finally {
    stage?.end();
  }
};
