import { describe, expect, it } from 'vitest';
import { agreement, goldenJson } from '../../../test/goldens.ts';
import { assign } from '../../draw/assign.ts';
import type { FeatureMap, LabelMap } from '../../types.ts';
import { cut } from '../tree.ts';
import { diffSeg, mergedMaps } from './diffseg.ts';
import { checkMaps } from './maps.ts';

interface Scene {
  n: number;
  spread: number;
  leak: number;
  texture: number;
}

interface Case {
  scene: Scene;
  threshold: number;
  maps: number;
  labels: string;
  kMeans: string;
  fine: string | null;
}

/** The same formula as in scripts/make-diffseg.py. */
const attentionOf = ({ n, spread, leak, texture }: Scene): FeatureMap => {
  const at = (i: number) => ({ u: ((i % n) + 0.5) / n, v: (Math.floor(i / n) + 0.5) / n });
  const regions = Array.from({ length: n * n }, (_, i) => {
    const { u, v } = at(i);
    return (u - 0.3) ** 2 + (v - 0.75) ** 2 < 0.03 ? 4 : (u > 0.55 ? 1 : 0) + (v > 0.4 + 0.2 * u ? 2 : 0);
  });
  const data = Float32Array.from({ length: n ** 4 }, (_, at4) => {
    const [i, j] = [Math.floor(at4 / n ** 2), at4 % n ** 2];
    const [p, q] = [at(i), at(j)];
    const far = (p.u - q.u) ** 2 + (p.v - q.v) ** 2;
    const grain = 1 + texture * Math.sin(12.9898 * (i + 1) + 78.233 * (j + 1));
    return Math.exp(-far / spread) * (regions[i] === regions[j] ? 1 : leak) * grain + 1e-6;
  });
  return { data, width: n, height: n, channels: n * n };
};

const spelt = (labels: string, size: { width: number; height: number }): LabelMap => ({
  data: Int32Array.from(labels, (letter) => letter.codePointAt(0) as number),
  width: size.width,
  height: size.height,
});

const cases = goldenJson<Case[]>('diffseg/cases.json').filter(({ scene }) => scene);
const scenes = new Map(cases.map(({ scene }) => [JSON.stringify(scene), attentionOf(scene)]));

describe('diffseg', () => {
  it.each(cases)(
    'gives the $maps maps of $scene at $threshold, and their labels, as numpy does',
    async ({ scene, threshold, maps, labels, kMeans }) => {
      const features = scenes.get(JSON.stringify(scene)) as FeatureMap;
      expect((await mergedMaps(checkMaps(features), features, threshold, {})).count).toBe(maps);
      for (const [letters, options] of [
        [labels, { threshold, kMeans: false }],
        [kMeans, { threshold, kMeans: true }],
      ] as const) {
        const found = await cut(await diffSeg(features, options), features, { price: 0 });
        const wanted = spelt(letters, found);
        expect(new Set(found.data).size).toBe(new Set(wanted.data).size);
        expect(agreement(found, wanted)).toBeGreaterThanOrEqual(0.999);
      }
    },
  );

  it.each(cases.filter(({ fine }) => fine))('draws $scene at $threshold four times as large, as the published code does', async (one) => {
    const { scene, threshold, fine } = one;
    const features = scenes.get(JSON.stringify(scene)) as FeatureMap;
    const tree = await diffSeg(features, { threshold, kMeans: false });
    const size = { width: 4 * features.width, height: 4 * features.height };
    const drawn = await assign(await cut(tree, features, { price: 0 }), features, { ...size, tree });
    expect(agreement(drawn, spelt(fine as string, size))).toBeGreaterThanOrEqual(0.999);
  });
});
