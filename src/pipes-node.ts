/**
 * Inputs and outputs that are no plain files. A pipe may have nobody at its other end for ever, and a thread that waits for one
 * keeps the process from ending: so pipes are opened without waiting, and looked after by the event loop. Devices are no inputs.
 */
import { constants, open as openFile, type Stats } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { piecesOf } from './disk-node.ts';
import { InputError } from './errors.ts';
import { notRead } from './system-errors-node.ts';
import { joined, upTo } from './tensor/bytes.ts';
import type { Content } from './types.ts';

const { O_RDONLY, O_WRONLY } = constants;
/** Windows has none. */
const O_NONBLOCK = constants.O_NONBLOCK ?? 0;

/** Bytes that are taken of a pipe or read as a whole. */
const MOST = 2 ** 30;
/** Milliseconds after which it is seen whether somebody reads a pipe. */
const LOOK = 50;

const openFd = promisify(openFile);

/** @throws InputError for a folder, and for a device or a socket, which may have no end */
export const checkInput = (path: string, there: Stats, wanted = 'a file'): void => {
  if (there.isDirectory()) throw notRead(path, { code: 'EISDIR' }, wanted);
  if (!there.isFile() && !there.isFIFO()) throw notRead(path, { code: 'ENODEV' }, wanted);
};

/**
 * What a pipe gives, of a shell's `<(...)` or one with a name, whose writer is waited for.
 * @throws the signal's reason, or an AbortError, once it is aborted
 */
export const openPipe = async function* (path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const pipe = new Socket({ fd: await openFd(path, O_RDONLY | O_NONBLOCK), writable: false });
  yield* signal ? addAbortSignal(signal, pipe) : pipe;
};

/**
 * All bytes of a file or a pipe that was named on the command line.
 * @param wanted what is to be given where a folder or a device was
 * @throws InputError, one sentence; the signal's reason once it is aborted
 */
export const readInput = async (path: string, wanted = 'a file', signal?: AbortSignal): Promise<Uint8Array> => {
  try {
    const there = await stat(path);
    checkInput(path, there, wanted);
    if (there.isFile()) return await readFile(path, { flag: O_RDONLY | O_NONBLOCK, ...(signal && { signal }) });
    const tooMany = () => new InputError(`${JSON.stringify(path)} has more than ${MOST} bytes: give a file`, { code: 'E_FILE' });
    return await joined(upTo(openPipe(path, signal), MOST, tooMany));
  } catch (error) {
    signal?.throwIfAborted();
    throw notRead(path, error, wanted);
  }
};

/** A pipe that somebody reads, open to be written to: until then it is looked for. */
const openReader = async (path: string, signal: AbortSignal | undefined): Promise<number> => {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await openFd(path, O_WRONLY | O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    await sleep(LOOK, undefined, signal && { signal });
  }
};

/**
 * Writes to what is no file: a pipe, or a device as it is.
 * @throws the signal's reason once it is aborted; InputError for a disk or a socket; what the system says
 */
export const writeSpecial = async (path: string, there: Stats, content: Content, signal?: AbortSignal): Promise<void> => {
  if (there.isBlockDevice() || there.isSocket())
    throw new InputError(`${JSON.stringify(path)} is ${there.isSocket() ? 'a socket' : 'a disk'}: give a file or a pipe`, { code: 'E_FILE' });
  if (!there.isFIFO()) return writeFile(path, content, { flag: O_WRONLY });
  try {
    const pipe = new Socket({ fd: await openReader(path, signal), readable: false });
    await pipeline(Readable.from(piecesOf(content)), pipe, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};
