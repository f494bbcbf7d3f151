/**
 * A request whose redirects are followed here, one by one: at most five, over http and https, never from https to http, and none
 * leads from a public address into a private network.
 */
import type { InputError } from '../errors.ts';
import type { Asked } from './download.ts';
import { judgedLookup, literalOf, SYSTEM } from './lookup-node.ts';
import { leadsInside, MOST_REDIRECTS, type RedirectHelp, redirectTarget, tooManyRedirects } from './redirects.ts';

const HELP: RedirectHelp = {
  odd: 'check the address',
  plain: 'give that address itself if it is to be trusted',
  inside: 'give that address itself, or allow it with allowPrivate (--allow-private)',
};

/** One request. @param refusal where it must not go into a private network */
const visit = async (url: URL, { headers, signal }: Asked, refusal: InputError | undefined, system: typeof SYSTEM) => {
  const { Agent, fetch } = await import('undici'); // a tenth of a second, for a download only
  let addresses: string[] = [];
  const judge = (found: string[]): void => {
    addresses = found;
    if (refusal && found.some(system.isPrivate)) throw refusal;
  };
  judge(literalOf(url));
  // an agent for each: a connection that is kept would be used again without a look at its address
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { lookup: judgedLookup(system, judge) as never } });
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual', dispatcher: agent });
    return { response: response as unknown as Response, isInside: addresses.length > 0 && addresses.every(system.isPrivate) };
  } catch (error) {
    throw refusal && (error as Error).cause === refusal ? refusal : error;
  } finally {
    agent.close().catch(() => {}); // once its answer is read
  }
};

/**
 * The answer to a GET, redirects followed. Headers stay with the host that they were given for, but for the range.
 * @throws InputError for a redirect that is not followed; else what undici does
 */
export const fetchUrl = async (address: string | URL, asked: Asked, system = SYSTEM): Promise<Response> => {
  let url = new URL(address);
  let { headers = {} } = asked;
  let refusal: InputError | undefined;
  for (let left = MOST_REDIRECTS; ; left--) {
    const { response, isInside } = await visit(url, { ...asked, headers }, refusal, system);
    const to = redirectTarget(url, { status: response.status, location: response.headers.get('location') }, HELP);
    if (!to) return response;
    await response.body?.cancel();
    if (left === 0) throw tooManyRedirects(new URL(address), HELP);
    if (to.origin !== url.origin) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() === 'range'));
    refusal = asked.allowPrivate || isInside ? undefined : leadsInside(url, to, HELP);
    url = to;
  }
};
