/** Where redirects may lead, of pictures and of models: the one home of what is not followed. */
import { type InputError, publicName } from '../errors.ts';
import { networkError } from './sentences.ts';

/** Of one request. The Hugging Face hub takes three. */
export const MOST_REDIRECTS = 5;

/** What to do about a redirect that is not followed. */
export interface RedirectHelp {
  /** It leads nowhere, or never ends. */
  odd: string;
  /** It leaves TLS. */
  plain: string;
  /** It leads into a private network. */
  inside: string;
}

/** An answer's status, and its header Location. */
export interface Redirect {
  status: number;
  location: string | null | undefined;
}

/** Where a redirect leads, without a login; undefined for another answer. @throws InputError where nobody should follow */
export const redirectTarget = (from: URL, { status, location }: Redirect, help: RedirectHelp): URL | undefined => {
  if (status < 300 || status >= 400) return undefined;
  const what = `${publicName(from)} redirects (${status})`;
  if (!location) throw networkError(`${what} without saying where to: ${help.odd}`);
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!to || !/^https?:$/.test(to.protocol)) throw networkError(`${what} to what is no http(s) address: ${help.odd}`);
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw networkError(`${what} from https to ${publicName(to)}, where others could change what it sends: ${help.plain}`);
  [to.username, to.password] = ['', ''];
  return to;
};

/** The refusal of a redirect from a public address into a private network. */
export const leadsInside = (from: URL, to: URL, { inside }: RedirectHelp): InputError =>
  networkError(`${publicName(from)} redirects to ${publicName(to)}, which lies in a private network: ${inside}`);

export const tooManyRedirects = (start: URL, { odd }: RedirectHelp): InputError =>
  networkError(`${publicName(start)} redirects more than ${MOST_REDIRECTS} times: ${odd}`);
