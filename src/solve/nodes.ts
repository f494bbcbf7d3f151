/** Single nodes of a tree: what one falls apart into, and which one is most like a mask. */
import { expected, InputError } from '../errors.ts';
import { GRANULARITY } from '../options/cut.ts';
import { isWhole, resolveOptions } from '../options/spec.ts';
import type { CutTree, LabelMap } from '../types.ts';
import { checkNode, checkTree, keptSplits, segmentsBelow } from './tree.ts';

/**
 * The segments that a node falls apart into first while the price goes down: those just below the highest price at which any
 * split in it pays, by the rule of `cut`. Mostly two; more where a split pays only by others below it, and specks that come off
 * on the way to it are among them. Where none ever pays, the node's two children.
 * @param given `ease` as that of `cut`, 0 where not given, which prefers even parts: the more of it, the smaller is what comes off
 * @returns nodes that have the node's elements between them, each once, and are drawn with the others by `draw(analysis, { nodes })`;
 *   empty for a leaf. A tree of cuts ends where `treeTau` says: with 1 or more it can be split down to tokens
 * @throws InputError for a node that the tree does not have, and a number out of range
 */
export const splitNode = (tree: CutTree, node: number, given: { ease?: number | undefined } = {}): Int32Array => {
  checkNode(checkTree(tree), node);
  const { ease = 0 } = resolveOptions('splitNode', { ease: GRANULARITY.ease }, given);
  const [left, right] = tree.children.subarray(2 * node, 2 * node + 2);
  if (left < 0) return new Int32Array(0);
  // The highest price is the best ratio of what splits explain to what they cost (Dinkelbach 1967): what is best at the ratio
  // of the last round has a better one, until nothing has.
  let [best, price] = [[left, right], 0];
  for (;;) {
    const kept = keptSplits(tree, price, ease);
    const { segments, splits } = segmentsBelow(tree, node, (split) => kept[split] === 1);
    const ratio = ratioOf(tree, node, segments, splits, ease);
    if (!(ratio > price)) return Int32Array.from(best);
    [best, price] = [segments, ratio];
  }
};

/** What the segments explain more than their node, a unit of price; NaN where nothing is split. */
const ratioOf = ({ worth, share, children }: CutTree, node: number, segments: number[], splits: number[], ease: number): number => {
  const gain = segments.reduce((sum, segment) => sum + worth[segment], -worth[node]);
  const cost = splits.reduce((sum, split) => sum + Math.min(share[children[2 * split]], share[children[2 * split + 1]]) ** ease, 0);
  return gain / cost;
};

/** What is inside, row by row: all that is neither 0 nor false. */
export interface Mask {
  data: ArrayLike<number | boolean>;
  width: number;
  height: number;
}

/**
 * The node that covers a mask best: the one of the highest intersection over union, the larger of equal ones.
 * @param mask of the whole picture at any size; it is compared at the size of the tree's cells, each as far inside as its pixels are
 * @throws InputError for a mask that is none or has nothing inside
 */
export const nodeLike = (tree: CutTree, mask: Mask): { node: number; iou: number } => {
  const { cells, order, from, to } = checkTree(tree);
  const inside = insideOf(cells, order.length, checkMask(mask));
  const area = new Float64Array(order.length);
  for (const element of cells.data) area[element]++;
  const insideTo = sumsTo(order, inside);
  const areaTo = sumsTo(order, area);
  const all = insideTo[order.length];
  if (!(all > 0)) throw new InputError('The mask has nothing inside: give one with a pixel that is not 0');
  let [node, iou] = [0, -1];
  for (let i = 0; i < from.length; i++) {
    const both = insideTo[to[i]] - insideTo[from[i]];
    const own = both / (areaTo[to[i]] - areaTo[from[i]] + all - both);
    if (own > iou) [node, iou] = [i, own];
  }
  return { node, iou };
};

/** The longest side of a mask, pixels: no picture has a longer one. */
const LONGEST = 10_000_000;

const checkMask = (mask: Mask): Mask => {
  const { data, width, height } = mask ?? {};
  if (!Array.isArray(data) && !(ArrayBuffer.isView(data) && 'length' in data)) throw expected('{ data, width, height }', 'the mask', mask);
  for (const [name, side] of Object.entries({ width, height }))
    if (!isWhole(side, 1, LONGEST)) throw expected(`a whole number from 1 to ${LONGEST}`, `mask.${name}`, side);
  if (data.length !== width * height) throw expected(`${width} x ${height} pixels`, 'mask.data', data);
  return mask;
};

/** Of each element, the sum of how far its cells are inside, 0..1 each. */
const insideOf = ({ data, width, height }: LabelMap, elements: number, mask: Mask): Float64Array => {
  const out = new Float64Array(elements);
  const columns = spans(mask.width, width);
  const rows = spans(mask.height, height);
  for (let y = 0, cell = 0; y < height; y++) {
    for (let x = 0; x < width; x++, cell++) {
      const wide = columns.to[x] - columns.from[x];
      let count = 0;
      for (let v = rows.from[y]; v < rows.to[y]; v++) count += countInside(mask.data, v * mask.width + columns.from[x], wide);
      out[data[cell]] += count / (wide * (rows.to[y] - rows.from[y]));
    }
  }
  return out;
};

const countInside = (data: Mask['data'], from: number, length: number): number => {
  let count = 0;
  for (let i = from; i < from + length; i++) if (data[i]) count++;
  return count;
};

/** Which of `size` pixels each of `count` cells has: each pixel in one cell where there are more of them, one a cell otherwise. */
const spans = (size: number, count: number): { from: Int32Array; to: Int32Array } => {
  const from = Int32Array.from({ length: count }, (_, i) => Math.floor((i * size) / count));
  return { from, to: from.map((start, i) => Math.max(start + 1, i + 1 < count ? Math.floor(((i + 1) * size) / count) : size)) };
};

/** Sums of the first k elements' values in a tree's order, from 0 to all of them. */
const sumsTo = (order: Int32Array, values: Float64Array): Float64Array => {
  const out = new Float64Array(order.length + 1);
  for (let k = 0; k < order.length; k++) out[k + 1] = out[k] + values[order[k]];
  return out;
};
