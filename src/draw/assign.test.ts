import { describe, expect, it } from 'vitest';
import { goldenFeatures, goldenJson, goldenLabels, sameShare } from '../../test/goldens.ts';
import type { FeatureMap } from '../types.ts';
import { assign } from './assign.ts';

interface Case {
  name: string;
  features: string;
  coarse: string;
  labels: string;
  width: number;
  height: number;
}

describe('assign beside the reference', () => {
  it.each(goldenJson<{ cases: Case[] }>('assign/cases.json').cases)('$name', async ({ features, coarse, labels, width, height }) => {
    const ours = await assign(goldenLabels(`assign/${coarse}`), goldenFeatures(`assign/${features}`), { width, height });
    expect(ours).toMatchObject({ width, height });
    expect(sameShare(ours, goldenLabels(`assign/${labels}`))).toBeGreaterThanOrEqual(0.999);
  });
});

describe('assign', () => {
  const features: FeatureMap = { data: Float32Array.of(1, 0, 0, 1), width: 2, height: 1, channels: 2 };
  const coarse = { data: Int32Array.of(3, 900), width: 2, height: 1 };

  it('keeps ids with gaps, and halves two cells', async () => {
    expect([...(await assign(coarse, features, { width: 6, height: 1 })).data]).toEqual([3, 3, 3, 900, 900, 900]);
  });

  it('refuses labels of another grid, negative ids and a bad size', async () => {
    await expect(assign({ data: new Int32Array(3), width: 3, height: 1 }, features, { width: 2, height: 2 })).rejects.toThrow(
      /coarse labels are 3x1 but the features are 2x1/,
    );
    await expect(assign({ ...coarse, data: Int32Array.of(0, -1) }, features, { width: 2, height: 2 })).rejects.toThrow(
      /Segment ids must be 0 or more, but the one at x 1, y 0 is -1/,
    );
    await expect(assign(coarse, features, { width: 0, height: 2 })).rejects.toThrow(
      /^Expected a whole number from 1 to 65535 for width but received 0/,
    );
  });

  it('can be cancelled', async () => {
    await expect(assign(coarse, features, { width: 2, height: 2, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
