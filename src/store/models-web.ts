/** In the place of store-node in a page, which keeps no models. */
import { badModel, type InputError } from '../errors.ts';
import type { PulledModel } from './pulled.ts';

const noStore = (name: string): InputError => badModel(`${name} is not here: a browser keeps no models, so give its files by blobFiles or urlFiles`);

/** None. */
export const pulledModels = async (): Promise<PulledModel[]> => [];

/** @throws InputError always */
export const modelPath = async (name: string): Promise<string> => {
  throw noStore(name);
};

/** @throws InputError always */
export const removeModel = async (name: string): Promise<number> => {
  throw noStore(name);
};

/** @throws InputError always */
export const verifyModel = async (name: string): Promise<string> => {
  throw noStore(name);
};
