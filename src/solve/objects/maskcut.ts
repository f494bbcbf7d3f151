/**
 * Objects that stand out, one after the other (MaskCut: CutLER, CVPR 2023; TokenCut, CVPR 2022, is its first round). Made for keys of
 * DINO's last block (`tap: 'keys'`): there a binary graph of like tokens falls apart into an object and what lies around it.
 */
import { InputError } from '../../errors.ts';
import type { MASKCUT } from '../../options/cut.ts';
import type { Resolved } from '../../options/spec.ts';
import { unitFeatures } from '../../tensor/features.ts';
import { createKernels, room } from '../../tensor/kernels.ts';
import { breathe, inBands } from '../../tensor/watch.ts';
import type { CutTree, FeatureMap, Watch } from '../../types.ts';
import { affinityBytes, cosines, triangle } from '../affinity.ts';
import { eigenScratch, graphOf, secondEigenvector } from '../eigen.ts';
import { treeOfSegments } from '../k-way/tree.ts';

/** What is left of the affinity of tokens that are not alike. */
const UNLIKE = 1e-5;
/** A mask that overlaps the one before by more than this, or is of at most this share of the grid, is none. */
const SAME = 0.5;
const SPECK = 0.01;
/** So many corners of the picture belong to what lies around an object. */
const CORNERS = 3;
/** Rows of the triangle between two pauses. */
const ROWS = 64;
/** Tokens: the affinity of more is too large, and joined into groups they have no grid. */
const MOST = 8192;

interface Settings extends Resolved<typeof MASKCUT> {
  /** The side that has three corners is not the object, whichever side stands out. */
  corners: boolean;
}

type Mask = Uint8Array;

/**
 * Masks of up to so many objects, each a connected part of the grid, 1 where it is; the second and later ones may be empty.
 * @param features of unit length
 * @throws the signal's reason once aborted
 */
const masksOf = async (features: FeatureMap, { threshold, masks, corners }: Settings, stage: string, watch: Watch): Promise<Mask[]> => {
  const { width, height, channels } = features;
  const n = width * height;
  if (n > MOST)
    throw new InputError(`The solver ${stage} takes at most ${MOST} tokens, not ${n}: leave tile out, or give a smaller size`, { code: 'E_OPTION' });
  const kernels = await createKernels(affinityBytes(n, channels) + room(triangle(n), 4) + 3 * room(n, 8));
  try {
    const likeness = kernels.f32(triangle(n));
    await cosines(kernels, features, likeness, watch);
    if (likeness.every((cosine) => cosine > threshold)) return []; // nothing stands out
    const a = kernels.f32(triangle(n));
    const scratch = eigenScratch(kernels, n);
    const painted: Mask = new Uint8Array(n);
    const found: Mask[] = [];
    for (let round = 0; round < masks; round++) {
      await breathe(watch, stage, round, masks);
      // 1. Tokens of objects that were found are like none any more, as if their features were 0
      await inBands(n, ROWS, watch, (from, to) => {
        for (let i = from, at = triangle(from); i < to; i++)
          for (let j = 0; j <= i; j++, at++) a[at] = likeness[at] > threshold && !painted[i] && !painted[j] ? 1 : UNLIKE;
      });
      const y = await secondEigenvector(kernels, graphOf(kernels, a, n, scratch), scratch, watch);
      if (!y) break;
      // 2. The side that stands out, and of it the piece with the token that does most
      const mask = pieceOf(sideOf(y, features, corners), width, height);
      const last = found.at(-1);
      const share = mask.reduce((sum, m) => sum + m, 0) / n;
      if (last && (overlap(last, mask) > SAME || share <= SPECK)) mask.fill(0);
      found.push(mask);
      for (let i = 0; i < n; i++) painted[i] |= mask[i];
    }
    await breathe(watch, stage, masks, masks);
    return found;
  } finally {
    kernels.free();
  }
};

/** Which tokens are of the object, and the one that stands out most. */
const sideOf = (y: Float64Array, { width, height }: FeatureMap, corners: boolean): { side: Mask; seed: number } => {
  const mean = y.reduce((sum, v) => sum + v, 0) / y.length;
  const b = Uint8Array.from(y, (v) => (v > mean ? 1 : 0));
  const largest = (sign: number, of = (v: number): number => sign * v): number => y.reduce((best, v, i) => (of(v) > of(y[best]) ? i : best), 0);
  const held = [0, width - 1, (height - 1) * width, width * height - 1].reduce((sum, i) => sum + b[i], 0);
  const isTurned = (corners && held >= CORNERS) || b[largest(1, Math.abs)] === 0;
  return isTurned ? { side: b.map((side) => 1 - side), seed: largest(-1) } : { side: b, seed: largest(1) };
};

/** The 4-connected piece of a side that holds the seed. */
const pieceOf = ({ side, seed }: { side: Mask; seed: number }, width: number, height: number): Mask => {
  const piece = new Uint8Array(side.length);
  const stack = side[seed] ? [seed] : [];
  piece[seed] = side[seed];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const [x, y] = [at % width, Math.floor(at / width)];
    for (const [next, isThere] of [
      [at - 1, x > 0],
      [at + 1, x < width - 1],
      [at - width, y > 0],
      [at + width, y < height - 1],
    ] as const) {
      if (!isThere || !side[next] || piece[next]) continue;
      piece[next] = 1;
      stack.push(next);
    }
  }
  return piece;
};

/** Intersection over union; 0 of two that are empty. */
const overlap = (a: Mask, b: Mask): number => {
  let [both, either] = [0, 0];
  a.forEach((m, i) => {
    both += m & b[i];
    either += m | b[i];
  });
  return either > 0 ? both / either : 0;
};

/** Objects in the order in which they were found, the first one of several that overlap; all others are one more segment. */
const objects = async (solver: string, features: FeatureMap, settings: Settings, watch: Watch): Promise<CutTree> => {
  const tokens = unitFeatures(features);
  const masks = await masksOf(tokens, settings, solver, watch);
  const labels = new Int32Array(tokens.width * tokens.height);
  for (const [k, mask] of masks.entries()) for (let i = 0; i < mask.length; i++) if (mask[i] && labels[i] === 0) labels[i] = k + 1;
  const tree = await treeOfSegments(solver, labels, tokens, watch);
  const found = masks.map((_, k) => labels.indexOf(k + 1)).filter((first) => first >= 0); // of a mask that others cover nothing is left
  return { ...tree, objects: found.map((first) => tree.cells.data[first]) };
};

/**
 * @param features at least one token; any scale, each token is normalised
 * @returns a tree whose leaves are the objects and the rest: price 0 gives them
 * @throws the signal's reason once aborted
 */
export const maskCut = (features: FeatureMap, options: Resolved<typeof MASKCUT>, watch: Watch = {}): Promise<CutTree> =>
  objects('maskcut', features, { ...options, corners: true }, watch);

/** Likewise one object, by the side that stands out alone. */
export const tokenCut = (features: FeatureMap, { threshold }: { threshold: number }, watch: Watch = {}): Promise<CutTree> =>
  objects('tokencut', features, { threshold, masks: 1, corners: false }, watch);
