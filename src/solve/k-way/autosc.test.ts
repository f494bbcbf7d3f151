import { describe, expect, it } from 'vitest';
import { agreement, goldenFeatures, goldenJson } from '../../../test/goldens.ts';
import { featuresOf } from '../../../test/scenes.ts';
import type { LabelMap } from '../../types.ts';
import { cut } from '../tree.ts';
import { autoSc } from './autosc.ts';

interface Case {
  features: string;
  alpha: number;
  k: number;
  own: string;
  last: string;
}

describe('autosc', () => {
  it.each(goldenJson<Case[]>('autosc/cases.json'))('$features: $k segments at alpha $alpha, as the published code has them', async (golden) => {
    const features = goldenFeatures(`partition/${golden.features}`);
    for (const vectors of golden.alpha === 15 ? (['own'] as const) : (['own', 'last'] as const)) {
      // 15 is the last alpha: there both are the same
      const found = await cut(await autoSc(features, { vectors }), features, { price: 0 });
      const expected: LabelMap = { ...found, data: Int32Array.from(golden[vectors], (letter) => Number.parseInt(letter, 36)) };
      expect(new Set(found.data).size, vectors).toBe(new Set(expected.data).size);
      expect(agreement(found, expected), vectors).toBe(1);
    }
  });

  it('finds three things in more tokens than are cut as they are', async () => {
    const [width, height] = [66, 63];
    const kind = (x: number, y: number): number => (x < 30 ? 0 : y < 30 ? 1 : 2);
    const features = featuresOf(width, height, kind);
    const found = await cut(await autoSc(features, { vectors: 'own' }), features, { price: 0 });
    const expected = Int32Array.from({ length: width * height }, (_, i) => kind(i % width, Math.floor(i / width)));
    expect(agreement(found, { ...found, data: expected })).toBe(1);
  });
});
