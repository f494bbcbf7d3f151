/** Smoothing of borders: votes of the pixels around, those of like colour the loudest, in synchronous rounds. */
import { areasOf, renamed } from '../tensor/ids.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { LabelMap, Watch } from '../types.ts';
import type { Edges } from './edges.ts';

/** Steps of likeness a unit of squared colour difference. */
const STEPS = 4;

/**
 * A pixel beside another label takes the label that the pixels around it speak for; votes fade with distance and difference of
 * colour.
 * @param lab three planes of the labels' size
 */
export const smoothBorders = async (labels: LabelMap, lab: Float32Array, settings: Edges['smooth'], watch: Watch = {}): Promise<LabelMap> => {
  const { width, height } = labels;
  const ids = [...areasOf(labels).keys()].sort((a, b) => a - b);
  const indexOf = new Map(ids.map((id, k) => [id, k]));
  const now = renamed(labels, (id) => indexOf.get(id) as number).data;
  const poll = pollOf(now, lab, width, height, ids.length, settings);
  const changed = new Int32Array(now.length);
  const winner = new Int32Array(now.length);
  const near = new Uint8Array(now.length).fill(1);
  for (let round = 0; round < settings.rounds; round++) {
    // 1. What each pixel at a border would change to, all by the labels of the round before
    let count = 0;
    await inBands(height, 8, watch, (top, bottom) => {
      count = pollRows(poll, near, top, bottom, changed, winner, count);
    });
    if (count === 0) break;
    // 2. All at once
    for (let c = 0; c < count; c++) now[changed[c]] = winner[c];
    near.fill(0); // a pixel around which nothing changed would vote as it did
    markNear(near, changed.subarray(0, count), width, height, settings.reach);
    await pause(watch);
  }
  return renamed({ data: now, width, height }, (k) => ids[k]);
};

/** What the pixels of some rows would change to. @param count how many are in `changed` already @returns how many there are then */
const pollRows = (poll: Poll, near: Uint8Array, top: number, bottom: number, changed: Int32Array, winner: Int32Array, count: number): number => {
  const { labels: now, width } = poll;
  for (let i = top * width, x = 0; i < bottom * width; i++, x = x + 1 === width ? 0 : x + 1) {
    if (near[i] === 0 || !isBorder(now, i, x, width)) continue;
    const best = winnerAt(poll, i);
    if (best === now[i]) continue;
    changed[count] = i;
    winner[count++] = best;
  }
  return count;
};

/** Whether one of the four neighbours has another label. */
const isBorder = (labels: Int32Array, i: number, x: number, width: number): boolean => {
  const own = labels[i];
  return (
    (x > 0 && labels[i - 1] !== own) ||
    (x < width - 1 && labels[i + 1] !== own) ||
    (i >= width && labels[i - width] !== own) ||
    (i + width < labels.length && labels[i + width] !== own)
  );
};

/** 1 within `reach` columns and rows of a pixel. */
const markNear = (near: Uint8Array, pixels: Int32Array, width: number, height: number, reach: number): void => {
  for (const i of pixels) {
    const x = i % width;
    const y = (i - x) / width;
    const [from, to] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) near.fill(1, row * width + from, row * width + to);
  }
};

/** What the pixels around one are asked with. */
interface Poll {
  labels: Int32Array;
  lab: Float32Array;
  width: number;
  height: number;
  reach: number;
  lead: number;
  /** Say by place in the square of pixels around, and by squared difference of colour in steps. */
  nearness: Float64Array;
  likeness: Float64Array;
  /** Scratch: a number a label. */
  votes: Float64Array;
}

const pollOf = (labels: Int32Array, lab: Float32Array, width: number, height: number, k: number, settings: Edges['smooth']): Poll => {
  const { reach, spaceSigma, colourSigma, leastSay, lead } = settings;
  const side = 2 * reach + 1;
  const nearness = Float64Array.from({ length: side * side }, (_, at) => {
    const [dy, dx] = [Math.floor(at / side) - reach, (at % side) - reach];
    return Math.exp(-(dx * dx + dy * dy) / (2 * spaceSigma ** 2));
  });
  const likeness = Float64Array.from(
    { length: Math.ceil(STEPS * 18 * colourSigma ** 2) + 1 },
    (_, d) => leastSay + (1 - leastSay) * Math.exp(-d / (STEPS * 2 * colourSigma ** 2)),
  );
  return { labels, lab, width, height, reach, lead, nearness, likeness, votes: new Float64Array(k) };
};

/** What the pixels around pixel i would have it be. */
const winnerAt = ({ labels, lab, width, height, reach, lead, nearness, likeness, votes }: Poll, i: number): number => {
  const own = labels[i];
  const n = labels.length;
  const side = 2 * reach + 1;
  const last = likeness.length - 1;
  const x = i % width;
  const y = (i - x) / width;
  const l = lab[i];
  const a = lab[n + i];
  const b = lab[2 * n + i];
  votes.fill(0);
  const left = Math.max(0, x - reach);
  const right = Math.min(width - 1, x + reach);
  for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
    const weights = (row - y + reach) * side + reach - x;
    for (let column = left, j = row * width + left; column <= right; column++, j++) {
      const difference = (lab[j] - l) ** 2 + (lab[n + j] - a) ** 2 + (lab[2 * n + j] - b) ** 2;
      votes[labels[j]] += nearness[weights + column] * likeness[Math.min(last, Math.floor(STEPS * difference))];
    }
  }
  let best = own;
  for (let s = 0; s < votes.length; s++) if (votes[s] > lead * votes[own] && (best === own || votes[s] > votes[best])) best = s;
  return best;
};
