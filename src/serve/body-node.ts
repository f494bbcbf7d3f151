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

/**
 * @param bytes how many the body has to have; with one more the reading ends
 * @throws Refusal for any other number: 413 or 400
 */
export const readBody = async ({ headers, body }: Request, bytes: number, patience = PATIENCE): Promise<Uint8Array> => {
  const told = Number(headers.get('content-length') ?? bytes);
  if (told > bytes) throw tooMany(bytes);
  if (!(told === bytes) || !body) throw tooFew(body ? told : 0, bytes);
  const out = new Uint8Array(bytes);
  const reader = body.getReader();
  try {
    let at = 0;
    for (let piece = await inTime(reader.read(), patience); !piece.done; piece = await inTime(reader.read(), patience)) {
      if (piece.value.length > bytes - at) throw tooMany(bytes);
      out.set(piece.value, at);
      at += piece.value.length;
    }
    if (at < bytes) throw tooFew(at, bytes);
    return out;
  } finally {
    reader.cancel().catch(() => {}); // the rest is nobody's
  }
};
