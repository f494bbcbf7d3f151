/** Strokes that hold to the picture's edges: whole superpixels in the place of pixels. */
import { InputError, type LabelMap } from 'diffcut';
import { type Area, type Box, checkBox, checkLabels, clipped, joined, type Size } from './sheet.ts';

/** Superpixels as a picture's size sees them. */
interface Seen {
  size: Size;
  /** The column and row of the superpixels' map that each of the picture lies in. */
  columns: Int32Array;
  rows: Int32Array;
  /** Of each superpixel, in pixels of the picture. */
  area: Float64Array;
  /** `left, top, right, bottom` of each, in pixels of the picture. */
  sides: Int32Array;
}

/** What was looked at already: a brush asks again and again. */
const SEEN = new WeakMap<LabelMap, Seen>();

const placesOf = (size: number, cells: number): Int32Array => Int32Array.from({ length: size }, (_, i) => Math.floor(((i + 0.5) * cells) / size));

const look = (superpixels: LabelMap, size: Size): Seen => {
  const known = SEEN.get(superpixels);
  if (known?.size.width === size.width && known.size.height === size.height) return known;
  const count = checkLabels(superpixels);
  const columns = placesOf(size.width, superpixels.width);
  const rows = placesOf(size.height, superpixels.height);
  const area = new Float64Array(count);
  const sides = new Int32Array(4 * count);
  for (let id = 0; id < count; id++) sides.set([size.width, size.height, 0, 0], 4 * id);
  for (let y = 0; y < size.height; y++) {
    const at = rows[y] * superpixels.width;
    for (let x = 0; x < size.width; ) {
      const start = x++;
      const id = superpixels.data[at + columns[start]];
      while (x < size.width && superpixels.data[at + columns[x]] === id) x++;
      area[id] += x - start;
      if (start < sides[4 * id]) sides[4 * id] = start;
      if (y < sides[4 * id + 1]) sides[4 * id + 1] = y;
      if (x > sides[4 * id + 2]) sides[4 * id + 2] = x;
      sides[4 * id + 3] = y + 1;
    }
  }
  const seen = { size: { width: size.width, height: size.height }, columns, rows, area, sides };
  SEEN.set(superpixels, seen);
  return seen;
};

/**
 * All superpixels of which enough lies in an area, in its place.
 * @param superpixels of any size: they are stretched to the picture's. Looked at once, so they must not change
 * @param size of the picture
 * @param share of a superpixel that must lie in the area, 0..1; with 0 it is enough that they touch
 * @throws InputError for what is no label map, and a share that is none
 */
export const snapArea = (area: Area, superpixels: LabelMap, size: Size, share = 0.5): Area => {
  checkBox(area.box, area.mask.length);
  if (!(share >= 0 && share <= 1)) throw new InputError('Expected a share from 0 to 1');
  const { columns, rows, area: whole, sides } = look(superpixels, size);
  const { data, width } = superpixels;
  const idAt = (x: number, y: number): number => data[rows[y] * width + columns[x]];
  const inside = new Map<number, number>();
  eachPixel(area.box, size, (x, y, i) => {
    if (area.mask[i]) inside.set(idAt(x, y), (inside.get(idAt(x, y)) ?? 0) + 1);
  });
  const taken = new Uint8Array(whole.length);
  let box: Box = [0, 0, 0, 0];
  for (const [id, pixels] of inside) {
    if (pixels < share * whole[id]) continue;
    taken[id] = 1;
    const [left, top, right, bottom] = sides.subarray(4 * id, 4 * id + 4);
    box = joined(box, [left, top, right - left, bottom - top]);
  }
  const mask = new Uint8Array(box[2] * box[3]);
  eachPixel(box, size, (x, y, i) => {
    mask[i] = taken[idAt(x, y)];
  });
  return { box, mask };
};

/** The pixels of a box that lie in the picture. @param visit `i` is the pixel's place in the box */
const eachPixel = (box: Box, size: Size, visit: (x: number, y: number, i: number) => void): void => {
  const [left, top, columns, rows] = clipped(box, size);
  for (let y = top; y < top + rows; y++) for (let x = left, i = (y - box[1]) * box[2] + left - box[0]; x < left + columns; x++, i++) visit(x, y, i);
};
