/** Borders of one pixel's width, as the Berkeley benchmark compares them. */
import type { LabelMap } from '../../types.ts';

/** 1 where a pixel, its right, its lower and its diagonal neighbour are not all of one label: the benchmark's `seg2bdry`, at the picture's size. */
export const cornerPixels = ({ data, width, height }: LabelMap): Uint8Array => {
  const out = new Uint8Array(width * height);
  for (let y = 0, p = 0; y < height; y++) {
    const down = y < height - 1 ? width : 0;
    for (let x = 0; x < width; x++, p++) {
      const right = x < width - 1 ? 1 : 0;
      const [own, below] = [data[p], data[p + down]];
      out[p] = own !== data[p + right] || own !== below || below !== data[p + down + right] ? 1 : 0;
    }
  }
  return out;
};

/** A pixel's neighbours x1 to x8: east, then against the clock. */
const AROUND = [
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const;

/**
 * Whether the first or the second half of a round takes a pixel away, by its neighbours as bits: the conditions G1, G2 and G3
 * or G3' of Guo and Hall (Parallel thinning with two-subiteration algorithms, CACM 1989), Matlab's `bwmorph(..., 'thin')`.
 */
const takenAway = (neighbours: number, half: 0 | 1): boolean => {
  const x = (i: number): number => (neighbours >> ((i - 1) % 8)) & 1;
  const pairs = [1, 3, 5, 7];
  const crossings = pairs.filter((i) => !x(i) && (x(i + 1) || x(i + 2))).length;
  const least = Math.min(pairs.filter((i) => x(i) || x(i + 1)).length, pairs.filter((i) => x(i + 1) || x(i + 2)).length);
  const side = 4 * half;
  const isKept = (x(2 + side) || x(3 + side) || !x(8 + side)) && x(1 + side);
  return crossings === 1 && least >= 2 && least <= 3 && !isKept;
};

const HALVES = ([0, 1] as const).map((half) => Uint8Array.from({ length: 256 }, (_, neighbours) => Number(takenAway(neighbours, half))));

/** Marks thinned until nothing changes: lines of one pixel, connected where they were. */
export const thin = (marks: Uint8Array, width: number, height: number): Uint8Array => {
  const stride = width + 2; // nothing is marked outside
  const out = new Uint8Array(stride * (height + 2));
  let left: number[] = [];
  for (let p = 0; p < marks.length; p++) if (marks[p]) left.push((Math.floor(p / width) + 1) * stride + (p % width) + 1);
  for (const p of left) out[p] = 1;
  const around = AROUND.map(([dx, dy]) => dy * stride + dx);
  const neighboursOf = (p: number): number => around.reduce((bits, by, i) => bits | (out[p + by] << i), 0);
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    for (const half of HALVES) {
      const gone = left.filter((p) => half[neighboursOf(p)]);
      for (const p of gone) out[p] = 0;
      left = left.filter((p) => out[p]);
    }
  }
  const thinned = new Uint8Array(marks.length);
  for (let y = 0; y < height; y++) thinned.set(out.subarray((y + 1) * stride + 1, (y + 1) * stride + 1 + width), y * width);
  return thinned;
};
