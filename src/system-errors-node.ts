/** What the system's errors mean, in sentences. */
import { InputError } from './errors.ts';

const REASONS: Record<string, string> = {
  ENOSPC: 'its disk is full: free some space, or set DIFFCUT_CACHE to a folder on another disk; the same command goes on',
  EDQUOT: 'the disk quota is used up: free some space, or set DIFFCUT_CACHE to another folder; the same command goes on',
  EACCES: 'its folder may not be written: check its permissions, or set DIFFCUT_CACHE to another folder',
  EPERM: 'it may not be written: end what uses it, check its permissions, or set DIFFCUT_CACHE to another folder',
  EBUSY: 'another program uses it: end that first',
  EROFS: 'its disk is read-only: set DIFFCUT_CACHE to another folder',
  ENOTDIR: 'a part of its path is a file: set DIFFCUT_CACHE to another folder',
  EFBIG: 'its file system holds no file that large: set DIFFCUT_CACHE to a folder on another disk',
};

/** The sentence for a system's error while our cache is written; any other error as it is. */
export const notWritten = (path: string, error: unknown): unknown => {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!code || error instanceof InputError || (!syscall && !REASONS[code])) return error;
  return new InputError(`${JSON.stringify(path)} could not be written: ${REASONS[code] ?? (error as Error).message}`);
};
