/**
 * The geometry of DiffCut's evaluation: which pixels of a picture and of its mask are compared.
 *
 *   picture w x h ─ centre square ─ encoder's own resize ────────────── segments at 128 x 128
 *                        └───────── 1024 ─ 128, bilinear both times ─── what PAMR looks at
 *   drawing of the square, its own size ─ the mask's pixels of it ───── segments at 128 x 128
 *   mask    w x h ─ centre square ─ 1024 nearest-exact ─ 128 nearest ── classes at 128 x 128
 *
 * The square goes to the encoder as it is: the encoder's one bilinear resize is the reference's to 1024, or to the
 * encoder's own size. The 1024 of the other two paths stays 1024 with every encoder.
 */

import { type FloatImage, InputError, type LabelMap, type RgbImage } from '../../toolkit.ts';

/** Side of the label maps that are compared, pixels. */
export const EVAL_SIDE = 128;
/** Side that pictures and masks pass through on their way there, pixels. */
const REFERENCE_SIDE = 1024;
/** Settings of PAMR in the evaluation. */
export const EVAL_PAMR = { iterations: 10, dilations: [1, 2, 4, 8], median: 'numeric' } as const;
/** What draws borders at that size: the protocol's PAMR, or in its place a CRF with the settings that were published for pictures. */
export const EVAL_REFINE = { pamr: { method: 'pamr', ...EVAL_PAMR }, crf: { method: 'crf' } } as const;

/** A square of a picture, pixels. */
export interface Square {
  left: number;
  top: number;
  side: number;
}

/** Half of a whole number, rounded to even where it falls between two, as Python's `round` does. */
const roundHalf = (twice: number): number => {
  const down = Math.floor(twice / 2);
  return twice % 2 === 0 || down % 2 === 0 ? down : down + 1;
};

/**
 * The centre square of side min(w, h) - 1.
 * @throws InputError for a picture of one row or column: nothing is left of it
 */
export const centreSquare = (width: number, height: number): Square => {
  const side = Math.min(width, height) - 1;
  if (side < 1) throw new InputError(`Expected at least 2 x 2 pixels for the evaluation but received ${width} x ${height}`);
  return { left: roundHalf(width - side), top: roundHalf(height - side), side };
};

/** Copies the square out of the picture. */
export const cropPicture = ({ data, width }: RgbImage, { left, top, side }: Square): RgbImage => {
  const out = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(data.subarray(from, from + side * 3), y * side * 3);
  }
  return { data: out, width: side, height: side };
};

/** Copies the square out of a mask or a drawing. */
export const cropLabels = ({ data, width }: LabelMap, { left, top, side }: Square): LabelMap => {
  const out = new Int32Array(side * side);
  for (let y = 0; y < side; y++) {
    const from = (top + y) * width + left;
    out.set(data.subarray(from, from + side), y * side);
  }
  return { data: out, width: side, height: side };
};

/** Where the 128 pixels of a line lie on a side: index floor((8j + 0.5) * side / 1024). */
const evaluationIndices = (side: number): Int32Array => {
  const step = REFERENCE_SIDE / EVAL_SIDE;
  return Int32Array.from({ length: EVAL_SIDE }, (_, j) => Math.floor(((step * j + 0.5) * side) / REFERENCE_SIDE));
};

/** A prediction of any size as it is compared: 128 x 128, taken where the mask is. One of that size stays as it is. */
export const reducedPrediction = ({ data, width, height }: LabelMap): LabelMap => {
  const [xs, ys] = [evaluationIndices(width), evaluationIndices(height)];
  const out = new Int32Array(EVAL_SIDE * EVAL_SIDE);
  for (let y = 0, i = 0; y < EVAL_SIDE; y++) for (let x = 0; x < EVAL_SIDE; x++, i++) out[i] = data[ys[y] * width + xs[x]];
  return { data: out, width: EVAL_SIDE, height: EVAL_SIDE };
};

/** The mask's value for each of the 128 x 128 pixels of the square. */
export const evaluationLabels = ({ data, width }: LabelMap, { left, top, side }: Square): Int32Array => {
  const at = evaluationIndices(side);
  const out = new Int32Array(EVAL_SIDE * EVAL_SIDE);
  for (let y = 0; y < EVAL_SIDE; y++) {
    for (let x = 0; x < EVAL_SIDE; x++) out[y * EVAL_SIDE + x] = data[(top + at[y]) * width + left + at[x]];
  }
  return out;
};

/** Number of source pixels that one pixel of the refinement picture is made of, along an axis. */
const TAPS = 4;

/**
 * Both bilinear steps along an axis as one: the step from 1024 to 128 takes the mean of pixels 8j + 3 and 8j + 4, and
 * each of those lies between two pixels of the square. So the picture at 1024 is never made.
 */
const refinementTaps = (side: number): { at: Int32Array; weight: Float64Array } => {
  const at = new Int32Array(EVAL_SIDE * TAPS);
  const weight = new Float64Array(EVAL_SIDE * TAPS);
  const step = REFERENCE_SIDE / EVAL_SIDE;
  for (let j = 0; j < EVAL_SIDE; j++) {
    for (let half = 0; half < 2; half++) {
      const pixel = step * j + step / 2 - 1 + half;
      const position = Math.max(0, ((pixel + 0.5) * side) / REFERENCE_SIDE - 0.5);
      const low = Math.min(Math.floor(position), side - 1);
      const tap = j * TAPS + half * 2;
      at[tap] = low;
      at[tap + 1] = Math.min(low + 1, side - 1);
      weight[tap] = (1 - (position - low)) / 2;
      weight[tap + 1] = (position - low) / 2;
    }
  }
  return { at, weight };
};

/** The picture that PAMR looks at, 128 x 128, unrounded: the square by way of 1024, bilinear without antialiasing both times. */
export const refinementPicture = ({ data, width }: RgbImage, { left, top, side }: Square): FloatImage => {
  const { at, weight } = refinementTaps(side);
  const out = new Float32Array(EVAL_SIDE * EVAL_SIDE * 3);
  for (let p = 0; p < EVAL_SIDE * EVAL_SIDE; p++) {
    const x = (p % EVAL_SIDE) * TAPS;
    const y = Math.floor(p / EVAL_SIDE) * TAPS;
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let i = 0; i < TAPS; i++) {
        const row = (top + at[y + i]) * width + left;
        for (let j = 0; j < TAPS; j++) sum += weight[y + i] * weight[x + j] * data[(row + at[x + j]) * 3 + channel];
      }
      out[p * 3 + channel] = sum;
    }
  }
  return { data: out, width: EVAL_SIDE, height: EVAL_SIDE };
};

/** Where a mask's values stand in the confusion matrix. */
export interface ClassRows {
  rows: number;
  /** True where the last row is a background that many segments may share. */
  background: boolean;
  /** The mask's value of each row. */
  values: readonly number[];
  /** The mask's value of pixels without a class. */
  ignore: number;
}

/** Classes in ascending order, the background moved to the end: the order of the reference's matrix, which decides ties. */
export const classRows = (classes: number, ignore: number, background?: number): ClassRows => {
  const all = Array.from({ length: classes }, (_, value) => value);
  const values = background === undefined ? all : [...all.filter((value) => value !== background), background];
  return { rows: classes, background: background !== undefined, values, ignore };
};

/**
 * Row of each pixel's class, -1 for pixels without one.
 * @throws InputError for a value that is neither a class nor the ignored one
 */
export const toRows = (labels: Int32Array, { values, rows, ignore }: ClassRows): Int32Array => {
  const rowOf = new Map(values.map((value, row) => [value, row]));
  rowOf.set(ignore, -1);
  return labels.map((value) => {
    const row = rowOf.get(value);
    if (row === undefined)
      throw new InputError(`Expected mask values 0 to ${rows - 1} or ${ignore} (ignored) but found ${value}: check the number of classes`);
    return row;
  });
};
