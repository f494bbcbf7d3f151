/** A picture's outputs on the disk: each whole or not at all. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isFolder, notWritten, statIfThere } from '../system-errors-node.ts';
import { type Format, InputError, type Made, type Segment, writeWhole } from '../toolkit.ts';

/** A file or folder to be written. */
export interface Output {
  path: string;
  format: Format;
}

/** Those of the paths where there is something to be replaced: a device or a pipe is written to as it is. */
export const existingPaths = async (paths: readonly string[]): Promise<string[]> => {
  const found: string[] = [];
  for (const path of paths) {
    const there = await statIfThere(path);
    if (there?.isFile() || there?.isDirectory()) found.push(path);
  }
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
    throw notWritten(path, error, 'choose another folder with -o', 'could not be made');
  }
};

/** Writes a folder whole or not at all: under a temporary name, then renamed; replaces the one that is there. */
const writeFolder = async (
  path: string,
  made: Made,
  each: (made: Made, segment: Segment) => Promise<Uint8Array>,
  signal: AbortSignal,
): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await makeFolder(temporary);
    for (const segment of made.segments) {
      signal.throwIfAborted();
      await writeWhole(join(temporary, `${String(segment.id).padStart(3, '0')}.png`), await each(made, segment));
    }
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};

/** Writes all outputs of a picture. @throws the signal's reason once it is aborted, between two of them */
export const writeOutputs = async (outputs: readonly Output[], made: Made, signal: AbortSignal): Promise<void> => {
  for (const { path, format } of outputs) {
    signal.throwIfAborted();
    await makeFolder(dirname(path));
    if ('each' in format) await writeFolder(path, made, format.each, signal);
    else await writeWhole(path, await format.bytes(made));
  }
};

/** Removes what a process that was killed left half written: names that it would have given up for the outputs' own. */
export const removeTemporaries = (outputs: readonly Output[], pid: number): void => {
  for (const { path } of outputs) {
    const [folder, start] = [dirname(path), basename(path).slice(0, 50)];
    try {
      for (const name of existsSync(folder) ? readdirSync(folder) : [])
        if (name.includes(`.${pid}.`) && name.endsWith('.tmp') && ['.diffcut.', `.${start}`, start].some((own) => name.startsWith(own)))
          rmSync(join(folder, name), { recursive: true, force: true });
    } catch {} // that the process ended is what is told
  }
};
