/** A request in a page or worker, whose browser follows redirects by its own rules, in the place of fetch-node. */
import type { Asked } from './download.ts';

export const fetchUrl = (address: string | URL, { headers, signal }: Asked): Promise<Response> =>
  fetch(address, { ...(headers && { headers }), ...(signal && { signal }) });
