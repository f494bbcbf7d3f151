/** A view of the same memory. */
export const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Pieces as they come, counted. @param tooMany what is thrown for more than `most` bytes */
export const upTo = async function* (pieces: AsyncIterable<Uint8Array>, most: number, tooMany: () => Error): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > most) throw tooMany();
    yield piece;
  }
};

/** Pieces end to end. */
export const joined = async (pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  const out = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of all) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
};
