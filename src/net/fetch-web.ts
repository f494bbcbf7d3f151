/** A request in a page or worker, whose browser follows redirects by its own rules, in the place of fetch-node. */
import { InputError } from '../errors.ts';
import type { Asked } from './download.ts';

export const fetchUrl = async (address: string | URL, { headers, signal, allowPrivate }: Asked): Promise<Response> => {
  if (allowPrivate)
    throw new InputError('allowPrivate has no meaning in a browser, which follows redirects by its own rules: leave it out', { code: 'E_OPTION' });
  return fetch(address, { ...(headers && { headers }), ...(signal && { signal }) });
};
