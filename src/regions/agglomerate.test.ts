import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { AVERAGE_LINKAGE, agglomerate, copyArcs } from './agglomerate.ts';
import type { Arcs } from './graph.ts';

/** A connected graph: a path through all regions, and other arcs at random. */
const graph = (count: number, more: number, seed: number): Arcs => {
  const next = random(seed);
  const pairs = new Set(Array.from({ length: count - 1 }, (_, i) => i * count + i + 1));
  for (let k = 0; k < more; k++) {
    const [a, b] = [Math.floor(next() * count), Math.floor(next() * count)].sort((p, q) => p - q);
    if (a < b) pairs.add(a * count + b);
  }
  const ends = [...pairs].sort((a, b) => a - b);
  const length = Float64Array.from(ends, () => 1 + Math.floor(next() * 9));
  return {
    from: Int32Array.from(ends, (pair) => Math.floor(pair / count)),
    to: Int32Array.from(ends, (pair) => pair % count),
    length,
    sum: length.map((l) => l * (0.01 + next())),
  };
};

/** Looks at every pair of sets at every step, adding up the arcs between them anew. */
const quadratic = (arcs: Arcs, count: number, target: number): number[][] => {
  const setOf = Int32Array.from({ length: count }, (_, i) => i);
  const joins: number[][] = [];
  for (let left = count; left > target; left--) {
    let best: [number, number, number] = [0, 0, Infinity];
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        let [length, sum] = [0, 0];
        for (let k = 0; k < arcs.from.length; k++) {
          const [p, q] = [setOf[arcs.from[k]], setOf[arcs.to[k]]];
          if ((p === a && q === b) || (p === b && q === a)) {
            length += arcs.length[k];
            sum += arcs.sum[k];
          }
        }
        if (length > 0 && sum / length < best[2] - 1e-12) best = [a, b, sum / length];
      }
    }
    for (let i = 0; i < count; i++) if (setOf[i] === best[1]) setOf[i] = best[0];
    joins.push(best);
  }
  return joins;
};

const joinsOf = async (arcs: Arcs, count: number, target: number): Promise<number[][]> => {
  const joins: number[][] = [];
  await agglomerate(copyArcs(arcs), count, target, { ...AVERAGE_LINKAGE, join: (...join) => void joins.push(join) });
  return joins;
};

describe('agglomerate by average strength', () => {
  it.each([
    [12, 8, 1, 1],
    [20, 60, 1, 2],
    [25, 30, 7, 3],
    [30, 200, 1, 4],
  ])('joins as looking at every pair does: %i regions, %i arcs, down to %i', async (count, more, target, seed) => {
    const arcs = graph(count, more, seed);
    const got = await joinsOf(arcs, count, target);
    const want = quadratic(arcs, count, target);
    expect(got.map(([a, b]) => [a, b])).toEqual(want.map(([a, b]) => [a, b]));
    got.forEach(([, , cost], i) => expect(cost).toBeCloseTo(want[i][2], 9));
  });

  it('goes by the mean of parallel arcs, not by the weaker', async () => {
    // 0 and 1 join first; 2 then has arcs of strength 2 (length 1) and 10 (length 3) to them, and 5 to region 3
    const arcs = {
      from: Int32Array.of(0, 0, 1, 2),
      to: Int32Array.of(1, 2, 2, 3),
      length: Float64Array.of(1, 1, 3, 1),
      sum: Float64Array.of(1, 2, 30, 5),
    };
    expect(await joinsOf(arcs, 4, 1)).toEqual([
      [0, 1, 1],
      [2, 3, 5],
      [0, 2, 8],
    ]);
  });

  it('takes the first of equal arcs, and stops at the target', async () => {
    const arcs = { from: Int32Array.of(0, 1, 2), to: Int32Array.of(1, 2, 3), length: new Float64Array(3).fill(1), sum: new Float64Array(3).fill(4) };
    expect(await joinsOf(arcs, 4, 2)).toEqual([
      [0, 1, 4],
      [0, 2, 4],
    ]);
    expect(await joinsOf(arcs, 4, 4)).toEqual([]);
  });
});
