import { describe, expect, it } from 'vitest';
import { goldenFeatures, goldenJson } from '../../../test/goldens.ts';
import { featuresOf } from '../../../test/scenes.ts';
import type { FeatureMap } from '../../types.ts';
import { solve } from '../solver.ts';
import { cut } from '../tree.ts';

interface Case {
  solver: 'maskcut' | 'tokencut';
  features: string;
  masks: string;
}

const withoutMean = ({ data, channels, ...rest }: FeatureMap): FeatureMap => {
  const mean = new Float64Array(channels);
  const n = data.length / channels;
  data.forEach((value, i) => {
    mean[i % channels] += value / n;
  });
  return { ...rest, channels, data: data.map((value, i) => value - mean[i % channels]) };
};

const labelsBy = async (solver: Case['solver'], features: FeatureMap, options = {}): Promise<Int32Array> => {
  const solution = await solve(solver, features, options);
  return 'labels' in solution ? solution.labels.data : (await cut(solution.tree, features, { price: 0 })).data;
};

/** By first appearance. */
const renumbered = (letters: Iterable<string | number>): number[] => {
  const ids = new Map<string | number, number>();
  return [...letters].map((one) => {
    ids.set(one, ids.get(one) ?? ids.size);
    return ids.get(one) as number;
  });
};

describe('maskcut and tokencut', () => {
  it.each(goldenJson<Case[]>('maskcut/cases.json'))('$solver of $features finds the masks of the published description', async (golden) => {
    const features = withoutMean(goldenFeatures(`partition/${golden.features}`));
    expect([...(await labelsBy(golden.solver, features))]).toEqual(renumbered(golden.masks));
  });

  it('finds two things on a ground, each in one piece, and no more than are asked for', async () => {
    const kind = (x: number, y: number): number => (x > 2 && x < 9 && y > 4 && y < 12 ? 1 : x > 13 && x < 17 && y > 3 && y < 9 ? 2 : 0);
    const features = withoutMean(featuresOf(20, 16, kind));
    const expected = renumbered(Array.from({ length: 320 }, (_, i) => kind(i % 20, Math.floor(i / 20))));
    expect([...(await labelsBy('maskcut', features, { masks: 2 }))]).toEqual(expected);
    expect(new Set(await labelsBy('maskcut', features, { masks: 1 })).size).toBe(2);
    expect(new Set(await labelsBy('tokencut', features)).size).toBe(2);
  });

  it('finds nothing where all is alike, and refuses more tokens than it can hold', async () => {
    const like = featuresOf(12, 12, () => 0);
    expect(new Set(await labelsBy('tokencut', like)).size).toBe(1);
    await expect(
      solve(
        'maskcut',
        featuresOf(100, 100, (x) => (x < 50 ? 0 : 1)),
      ),
    ).rejects.toThrow(/at most 8192 tokens, not 10000/);
  });
});
