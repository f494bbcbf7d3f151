/** What a hub's refusals mean: one sentence each, and whether asking again can help. */
import { InputError } from '../errors.ts';
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
  readonly wait?: number;
  constructor(sentence: string, kind: FailureKind = 'refused', { wait, cause }: { wait?: number | undefined; cause?: unknown } = {}) {
    super(sentence, { code: 'E_NETWORK', cause });
    this.kind = kind;
    this.wait = wait;
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
}

/** A hub that asks for a longer pause is not waited for, milliseconds. */
const LONGEST_WAIT = 120_000;

/** Retry-After: seconds, or a date. */
const waitOf = (headers: HubResponse['headers']): number | undefined => {
  const text = headers['retry-after'];
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};

const wantsToken = (hasToken: boolean): string =>
  hasToken ? 'with the account of your HF_TOKEN' : 'and set HF_TOKEN to a token of the account that did';

const denied = ({ endpoint, repo, hasToken }: Asked, status: number): HubFailure =>
  new HubFailure(
    `${repo} is gated (${status}): accept its licence on ${endpoint}/${repo} ${wantsToken(hasToken)}, made on ${endpoint}/settings/tokens`,
  );

const tooMany = ({ endpoint, hasToken }: Asked, wait: number | undefined): HubFailure => {
  const help = hasToken ? 'try again later' : 'try again later, or set HF_TOKEN, which allows more';
  if (wait === undefined || wait <= LONGEST_WAIT) return new HubFailure(`${endpoint} gets too many requests (429): ${help}`, 'transient', { wait });
  return new HubFailure(`${endpoint} gets too many requests (429) and asks for a pause of ${Math.ceil(wait / 1000)} seconds: ${help}`);
};

const nameOf = ({ repo, path }: Asked): string => (path === undefined ? repo : `${repo}/${path}`);

const isMissingRepo = (code: string | undefined): boolean => code === 'RepoNotFound';

/** The failure that an answer of 400 and more is. A file that is not there is for the caller to see first. */
export const failureOf = ({ status, headers }: Pick<HubResponse, 'status' | 'headers'>, asked: Asked): HubFailure => {
  const { endpoint, repo, revision, hasToken } = asked;
  const code = headers['x-error-code'];
  if (isMissingRepo(code) || (status === 404 && asked.path === undefined && code !== 'RevisionNotFound')) {
    const login = hasToken ? '' : ', or set HF_TOKEN if it is private';
    return new HubFailure(`${endpoint} has no repository ${repo}: check the name${login}`);
  }
  if (code === 'RevisionNotFound') return new HubFailure(`${repo} has no revision ${JSON.stringify(revision)}: check --revision`);
  if (status === 401 && hasToken && code !== 'GatedRepo') {
    return new HubFailure(`${endpoint} refuses the token (401): set HF_TOKEN to a valid one of ${endpoint}/settings/tokens, or unset it`);
  }
  if (status === 401 || status === 403) return denied(asked, status);
  if (status === 404) return new HubFailure(`${repo} has no file ${asked.path} at revision ${JSON.stringify(revision)}`);
  if (status === 429) return tooMany(asked, waitOf(headers));
  if (status === 408 || status >= 500) {
    const wait = waitOf(headers);
    const kind = (wait ?? 0) <= LONGEST_WAIT ? 'transient' : 'refused';
    return new HubFailure(`${endpoint} failed to serve ${nameOf(asked)} (${status}): try again later`, kind, { wait });
  }
  return new HubFailure(`${endpoint} refused ${nameOf(asked)} (${status}${headers['x-error-message'] ? `: ${headers['x-error-message']}` : ''})`);
};

/** Is the file simply not there? */
export const isAbsent = ({ status, headers }: HubResponse): boolean =>
  status === 404 && (headers['x-error-code'] ?? 'EntryNotFound') === 'EntryNotFound';

const NO_HOST = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ENETDOWN|EADDRNOTAVAIL)$/;
const NO_TRUST = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|^ERR_(TLS|SSL)|^EPROTO$/;

const WHY: Record<string, string> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'there is no such host, or no network',
  ECONNREFUSED: 'nothing answers there',
  ENETUNREACH: 'there is no network',
};

/** The failure that a connection's error is. */
export const failureOfError = (error: unknown, url: string, asked: Asked): HubFailure => {
  if (error instanceof InputError) return error instanceof HubFailure ? error : new HubFailure(error.message, 'refused', { cause: error });
  const { code = '', message } = error as NodeJS.ErrnoException;
  const { host } = new URL(url);
  if (NO_TRUST.test(code)) {
    return new HubFailure(
      `The certificate of ${host} is not trusted (${code}): if a proxy of yours signs it, name its certificate file in NODE_EXTRA_CA_CERTS`,
      'refused',
      { cause: error },
    );
  }
  if (NO_HOST.test(code)) {
    const help = 'check the network, HF_ENDPOINT and HTTPS_PROXY';
    return new HubFailure(`${host} could not be reached: ${WHY[code] ?? (message || code)}; ${help}`, 'unreachable', { cause: error });
  }
  return new HubFailure(`${host} broke off while it sent ${nameOf(asked)} (${code || message}): the same command goes on`, 'transient', {
    cause: error,
  });
};
