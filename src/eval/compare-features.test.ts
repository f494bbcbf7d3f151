import { describe, expect, it } from 'vitest';
import { golden } from '../../test/pipelines.ts';
import type { FeatureMap } from '../toolkit.ts';
import { compareFeatures } from './compare-features.ts';

const CUT = { alpha: 10, tau: 0.5, parity: true };

/** The golden features of a kind, each number changed. */
const features = (kind: string, change = (value: number, _i: number) => value): FeatureMap => {
  const { data, shape } = golden(kind, 'features-128x128');
  return { data: data.map(change), height: shape[0], width: shape[1], channels: shape[2] };
};

/** Two flat halves of 8 x 8 tokens; `flip` swaps them. */
const halves = (flip: boolean): FeatureMap => {
  const data = new Float32Array(8 * 8 * 2);
  for (let i = 0; i < 64; i++) data[2 * i + Number(i % 8 < 4 === flip)] = 1 + 0.01 * (i % 3);
  return { data, width: 8, height: 8, channels: 2 };
};

describe('features beside saved ones', () => {
  it('are the same where they are, and nearly', async () => {
    expect(await compareFeatures(features('ssd'), features('ssd'), CUT)).toMatchObject({ error: 0, centredError: 0, sameTokens: 1, same: true });
    const near = await compareFeatures(
      features('ssd', (v, i) => v * (1 + 1e-3 * (i % 2))),
      features('ssd'),
      CUT,
    );
    expect(near.same).toBe(true);
    expect(near.error).toBeGreaterThan(0);
  });

  it('are not where they differ from token to token, however large the common mean', async () => {
    const lifted = (change: (value: number, i: number) => number) => features('ssd', (v, i) => change(v, i) + 1000);
    const found = await compareFeatures(
      lifted((v) => v),
      lifted((v) => -v),
      CUT,
    );
    expect(found.error).toBeLessThan(0.01);
    expect(found.centredError).toBeCloseTo(2);
    expect(found.same).toBe(false);
  });

  it('count tokens whatever the names of their segments', async () => {
    expect(await compareFeatures(halves(false), halves(true), CUT)).toMatchObject({ sameTokens: 1, segments: [2, 2], same: false });
  });

  it('are of one size', async () => {
    await expect(compareFeatures(features('sd1'), features('ssd'), CUT)).rejects.toThrow(/16 channels and the saved features are .* 24 channels/);
  });
});
