/**
 * Self-attention of all resolutions as one map a token (DiffSeg, CVPR 2024, section 3.2): the features of the tap `attention`.
 *
 * 1. The keys' side of the smaller maps is enlarged bilinearly to the largest; every map then sums to 1
 * 2. The queries' side is repeated: 2 x 2, 4 x 4, ... tokens share a map of theirs
 * 3. Their mean, weighed by their side: of 64, 32, 16 and 8 tokens 64/120, 32/120, 16/120 and 8/120
 */
import { axis, resizeRows } from '../../tensor/resize.ts';
import { inBands } from '../../tensor/watch.ts';
import type { Watch } from '../../types.ts';

/** Numbers that are added up between two pauses. */
const BAND = 2 ** 21;

/**
 * @param levels probabilities of queries x keys, of any scale; each of half the sides of the one before. The first is worked in
 * @param width and height of the first, tokens: multiples of 2^(levels - 1)
 * @returns the first: a map a token, `data[token * cells + cell]`, each of which sums to 1
 */
export const aggregate = async (levels: readonly Float32Array[], width: number, height: number, watch: Watch = {}): Promise<Float32Array> => {
  const [out] = levels;
  const all = levels.reduce((sum, _, level) => sum + 2 ** -level, 0);
  for (const [level, maps] of levels.entries()) {
    const [w, h] = [width >> level, height >> level];
    const add = level === 0 ? scaleRows(out, 1 / all) : addCoarse(out, maps, width, height, level, 2 ** -level / all);
    await inBands(w * h, Math.max(1, Math.floor(BAND / (width * height * 4 ** level))), watch, add);
  }
  return out;
};

const sumOf = (row: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i];
  return sum;
};

/** Brings rows to a sum. */
const scaleRows =
  (out: Float32Array, to: number) =>
  (from: number, end: number): void => {
    const cells = Math.sqrt(out.length);
    for (let query = from; query < end; query++) {
      const row = out.subarray(query * cells, (query + 1) * cells);
      const by = to / sumOf(row);
      for (let i = 0; i < cells; i++) row[i] *= by;
    }
  };

/** Adds maps of a smaller grid, each brought to a sum, to those of the tokens that it stands for. */
const addCoarse = (out: Float32Array, maps: Float32Array, width: number, height: number, level: number, to: number) => {
  const [w, h, step, cells] = [width >> level, height >> level, 2 ** level, width * height];
  const [xs, ys] = [axis(w, width), axis(h, height)];
  const fine = new Float32Array(cells);
  return (from: number, end: number): void => {
    for (let query = from; query < end; query++) {
      resizeRows(maps.subarray(query * w * h, (query + 1) * w * h), w, 1, xs, ys, 0, height, fine);
      const by = to / sumOf(fine);
      const [left, top] = [(query % w) * step, Math.floor(query / w) * step];
      for (let y = top; y < top + step; y++)
        for (let x = left; x < left + step; x++) addTo(out.subarray((y * width + x) * cells, (y * width + x + 1) * cells), fine, by);
    }
  };
};

const addTo = (row: Float32Array, other: Float32Array, by: number): void => {
  for (let i = 0; i < row.length; i++) row[i] += other[i] * by;
};
