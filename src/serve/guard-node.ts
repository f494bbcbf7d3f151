/**
 * Who may ask: the page of this run, and nobody else. Any program and any page of the machine's browsers reaches 127.0.0.1, so the
 * address holds a secret, and what a browser says of who asks is held against the server's own name.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal-node.ts';

/** Names that a browser on this machine knows the server by; another is somebody's domain that was pointed at 127.0.0.1. */
const NAMES = ['127.0.0.1', 'localhost'];

/** A secret of 128 random bits as a part of an address. */
export const newToken = (): string => randomBytes(16).toString('base64url');

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long for any text, whatever it has in common with the token. */
export const isSame = (given: string, token: string): boolean => timingSafeEqual(digestOf(given), digestOf(token));

const ELSEWHERE = 'This server answers its own page alone, opened under the address that diffcut studio prints';

/** @throws Refusal (403) for a request that another page made, or that went to another name */
const checkSender = ({ method, url, headers }: Request, port: number): void => {
  const host = headers.get('host') ?? '';
  const hosts = NAMES.map((name) => new URL(`http://${name}:${port}`).host); // without the port where that is the usual one
  const [origin, site] = [headers.get('origin'), headers.get('sec-fetch-site')];
  const isOurs =
    hosts.includes(host) &&
    new URL(url).host === host && // a request line may hold an address of its own
    (origin === null || origin === `http://${host}`) &&
    (site === null || site === 'same-origin' || site === 'none');
  const isPosted = method === 'GET' || method === 'HEAD' || origin !== null || site === 'same-origin';
  if (!isOurs || !isPosted) throw new Refusal(403, ELSEWHERE);
};

/** @throws Refusal for a request that is not of this run's page: 403, or 404 where its address has not the token */
export const checkRequest = (request: Request, path: string, { token, port }: { token: string; port: number }): void => {
  checkSender(request, port);
  if (!isSame(path.split('/')[1] ?? '', token)) throw new Refusal(404, 'This address is of another run: start diffcut studio again');
};
