/**
 * Pixel-adaptive mask refinement (Araslanov & Roth 2020; paper section 3.3, method notes section 5): each
 * round, a pixel's mask values become the mean of those of its neighbours, weighted by likeness of colour.
 */
import { areasOf, eachRun } from '../tensor/ids.ts';
import { createKernels, type Kernels } from '../tensor/kernels.ts';
import { breathe, inBands } from '../tensor/watch.ts';
import type { FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';
import { planeShape, planWork, type Rect, stackLength, type Tile } from './pamr-tiles.ts';

/** Bytes of a job's memory that are enough for any picture, with most settings. */
const BUDGET = 512 * 2 ** 20;

/** Multiplications between two pauses: about 5 ms. */
const BAND_WORK = 2 ** 24;
/** What a pixel's weights cost, in rounds of one mask. */
const WEIGHTS_WORK = 16;

type Shape = ReturnType<typeof planeShape>;

/** A stack of planes with their edge pixels repeated on every side. */
interface Planes extends Shape {
  data: Float32Array;
}

/** What all tiles share. */
interface Job {
  labels: LabelMap;
  image: RgbImage | FloatImage;
  ids: readonly number[];
  iterations: number;
  dilations: readonly number[];
  /** Masks worked together. */
  group: number;
  kernels: Kernels;
  /** In the job's memory, for the largest tile. */
  offsets: Int32Array;
  weights: Float32Array;
  scratch: Float32Array;
  stack: Float32Array;
  watch: Watch;
  /** Tells that the weights of a tile, or a round of a group of masks, are done. */
  tick(): Promise<void>;
}

/**
 * @param labels ids >= 0, the picture's size; ids are kept, one may vanish
 * @param image 8-bit, or floats 0..255
 * @param budget bytes of memory to do with where it can be done
 * @throws InputError where no memory would do; the signal's reason once aborted
 */
export const pamr = async (
  labels: LabelMap,
  image: RgbImage | FloatImage,
  { iterations, dilations }: { iterations: number; dilations: readonly number[] },
  watch: Watch = {},
  budget = BUDGET,
): Promise<LabelMap> => {
  const { width, height } = labels;
  const ids = [...areasOf(labels).keys()].sort((a, b) => a - b);
  if (ids.length === 1) return { data: labels.data.slice(), width, height };
  const reach = Math.max(...dilations);
  const count = 8 * dilations.length;
  const { tiles, group, bytes } = planWork({ width, height, masks: ids.length, rounds: iterations, reach, count }, budget);
  const shapes = tiles.map(({ worked }) => planeShape(worked.right - worked.left, worked.bottom - worked.top, reach));
  const most = (of: (shape: Shape) => number): number => shapes.reduce((largest, shape) => Math.max(largest, of(shape)), 0);
  const steps = 1 + iterations * Math.ceil(ids.length / group); // of each tile
  let done = 0;
  const kernels = await createKernels(bytes);
  try {
    const job: Job = {
      ...{ labels, image, ids, iterations, dilations, group, kernels, watch },
      offsets: kernels.i32(count),
      weights: kernels.f32(most(({ height, groups }) => height * groups * count * 4)),
      scratch: kernels.f32(count * 4),
      stack: kernels.f32(most(({ size }) => stackLength(size, group))),
      tick: () => breathe(watch, 'refine', ++done, steps * tiles.length),
    };
    const out = new Int32Array(width * height);
    for (const [i, tile] of tiles.entries()) {
      await refineTile(job, tile, shapes[i], out);
      if (done === steps * (i + 1)) continue;
      done = steps * (i + 1) - 1; // masks of which a tile has nothing were left out
      await job.tick();
    }
    return { data: out, width, height };
  } finally {
    kernels.free();
  }
};

/** Writes the ids of what is kept of a tile into `out`. */
const refineTile = async (job: Job, { kept, worked }: Tile, shape: Shape, out: Int32Array): Promise<void> => {
  // 1. The weights of all neighbours, from the colours
  await weigh(job, worked, shape);
  // 2. The masks that have something there: no other can win
  const ids = await presentIds(job, worked);
  // 3. A group of them after the other through all rounds; of each pixel the best so far is kept, the first on a tie
  const best = new Float32Array((kept.right - kept.left) * (kept.bottom - kept.top)).fill(-Infinity);
  for (let first = 0; first < ids.length; first += job.group) {
    const some = ids.slice(first, first + job.group);
    const masks = await refined(job, worked, shape, some);
    await inBands(kept.bottom - kept.top, rowsOf(shape, some.length), job.watch, (from, to) => {
      for (let y = from; y < to; y++) {
        const at = place(masks, kept.top + y - worked.top) + kept.left - worked.left;
        keepBest(masks, some, at, best.subarray(y * (kept.right - kept.left)), out.subarray((kept.top + y) * job.labels.width + kept.left), kept);
      }
    });
  }
};

const weigh = async (job: Job, worked: Rect, shape: Shape): Promise<void> => {
  const { image, kernels, dilations, offsets, weights, scratch, watch } = job;
  const { stride, groups, size, width, height } = shape;
  const count = offsets.length;
  const picture = { ...shape, data: job.stack };
  await inBands(height, rowsOf(shape, 16), watch, (from, to) => {
    for (let y = from; y < to; y++) {
      for (let c = 0; c < 3; c++) {
        const row = place(picture, y, c);
        for (let x = 0, i = ((worked.top + y) * image.width + worked.left) * 3 + c; x < width; x++, i += 3)
          picture.data[row + x] = image.data[i] / 255;
      }
    }
  });
  await repeatEdges(picture, 3, watch);
  offsets.set(neighbourOffsets(dilations, stride));
  await inBands(height, rowsOf(shape, WEIGHTS_WORK * count), watch, (from, to) => {
    const own = weights.subarray(from * groups * count * 4);
    kernels.pamrWeights(picture.data.subarray(place(picture, from)), size * 4, stride, groups, to - from, offsets, count, own, scratch);
  });
  await job.tick();
};

const presentIds = async ({ labels, ids, watch }: Job, { left, top, right, bottom }: Rect): Promise<number[]> => {
  const present = new Set<number>();
  await inBands(bottom - top, 256, watch, (from, to) => {
    for (let y = top + from; y < top + to; y++)
      eachRun(labels.data.subarray(y * labels.width + left, y * labels.width + right), (id) => present.add(id));
  });
  return ids.filter((id) => present.has(id));
};

/** The masks of some ids after all rounds. */
const refined = async (job: Job, worked: Rect, shape: Shape, ids: readonly number[]): Promise<Planes> => {
  const { labels, kernels, iterations, offsets, weights, stack, watch } = job;
  const { stride, groups, size, width, height } = shape;
  const [k, count] = [ids.length, offsets.length];
  let masks = { ...shape, data: stack.subarray(0, k * size) };
  let next = { ...shape, data: stack.subarray(k * size, 2 * k * size) };
  // 1 where a pixel has the id
  const planeOf = new Map(ids.map((id, plane) => [id, plane]));
  await inBands(height, rowsOf(shape, k), watch, (from, to) => {
    for (let y = from; y < to; y++) {
      for (let plane = 0; plane < k; plane++) masks.data.fill(0, place(masks, y, plane), place(masks, y, plane) + width);
      const start = (worked.top + y) * labels.width + worked.left;
      eachRun(labels.data.subarray(start, start + width), (id, left, right) => {
        const plane = planeOf.get(id);
        if (plane !== undefined) masks.data.fill(1, place(masks, y, plane) + left, place(masks, y, plane) + right);
      });
    }
  });
  await repeatEdges(masks, k, watch);
  for (let round = 0; round < iterations; round++) {
    await inBands(height, rowsOf(shape, k * count), watch, (from, to) => {
      const own = weights.subarray(from * groups * count * 4);
      const [source, target] = [masks, next].map((planes) => planes.data.subarray(place(planes, from)));
      kernels.pamrStep(source, target, k, size * 4, stride, groups, to - from, offsets, count, own);
    });
    await repeatEdges(next, k, watch);
    [masks, next] = [next, masks];
    await job.tick();
  }
  return masks;
};

/** Rows that take a few milliseconds. @param work multiplications a pixel */
const rowsOf = ({ stride }: Shape, work: number): number => Math.max(1, Math.floor(BAND_WORK / (stride * work)));

/** Bytes from a pixel to each neighbour, in the reference's order. */
const neighbourOffsets = (dilations: readonly number[], stride: number): number[] =>
  dilations.flatMap((d) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].filter((dx) => dx || dy).map((dx) => (dy * stride + dx) * d * 4)));

/** Where a row of a plane begins, inside the padding. */
const place = ({ pad, stride, size }: Shape, y: number, plane = 0): number => plane * size + (y + pad) * stride + pad;

const repeatEdges = async (planes: Planes, count: number, watch: Watch): Promise<void> => {
  const { data, width, height, pad, stride } = planes;
  await inBands(count, 1, watch, (plane) => {
    const first = place(planes, 0, plane) - pad;
    for (let y = 0, row = first; y < height; y++, row += stride) {
      data.fill(data[row + pad], row, row + pad);
      data.fill(data[row + pad + width - 1], row + pad + width, row + stride);
    }
    const last = first + (height - 1) * stride;
    for (let y = 1; y <= pad; y++) {
      data.copyWithin(first - y * stride, first, first + stride);
      data.copyWithin(last + y * stride, last, last + stride);
    }
  });
};

/** One row: the id of the largest mask of each pixel, where it is larger than those before. @param at its first pixel in the first mask */
const keepBest = ({ data, size }: Planes, ids: readonly number[], at: number, best: Float32Array, out: Int32Array, { left, right }: Rect): void => {
  for (let x = 0; x < right - left; x++) {
    let most = best[x];
    let winner = -1;
    for (let k = 0, i = at + x; k < ids.length; k++, i += size) {
      if (data[i] > most) {
        most = data[i];
        winner = k;
      }
    }
    if (winner < 0) continue;
    best[x] = most;
    out[x] = ids[winner];
  }
};
