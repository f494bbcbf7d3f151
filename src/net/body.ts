/** What comes after an answer's head: never for ever. */

/** Bytes by which a line counts as alive. */
export const PROGRESS = 2 ** 20;
/** Milliseconds that they may take. */
export const SLOWEST = 120_000;

/** A body's bytes. @param tooSlow what is thrown where fewer than `PROGRESS` come in `slowest` milliseconds */
export const flowing = async function* (body: AsyncIterable<Uint8Array>, tooSlow: () => Error, slowest = SLOWEST): AsyncGenerator<Uint8Array, void> {
  let since = performance.now();
  let got = 0;
  for await (const chunk of body) {
    got += chunk.length;
    yield chunk;
    if (got < PROGRESS && performance.now() - since > slowest) throw tooSlow();
    if (got >= PROGRESS) {
      since = performance.now();
      got = 0;
    }
  }
};

/** A response's bytes as they come. @param heard called for each piece */
export const piecesOf = async function* ({ body }: Response, heard: () => void): AsyncGenerator<Uint8Array, void> {
  const reader = body?.getReader(); // no `for await`: not every browser iterates over streams
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
    heard();
    yield next.value;
  }
};
