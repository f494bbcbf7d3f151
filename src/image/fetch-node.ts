/**
 * A request whose redirects are followed here, one by one: at most five, over http and https, never from https to http, and none
 * leads from a public address into a private network. A host's address is judged where it is connected to, so that a name cannot
 * answer otherwise in between.
 */
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { InputError, publicName } from '../errors.ts';
import { isPrivate } from './addresses-node.ts';
import type { Asked } from './download.ts';

/** What knows of hosts and addresses; a test has its own. */
export interface Network {
  lookup(host: string, options: LookupOptions & { all: true }, done: (error: Error | null, found: LookupAddress[]) => void): void;
  isPrivate(address: string): boolean;
}
const SYSTEM: Network = { lookup: systemLookup, isPrivate };

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 5;

const network = (sentence: string): InputError => new InputError(sentence, { code: 'E_NETWORK' });

/** One request. @param refusal where it must not go into a private network */
const visit = async (url: URL, { headers, signal }: Asked, refusal: InputError | undefined, { lookup, isPrivate }: Network) => {
  const { Agent, fetch } = await import('undici'); // a tenth of a second, for a download only
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  let addresses = isIP(literal) ? [literal] : [];
  const check = (): void => {
    if (refusal && addresses.some(isPrivate)) throw refusal;
  };
  check();
  const judged = (host: string, options: LookupOptions, done: (error: Error | null, found: string | LookupAddress[], family?: number) => void) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      addresses = found.map(({ address }) => address);
      try {
        check();
      } catch (refused) {
        return done(refused as Error, []);
      }
      return options.all ? done(null, found) : done(null, found[0].address, found[0].family);
    });
  // an agent for each: a connection that is kept would be used again without a look at its address
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { lookup: judged as never } });
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual', dispatcher: agent });
    return { response: response as unknown as Response, isInside: addresses.length > 0 && addresses.every(isPrivate) };
  } catch (error) {
    throw (error as Error).cause instanceof InputError ? (error as Error).cause : error;
  } finally {
    agent.close().catch(() => {}); // once its answer is read
  }
};

/** Where a redirect leads. @throws InputError where nobody should follow */
const targetOf = (from: URL, location: string): URL => {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const what = `${publicName(from)} redirects`;
  if (!to || !/^https?:$/.test(to.protocol)) throw network(`${what} to what is no http(s) address: check the address`);
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw network(`${what} from https to ${publicName(to)}, which is not encrypted: give that address itself if it is to be trusted`);
  [to.username, to.password] = ['', ''];
  return to;
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
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    if (left === 0) throw network(`${publicName(new URL(address))} redirects more than ${MOST_REDIRECTS} times: check the address`);
    const to = targetOf(url, location);
    if (to.origin !== url.origin) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() === 'range'));
    refusal =
      asked.allowPrivate || isInside
        ? undefined
        : network(
            `${publicName(url)} redirects to ${publicName(to)}, which lies in a private network: give that address itself, or allow it with allowPrivate (--allow-private)`,
          );
    url = to;
  }
};
