/** What comes after an answer's head: never for ever, and never more than fits. */

/** Bytes that make up for the tries before them: by fewer, a line that breaks after each would be tried for ever. */
export const PROGRESS = 2 ** 20;
/** What the hub says of a repository is at most a few megabytes. */
const LONGEST_ANSWER = 2 ** 24;

/** An error by its code, which `failureOfError` has the sentence for. */
const trouble = (code: string): Error => Object.assign(new Error(code), { code });

/** A body's bytes. One that brings fewer than `PROGRESS` in `slowest` milliseconds counts as cut. */
export async function* flowing(body: AsyncIterable<Uint8Array>, slowest: number): AsyncGenerator<Uint8Array, void> {
  let since = performance.now();
  let got = 0;
  for await (const chunk of body) {
    got += chunk.length;
    yield chunk;
    if (got < PROGRESS && performance.now() - since > slowest) throw trouble('TOO_SLOW');
    if (got >= PROGRESS) {
      since = performance.now();
      got = 0;
    }
  }
}

/** A body that is JSON. */
export const jsonOf = async (body: AsyncIterable<Uint8Array>): Promise<unknown> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    parts.push(chunk);
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw trouble('TOO_LONG');
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw trouble('NO_JSON');
  }
};
