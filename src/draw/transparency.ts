/** Transparent pixels as a segment of their own. */
import { inBands } from '../tensor/watch.ts';
import type { LabelMap, RgbImage, Watch } from '../types.ts';
import { removeSpecks } from './components.ts';

/** From here on a pixel counts as opaque, 0..255. */
const OPAQUE = 128;

/** Pixels between two pauses. */
const BAND = 2 ** 20;

/** A picture's alpha, brought down to a size where that is another; undefined where all is opaque. */
export const alphaAt = async (
  { alpha, width, height }: RgbImage,
  to: { width: number; height: number },
  watch: Watch = {},
): Promise<Uint8Array | undefined> => {
  if (!alpha || (to.width === width && to.height === height)) return alpha;
  const out = new Uint8Array(to.width * to.height);
  const columns = boundsOf(width, to.width);
  const rows = boundsOf(height, to.height);
  const band = Math.ceil((BAND * to.height) / (width * height));
  await inBands(to.height, band, watch, (top, bottom) => meanRows(alpha, width, columns, rows, out, top, bottom));
  return out;
};

/** Where the sources of each target begin, and where the last one's end: each is of one target, and one at least. */
const boundsOf = (from: number, to: number): Int32Array => Int32Array.from({ length: to + 1 }, (_, i) => Math.floor((i * from) / to));

/** The target rows `top` to before `bottom`, each pixel the mean of its sources. */
const meanRows = (alpha: Uint8Array, width: number, columns: Int32Array, rows: Int32Array, out: Uint8Array, top: number, bottom: number): void => {
  const across = columns.length - 1;
  for (let y = top, to = top * across; y < bottom; y++) {
    for (let x = 0; x < across; x++, to++) {
      let sum = 0;
      for (let row = rows[y]; row < rows[y + 1]; row++)
        for (let at = row * width + columns[x]; at < row * width + columns[x + 1]; at++) sum += alpha[at];
      out[to] = sum / ((columns[x + 1] - columns[x]) * (rows[y + 1] - rows[y])) + 0.5;
    }
  }
};

/**
 * Gives the transparent pixels an id of their own, the first after all others: written into the labels' own data. A segment
 * that lay on the same white leaves a thin rim around what is opaque: such specks join other neighbours.
 * @param alpha of the labels' size
 * @param speck pixels under which a piece is one
 * @returns the labels, marked where any pixel is transparent
 */
export const setApart = async (labels: LabelMap, alpha: Uint8Array, speck: number, watch: Watch = {}): Promise<LabelMap> => {
  const { data, width, height } = labels;
  let own = 1;
  await inBands(data.length, BAND, watch, (from, to) => {
    own = Math.max(own, largestOf(data, from, to) + 1);
  });
  let count = 0;
  await inBands(data.length, BAND, watch, (from, to) => {
    count += stamp(data, alpha, own, from, to);
  });
  if (count === 0) return labels;
  const marked = { data, width, height, transparent: own };
  return speck > 1 ? removeSpecks(marked, speck, watch) : marked;
};

const largestOf = (data: Int32Array, from: number, to: number): number => {
  let largest = 0;
  for (let i = from; i < to; i++) if (data[i] > largest) largest = data[i];
  return largest;
};

/** Gives the transparent ones of some pixels an id. @returns how many there are */
export const stamp = (data: Int32Array, alpha: Uint8Array, id: number, from: number, to: number): number => {
  let count = 0;
  for (let i = from; i < to; i++) {
    if (alpha[i] >= OPAQUE) continue;
    data[i] = id;
    count++;
  }
  return count;
};
