import { describe, expect, it } from 'vitest';
import { noCounts } from '../class-protocol/metrics.ts';
import { classRows } from '../class-protocol/protocol.ts';
import { emptyCells } from './grid.ts';
import { tuneJson, tuneText } from './report.ts';
import type { Tuning } from './tune.ts';

/** A grid of two alphas, two taus and a price; the share of right pixels of each place, even and odd. */
const tuning = (shares: [number, number][], given: Partial<Tuning> = {}): Tuning => {
  const grid = { alphas: [3, 10], taus: [0.5, 0.6], prices: [0.08], ease: 0.4 };
  const cells = emptyCells(grid, 1).map((cell, at) => {
    const halves = [0, 1].map((half) => {
      const right = shares[at]?.[half];
      return right === undefined
        ? noCounts(1)
        : { tp: Float64Array.of(right), fp: Float64Array.of(0), fn: Float64Array.of(100 - right), pixels: 100 };
    });
    return { ...cell, segments: 10 + at, halves: [halves[0], halves[1]] as const };
  });
  return {
    dataset: 'folder',
    encoder: 'some',
    settings: { dataset: 'folder', alpha: null, tau: null, price: null, ease: 0.4, parity: false, size: null, refine: 'none' },
    grid,
    rows: classRows(1, 255),
    pictures: 4,
    resumed: 0,
    failed: [],
    cells,
    ...given,
  };
};

const FOUND: [number, number][] = [
  [50, 50], // alpha 3, tau 0.5
  [70, 60],
  [40, 20], // its price
  [20, 90], // alpha 10, tau 0.5
  [80, 40],
  [50, 30],
];

describe('the report', () => {
  it('shows the grid, the best, how it goes into use and how far to trust it', () => {
    expect(tuneText(tuning(FOUND)).split('\n')).toEqual([
      'mIoU in percent, * the best',
      '',
      'alpha \\ tau    0.5    0.6',
      '          3   50.0   65.0*',
      '         10   55.0   60.0',
      '',
      'best      alpha 3, tau 0.6: mIoU 65.0 %, pixel accuracy 65.0 %, 2.8 segments a picture',
      'row       alpha: 3, tau: 0.6,',
      'segment   --alpha 3 --tau 0.6',
      'even      pictures alone choose alpha 10, tau 0.6 (80.0): 40.0 on the others, whose own best is 90.0',
      'odd       pictures alone choose alpha 10, tau 0.5 (90.0): 20.0 on the others, whose own best is 80.0',
      'edge      3 is the smallest of --alphas: widen the grid, say by 1.5',
      'edge      0.6 is the largest of --taus: widen the grid, say by 0.7',
      '',
      'alpha \\ price   0.08',
      '            3   30.0',
      '           10   40.0*',
      '',
      'best      alpha 10, price 0.08: mIoU 40.0 %, pixel accuracy 40.0 %, 3.8 segments a picture',
      'row       alpha: 10, protocolPrice: 0.08, ease: 0.4,',
      'segment   --alpha 10 --price 0.08 --ease 0.4',
      'even      pictures alone choose alpha 10, price 0.08 (50.0): 30.0 on the others, whose own best is 30.0',
      'odd       pictures alone choose alpha 10, price 0.08 (30.0): 50.0 on the others, whose own best is 50.0',
      'edge      10 is the largest of --alphas: widen the grid, say by 17',
      '',
      expect.stringMatching(/flatters/),
      expect.stringMatching(/half/),
      expect.stringMatching(/protocolPrice/),
      expect.stringMatching(/tau/),
      '',
      'pictures: 4',
      'folder: DiffCut protocol, 128x128, no PAMR, no background, IoU over the set',
      'some, ease 0.4, parity false, refine none',
    ]);
  });

  it('says of how many pictures, and which kind was not walked', () => {
    const { grid, cells } = tuning(FOUND);
    const byTau = { grid: { ...grid, prices: [] }, cells: cells.filter(({ kind }) => kind === 'tau') };
    const text = tuneText(tuning(FOUND, { ...byTau, resumed: 3, failed: [{ id: 'x', problem: 'y' }] }));
    expect(text).toMatch(/^pictures: 4 \(3 resumed\), left out: 1$/m);
    expect(text).not.toMatch(/price /i);
    expect(tuneJson(tuning(FOUND, byTau)).best).toMatchObject({ tau: { alpha: 3 }, price: null });
  });

  it('chooses nothing where nothing was scored', () => {
    const none = tuning([], { pictures: 0 });
    expect(tuneText(none)).toMatch(/ 3 {6}- {6}-/);
    expect(tuneText(none)).not.toMatch(/best |row |even|NaN/);
    expect(tuneJson(none)).toMatchObject({ best: { tau: null, price: null }, grid: { 0: { mIoU: null, segmentsPerPicture: null } } });
  });

  it('gives programs the whole grid', () => {
    const json = tuneJson(tuning(FOUND));
    expect(json.grid).toHaveLength(6);
    expect((json.grid as unknown[])[5]).toEqual({
      alpha: 10,
      price: 0.08,
      mIoU: 40,
      pixelAccuracy: 40,
      segmentsPerPicture: 15 / 4,
      even: 50,
      odd: 30,
    });
    expect(json.best).toMatchObject({
      tau: {
        alpha: 3,
        tau: 0.6,
        mIoU: 65,
        row: 'alpha: 3, tau: 0.6,',
        flags: '--alpha 3 --tau 0.6',
        halves: [{ chosenOn: 'even', alpha: 10, tau: 0.6, mIoU: 80, other: 40, otherBest: 90 }, { chosenOn: 'odd' }],
        edges: [
          { list: 'alphas', end: 'smallest', value: 3, next: 1.5 },
          { list: 'taus', end: 'largest', value: 0.6, next: 0.7 },
        ],
      },
      price: { alpha: 10, price: 0.08, ease: 0.4 },
    });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });
});
