import { describe, expect, it } from 'vitest';
import { MODELS } from '../../toolkit.ts';
import type { Counts } from '../class-protocol/metrics.ts';
import { bestCell, type Cell, cellIou, crossCheck, DEFAULT_GRID, edgesOf, gridFor, type Place } from './grid.ts';

/** One class: a share of 100 pixels that is right; null where nothing was scored. */
const half = (share: number | null): Counts => ({
  tp: Float64Array.of(share === null ? 0 : share * 100),
  fp: Float64Array.of(0),
  fn: Float64Array.of(share === null ? 0 : 100 - share * 100),
  pixels: 100,
});
const cell = (alpha: number, value: number, even: number | null, odd: number | null): Cell => ({
  alpha,
  kind: 'tau',
  value,
  segments: 0,
  halves: [half(even), half(odd)],
});
const named = (place: Place | undefined) => place && `${place.alpha} ${place.value}`;

describe('the choice', () => {
  const cells = [cell(1, 0.4, 0.5, 0.5), cell(1, 0.5, 0.9, 0.3), cell(3, 0.4, 0.4, 0.8), cell(3, 0.5, 0.8, 0.4)];

  it('takes the first of the best', () => {
    expect(cells.map((c) => cellIou(c))).toEqual([0.5, 0.6, 0.6, 0.6].map((v) => expect.closeTo(v, 12)));
    expect(named(bestCell(cells))).toBe('1 0.5');
    expect([named(bestCell(cells, 0)), named(bestCell(cells, 1))]).toEqual(['1 0.5', '3 0.4']);
  });

  it('scores each half’s choice on the other', () => {
    expect(crossCheck(cells)).toEqual([
      { chosenOn: 'even', place: { alpha: 1, kind: 'tau', value: 0.5 }, own: 0.9, other: 0.3, otherBest: 0.8 },
      { chosenOn: 'odd', place: { alpha: 3, kind: 'tau', value: 0.4 }, own: 0.8, other: 0.4, otherBest: 0.9 },
    ]);
  });

  it('chooses nothing where nothing was scored', () => {
    expect(bestCell([cell(1, 0.4, null, null)])).toBeUndefined();
    expect(crossCheck([cell(1, 0.4, 0.5, null)])).toEqual([]);
  });
});

describe('the grid', () => {
  const grid = { alphas: [1, 3, 10], taus: [0.2, 0.5, 0.9], prices: [0.04], ease: 0.4 };
  const edges = (alpha: number, value: number, kind: Place['kind'] = 'tau') =>
    edgesOf(grid, { alpha, kind, value }).map(({ list, end, next }) => `${list} ${end} ${next}`);

  it('has edges that may hide a better place', () => {
    expect(edges(3, 0.5)).toEqual([]);
    expect(edges(1, 0.9)).toEqual(['alphas smallest 0.5', 'taus largest 1.3']);
    expect(edges(10, 0.2)).toEqual(['alphas largest 17', 'taus smallest 0.1']);
    expect(edges(3, 0.04, 'price')).toEqual([]); // one value: chosen beforehand
  });

  it('has no edge where the option’s range ends', () => {
    expect(edgesOf({ ...grid, taus: [0, 1, 2] }, { alpha: 3, kind: 'tau', value: 2 })).toEqual([]);
    expect(edgesOf({ ...grid, taus: [0, 1, 2] }, { alpha: 3, kind: 'tau', value: 0 })).toEqual([]);
    expect(edgesOf({ ...grid, alphas: [10, 50] }, { alpha: 50, kind: 'tau', value: 0.5 })).toEqual([]);
  });

  it('is filled in by the encoder’s row', () => {
    const embedded = MODELS[0];
    expect(gridFor({}, embedded)).toEqual({ ...DEFAULT_GRID, ease: embedded.ease });
    expect(gridFor({}, { ...embedded, tau: 0.5 }).prices).toEqual([]);
    expect(gridFor({ alphas: [5, 1, 5], taus: [], ease: 0.1 }, { ...embedded, tau: 0.5 })).toEqual({
      alphas: [1, 5],
      taus: [],
      prices: DEFAULT_GRID.prices,
      ease: 0.1,
    });
  });
});
