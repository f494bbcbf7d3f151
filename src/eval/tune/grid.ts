/** The grid that `tune` walks, and what is chosen from it. */
import { check, type EncoderRow, InputError, SEGMENT } from '../../toolkit.ts';
import { addCounts, type Counts, meanIou, noCounts } from '../class-protocol/metrics.ts';

/** How the segments of a tree are chosen. */
export type Kind = 'tau' | 'price';

/** Lists ascending, without repeats. */
export interface Grid {
  alphas: readonly number[];
  taus: readonly number[];
  prices: readonly number[];
  /** Of the prices. */
  ease: number;
}

/** What the caller says of the grid: an empty list leaves that kind out. */
export type GridOptions = { [K in keyof Grid]?: Grid[K] | undefined };

/** The grid where nothing is said. Prices are walked for encoders whose row has no tau, or where a price's ease is given. */
export const DEFAULT_GRID = {
  alphas: [1, 3, 5, 10, 15],
  taus: [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  prices: [0.02, 0.04, 0.06, 0.08, 0.1, 0.12],
} as const;

/** Which option of `segment` the values of a list are. */
const SPECS = { alphas: SEGMENT.alpha, taus: SEGMENT.tau, prices: SEGMENT.price } as const;

/** @throws InputError for a value out of range, no alpha, nothing to walk, or an ease without prices */
export const checkGrid = ({ alphas, taus, prices, ease }: GridOptions): void => {
  for (const [name, values] of Object.entries({ alphas, taus, prices })) {
    for (const value of values ?? []) check(SPECS[name as keyof typeof SPECS], name, value);
  }
  if (alphas?.length === 0) throw new InputError('Expected at least one alpha: every tree has one');
  if (prices?.length !== 0) return;
  if (ease !== undefined) throw new InputError('There are no prices, and ease is of the prices: leave one out');
  if (taus?.length === 0) throw new InputError('There are neither taus nor prices: leave one out, and nothing is left to choose');
};

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** The grid for an encoder, defaults filled in. */
export const gridFor = ({ alphas, taus, prices, ease }: GridOptions, row: EncoderRow): Grid => {
  const byPrice = row.tau === undefined || ease !== undefined || taus?.length === 0;
  return {
    alphas: ascending(alphas ?? DEFAULT_GRID.alphas),
    taus: ascending(taus ?? DEFAULT_GRID.taus),
    prices: ascending(prices ?? (byPrice ? DEFAULT_GRID.prices : [])),
    ease: ease ?? row.ease,
  };
};

/** One place of the grid: a tree's alpha, and the tau or price that its segments are chosen by. */
export interface Place {
  alpha: number;
  kind: Kind;
  value: number;
}

/** All places, alpha by alpha: the order in which a picture's scores are kept. */
export const placesOf = ({ alphas, taus, prices }: Grid): Place[] =>
  alphas.flatMap((alpha) => [
    ...taus.map((value): Place => ({ alpha, kind: 'tau', value })),
    ...prices.map((value): Place => ({ alpha, kind: 'price', value })),
  ]);

/** A place and its sums. */
export interface Cell extends Place {
  /** Segments of all pictures together. */
  segments: number;
  /** Of the pictures at even places of the set (the first is at 0), and of the others. */
  halves: readonly [even: Counts, odd: Counts];
}

/** Nothing counted yet. @param rows classes of the set */
export const emptyCells = (grid: Grid, rows: number): Cell[] =>
  placesOf(grid).map((place) => ({ ...place, segments: 0, halves: [noCounts(rows), noCounts(rows)] }));

/** Counts over all pictures. */
export const wholeCounts = ({ halves }: Cell): Counts => {
  const sum = noCounts(halves[0].tp.length);
  for (const half of halves) addCounts(sum, half);
  return sum;
};

/** mIoU of a cell over all pictures or over a half, 0..1; null where nothing was scored. */
export const cellIou = (cell: Cell, half?: 0 | 1): number | null => meanIou(half === undefined ? wholeCounts(cell) : cell.halves[half]);

/** The cell with the highest mIoU, the first one of equals; undefined where nothing was scored. */
export const bestCell = (cells: readonly Cell[], half?: 0 | 1): Cell | undefined => {
  let best: { cell: Cell; iou: number } | undefined;
  for (const cell of cells) {
    const iou = cellIou(cell, half);
    if (iou !== null && (best === undefined || iou > best.iou)) best = { cell, iou };
  }
  return best?.cell;
};

/** What a choice on one half of the pictures is worth on the other. mIoU 0..1. */
export interface HalfChoice {
  chosenOn: 'even' | 'odd';
  place: Place;
  /** On the half that chose. */
  own: number | null;
  /** On the other half. */
  other: number | null;
  /** The best that the other half has. */
  otherBest: number | null;
}

const HALVES = [
  ['even', 0, 1],
  ['odd', 1, 0],
] as const;

/** Each half's choice on the other one; empty where a half has no picture. */
export const crossCheck = (cells: readonly Cell[]): HalfChoice[] =>
  HALVES.flatMap(([chosenOn, own, other]) => {
    const [cell, rival] = [bestCell(cells, own), bestCell(cells, other)];
    if (!cell || !rival) return [];
    const { alpha, kind, value } = cell;
    return { chosenOn, place: { alpha, kind, value }, own: cellIou(cell, own), other: cellIou(cell, other), otherBest: cellIou(rival, other) };
  });

/** A list of the grid at whose end the best lies, and the value that would come next. */
export interface Edge {
  list: keyof typeof SPECS;
  end: 'smallest' | 'largest';
  value: number;
  next: number;
}

/** Rounded, so that 0.9 and a step of 0.1 give 1. */
const rounded = (value: number): number => Number(value.toPrecision(6));

/** Which end of an ascending list a value is, and what comes next; one value has no end: it was chosen beforehand. */
const endOf = (values: readonly number[], value: number): [Edge['end'], number] | undefined => {
  const last = values.length - 1;
  if (last < 1) return undefined;
  if (value === values[last]) return ['largest', 2 * value - values[last - 1]];
  if (value !== values[0]) return undefined;
  const next = 2 * value - values[1];
  return ['smallest', next > 0 ? next : value / 2];
};

/** Where the grid should be widened, within the options' ranges. */
export const edgesOf = (grid: Grid, { alpha, kind, value }: Place): Edge[] =>
  Object.entries({ alphas: alpha, [kind === 'tau' ? 'taus' : 'prices']: value }).flatMap(([name, chosen]) => {
    const list = name as Edge['list'];
    const end = endOf(grid[list], chosen);
    const next = rounded(end?.[1] ?? chosen);
    return end && next !== chosen && SPECS[list].accepts(next) ? { list, end: end[0], value: chosen, next } : [];
  });
