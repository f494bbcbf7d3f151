import { inBands } from '../tensor/watch.ts';
import type { LabelMap, Watch } from '../types.ts';

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

/** 3x3 filter of a label map, edge pixels repeated (scipy's `reflect` for this size). @throws the signal's reason once aborted */
export const median3x3 = async ({ data, width, height }: LabelMap, kind: keyof typeof CHOICES, watch: Watch = {}): Promise<LabelMap> => {
  const choose = CHOICES[kind];
  const out = new Int32Array(data.length);
  const window = new Int32Array(9);
  const filterRow = (y: number): void => {
    const above = Math.max(y - 1, 0) * width;
    const row = y * width;
    const below = Math.min(y + 1, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const left = Math.max(x - 1, 0);
      const right = Math.min(x + 1, width - 1);
      const centre = data[row + x];
      window[0] = data[above + left];
      window[1] = data[above + x];
      window[2] = data[above + right];
      window[3] = data[row + left];
      window[4] = centre;
      window[5] = data[row + right];
      window[6] = data[below + left];
      window[7] = data[below + x];
      window[8] = data[below + right];
      let same = true;
      for (let i = 0; i < 9; i++) same &&= window[i] === centre;
      out[row + x] = same ? centre : choose(window.sort(), centre);
    }
  };
  await inBands(height, Math.ceil(2 ** 15 / width), watch, (from, to) => {
    for (let y = from; y < to; y++) filterRow(y);
  });
  return { data: out, width, height };
};
