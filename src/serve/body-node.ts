/** What is posted: exactly as many bytes as were announced, and no waiting for the rest. */
import { Refusal } from './refusal-node.ts';

/** Milliseconds in which something has to come. */
const PATIENCE = 30_000;

const tooMany = (bytes: number): Refusal => new Refusal(413, `The body has more than the ${bytes} bytes of its picture`);
const tooFew = (got: number, bytes: number): Refusal => new Refusal(400, `The body has ${got} bytes, and its picture ${bytes}`);

/** @throws Refusal where it does not settle in time, or fails, as it does when the sender goes away */
const inTime = async <T>(piece: Promise<T>, patience: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refusal(408, `Nothing came of the body for ${patience / 1000} s`)), patience);
  });
  try {
    return await Promise.race([piece, late]);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, 'The body broke off');
  } finally {
    clearTimeout(timer);
  }
};

/** The pieces of a body, each in time. What is left of it when nobody wants more is nobody's. */
const piecesOf = async function* (body: ReadableStream<Uint8Array>, patience: number): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let piece = await inTime(reader.read(), patience); !piece.done; piece = await inTime(reader.read(), patience)) yield piece.value;
  } finally {
    reader.cancel().catch(() => {});
  }
};

/**
 * @param bytes how many the body has to have; with one more the reading ends
 * @throws Refusal for any other number: 413 or 400
 */
export const readBody = async ({ headers, body }: Request, bytes: number, patience = PATIENCE): Promise<Uint8Array> => {
  const told = Number(headers.get('content-length') ?? bytes);
  if (told > bytes) throw tooMany(bytes);
  if (!(told === bytes) || !body) throw tooFew(body ? told : 0, bytes);
  const out = new Uint8Array(bytes);
  let at = 0;
  for await (const piece of piecesOf(body, patience)) {
    if (piece.length > bytes - at) throw tooMany(bytes);
    out.set(piece, at);
    at += piece.length;
  }
  if (at < bytes) throw tooFew(at, bytes);
  return out;
};

/**
 * A body of any size up to a limit, whether or not it was announced.
 * @throws Refusal (413) for a larger one, and as soon as that is seen; 408 where all of it takes longer than `whole` milliseconds
 */
export const readUpTo = async ({ headers, body }: Request, most: number, whole: number, patience = PATIENCE): Promise<Uint8Array> => {
  const tooLarge = (): Refusal => new Refusal(413, `The body has more than the ${most} bytes that are taken`);
  if (Number(headers.get('content-length')) > most) throw tooLarge();
  const pieces: Uint8Array[] = [];
  const end = performance.now() + whole;
  let bytes = 0;
  for await (const piece of body ? piecesOf(body, patience) : []) {
    bytes += piece.length;
    if (bytes > most) throw tooLarge();
    if (performance.now() > end) throw new Refusal(408, `The body was not all there after ${whole / 1000} s`);
    pieces.push(piece);
  }
  const out = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
};
