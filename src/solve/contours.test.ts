import { describe, expect, it } from 'vitest';
import type { Arcs } from '../regions/graph.ts';
import { CONTOURS, spectralContours } from './contours.ts';

/** A chain of regions, borders of ten pixels and strength 1. */
const chain = (n: number): Arcs => ({
  from: Int32Array.from({ length: n - 1 }, (_, i) => i),
  to: Int32Array.from({ length: n - 1 }, (_, i) => i + 1),
  length: new Float64Array(n - 1).fill(10),
  sum: new Float64Array(n - 1).fill(10),
});

/** One of two features each, at angles of 0 and `angle`. */
const turned = (kinds: number[], angle: number) => Float64Array.from(kinds.flatMap((kind) => [Math.cos(kind * angle), Math.sin(kind * angle)]));

describe('spectralContours', () => {
  it('raises the border where the features change and lowers the others', async () => {
    const kinds = [0, 0, 0, 0, 1, 1, 1, 1];
    const { sum } = await spectralContours(chain(8), turned(kinds, 1), 2, new Float64Array(8).fill(1 / 8));
    for (const [k, strength] of sum.entries()) {
      if (k === 3) expect(strength).toBeGreaterThan(12);
      else expect(strength).toBeLessThan(10);
    }
  });

  it('does not depend on the signs of eigenvectors, nor on the scale of the sums', async () => {
    const share = new Float64Array(6).fill(1 / 6);
    const sums = turned([0, 1, 3, 2, 0, 1], 0.5);
    const once = await spectralContours(chain(6), sums, 2, share);
    const again = await spectralContours(
      chain(6),
      sums.map((v) => v * 8),
      2,
      share,
    );
    for (const [k, strength] of once.sum.entries()) expect(again.sum[k]).toBeCloseTo(strength, 3);
  });

  it('leaves two regions, and regions that are all alike in a ring, as they are or level', async () => {
    const two = chain(2);
    expect(await spectralContours(two, turned([0, 1], 1), 2, Float64Array.of(0.5, 0.5))).toBe(two);
    const { sum } = await spectralContours(chain(5), turned([0, 0, 0, 0, 0], 1), 2, new Float64Array(5).fill(0.2));
    expect(sum.every((strength) => strength > 0 && Number.isFinite(strength))).toBe(true);
  });

  it('weakens likeness across strong borders: with a floor of 1 a strong border changes nothing', async () => {
    const arcs = chain(8);
    arcs.sum[5] = 200;
    const share = new Float64Array(8).fill(1 / 8);
    const sums = turned([0, 1, 2, 3, 4, 5, 6, 7], 0.05);
    const gainOf = async (floor: number) => {
      const { sum } = await spectralContours(arcs, sums, 2, share, {}, { ...CONTOURS, floor });
      return sum[5] / 200 / (sum[2] / 10);
    };
    expect(await gainOf(0.1)).toBeGreaterThan((await gainOf(1)) * 1.1);
  });
});
