/** In the place of source-node in a page, which has no folders. */
import { InputError } from '../errors.ts';
import type { ByteSource, ModelFiles } from './source.ts';

const noFolders = (path: string): InputError =>
  new InputError(`${JSON.stringify(path)} could not be read: a browser has no folders, so give the model's files by blobFiles or urlFiles`);

/** @throws InputError always */
export const fileSource = async (path: string): Promise<ByteSource> => {
  throw noFolders(path);
};

/** @throws InputError always */
export const folderFiles = (folder: string): ModelFiles => {
  throw noFolders(folder);
};
