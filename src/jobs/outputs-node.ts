/** A picture's outputs on the disk: all of them or none, each whole. */
import { readdirSync, rmSync } from 'node:fs';
import { access, constants, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isFolder, notWritten, statIfThere } from '../system-errors-node.ts';
import { temporaryName, temporaryStart } from '../temporary-node.ts';
import { type Content, FORMATS, InputError, type Made } from '../toolkit.ts';
import { appendEntry, differences, type Entry, isSegmentFile, type Mark, measure, standingOf } from './ledger-node.ts';

/** A file or folder to be written; `-` is standard output. */
export interface Output {
  path: string;
  /** Of `FORMATS`. */
  format: string;
}

/** What is written of a picture, and what the ledger says of it: plain data. All lie in one folder. */
export interface Writing {
  outputs: Output[];
  stem: string;
  mark: Mark;
  /** What the ledger had. */
  before?: Entry;
}

const ELSEWHERE = 'choose another folder with -o';

/** Those of the paths where there is something to be replaced: a device or a pipe is written to as it is. */
export const existingPaths = async (paths: readonly string[]): Promise<string[]> => {
  const found: string[] = [];
  for (const path of paths) if ((await standingOf(path, undefined)) !== 'absent') found.push(path);
  return found;
};

/** The sentence for an output that is there already. @param more what else helps */
export const existsAlready = (path: string, more = ''): InputError =>
  new InputError(`${JSON.stringify(path)} exists: --overwrite replaces it${more}`);

/** @throws InputError where one of these outputs is there already and may not be replaced */
export const checkNew = async (paths: readonly string[], overwrite = false, inputs: readonly string[] = []): Promise<void> => {
  const read = inputs.map((path) => resolve(path));
  const own = paths.find((path) => read.includes(resolve(path)));
  if (own !== undefined) throw new InputError(`${JSON.stringify(own)} is read and would be written over: give another name with -o`);
  const [first] = overwrite ? [] : await existingPaths(paths);
  if (first !== undefined) throw existsAlready(first);
};

/** Step by step: Node's own `recursive` never ends where the system calls a new folder missing, as in /proc. */
const makeFolders = async (path: string): Promise<void> => {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeFolders(dirname(path));
  await mkdir(path).catch(async (error) => {
    if (!(await isFolder(path))) throw error; // another process may have made it
  });
};

/** Makes a folder and those above it. @throws InputError with one sentence */
export const makeFolder = async (path: string): Promise<void> => {
  try {
    await makeFolders(path);
  } catch (error) {
    throw notWritten(path, error, ELSEWHERE, 'could not be made');
  }
};

/** @throws InputError for a folder that holds anything but segments, which is not ours to replace */
export const checkReplaceable = async (path: string): Promise<void> => {
  const foreign = (await isFolder(path)) ? (await readdir(path)).find((name) => !isSegmentFile(name)) : undefined;
  if (foreign === undefined) return;
  throw new InputError(`${JSON.stringify(path)} holds ${JSON.stringify(foreign)}, which was not written here: move that away`, { code: 'E_FILE' });
};

/** A folder for what is half done, under a name that no other process and no other call uses; short, whatever the picture's. */
const makeStage = async (folder: string): Promise<string> => {
  for (let n = 0; ; n++) {
    const path = join(folder, temporaryName(n));
    try {
      await mkdir(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
};

/** Makes the folder of all outputs, and tries it. @returns whether it is new @throws InputError where nothing can be written there */
export const checkWritable = async (folder: string): Promise<boolean> => {
  const isNew = !(await isFolder(folder));
  await makeFolder(folder);
  try {
    const stage = await makeStage(folder);
    await writeFile(join(stage, '0'), 'x');
    await rm(stage, { recursive: true });
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

/** An output that is made, but not in its place: bytes for what is no file (standard output, a device, a pipe). */
type Staged = { path: string; temporary: string } | { path: string; bytes: Content };

/** @param stage gives the name to write under */
const stageOutput = async ({ path, format: name }: Output, made: Made, stage: () => Promise<string>, signal: AbortSignal): Promise<Staged> => {
  const format = FORMATS[name];
  if ('each' in format) {
    const temporary = await stage();
    await mkdir(temporary);
    for (const segment of made.segments.filter(format.isShown ?? (() => true))) {
      signal.throwIfAborted();
      await writeFile(join(temporary, `${String(segment.id).padStart(3, '0')}.png`), await format.each(made, segment));
    }
    return { path, temporary };
  }
  const bytes = await format.bytes(made);
  const there = path === '-' ? undefined : await statIfThere(path);
  if (path === '-' || (there && !there.isFile() && !there.isDirectory())) return { path, bytes };
  const temporary = await stage();
  await writeFile(temporary, bytes);
  return { path, temporary };
};

const writeStdout = async (content: Content): Promise<void> => {
  for await (const piece of content instanceof Uint8Array ? [content] : content)
    await new Promise<void>((resolve, reject) => void process.stdout.write(piece, (error) => (error ? reject(error) : resolve())));
};

const putInPlace = async (staged: Staged): Promise<void> => {
  const { path } = staged;
  try {
    if ('bytes' in staged) return path === '-' ? await writeStdout(staged.bytes) : await writeFile(path, staged.bytes);
    if ((await isFolder(path)) && (await isFolder(staged.temporary))) {
      await checkReplaceable(path);
      await rm(path, { recursive: true });
    }
    await rename(staged.temporary, path);
  } catch (error) {
    throw notWritten(path, error, ELSEWHERE);
  }
};

const removeStale = async (folder: string, outputs: Record<string, number>): Promise<void> => {
  for (const [name, size] of Object.entries(outputs)) {
    const path = join(folder, name);
    if ((await standingOf(path, size)) === 'whole') await rm(path, { recursive: true }); // else somebody changed it
  }
};

/**
 * From the stage to their places, the ledger first: what a crash leaves half moved is then known as ours. What an earlier
 * run made of the picture stays where it was made alike, and goes where not.
 */
const finish = async (folder: string, staged: readonly Staged[], { stem, mark, before }: Writing): Promise<void> => {
  for (const one of staged) await checkPlace(one);
  const sizes: Record<string, number> = {};
  for (const one of staged) if ('temporary' in one) sizes[basename(one.path)] = await measure(one.temporary, await stat(one.temporary));
  const others = Object.fromEntries(Object.entries(before?.outputs ?? {}).filter(([name]) => !Object.hasOwn(sizes, name)));
  const isSame = before !== undefined && differences(before, mark).length === 0;
  if (Object.keys(sizes).length > 0) await appendEntry(folder, { stem, ...mark, outputs: { ...(isSame && others), ...sizes } });
  for (const one of staged) await putInPlace(one);
  if (!isSame) await removeStale(folder, others);
};

/** @throws InputError where a folder is in a file's place, or the other way round */
const checkPlace = async (staged: Staged): Promise<void> => {
  const there = 'temporary' in staged ? await statIfThere(staged.path) : undefined;
  if ('temporary' in staged && there && there.isDirectory() !== (await isFolder(staged.temporary)))
    throw notWritten(staged.path, { code: there.isDirectory() ? 'EISDIR' : 'EEXIST' }, ELSEWHERE);
};

/**
 * Writes all outputs of a picture, or none where one cannot be made: only then they are moved into their places.
 * @throws the signal's reason once it is aborted; InputError where something cannot be written
 */
export const writeOutputs = async (writing: Writing, made: Made, signal: AbortSignal): Promise<void> => {
  const folder = dirname(writing.outputs[0].path);
  let stage: string | undefined;
  let now = folder;
  try {
    const staged: Staged[] = [];
    for (const [i, output] of writing.outputs.entries()) {
      signal.throwIfAborted();
      now = output.path;
      const temporary = async (): Promise<string> => {
        await makeFolder(folder);
        stage ??= await makeStage(folder);
        return join(stage, String(i));
      };
      staged.push(await stageOutput(output, made, temporary, signal));
    }
    signal.throwIfAborted();
    await finish(folder, staged, writing);
  } catch (error) {
    throw notWritten(now, error, ELSEWHERE);
  } finally {
    if (stage) await rm(stage, { recursive: true, force: true });
  }
};

/** Removes what a process that was killed left half done. */
export const removeStages = ({ outputs }: Writing, pid: number): void => {
  const folder = dirname(outputs[0].path);
  try {
    for (const name of readdirSync(folder))
      if (name.startsWith(temporaryStart(pid)) && name.endsWith('.tmp')) rmSync(join(folder, name), { recursive: true, force: true });
  } catch {} // that the process ended is what is told
};
