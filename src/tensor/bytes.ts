/** A view of the same memory. */
export const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The bytes of a text in base64, of either alphabet, spaces in it or not. @throws DOMException for what is none */
export const unBase64 = (text: string): Uint8Array => {
  const plain = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  const raw = atob(plain.replace(/=+$/, ''));
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
};

/** Bytes that `btoa` is given at a time: a function takes so many arguments. */
const SOME = 3 * 2 ** 13;

/** Bytes as a text of base64. */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = '';
  for (let from = 0; from < bytes.length; from += SOME) text += btoa(String.fromCharCode(...bytes.subarray(from, from + SOME)));
  return text;
};

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
  return concatenated(all);
};

export const concatenated = (all: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of all) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
};
