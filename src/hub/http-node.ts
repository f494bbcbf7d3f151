/** One HTTP request, through the proxy of the environment where there is one (Node 20's own fetch knows of none). */
import type { Dispatcher } from 'undici';
import { InputError } from '../errors.ts';
import { judgedLookup, literalOf, SYSTEM } from '../net/lookup-node.ts';
import { failureOfProxy } from './answers-node.ts';
import type { HubSettings } from './paths-node.ts';

export interface HubRequest {
  method: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Where it must not go into a private network: what it fails with there. */
  refusal?: InputError;
}

export interface HubResponse {
  status: number;
  /** By name in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Read at most once. Fails where the connection is cut. */
  body: AsyncIterable<Uint8Array>;
  /** Whether a private network's host answered; a name that a proxy resolves counts as a public one's. */
  isInside?: boolean;
  /** Drops what was not read of the body. */
  dispose(): Promise<void>;
}

/** One request, redirects not followed. Rejects with the system's error (`code`) where there is no answer. */
export type HubFetch = (url: string, request: HubRequest) => Promise<HubResponse>;

/** Milliseconds without a byte after which a connection counts as cut. */
const STALL = 30_000;
/** Milliseconds for an answer's head, and for the rest of one that nobody wants. */
const HEAD = 60_000;
const REST = 1000;

/** NO_PROXY: hosts with commas between, each for itself and its subdomains, a port where it has one, or "*". */
const goesDirect = (url: URL, except: string): boolean =>
  except
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\*?\./, '')) ?? [];
      if (host === '*') return true;
      if (port && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false;
      return url.hostname === host || url.hostname.endsWith(`.${host}`);
    });

const variableOf = (url: URL): string => (url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');

/** The proxy for a URL, or undefined where it is asked directly. @throws InputError for a proxy that is not HTTP */
export const proxyFor = (url: URL, { proxy }: Pick<HubSettings, 'proxy'>): string | undefined => {
  const given = url.protocol === 'https:' ? proxy.https : proxy.http;
  if (!given || goesDirect(url, proxy.except)) return undefined;
  const full = given.includes('://') ? given : `http://${given}`;
  if (/^https?:\/\//i.test(full) && URL.canParse(full)) return full;
  throw new InputError(`Expected an http: or https: URL for ${variableOf(url)} but received ${JSON.stringify(given.replace(/\/\/.*@/, '//'))}`, {
    code: 'E_OPTION',
  });
};

const flat = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));

/** The code of a proxy that hangs up. Undici takes its own for a reason to connect anew, without end. */
const HUNG_UP = 'HUNG_UP';

type Connect = (options: object, done: (error: Error | null, socket?: unknown) => void) => void;

/** Connecting by way of a proxy, given up where that hangs up. */
const orGiveUp =
  (connect: Connect): Connect =>
  (options, done) =>
    connect(options, (error, socket) =>
      done((error as NodeJS.ErrnoException | null)?.code === 'UND_ERR_SOCKET' ? Object.assign(new Error(HUNG_UP), { code: HUNG_UP }) : error, socket),
    );

/** The status of a proxy's refusal of a tunnel, which undici tells by its message alone; 0 where it hung up. */
const refusalOf = (error: unknown): number | undefined => {
  if ((error as NodeJS.ErrnoException).code === HUNG_UP) return 0;
  const status = /^Proxy response \((\d+)\)/.exec((error as Error).message)?.[1];
  return status === undefined ? undefined : Number(status);
};

/** The code of a connection that was not made, which the request's own refusal takes the place of. */
const INSIDE = 'INSIDE';

/** Requests by undici, connections kept alive between them. One pool for each proxy; without one, those that must stay outside have theirs. */
export const hubFetch = (settings: Pick<HubSettings, 'proxy'>, system = SYSTEM): HubFetch => {
  const pools = new Map<string, Dispatcher>();
  /** By host, as it was last connected to. */
  const inside = new Map<string, boolean>();
  const lookups = {
    any: judgedLookup(system, (found, host) => void inside.set(host, found.every(system.isPrivate))),
    outside: judgedLookup(system, (found) => {
      if (found.some(system.isPrivate)) throw Object.assign(new Error(INSIDE), { code: INSIDE });
    }),
  };
  return async (address, { method, headers, signal, refusal }) => {
    const { Agent, Pool, ProxyAgent, request } = await import('undici'); // a tenth of a second, for a download only
    const url = new URL(address);
    const proxy = proxyFor(url, settings);
    const literals = literalOf(url);
    if (refusal && literals.some(system.isPrivate)) throw refusal;
    const timeouts = { headersTimeout: STALL, bodyTimeout: STALL };
    const way = refusal ? 'outside' : 'any';
    const factory = (origin: URL, options: object) =>
      new Pool(origin, { ...options, connect: orGiveUp((options as { connect: Connect }).connect) as never });
    const opened = () =>
      proxy ? new ProxyAgent({ uri: proxy, ...timeouts, factory }) : new Agent({ ...timeouts, connect: { lookup: lookups[way] as never } });
    const dispatcher = pools.get(proxy ?? way) ?? opened();
    pools.set(proxy ?? way, dispatcher);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(Object.assign(new Error('too slow'), { code: 'TOO_SLOW' })), HEAD);
    const asked = { method, headers: { 'accept-encoding': 'identity', ...headers }, dispatcher };
    const response = await request(url, { ...asked, signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal })
      .catch((error: unknown) => {
        if (refusal && (error as NodeJS.ErrnoException).code === INSIDE) throw refusal;
        const status = refusalOf(error);
        throw proxy && status !== undefined ? failureOfProxy(status, proxy, variableOf(url), address) : error;
      })
      .finally(() => clearTimeout(timer));
    const { body } = response;
    body.on('error', () => {}); // told where the body is read; a dropped one has nobody to tell
    return {
      status: response.statusCode,
      headers: flat(response.headers),
      body,
      isInside: literals.length > 0 ? literals.every(system.isPrivate) : !proxy && !refusal && inside.get(url.hostname) === true,
      dispose: () =>
        body.dump({ limit: 65_536, signal: AbortSignal.timeout(REST) } as { limit: number }).catch(() => undefined) as Promise<undefined>,
    };
  };
};
