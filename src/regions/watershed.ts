/**
 * Watershed by flooding (Meyer 1991): every regional minimum is a source, and water rises through the four neighbours,
 * lowest level first, first in first out. No pixel is left as a line between two basins.
 */

import { byFirstPixel } from '../tensor/ids.ts';
import { pause } from '../tensor/watch.ts';
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
  for (let i = 0; i < n; i++) if (data[i] >= 0) queue.push(i);
  while (flood(queue, data, width, PAUSE_EVERY)) await pause(watch);
  return { ...byFirstPixel({ data, width, height }), count };
};

/** Lets so many pixels give their basin to their neighbours. @returns whether there are more */
const flood = (queue: LevelQueue, data: Int32Array, width: number, pixels: number): boolean => {
  const lower = data.length - width;
  for (let done = 0; done < pixels; done++) {
    const i = queue.shift();
    if (i < 0) return false;
    const x = i % width;
    const basin = data[i];
    if (i >= width && data[i - width] < 0) queue.take(i - width, data, basin);
    if (x > 0 && data[i - 1] < 0) queue.take(i - 1, data, basin);
    if (x < width - 1 && data[i + 1] < 0) queue.take(i + 1, data, basin);
    if (i < lower && data[i + width] < 0) queue.take(i + width, data, basin);
  }
  return true;
};

type LevelQueue = ReturnType<typeof levelQueue>;

/** Pixels by level, first in first out within one; each enters at most once. */
const levelQueue = (levels: Uint16Array, n: number) => {
  let top = 0;
  for (let i = 0; i < n; i++) if (levels[i] > top) top = levels[i];
  const head = new Int32Array(top + 1).fill(-1);
  const tail = new Int32Array(top + 1).fill(-1);
  const next = new Int32Array(n).fill(-1);
  let now = 0;
  const push = (i: number): void => {
    const level = Math.max(now, levels[i]);
    if (head[level] < 0) head[level] = i;
    else next[tail[level]] = i;
    tail[level] = i;
  };
  return {
    /** Water does not fall: a pixel below the flood enters at the flood's level. */
    push,
    take(i: number, data: Int32Array, basin: number): void {
      data[i] = basin;
      push(i);
    },
    /** The next pixel, -1 where none is left. */
    shift(): number {
      while (now <= top && head[now] < 0) now++;
      if (now > top) return -1;
      const i = head[now];
      head[now] = next[i];
      return i;
    },
  };
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
  const plateau = new Int32Array(n);
  const piece = new Int32Array(n);
  let count = 0;
  for (let start = 0; start < n; start++) {
    if (start % PAUSE_EVERY === 0) await pause(watch);
    if (data[start] !== UNSEEN) continue;
    const level = levels[start];
    let isMinimum = true;
    let size = 1;
    plateau[0] = start;
    data[start] = HIGH;
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
  return { data, count };
};

/** Gives the pending pixels that hang together with one through 4 neighbours their number. @param stack scratch, a number a pixel */
const numberPiece = (data: Int32Array, start: number, id: number, width: number, stack: Int32Array): void => {
  let size = 0;
  const take = (i: number): void => {
    if (data[i] !== PENDING) return;
    data[i] = id;
    stack[size++] = i;
  };
  take(start);
  while (size > 0) {
    const i = stack[--size];
    if (i % width > 0) take(i - 1);
    if (i % width < width - 1) take(i + 1);
    if (i >= width) take(i - width);
    if (i < data.length - width) take(i + width);
  }
};
