/** In the place of pull-model-node in a page, which keeps no models. */
import { badModel } from '../errors.ts';
import type { Pulled, PullModelOptions } from '../store/pulled.ts';

/** @throws InputError always */
export const pullModel = async (name: string, _options: PullModelOptions = {}): Promise<Pulled> => {
  throw badModel(`${name} cannot be pulled: a browser keeps no models, so give its files by blobFiles or urlFiles`);
};
