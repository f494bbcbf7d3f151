/** Anchored diffusion between regions of like colour nearby, touching or not: it settles those whose own shares are unsure. */
import type { RegionGraph } from '../regions/regions.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Edges } from './edges.ts';
import { certainty, type Regions } from './unary.ts';

/** Rows of sum 1, sparse: row i holds `weight[at]` in column `to[at]` for at from `start[i]` up to `start[i + 1]`. */
export interface Likeness {
  start: Int32Array;
  to: Int32Array;
  weight: Float64Array;
}

/** Exponents below this are left out: less than a 2,500th of a twin's weight. */
const LEAST = -8;

/** Likeness of each two regions, weighted by the area of the second. */
export const likeness = async (
  regions: Regions & Pick<RegionGraph, 'lab' | 'tiles'>,
  { colourSigma, spaceSigma }: Edges['likeness'],
  watch: Watch = {},
): Promise<Likeness> => {
  const { width, height, count: n, area, tiles = 1 } = regions;
  const place = placesOf(regions, colourSigma, (spaceSigma * Math.max(width, height)) / Math.sqrt(tiles));
  const start = new Int32Array(n + 1);
  let [to, weight] = [new Int32Array(100 * n), new Float64Array(100 * n)];
  for (let i = 0, size = 0; i < n; i++) {
    if (i % 32 === 0) await pause(watch);
    if (size + n > to.length) [to, weight] = [enlarged(to, Int32Array), enlarged(weight, Float64Array)];
    let total = 0;
    for (let j = 0, a = i * 5, b = 0; j < n; j++, b += 5) {
      let distance = (place[a] - place[b]) ** 2 + (place[a + 1] - place[b + 1]) ** 2;
      if (distance > -2 * LEAST) continue;
      distance += (place[a + 2] - place[b + 2]) ** 2 + (place[a + 3] - place[b + 3]) ** 2 + (place[a + 4] - place[b + 4]) ** 2;
      if (distance > -2 * LEAST) continue;
      to[size] = j;
      weight[size] = Math.exp(-0.5 * distance) * area[j];
      total += weight[size++];
    }
    for (let at = start[i]; at < size; at++) weight[at] /= total;
    start[i + 1] = size;
  }
  return { start, to, weight };
};

const enlarged = <T extends Int32Array | Float64Array>(from: T, Kind: new (length: number) => T): T => {
  const out = new Kind(from.length * 2);
  out.set(from);
  return out;
};

/** Centre y, x, then mean L, a, b of each region, in sigmas. */
const placesOf = ({ data, width, height, count, area, lab }: Regions & Pick<RegionGraph, 'lab'>, colour: number, space: number): Float64Array => {
  const n = width * height;
  const out = new Float64Array(count * 5);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const at = data[i] * 5;
      out[at] += y;
      out[at + 1] += x;
      out[at + 2] += lab[i];
      out[at + 3] += lab[n + i];
      out[at + 4] += lab[2 * n + i];
    }
  }
  for (let i = 0; i < out.length; i++) out[i] /= area[Math.floor(i / 5)] * (i % 5 < 2 ? space : colour);
  return out;
};

/**
 * q <- (1 - e) W q + e own in rounds, from q = own: W the likeness, e = anchor + (1 - anchor) certainty^anchorPower.
 * @param own region by region, k shares
 * @returns the same layout
 */
export const diffuse = async (
  alike: Likeness,
  own: Float64Array,
  k: number,
  { anchor, anchorPower, rounds }: Edges['diffusion'],
  watch: Watch = {},
): Promise<Float64Array> => {
  const n = alike.start.length - 1;
  // 1. e of each region; shares side by side in whole groups of four
  const lanes = Math.ceil(k / 4) * 4;
  const hold = certainty(own, k).map((sure) => anchor + (1 - anchor) * sure ** anchorPower);
  const seed = new Float64Array(n * lanes);
  for (let i = 0; i < n; i++) for (let s = 0; s < k; s++) seed[i * lanes + s] = own[i * k + s];
  // 2. The rounds, on two buffers in turn
  let now = seed.slice();
  let next = new Float64Array(seed.length);
  for (let round = 0; round < rounds; round++) {
    for (let lane = 0; lane < lanes; lane += 4) {
      spread(alike, hold, seed, now, next, lanes, lane);
      await pause(watch);
    }
    [now, next] = [next, now];
  }
  const out = new Float64Array(own.length);
  for (let i = 0; i < n; i++) for (let s = 0; s < k; s++) out[i * k + s] = now[i * lanes + s];
  return out;
};

/** One round of four segments, side by side: each weight is read once for all of them. */
const spread = (
  { start, to, weight }: Likeness,
  hold: Float64Array,
  seed: Float64Array,
  now: Float64Array,
  next: Float64Array,
  lanes: number,
  lane: number,
): void => {
  for (let i = 0, base = lane; i < hold.length; i++, base += lanes) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let at = start[i]; at < start[i + 1]; at++) {
      const w = weight[at];
      const from = to[at] * lanes + lane;
      s0 += w * now[from];
      s1 += w * now[from + 1];
      s2 += w * now[from + 2];
      s3 += w * now[from + 3];
    }
    const keep = hold[i];
    next[base] = (1 - keep) * s0 + keep * seed[base];
    next[base + 1] = (1 - keep) * s1 + keep * seed[base + 1];
    next[base + 2] = (1 - keep) * s2 + keep * seed[base + 2];
    next[base + 3] = (1 - keep) * s3 + keep * seed[base + 3];
  }
};
