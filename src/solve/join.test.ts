import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { joinAlike } from './join.ts';

/** Rows of two numbers, as sums over segments. */
const rows = (...values: [number, number][]) => Float64Array.from(values.flat());

describe('joinAlike', () => {
  it('joins what points one way, touching or not, and leaves the rest', async () => {
    const into = await joinAlike(rows([0.3, 0], [0, 0.4], [0.3, 0]), 2, Float64Array.of(0.3, 0.4, 0.3), 0.01);
    expect([...into]).toEqual([0, 1, 0]);
  });

  it('loses what the rule says: just under the price it joins, at it not', async () => {
    const share = () => Float64Array.of(0.36, 0.64);
    const lost = (0.3 + 0.4 - 0.5) / 0.36 ** 0.4; // a right angle of 3, 4 and 5
    expect([...(await joinAlike(rows([0.3, 0], [0, 0.4]), 2, share(), lost + 1e-9))]).toEqual([0, 0]);
    expect([...(await joinAlike(rows([0.3, 0], [0, 0.4]), 2, share(), lost))]).toEqual([0, 1]);
  });

  it('goes on with what has joined: two that are far from each other meet by way of a third', async () => {
    const at = (angle: number): [number, number] => [Math.cos(angle) / 3, Math.sin(angle) / 3];
    const into = await joinAlike(rows(at(0), at(0.8), at(0.4)), 2, new Float64Array(3).fill(1 / 3), 0.09);
    expect([...into]).toEqual([0, 0, 0]);
    expect([...(await joinAlike(rows(at(0), at(0.8)), 2, new Float64Array(2).fill(1 / 3), 0.05))]).toEqual([0, 1]);
  });

  it('weighs what has joined by its whole area', async () => {
    const sums = rows([0.1, 0], [0.1, 0], [0, 0.8]);
    const lost = 0.2 + 0.8 - Math.hypot(0.2, 0.8);
    expect([...(await joinAlike(sums.slice(), 2, Float64Array.of(0.1, 0.1, 0.8), lost / 0.2 ** 0.4 + 0.01))]).toEqual([0, 0, 0]);
    expect([...(await joinAlike(sums.slice(), 2, Float64Array.of(0.1, 0.1, 0.8), lost / 0.2 ** 0.4 - 0.01))]).toEqual([0, 0, 2]);
  });

  it('joins all at a price of 1 and none at 0, and takes one segment as it is', async () => {
    const sums = () => rows([0.2, 0], [0, 0.2], [0.2, 0.1]);
    const share = () => new Float64Array(3).fill(1 / 3);
    expect([...(await joinAlike(sums(), 2, share(), 1))]).toEqual([0, 0, 0]);
    expect([...(await joinAlike(sums(), 2, share(), 0))]).toEqual([0, 1, 2]);
    expect([...(await joinAlike(rows([1, 0]), 2, Float64Array.of(1), 1))]).toEqual([0]);
  });
});

describe('the pairs', () => {
  /** Every pair looked at anew before each joining. */
  const slow = (sums: number[][], share: number[], price: number): number[] => {
    const into = sums.map((_, i) => i);
    const size = (row: number[]) => Math.hypot(...row);
    const live = new Set(into);
    for (;;) {
      let best = { a: -1, b: -1, cost: price };
      for (const a of live) {
        for (const b of live) {
          if (b <= a) continue;
          const lost = size(sums[a]) + size(sums[b]) - size(sums[a].map((v, c) => v + sums[b][c]));
          const cost = lost / Math.min(share[a], share[b]) ** 0.4;
          if (cost < best.cost - 1e-12) best = { a, b, cost };
        }
      }
      if (best.a < 0) return into;
      sums[best.a] = sums[best.a].map((v, c) => v + sums[best.b][c]);
      share[best.a] += share[best.b];
      live.delete(best.b);
      into.forEach((of, i) => {
        if (of === best.b) into[i] = best.a;
      });
    }
  };

  it.each([1, 2, 3, 4, 5, 6])('are joined cheapest first, as if all were looked at each time (%i)', async (seed) => {
    const next = random(seed);
    const n = 24;
    const share = Array.from({ length: n }, () => 0.01 + next() / n);
    const sums = share.map((a) => Array.from({ length: 3 }, () => a * (next() - 0.2)));
    const got = await joinAlike(Float64Array.from(sums.flat()), 3, Float64Array.from(share), 0.03 * seed);
    const want = slow(sums, share, 0.03 * seed);
    expect([...got]).toEqual(want);
    expect(new Set(want).size).toBeLessThan(n);
  });
});
