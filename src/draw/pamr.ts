/**
 * Pixel-adaptive mask refinement (Araslanov & Roth 2020; paper section 3.3, method notes section 5): each
 * round, a pixel's mask values become the mean of those of its neighbours, weighted by likeness of colour.
 */
import { areasOf } from '../tensor/ids.ts';
import { createKernels, room } from '../tensor/kernels.ts';
import { breathe } from '../tensor/watch.ts';
import type { FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';

/** Rows worked between two looks at the abort signal. */
const BAND = 64;

/** A stack of planes with their edge pixels repeated `pad` times on every side. */
interface Planes {
  data: Float32Array;
  width: number;
  height: number;
  pad: number;
  /** Floats a padded row takes; room for whole groups of four pixels. */
  stride: number;
  /** Floats a padded plane takes. */
  size: number;
}

/**
 * @param labels ids >= 0, the picture's size; ids are kept, one may vanish
 * @param image 8-bit, or floats 0..255
 */
export const pamr = async (
  labels: LabelMap,
  image: RgbImage | FloatImage,
  { iterations, dilations }: { iterations: number; dilations: readonly number[] },
  watch: Watch = {},
): Promise<LabelMap> => {
  const { width, height } = labels;
  const ids = [...areasOf(labels).keys()].sort((a, b) => a - b);
  if (ids.length === 1) return { data: labels.data.slice(), width, height };
  const pad = Math.max(...dilations);
  const groups = Math.ceil(width / 4);
  const stride = oddLines(2 * pad + 4 * groups);
  const shape = { width, height, pad, stride, size: oddLines(stride * (height + 2 * pad)) };
  const count = 8 * dilations.length;
  const kernels = await createKernels(jobBytes(shape.size, ids.length, height * groups * count * 4, count));
  const planes = (n: number): Planes => ({ ...shape, data: kernels.f32(n * shape.size) });

  try {
    const offsets = kernels.i32(count);
    offsets.set(neighbourOffsets(dilations, stride));
    const weights = kernels.f32(height * groups * count * 4);
    const bands = Array.from({ length: Math.ceil(height / BAND) }, (_, b) => ({ top: b * BAND, rows: Math.min(BAND, height - b * BAND) }));
    const total = bands.length * (iterations + 1);
    let done = 0;
    const tick = () => breathe(watch, 'refine', ++done, total);

    const mark = kernels.mark();
    const picture = planes(3);
    fill(picture, 3, (c, i) => image.data[i * 3 + c] / 255);
    const scratch = kernels.f32(count * 4);
    for (const { top, rows } of bands) {
      kernels.pamrWeights(
        inside(picture, top),
        shape.size * 4,
        stride,
        groups,
        rows,
        offsets,
        count,
        weights.subarray(top * groups * count * 4),
        scratch,
      );
      await tick();
    }
    kernels.release(mark);

    const planeOf = new Map(ids.map((id, k) => [id, k]));
    const index = labels.data.map((id) => planeOf.get(id) as number);
    let masks = planes(ids.length);
    let next = planes(ids.length);
    fill(masks, ids.length, (k, i) => (index[i] === k ? 1 : 0));
    for (let round = 0; round < iterations; round++) {
      for (const { top, rows } of bands) {
        const of = weights.subarray(top * groups * count * 4);
        kernels.pamrStep(inside(masks, top), inside(next, top), ids.length, shape.size * 4, stride, groups, rows, offsets, count, of);
        await tick();
      }
      repeatEdges(next, ids.length);
      [masks, next] = [next, masks];
    }
    return { data: argmax(masks, ids), width, height };
  } finally {
    kernels.free();
  }
};

/** Rounded up to an odd number of 64-byte cache lines: rows and planes at round distances would share the cache's sets. */
const oddLines = (floats: number): number => (Math.ceil(floats / 16) | 1) * 16;

const jobBytes = (plane: number, k: number, weights: number, count: number): number =>
  room(weights, 4) + Math.max(2 * room(k * plane, 4), room(3 * plane, 4)) + 3 * room(count * 4, 4);

/** Bytes from a pixel to each neighbour, in the reference's order. */
const neighbourOffsets = (dilations: readonly number[], stride: number): number[] =>
  dilations.flatMap((d) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].filter((dx) => dx || dy).map((dx) => (dy * stride + dx) * d * 4)));

const inside = ({ data, pad, stride }: Planes, y: number): Float32Array => data.subarray((y + pad) * stride + pad);

const fill = (planes: Planes, n: number, value: (plane: number, pixel: number) => number): void => {
  const { data, width, height, pad, stride, size } = planes;
  for (let k = 0; k < n; k++) {
    for (let y = 0; y < height; y++) {
      const row = k * size + (y + pad) * stride + pad;
      for (let x = 0; x < width; x++) data[row + x] = value(k, y * width + x);
    }
  }
  repeatEdges(planes, n);
};

const repeatEdges = ({ data, width, height, pad, stride, size }: Planes, n: number): void => {
  for (let k = 0; k < n; k++) {
    const first = k * size + pad * stride;
    for (let y = 0; y < height; y++) {
      const row = first + y * stride;
      data.fill(data[row + pad], row, row + pad);
      data.fill(data[row + pad + width - 1], row + pad + width, row + stride);
    }
    const last = first + (height - 1) * stride;
    for (let y = 1; y <= pad; y++) {
      data.copyWithin(first - y * stride, first, first + stride);
      data.copyWithin(last + y * stride, last, last + stride);
    }
  }
};

/** The id of the largest mask of each pixel; the first one on a tie. */
const argmax = ({ data, width, height, pad, stride, size }: Planes, ids: readonly number[]): Int32Array => {
  const out = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y + pad) * stride + pad + x;
      let best = 0;
      for (let k = 1; k < ids.length; k++) if (data[k * size + at] > data[best * size + at]) best = k;
      out[y * width + x] = ids[best];
    }
  }
  return out;
};
