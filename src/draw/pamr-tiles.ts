/**
 * How PAMR's work is cut to fit in memory. A pixel hears of no other further away than a neighbour a round, so a tile of the
 * picture worked with that much around it comes out as in the whole picture; and each mask goes its own way, so they are worked
 * in groups. Both are exact, bit for bit.
 */
import { InputError } from '../errors.ts';
import { room } from '../tensor/kernels.ts';

/** A rectangle of pixels, right and bottom exclusive. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Tile {
  /** What is kept of it, and what is worked for that. */
  kept: Rect;
  worked: Rect;
}

export interface Plan {
  tiles: Tile[];
  /** Masks worked together. */
  group: number;
  /** Memory of the largest tile. */
  bytes: number;
}

/** What is to be done. `reach` is how far a round looks, pixels; `count` how many neighbours there are. */
export interface Work {
  width: number;
  height: number;
  masks: number;
  rounds: number;
  reach: number;
  count: number;
}

/** What one job may ask for: past this much waste, twice as much, up to what WebAssembly has. */
const LIMIT = 4 * 2 ** 30 - 2 ** 20;
const MOST_WASTE = 4;

/** Rounded up to an odd number of 64-byte cache lines: rows and planes at round distances would share the cache's sets. */
const oddLines = (floats: number): number => (Math.ceil(floats / 16) | 1) * 16;

/** A plane with its edge pixels repeated `pad` times on every side: floats a row and the whole take; rows are whole groups of 4 pixels. */
export const planeShape = (width: number, height: number, pad: number) => {
  const groups = Math.ceil(width / 4);
  const stride = oddLines(2 * pad + 4 * groups);
  return { width, height, pad, groups, stride, size: oddLines(stride * (height + 2 * pad)) };
};

/** Two stacks of masks, or one of the picture's three planes. */
export const stackLength = (planeSize: number, group: number): number => Math.max(2 * group, 3) * planeSize;

const jobBytes = ({ reach, count }: Work, width: number, height: number, group: number): number => {
  const { groups, size } = planeShape(width, height, reach);
  return room(height * groups * count * 4, 4) + room(stackLength(size, group), 4) + 2 * room(count * 4, 4);
};

/** What a pixel costs, in units of a round of one mask: its weights, then the rounds; each group reads the weights anew. */
const pixelCost = ({ masks, rounds }: Work, group: number): number => 16 + rounds * (masks + 3 * Math.ceil(masks / group));

/**
 * The cheapest way within the budget. Where what lies around the tiles is most of the work, more memory is taken.
 * @throws InputError where it fits in no memory
 */
export const planWork = (work: Work, budget: number): Plan => {
  for (let bytes = budget; ; bytes = Math.min(LIMIT, 2 * bytes)) {
    const best = cheapest(work, bytes);
    if (best && (best.waste <= MOST_WASTE || bytes >= LIMIT))
      return { tiles: tilesOf(work, best.across, best.down), group: best.group, bytes: best.bytes };
    if (bytes >= LIMIT) break;
  }
  const { width, height, rounds, reach } = work;
  throw new InputError(
    `PAMR of ${width} x ${height} pixels with ${rounds} iterations and dilations up to ${reach} does not fit in 4 GiB: give fewer iterations or smaller dilations, or refine a smaller picture`,
  );
};

const cheapest = (work: Work, budget: number) => {
  const { width, height, masks, rounds, reach } = work;
  let best: { across: number; down: number; group: number; bytes: number; waste: number; cost: number } | undefined;
  for (let group = masks; ; group = Math.min(Math.ceil(group / 16) * 8, group - 1)) {
    for (let across = 1; across <= Math.min(width, 64); across++) {
      for (let down = 1; down <= Math.min(height, 64); down++) {
        const [w, h] = [Math.min(width, sideOf(width, across, rounds * reach)), Math.min(height, sideOf(height, down, rounds * reach))];
        const bytes = jobBytes(work, w, h, group);
        if (bytes > budget) continue;
        const waste = (across * w * down * h) / (width * height);
        const cost = waste * pixelCost(work, group);
        if (!best || cost < best.cost) best = { across, down, group, bytes, waste, cost };
        break; // more tiles cost more
      }
    }
    if (group <= 8) return best;
  }
};

/** Of the widest tile of so many, with what lies around it. */
const sideOf = (length: number, tiles: number, around: number): number =>
  Math.ceil(length / tiles) + (tiles === 1 ? 0 : tiles === 2 ? 1 : 2) * around;

const tilesOf = ({ width, height, rounds, reach }: Work, across: number, down: number): Tile[] => {
  const around = rounds * reach;
  const [w, h] = [Math.ceil(width / across), Math.ceil(height / down)];
  const tiles: Tile[] = [];
  for (let top = 0; top < height; top += h) {
    for (let left = 0; left < width; left += w) {
      const kept = { left, top, right: Math.min(width, left + w), bottom: Math.min(height, top + h) };
      const worked = {
        left: Math.max(0, left - around),
        top: Math.max(0, top - around),
        right: Math.min(width, kept.right + around),
        bottom: Math.min(height, kept.bottom + around),
      };
      tiles.push({ kept, worked });
    }
  }
  return tiles;
};
