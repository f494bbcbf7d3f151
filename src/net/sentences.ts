/** What fails on the network, in words. */
import { expected, InputError, publicName, shortened } from '../errors.ts';

export const networkError = (sentence: string, cause?: unknown): InputError => new InputError(sentence, { code: 'E_NETWORK', cause });

/** Why a request failed. Node's fetch says "fetch failed" and keeps the reason in the cause. */
export const causeOf = (error: unknown): string =>
  shortened(error instanceof Error ? (error.cause instanceof Error && error.cause.message) || error.message : String(error));

/** An address without what may be secret; any other text as it is. */
export const addressOf = (text: string): string => {
  if (!/^https?:\/\//i.test(text)) return text;
  return URL.canParse(text) ? publicName(new URL(text)) : text.replace(/\/\/.*@/s, '//').replace(/[?#].*/s, '');
};

/** The refusal of what only starts like an address. */
export const badAddress = (text: string): InputError => expected('an http: or https: URL', 'the picture', addressOf(text));
