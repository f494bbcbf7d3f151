/** In the place of locate-node in a page, which has no disk to find models on. */
import { badModel } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';

/** @throws InputError always */
export const pulledFiles = async (name: string): Promise<ModelFiles> => {
  throw badModel(`${name} is not here: a browser keeps no models, so give openEncoder its files, by blobFiles or urlFiles`);
};

export const givenFiles = async (_path: string): Promise<ModelFiles | undefined> => undefined;

/** What WebAssembly can have at most. */
export const memoryHere = (): number => 4 * 2 ** 30;
