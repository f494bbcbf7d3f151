/** In the place of write-whole-node in a browser or worker. */
import { InputError } from './errors.ts';
import type { Content, WriteOptions } from './types.ts';

/** @throws InputError always: a page has no folders */
export const writeWhole = async (path: string, _bytes: Content, _options: WriteOptions = {}): Promise<void> => {
  throw new InputError(`${JSON.stringify(path)} could not be written: a browser has no folders, so offer the bytes as a download`);
};
