/**
 * Who may ask: whoever has the token, by any name of this machine. Without a token only programs of this machine: a page that a
 * browser shows reaches 127.0.0.1, too, so a name that is not the machine's own (DNS rebinding) and another origin are refused.
 */
import { isSame } from '../guard-node.ts';
import { Refusal } from '../refusal-node.ts';

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/i;

/** The token of `Authorization: Bearer`, or the password of `Basic`, which is all that Label Studio can send. */
const tokenIn = (authorization: string): string => {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization.trim()) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value;
  const login = Buffer.from(value, 'base64').toString();
  return login.slice(login.indexOf(':') + 1);
};

/** @throws Refusal (401) for a request without the token */
const checkToken = ({ headers }: Request, token: string): void => {
  if (!isSame(tokenIn(headers.get('authorization') ?? ''), token))
    throw new Refusal(401, 'The token is wanted: Authorization: Bearer TOKEN, or Basic with it as the password');
};

/** @throws Refusal (403) for another name than this machine's own, and for a page of another origin */
const checkLocal = ({ url, headers }: Request): void => {
  const host = headers.get('host') ?? '';
  const [origin, site] = [headers.get('origin'), headers.get('sec-fetch-site')];
  const isLocal = LOOPBACK.test(host) && new URL(url).host === new URL(`http://${host}`).host;
  const isOwn = (origin === null || origin === `http://${host}`) && (site === null || site === 'same-origin' || site === 'none');
  if (!isLocal || !isOwn) throw new Refusal(403, 'Without a token this server answers programs of its own machine alone: start it with --token');
};

/** @throws Refusal: 401, or 403 where there is no token */
export const checkCaller = (request: Request, token: string | undefined): void =>
  token === undefined ? checkLocal(request) : checkToken(request, token);
