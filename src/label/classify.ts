/** Segments' vectors beside those of texts: which class each is of, and how sure that is. */
import { type AnyLabels, rowReader } from '../tensor/runs.ts';
import type { Segment } from '../types.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What a segment is. */
export interface Label {
  name: string;
  /** Its share among the classes, 0..1. */
  score: number;
}

/** Source of each of `count` cells along a side of `of` pixels: torch's "nearest-exact". */
const nearest = (of: number, count: number): Int32Array => {
  const scale = Math.fround(of / count);
  return Int32Array.from({ length: count }, (_, i) => Math.min(of - 1, Math.floor(Math.fround((i + 0.5) * scale))));
};

/** Adds up the pixels of those segments that no cell stands for, by the cell that each lies in. */
const countPixels = (labels: AnyLabels, lost: ReadonlyMap<number, number>, width: number, height: number, counts: Float32Array): void => {
  const read = rowReader(labels);
  const row = new Int32Array(labels.width);
  for (let y = 0; y < labels.height; y++) {
    read(y, row);
    const at = Math.floor((y * height) / labels.height) * width;
    for (let x = 0; x < labels.width; x++) {
      const k = lost.get(row[x]);
      if (k !== undefined) counts[k * width * height + at + Math.floor((x * width) / labels.width)]++;
    }
  }
};

/**
 * The share that each cell of a grid has of each segment: the label map is brought down to the grid, the nearest pixel for each cell,
 * as the published code does. A segment that no cell is left for has those that it lies in, each by its pixels: the published code divides by
 * nothing there.
 * @returns segments x (width x height), rows that add up to 1
 */
export const sharesOf = (labels: AnyLabels, segments: readonly Pick<Segment, 'id'>[], width: number, height: number): Float32Array => {
  const cells = width * height;
  const shares = new Float32Array(segments.length * cells);
  const index = new Map(segments.map(({ id }, k) => [id, k]));
  const [xs, ys] = [nearest(labels.width, width), nearest(labels.height, height)];
  const read = rowReader(labels);
  const row = new Int32Array(labels.width);
  const lost = new Map(index);
  for (let y = 0; y < height; y++) {
    read(ys[y], row);
    for (let x = 0; x < width; x++) {
      const k = index.get(row[xs[x]]);
      if (k === undefined) continue;
      shares[k * cells + y * width + x] = 1;
      lost.delete(row[xs[x]]);
    }
  }
  if (lost.size > 0) countPixels(labels, lost, width, height, shares);
  for (let k = 0; k < segments.length; k++) {
    const own = shares.subarray(k * cells, (k + 1) * cells);
    const sum = own.reduce((a, b) => a + b, 0);
    if (sum > 0) for (let i = 0; i < cells; i++) own[i] /= sum;
  }
  return shares;
};

const dot = (a: Float32Array, at: number, b: Float32Array, from: number, length: number): number => {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[at + i] * b[from + i];
  return sum;
};

/**
 * The class of each segment: that of the most alike of all synonyms, the first of several. Its score is its share in the softmax over the
 * classes, each by its most alike synonym.
 * @param embeddings segments x dimensions, at unit length
 * @param texts synonyms x dimensions, at unit length, class by class
 * @param scale of the cosines: exp(logit_scale), 100 at most
 * @returns by segment; undefined where the score is below `minScore`, or the vector holds what is no number
 */
export const classify = (
  embeddings: Float32Array,
  texts: Float32Array,
  vocabulary: Vocabulary,
  dimensions: number,
  scale: number,
  minScore: number,
): (Label | undefined)[] =>
  Array.from({ length: embeddings.length / dimensions }, (_, s) => {
    let synonym = 0;
    const logits = vocabulary.map((names) => {
      const all = names.map(() => scale * dot(embeddings, s * dimensions, texts, synonym++ * dimensions, dimensions));
      return Math.max(...all);
    });
    const most = Math.max(...logits);
    const best = logits.indexOf(most);
    const score = 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
    return best >= 0 && score >= minScore ? { name: vocabulary[best][0], score } : undefined;
  });
