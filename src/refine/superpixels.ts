/**
 * Graph-based superpixels (Felzenszwalb & Huttenlocher 2004): two regions join while the edge between them is
 * no stronger than what each already holds inside, plus a bonus that fades with size.
 */
import { findRoot } from '../tensor/union-find.ts';
import type { FloatImage } from '../types.ts';

export interface SuperpixelSettings {
  /** Gaussian blur beforehand, pixels. */
  sigma: number;
  /** The paper's k, for colours 0..255: larger regions with larger k. */
  scale: number;
  /** Smaller regions join across their weakest edge, pixels. */
  least: number;
}

/** Edge weights are sorted in steps of 1/128: a difference of 512 is past the largest there is. */
const STEPS = 128;
const BINS = 512 * STEPS;

/** Region of each pixel, 0..count-1 by first pixel. */
export interface Superpixels {
  data: Int32Array;
  width: number;
  height: number;
  count: number;
}

/** To the right, down, and the two diagonals down: each pair of neighbours once. */
const RIGHT = [1, 0, 1, -1];
const DOWN = [0, 1, 1, 1];

export const superpixels = (image: FloatImage, { sigma, scale, least }: SuperpixelSettings): Superpixels => {
  const { width, height } = image;
  const { from, to, weight } = sortedEdges(blur(image, sigma), width, height);
  const n = width * height;
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const find = (i: number): number => findRoot(parent, i);
  const size = new Int32Array(n).fill(1);
  const limit = new Float32Array(n).fill(scale);
  const join = (a: number, b: number): number => {
    const [root, child] = a < b ? [a, b] : [b, a];
    parent[child] = root;
    size[root] += size[child];
    return root;
  };
  let apart = 0; // edges between two regions, gathered at the front
  for (let e = 0; e < from.length; e++) {
    const a = find(from[e]);
    const b = find(to[e]);
    if (a === b) continue;
    const w = weight[e] / STEPS;
    if (w < limit[a] && w < limit[b]) {
      const root = join(a, b);
      limit[root] = w + scale / size[root];
    } else {
      from[apart] = a;
      to[apart++] = b;
    }
  }
  for (let e = 0; e < apart; e++) {
    const a = find(from[e]);
    const b = find(to[e]);
    if (a !== b && (size[a] < least || size[b] < least)) join(a, b);
  }
  const data = new Int32Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) data[i] = find(i) === i ? count++ : data[find(i)]; // a root is the region's first pixel
  return { data, width, height, count };
};

/** All edges by weight, equal ones in order of their pixels (a counting sort is stable). */
const sortedEdges = (data: Float32Array, width: number, height: number): { from: Int32Array; to: Int32Array; weight: Uint16Array } => {
  const most = width * height * RIGHT.length;
  const ends = new Int32Array(most * 2);
  const weights = new Uint16Array(most);
  const start = new Int32Array(BINS + 1);
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let d = 0; d < RIGHT.length; d++) {
        const dx = RIGHT[d];
        if (x + dx < 0 || x + dx >= width || y + DOWN[d] >= height) continue;
        const a = y * width + x;
        const b = a + DOWN[d] * width + dx;
        const [i, j] = [a * 3, b * 3];
        const sum = (data[i] - data[j]) ** 2 + (data[i + 1] - data[j + 1]) ** 2 + (data[i + 2] - data[j + 2]) ** 2;
        const w = Math.floor(Math.sqrt(sum) * STEPS + 0.5);
        ends[count * 2] = a;
        ends[count * 2 + 1] = b;
        weights[count++] = w;
        start[w + 1]++;
      }
    }
  }
  for (let w = 0; w < BINS; w++) start[w + 1] += start[w];
  const [from, to, weight] = [new Int32Array(count), new Int32Array(count), new Uint16Array(count)];
  for (let e = 0; e < count; e++) {
    const at = start[weights[e]]++;
    from[at] = ends[e * 2];
    to[at] = ends[e * 2 + 1];
    weight[at] = weights[e];
  }
  return { from, to, weight };
};

/** Separable Gaussian, edge pixels repeated. */
const blur = ({ data, width, height }: FloatImage, sigma: number): Float32Array => {
  const radius = Math.floor(4 * sigma + 0.5);
  const raw = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = raw.reduce((sum, v) => sum + v, 0);
  const kernel = raw.map((v) => v / total);
  const across = new Float32Array(data.length);
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) blurLine(data, across, y * width * 3, 3, width, 3, kernel);
  for (let x = 0; x < width; x++) blurLine(across, out, x * 3, width * 3, height, 3, kernel);
  return out;
};

/** `length` pixels of `channels` values, `step` apart, from `start` on. */
const blurLine = (
  src: Float32Array,
  dst: Float32Array,
  start: number,
  step: number,
  length: number,
  channels: number,
  kernel: Float64Array,
): void => {
  const radius = (kernel.length - 1) / 2;
  for (let i = 0; i < length; i++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0, at = i - radius; k < kernel.length; k++, at++) {
        sum += kernel[k] * src[start + c + (at < 0 ? 0 : at < length ? at : length - 1) * step];
      }
      dst[start + c + i * step] = sum;
    }
  }
};
