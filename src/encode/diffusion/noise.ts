/**
 * The noise that is added to the latents: one draw, the same for every picture.
 *
 * `cuda:N` is torch's CUDA generator with that seed: Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
 * easy as 1, 2, 3") with element i at counter (0, 0, i, 0), then Box and Muller. It holds where the GPU covers the tensor in one
 * pass of its threads, which 65,536 elements (1024 x 1024 pixels) do on every card; for larger tensors torch's own
 * numbers depend on the card, and ours go on as if one pass did.
 *
 * `seed:N` is torch's CPU generator: MT19937 (Matsumoto and Nishimura 1998) and the same transform in blocks of 16.
 *
 * The integers are exact. Logarithm and sine are the engine's, in double precision, and engines may differ in its last
 * bits; rounding to single hides that: none of the 65,536 numbers of `cuda:42` or `seed:42` changes by a double that is
 * off by four units in the last place, and of other seeds one draw in a thousand has one number that might, by its last bit.
 */
import { InputError } from '../../errors.ts';
import type { Noise } from '../../types.ts';

const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85] as const;
const TWO_PI = 2 * Math.PI;

/** The upper 32 bits of the product of two numbers of 32 bits. */
const mulHigh = (a: number, b: number): number => {
  const [aLow, aHigh] = [a & 0xffff, a >>> 16];
  const [bLow, bHigh] = [b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + Math.floor(middle / 65_536) + Math.floor(((middle % 65_536) + aLow * bHigh) / 65_536);
};

/** Philox 4x32-10 of the counter (0, 0, index, 0): its first two words. */
export const philox = (seed: bigint, index: number): [number, number] => {
  let [k0, k1] = [Number(seed & 0xffffffffn), Number((seed >> 32n) & 0xffffffffn)];
  let [c0, c1, c2, c3] = [0, 0, index >>> 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const [h0, l0] = [mulHigh(MULTIPLIERS[0], c0), Math.imul(MULTIPLIERS[0], c0)];
    const [h1, l1] = [mulHigh(MULTIPLIERS[1], c2), Math.imul(MULTIPLIERS[1], c2)];
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1 >>> 0, (h0 ^ c3 ^ k1) >>> 0, l0 >>> 0];
    k0 = (k0 + KEY_STEPS[0]) >>> 0;
    k1 = (k1 + KEY_STEPS[1]) >>> 0;
  }
  return [c0, c1];
};

/** `torch.randn(count, generator=torch.Generator('cuda').manual_seed(seed))`, within a few units in the last place. */
export const cudaNormal = (seed: bigint, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => {
    const [g0, g1] = philox(seed, i);
    const u = Math.fround(g0 * 2 ** -32 + 2 ** -33);
    const v = Math.fround(g1 * (TWO_PI * 2 ** -32) + TWO_PI * 2 ** -33);
    return Math.sqrt(-2 * Math.log(u)) * Math.sin(v);
  });

const STATE = 624;
const SHIFT = 397;

/** MT19937: numbers of 32 bits. */
const mersenne = (seed: number): (() => number) => {
  const state = new Uint32Array(STATE);
  state[0] = seed;
  for (let i = 1; i < STATE; i++) state[i] = Math.imul(1_812_433_253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let at = STATE;
  const twist = (): void => {
    for (let i = 0; i < STATE; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % STATE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % STATE] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  };
  return () => {
    if (at === STATE) twist();
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
};

/** Values that are transformed together: the first half are radii, the second angles. */
const BLOCK = 16;

/** `torch.randn(count, generator=torch.Generator().manual_seed(seed))` for a count of 16 and up, within a few units in the last place. */
export const cpuNormal = (seed: bigint, count: number): Float32Array => {
  const next = mersenne(Number(seed & 0xffffffffn));
  const uniform = (): number => (next() & 0xffffff) * 2 ** -24;
  const values = Float32Array.from({ length: count }, uniform);
  const transform = (start: number): void => {
    for (let i = start; i < start + BLOCK / 2; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - values[i]));
      const angle = TWO_PI * values[i + BLOCK / 2];
      values[i] = radius * Math.cos(angle);
      values[i + BLOCK / 2] = radius * Math.sin(angle);
    }
  };
  for (let start = 0; start + BLOCK <= count; start += BLOCK) transform(start);
  if (count % BLOCK !== 0) {
    // torch draws the last sixteen anew
    for (let i = count - BLOCK; i < count; i++) values[i] = uniform();
    transform(count - BLOCK);
  }
  return values;
};

const GENERATORS: Record<string, (seed: bigint, count: number) => Float32Array> = { cuda: cudaNormal, seed: cpuNormal };

/**
 * @param shape channels, height and width of the latents
 * @throws InputError for an array of another shape, or with numbers that are not finite
 */
export const drawNoise = (noise: Noise, shape: readonly [number, number, number]): Float32Array => {
  const count = shape[0] * shape[1] * shape[2];
  if (noise === 'zero') return new Float32Array(count);
  if (typeof noise === 'string') {
    const [kind, seed] = noise.split(':');
    return GENERATORS[kind](BigInt(seed), count);
  }
  const given = noise.shape[0] === 1 && noise.shape.length === 4 ? noise.shape.slice(1) : noise.shape;
  if (given.length !== 3 || given.some((n, i) => n !== shape[i]))
    throw new InputError(`The noise has shape (${noise.shape.join(', ')}), and the latents of this size (${shape.join(', ')}): draw it for them`);
  if (noise.data.length !== count) throw new InputError(`The noise has ${noise.data.length} numbers for its shape of ${count}: draw it anew`);
  if (!noise.data.every(Number.isFinite)) throw new InputError('The noise holds numbers that are not finite: draw it anew');
  return noise.data;
};
