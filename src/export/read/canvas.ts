/**
 * Label maps painted region by region, the later over the earlier: polygons, circles, run lengths and patches. A pixel is inside
 * where its centre is: that of pixel (x, y) lies at (x + 0.5, y + 0.5); of a border, what is left of and above the inside counts.
 */
import { InputError } from '../../errors.ts';
import { isWhole } from '../../options/spec.ts';
import { inBands, pause } from '../../tensor/watch.ts';
import type { LabelMap, Watch } from '../../types.ts';

/** The longest side of a picture, pixels. */
const LONGEST = 10_000_000;

/** A map of one id. @param name of the file in error sentences @throws InputError for what is no size, and for more than `maxPixels` */
export const blankLabels = (width: unknown, height: unknown, fill: number, maxPixels: number, name: string): LabelMap => {
  if (!isWhole(width, 1, LONGEST) || !isWhole(height, 1, LONGEST))
    throw new InputError(
      `${name} says that its picture has ${told(width)} x ${told(height)} pixels: give one with whole numbers from 1 to ${LONGEST}`,
    );
  const pixels = (width as number) * (height as number);
  if (pixels > maxPixels)
    throw new InputError(
      `${name} is of a picture of ${width} x ${height} = ${pixels} pixels, over the limit of ${maxPixels}: raise maxPixels to accept it`,
    );
  return { data: new Int32Array(pixels).fill(fill), width: width as number, height: height as number };
};

const told = (side: unknown): string => (typeof side === 'number' ? String(side) : 'no number of');

/** Pixels that are painted between two pauses. */
const BAND = 2 ** 20;

const clamped = (value: number, most: number): number => Math.min(most, Math.max(0, value));

/** The first pixel whose centre is not before a coordinate. */
const firstFrom = (coordinate: number): number => Math.ceil(coordinate - 0.5);

/** What is inside a closed line by the even-odd rule. @param points x and y in turn, of finite numbers */
export const paintPolygon = async (labels: LabelMap, id: number, points: readonly number[], watch: Watch): Promise<void> => {
  const { data, width, height } = labels;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < points.length; i += 2) {
    [left, right] = [Math.min(left, points[i]), Math.max(right, points[i])];
    [top, bottom] = [Math.min(top, points[i + 1]), Math.max(bottom, points[i + 1])];
  }
  const box = {
    left: clamped(firstFrom(left), width),
    top: clamped(firstFrom(top), height),
    right: clamped(firstFrom(right), width),
    bottom: clamped(firstFrom(bottom), height),
  };
  if (box.left >= box.right || box.top >= box.bottom) return;
  const across = box.right - box.left + 1;
  const crossings = new Uint8Array(across * (box.bottom - box.top)); // 1 where an odd number of lines is crossed
  for (let i = 0, from = points.length - 2; i + 1 < points.length; from = i, i += 2) {
    markCrossings(crossings, box, points[from], points[from + 1], points[i], points[i + 1]);
    if (i % 1024 === 0) await pause(watch);
  }
  await inBands(box.bottom - box.top, Math.ceil(BAND / across), watch, (first, last) => {
    for (let y = first; y < last; y++) {
      let isInside = 0;
      for (let x = 0, at = y * across, to = (y + box.top) * width + box.left; x < across - 1; x++, at++, to++) {
        isInside ^= crossings[at];
        if (isInside) data[to] = id;
      }
    }
  });
};

/** Where a line crosses the middles of the box's rows. */
const markCrossings = (
  crossings: Uint8Array,
  { left, top, right, bottom }: { left: number; top: number; right: number; bottom: number },
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void => {
  const slope = (x1 - x0) / (y1 - y0); // level lines cross no row
  const across = right - left + 1;
  const last = Math.min(bottom, firstFrom(Math.max(y0, y1)));
  for (let y = Math.max(top, firstFrom(Math.min(y0, y1))); y < last; y++) {
    const x = Math.min(right, Math.max(left, firstFrom(x0 + (y + 0.5 - y0) * slope)));
    crossings[(y - top) * across + x - left] ^= 1;
  }
};

export const paintCircle = async (
  { data, width, height }: LabelMap,
  id: number,
  x: number,
  y: number,
  radius: number,
  watch: Watch,
): Promise<void> => {
  const top = clamped(firstFrom(y - radius), height);
  const rows = clamped(firstFrom(y + radius) + 1, height) - top;
  await inBands(rows, Math.ceil(BAND / width), watch, (first, last) => {
    for (let row = top + first; row < top + last; row++) {
      const reach = Math.sqrt(radius ** 2 - (row + 0.5 - y) ** 2); // NaN where the row is not reached
      if (reach >= 0) data.fill(id, row * width + clamped(firstFrom(x - reach), width), row * width + clamped(firstFrom(x + reach), width));
    }
  });
};

/** Runs outside and inside in turn, column by column, that fill the map. */
export const paintRuns = async ({ data, width, height }: LabelMap, id: number, runs: readonly number[], watch: Watch): Promise<void> => {
  let at = 0;
  for (let n = 0; n < runs.length; n++) {
    const end = at + runs[n];
    if (n % 2)
      for (let x = Math.floor(at / height), y = at % height; at < end; at++) {
        data[y * width + x] = id;
        if (++y === height) [x, y] = [x + 1, 0];
      }
    at = end;
    if (n % 1024 === 0) await pause(watch);
  }
};

/** What is not 0 in a small map that lies with its corner at a pixel, of which any part may be outside. */
export const paintPatch = (labels: LabelMap, id: number, patch: LabelMap, left: number, top: number): void => {
  for (let y = Math.max(0, -top); y < Math.min(patch.height, labels.height - top); y++)
    for (let x = Math.max(0, -left); x < Math.min(patch.width, labels.width - left); x++)
      if (patch.data[y * patch.width + x] !== 0) labels.data[(top + y) * labels.width + left + x] = id;
};
