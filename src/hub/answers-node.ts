/** What a hub's refusals mean: one sentence each, and whether asking again can help. */
import { firstLine, InputError, shortened } from '../errors.ts';
import type { HubResponse } from './http-node.ts';

/**
 * - `transient`: worth another try
 * - `unreachable`: no connection to the host; worth another try once it has answered before
 * - `changed`: not the file that it was; what was fetched of it is of no use
 * - `refused`: for good
 */
export type FailureKind = 'transient' | 'unreachable' | 'changed' | 'refused';

/** A request that failed. */
export class HubFailure extends InputError {
  readonly kind: FailureKind;
  /** Milliseconds that the hub asks to wait before the next try. */
  readonly wait: number;
  /** That it asks for it, as the beginning of a sentence. */
  readonly asks: string;
  constructor(
    sentence: string,
    kind: FailureKind = 'refused',
    { wait = 0, asks = '', cause }: { wait?: number; asks?: string; cause?: unknown } = {},
  ) {
    super(sentence, { code: 'E_NETWORK', cause });
    this.kind = kind;
    this.wait = wait;
    this.asks = asks;
  }
}

/** What was asked for, for the sentences. */
export interface Asked {
  endpoint: string;
  repo: string;
  revision: string;
  /** Of a file; undefined for the repository itself. */
  path?: string;
  hasToken: boolean;
  /** A token may be there, but HF_HUB_DISABLE_IMPLICIT_TOKEN is set. */
  isTokenWithheld?: boolean;
  /** Host that the hub sent to for the bytes, where that is what answers. */
  storage?: string;
}

/** A hub that asks for a longer pause is not waited for, milliseconds. The hub counts requests over five minutes. */
const LONGEST_WAIT = 600_000;

/** Retry-After: seconds, or a date. */
const retryAfter = (text: string | undefined): number | undefined => {
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};

/**
 * RateLimit, of the IETF's draft "RateLimit header fields for HTTP": `"api";r=0;t=240` for each policy, r what is left of
 * it and t the seconds until it is whole again; and one second, since both are whole numbers.
 */
const rateLimit = (text: string | undefined): number | undefined => {
  const policies = (text ?? '').split(',').map((policy) => ({ left: /;\s*r=(\d+)/.exec(policy)?.[1], reset: /;\s*t=(\d+)/.exec(policy)?.[1] }));
  const spent = policies.filter(({ left, reset }) => Number(left) === 0 && reset !== undefined);
  return spent.length > 0 ? Math.max(...spent.map(({ reset }) => 1000 * (Number(reset) + 1))) : undefined;
};

const waitOf = (status: number, headers: HubResponse['headers']): number | undefined =>
  (status === 429 ? rateLimit(headers.ratelimit) : undefined) ?? retryAfter(headers['retry-after']);

const setToken = ({ isTokenWithheld }: Asked): string => (isTokenWithheld ? 'unset HF_HUB_DISABLE_IMPLICIT_TOKEN and set HF_TOKEN' : 'set HF_TOKEN');

const denied = (asked: Asked, status: number): HubFailure => {
  const { endpoint, repo, hasToken } = asked;
  const login = hasToken ? 'with the account of your HF_TOKEN' : `and ${setToken(asked)} to a token of the account that did`;
  return new HubFailure(`${repo} is gated (${status}): accept its licence on ${endpoint}/${repo} ${login}, made on ${endpoint}/settings/tokens`);
};

/** Worth a wait, unless that is too long. */
const busy = (host: string, what: string, status: number, help: string, wait = 0): HubFailure => {
  const asks = `${host} asks for a pause of ${Math.ceil(wait / 1000)} s (${status})`;
  return wait <= LONGEST_WAIT
    ? new HubFailure(`${host} ${what} (${status}): ${help}`, 'transient', { wait, asks })
    : new HubFailure(`${asks}: ${help}`);
};

const nameOf = ({ repo, path }: Asked): string => (path === undefined ? repo : `${repo}/${path}`);

/** What the hub itself says of a refusal, in brackets behind the status. */
const reasonOf = (headers: HubResponse['headers']): string => {
  const told = firstLine(headers['x-error-message'] ?? '');
  return told && `: ${shortened(told)}`;
};

/** Refusals that say what they are by their code, or by their status where the hub itself gives it. */
const ofHub = ({ status, headers }: Pick<HubResponse, 'status' | 'headers'>, asked: Asked): HubFailure | undefined => {
  const { endpoint, repo, revision, hasToken } = asked;
  const code = headers['x-error-code'];
  const tokens = `${endpoint}/settings/tokens`;
  if (code === 'RepoNotFound' || (status === 404 && asked.path === undefined && code !== 'RevisionNotFound')) {
    const login = hasToken ? '' : `, or ${setToken(asked)} if it is private`;
    return new HubFailure(`${endpoint} has no repository ${repo}: check the name${login}`);
  }
  if (code === 'RevisionNotFound') return new HubFailure(`${repo} has no revision ${JSON.stringify(revision)}: check --revision`);
  if (code === 'GatedRepo') return denied(asked, status);
  if (status === 401) {
    if (hasToken) return new HubFailure(`${endpoint} refuses the token (401): set HF_TOKEN to a valid one of ${tokens}, or unset it`);
    return new HubFailure(`${endpoint} wants a login for ${repo} (401): ${setToken(asked)} to a token of ${tokens}`);
  }
  if (status === 403) {
    const help = hasToken ? 'check what your HF_TOKEN may read' : `check HF_ENDPOINT and HTTPS_PROXY, or ${setToken(asked)}`;
    return new HubFailure(`${endpoint} does not give ${nameOf(asked)} (403${reasonOf(headers)}): ${help}`);
  }
  if (status === 404) return new HubFailure(`${repo} has no file ${asked.path} at revision ${JSON.stringify(revision)}`);
  return undefined;
};

/** The failure that an answer of 400 and more is. A file that is not there is for the caller to see first. */
export const failureOf = (answer: Pick<HubResponse, 'status' | 'headers'>, asked: Asked): HubFailure => {
  const { status, headers } = answer;
  const { endpoint, hasToken, storage } = asked;
  const host = storage ?? endpoint;
  if (status === 407) {
    return new HubFailure(`A proxy wants a login for ${host} (407): set HTTPS_PROXY to http://user:password@host:port`);
  }
  if (status === 429) {
    const help = hasToken || storage ? 'try again later' : `try again later, or ${setToken(asked)}, which allows more`;
    return busy(host, 'gets too many requests', status, help, waitOf(status, headers));
  }
  if (status === 408 || status >= 500) {
    return busy(host, `failed to serve ${nameOf(asked)}`, status, 'try again later', waitOf(status, headers));
  }
  if (storage) {
    return new HubFailure(
      `${storage}, where ${endpoint} sends to for ${nameOf(asked)}, refuses it (${status}): try again later, or check HTTPS_PROXY`,
    );
  }
  return ofHub(answer, asked) ?? new HubFailure(`${endpoint} refused ${nameOf(asked)} (${status}${reasonOf(headers)})`);
};

/** The failure that a proxy's refusal of a tunnel is. @param status of its answer; 0 where it gave none @param variable that names the proxy */
export const failureOfProxy = (status: number, proxy: string, variable: string, url: string): HubFailure => {
  const { host } = new URL(proxy);
  if (status === 407) {
    return new HubFailure(`The proxy ${host} wants a login (407): set ${variable} to http://user:password@${host}, with the right ones`);
  }
  const help = `check ${variable}, or name the host in NO_PROXY`;
  const kind = status === 0 || status >= 500 ? 'unreachable' : 'refused';
  return new HubFailure(`The proxy ${host} does not connect to ${new URL(url).host} (${status || 'it hangs up'}): ${help}`, kind);
};

/** Is the file simply not there? */
export const isAbsent = ({ status, headers }: HubResponse): boolean =>
  status === 404 && (headers['x-error-code'] ?? 'EntryNotFound') === 'EntryNotFound';

interface Trouble {
  code: RegExp;
  kind: FailureKind;
  /** After the host's name. */
  what: (code: string, name: string) => string;
}

const REACH = 'check the network, HF_ENDPOINT and HTTPS_PROXY';
const THERE = 'check HF_ENDPOINT and HTTPS_PROXY';

/** What a connection's error means, by its code: the first that matches. */
const TROUBLES: Trouble[] = [
  { code: /^ENOTFOUND$/, kind: 'unreachable', what: () => `could not be reached: there is no such host; ${REACH}` },
  { code: /^EAI_AGAIN$/, kind: 'unreachable', what: () => `could not be reached: there is no such host, or no network; ${REACH}` },
  { code: /^ECONNREFUSED$/, kind: 'unreachable', what: () => `could not be reached: nothing answers there; ${REACH}` },
  { code: /^(ENETUNREACH|ENETDOWN)$/, kind: 'unreachable', what: () => `could not be reached: there is no network; ${REACH}` },
  { code: /^(EHOSTUNREACH|EADDRNOTAVAIL)$/, kind: 'unreachable', what: (code) => `could not be reached (${code}): ${REACH}` },
  { code: /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, kind: 'unreachable', what: () => `could not be reached: it does not answer; ${REACH}` },
  {
    code: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    kind: 'refused',
    what: (code) => `has a certificate that is not of today (${code}): check this machine's clock`,
  },
  { code: /ALTNAME_INVALID/, kind: 'refused', what: (code) => `has the certificate of another host (${code}): ${THERE}` },
  {
    code: /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/,
    kind: 'refused',
    what: (code) => `has a certificate that is not trusted (${code}): if a proxy of yours signs it, name its certificate file in NODE_EXTRA_CA_CERTS`,
  },
  { code: /^ERR_(TLS|SSL)|^EPROTO$/, kind: 'refused', what: (code) => `does not speak TLS as it should (${code}): ${THERE}` },
  { code: /^UND_ERR_HEADERS_OVERFLOW$/, kind: 'refused', what: () => `answers with more headers than any hub: ${THERE}` },
  {
    code: /^HPE_(?!INVALID_EOF)|^UND_ERR_(INVALID|RES_CONTENT_LENGTH)/,
    kind: 'refused',
    what: (code) => `does not speak HTTP as it should (${code}): ${THERE}`,
  },
  { code: /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/, kind: 'transient', what: (_, name) => `sent nothing of ${name} for 30 s: the same command goes on` },
  { code: /^TOO_LONG$/, kind: 'refused', what: (_, name) => `answers with more about ${name} than any hub: ${THERE}` },
  { code: /^NO_JSON$/, kind: 'refused', what: (_, name) => `does not answer about ${name} as a hub does, in JSON: ${THERE}` },
  { code: /^TOO_SLOW$/, kind: 'transient', what: (_, name) => `sends ${name} too slowly: the same command goes on` },
];

/** The failure that a connection's error is. */
export const failureOfError = (error: unknown, url: string, asked: Asked): HubFailure => {
  if (error instanceof InputError) return error instanceof HubFailure ? error : new HubFailure(error.message, 'refused', { cause: error });
  const { code = '', message } = error as NodeJS.ErrnoException;
  const { host } = new URL(url);
  const trouble = TROUBLES.find((one) => one.code.test(code));
  const what = trouble?.what(code, nameOf(asked)) ?? `broke off while it sent ${nameOf(asked)} (${code || message}): the same command goes on`;
  return new HubFailure(`${host} ${what}`, trouble?.kind ?? 'transient', { cause: error });
};
