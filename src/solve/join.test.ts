import { describe, expect, it } from 'vitest';
import { joinAlike } from './join.ts';

/** Rows of two numbers, as sums over segments. */
const rows = (...values: [number, number][]) => Float64Array.from(values.flat());

describe('joinAlike', () => {
  it('joins what points one way, touching or not, and leaves the rest', () => {
    const into = joinAlike(rows([0.3, 0], [0, 0.4], [0.3, 0]), 2, Float64Array.of(0.3, 0.4, 0.3), 0.01);
    expect([...into]).toEqual([0, 1, 0]);
  });

  it('loses what the rule says: just under the price it joins, at it not', () => {
    const share = () => Float64Array.of(0.36, 0.64);
    const lost = (0.3 + 0.4 - 0.5) / 0.36 ** 0.4; // a right angle of 3, 4 and 5
    expect([...joinAlike(rows([0.3, 0], [0, 0.4]), 2, share(), lost + 1e-9)]).toEqual([0, 0]);
    expect([...joinAlike(rows([0.3, 0], [0, 0.4]), 2, share(), lost)]).toEqual([0, 1]);
  });

  it('goes on with what has joined: two that are far from each other meet by way of a third', () => {
    const at = (angle: number): [number, number] => [Math.cos(angle) / 3, Math.sin(angle) / 3];
    const into = joinAlike(rows(at(0), at(0.8), at(0.4)), 2, new Float64Array(3).fill(1 / 3), 0.09);
    expect([...into]).toEqual([0, 0, 0]);
    expect([...joinAlike(rows(at(0), at(0.8)), 2, new Float64Array(2).fill(1 / 3), 0.05)]).toEqual([0, 1]);
  });

  it('weighs what has joined by its whole area', () => {
    const sums = rows([0.1, 0], [0.1, 0], [0, 0.8]);
    const lost = 0.2 + 0.8 - Math.hypot(0.2, 0.8);
    expect([...joinAlike(sums.slice(), 2, Float64Array.of(0.1, 0.1, 0.8), lost / 0.2 ** 0.4 + 0.01)]).toEqual([0, 0, 0]);
    expect([...joinAlike(sums.slice(), 2, Float64Array.of(0.1, 0.1, 0.8), lost / 0.2 ** 0.4 - 0.01)]).toEqual([0, 0, 2]);
  });

  it('joins all at a price of 1 and none at 0, and takes one segment as it is', () => {
    const sums = () => rows([0.2, 0], [0, 0.2], [0.2, 0.1]);
    const share = () => new Float64Array(3).fill(1 / 3);
    expect([...joinAlike(sums(), 2, share(), 1)]).toEqual([0, 0, 0]);
    expect([...joinAlike(sums(), 2, share(), 0)]).toEqual([0, 1, 2]);
    expect([...joinAlike(rows([1, 0]), 2, Float64Array.of(1), 1)]).toEqual([0]);
  });
});
