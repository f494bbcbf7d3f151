/** What comes after a hub's head of an answer: never for ever, and never more than fits. */
import { parseJson } from '../json.ts';
import { flowing } from '../net/body.ts';
import { joined, upTo } from '../tensor/bytes.ts';

/** What the hub says of a repository is at most a few megabytes. */
const LONGEST_ANSWER = 2 ** 24;

/** An error by its code, which `failureOfError` has the sentence for. */
const trouble = (code: string): Error => Object.assign(new Error(code), { code });

/** A body's bytes. One that comes too slowly counts as cut. */
export const bytesOf = (body: AsyncIterable<Uint8Array>, slowest?: number): AsyncGenerator<Uint8Array, void> =>
  flowing(body, () => trouble('TOO_SLOW'), slowest);

/** A body that is JSON. */
export const jsonOf = async (body: AsyncIterable<Uint8Array>): Promise<unknown> => {
  const bytes = await joined(upTo(body, LONGEST_ANSWER, () => trouble('TOO_LONG')));
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch {
    throw trouble('NO_JSON');
  }
};
