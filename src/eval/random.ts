/** Random whole numbers that are the same on every machine and for every engine. */

/** FNV-1a of a text's bytes, 32 bits (Fowler, Noll, Vo). */
const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
};

/** Gives a whole number from 0 to `below` - 1, each as likely as the others to within one in 2^32 / below. */
export type Draw = (below: number) => number;

/** Steps after which the state no longer shows what it was begun with. */
const WARM_UP = 12;

/**
 * The generator sfc32 (Doty-Humphrey, PractRand), begun by a text. Different texts give streams that have nothing to do
 * with each other, so a picture's draw does not depend on which pictures came before it.
 */
export const drawer = (seed: string): Draw => {
  let [a, b, c, counter] = [hash(seed), hash(`${seed}\0`), 0, 1];
  const next = (): number => {
    const out = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  for (let step = 0; step < WARM_UP; step++) next();
  return (below) => Math.floor((next() / 2 ** 32) * below);
};
