import type { LabelMap } from '../types.ts';

/** Of nine neighbouring ids, sorted in place: the one to keep. */
const CHOICES = {
  /** The fifth in order of number, as scipy.ndimage.median_filter: a third segment's id can come out between two others. */
  numeric: (sorted: Int32Array, _centre: number): number => sorted[4],
  /** The most frequent; the centre's on a tie that it shares, else the lower id. */
  majority: (sorted: Int32Array, centre: number): number => {
    let best = centre;
    let most = sorted.reduce((count, id) => count + (id === centre ? 1 : 0), 0);
    for (let i = 0, run = 0; i < 9; i++) {
      run = i > 0 && sorted[i] === sorted[i - 1] ? run + 1 : 1;
      if (run > most) [best, most] = [sorted[i], run];
    }
    return best;
  },
};

/** 3x3 filter of a label map, edge pixels repeated (scipy's `reflect` for this size). */
export const median3x3 = ({ data, width, height }: LabelMap, kind: keyof typeof CHOICES): LabelMap => {
  const choose = CHOICES[kind];
  const out = new Int32Array(data.length);
  const window = new Int32Array(9);
  for (let y = 0; y < height; y++) {
    const rows = [Math.max(y - 1, 0) * width, y * width, Math.min(y + 1, height - 1) * width];
    for (let x = 0; x < width; x++) {
      const left = Math.max(x - 1, 0);
      const right = Math.min(x + 1, width - 1);
      const centre = data[rows[1] + x];
      let same = true;
      for (let r = 0, i = 0; r < 3; r++) {
        for (const column of [left, x, right]) {
          const id = data[rows[r] + column];
          window[i++] = id;
          same &&= id === centre;
        }
      }
      out[y * width + x] = same ? centre : choose(window.sort(), centre);
    }
  }
  return { data: out, width, height };
};
