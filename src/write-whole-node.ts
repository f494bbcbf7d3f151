/** Files that a user named: whole or not there. */
import { stat } from 'node:fs/promises';
import { writeSpecial } from './pipes-node.ts';
import { noneIfAbsent, notWritten } from './system-errors-node.ts';
import { writeStaged } from './temporary-node.ts';
import type { Content, WriteOptions } from './types.ts';

/**
 * Writes the file whole or not at all: in a stage beside it, then moved. What is there and is no file (a pipe, a terminal,
 * /dev/null) is written straight.
 * @throws InputError with one sentence: there already and not to be replaced, no such folder, not writable, device full
 */
export const writeWhole = async (path: string, bytes: Content, options: WriteOptions = {}): Promise<void> => {
  try {
    const there = await stat(path).catch(noneIfAbsent);
    if (there?.isDirectory()) throw notWritten(path, { code: 'EISDIR' }, 'choose another folder');
    if (there && !there.isFile()) await writeSpecial(path, there, bytes, options.signal);
    else await writeStaged(path, bytes, options);
  } catch (error) {
    throw notWritten(path, error, 'choose another folder');
  }
};
