/**
 * Watershed by flooding (Meyer 1991): every regional minimum is a source, and water rises through the four neighbours,
 * lowest level first, first in first out. No pixel is left as a line between two basins.
 */

import { byFirstPixel } from '../tensor/ids.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

/** Pixels between two pauses. */
const PAUSE_EVERY = 2 ** 14;

/** Basin of each pixel, 0..count-1 by its first pixel. */
export interface Basins {
  data: Int32Array;
  width: number;
  height: number;
  count: number;
}

/**
 * @param levels of the pixels, whole numbers >= 0
 * @throws the signal's reason once aborted
 */
export const watershed = async (levels: Uint16Array, width: number, height: number, watch: Watch = {}): Promise<Basins> => {
  const n = width * height;
  // 1. The sources, each with its number
  const { data, count } = await minima(levels, width, height, watch);
  await pause(watch);
  // 2. The flood, from their pixels on
  const queue = levelQueue(levels, n);
  enqueueSources(queue, data);
  while (flood(queue, data, width, PAUSE_EVERY)) await pause(watch);
  return { ...byFirstPixel({ data, width, height }), count };
};

/** Pixels by level, first in first out within one; each enters at most once. */
interface LevelQueue {
  levels: Uint16Array;
  /** The first and the last pixel of each level, -1 where there is none. */
  head: Int32Array;
  tail: Int32Array;
  /** The pixel after each, of its level. */
  next: Int32Array;
  /** The level of the flood. */
  now: number;
}

const levelQueue = (levels: Uint16Array, n: number): LevelQueue => {
  let top = 0;
  for (let i = 0; i < n; i++) if (levels[i] > top) top = levels[i];
  const none = (length: number): Int32Array => new Int32Array(length).fill(-1);
  return { levels, head: none(top + 1), tail: none(top + 1), next: none(n), now: 0 };
};

/** Water does not fall: a pixel below the flood enters at the flood's level. */
const push = ({ levels, head, tail, next, now }: LevelQueue, i: number): void => {
  const level = Math.max(now, levels[i]);
  if (head[level] < 0) head[level] = i;
  else next[tail[level]] = i;
  tail[level] = i;
};

/** The next pixel, -1 where none is left. */
const shift = (queue: LevelQueue): number => {
  const { head, next } = queue;
  while (queue.now < head.length && head[queue.now] < 0) queue.now++;
  if (queue.now === head.length) return -1;
  const i = head[queue.now];
  head[queue.now] = next[i];
  return i;
};

const enqueueSources = (queue: LevelQueue, data: Int32Array): void => {
  for (let i = 0; i < data.length; i++) if (data[i] >= 0) push(queue, i);
};

/** Lets so many pixels give their basin to their neighbours. @returns whether there are more */
const flood = (queue: LevelQueue, data: Int32Array, width: number, pixels: number): boolean => {
  const lower = data.length - width;
  for (let done = 0; done < pixels; done++) {
    const i = shift(queue);
    if (i < 0) return false;
    const x = i % width;
    const basin = data[i];
    if (i >= width && data[i - width] < 0) take(queue, i - width, data, basin);
    if (x > 0 && data[i - 1] < 0) take(queue, i - 1, data, basin);
    if (x < width - 1 && data[i + 1] < 0) take(queue, i + 1, data, basin);
    if (i < lower && data[i + width] < 0) take(queue, i + width, data, basin);
  }
  return true;
};

const take = (queue: LevelQueue, i: number, data: Int32Array, basin: number): void => {
  data[i] = basin;
  push(queue, i);
};

const UNSEEN = -4;
const HIGH = -1;
const PENDING = -2;

/**
 * Plateaus (8 neighbours) without a lower neighbour, numbered by their 4-connected pieces, so that a basin is connected the
 * way water goes; -1 elsewhere.
 */
const minima = async (levels: Uint16Array, width: number, height: number, watch: Watch): Promise<{ data: Int32Array; count: number }> => {
  const n = width * height;
  const data = new Int32Array(n).fill(UNSEEN);
  const scratch = { plateau: new Int32Array(n), piece: new Int32Array(n) };
  let count = 0;
  await inBands(n, PAUSE_EVERY, watch, (from, to) => {
    count = minimaFrom(levels, width, data, scratch.plateau, scratch.piece, count, from, to);
  });
  return { data, count };
};

/** The plateaus whose first pixels are `from` to before `to`. @param plateau, piece scratch @returns the number of pieces so far */
const minimaFrom = (
  levels: Uint16Array,
  width: number,
  data: Int32Array,
  plateau: Int32Array,
  piece: Int32Array,
  before: number,
  start: number,
  end: number,
): number => {
  const n = data.length;
  let count = before;
  for (let first = start; first < end; first++) {
    if (data[first] !== UNSEEN) continue;
    const level = levels[first];
    let isMinimum = true;
    let size = 1;
    plateau[0] = first;
    data[first] = HIGH;
    for (let at = 0; at < size; at++) {
      const i = plateau[at];
      const x = i % width;
      const left = x > 0 ? -1 : 0;
      const right = x < width - 1 ? 1 : 0;
      const from = i >= width ? -width : 0;
      const to = i < n - width ? width : 0;
      for (let row = from; row <= to; row += width) {
        for (let j = i + row + left; j <= i + row + right; j++) {
          if (levels[j] < level) isMinimum = false;
          else if (levels[j] === level && data[j] === UNSEEN) {
            data[j] = HIGH;
            plateau[size++] = j;
          }
        }
      }
    }
    if (!isMinimum) continue;
    for (let at = 0; at < size; at++) data[plateau[at]] = PENDING;
    for (let at = 0; at < size; at++) if (data[plateau[at]] === PENDING) numberPiece(data, plateau[at], count++, width, piece);
  }
  return count;
};

/** Gives the pending pixels that hang together with one through 4 neighbours their number. @param stack scratch, a number a pixel */
const numberPiece = (data: Int32Array, start: number, id: number, width: number, stack: Int32Array): void => {
  let size = claim(data, start, id, stack, 0);
  while (size > 0) {
    const i = stack[--size];
    if (i % width > 0) size = claim(data, i - 1, id, stack, size);
    if (i % width < width - 1) size = claim(data, i + 1, id, stack, size);
    if (i >= width) size = claim(data, i - width, id, stack, size);
    if (i < data.length - width) size = claim(data, i + width, id, stack, size);
  }
};

/** @returns the stack's size */
const claim = (data: Int32Array, i: number, id: number, stack: Int32Array, size: number): number => {
  if (data[i] !== PENDING) return size;
  data[i] = id;
  stack[size] = i;
  return size + 1;
};
