import { describe, expect, it } from 'vitest';
import { goldenFeatures, goldenJson, goldenLabels, sameShare } from '../../test/goldens.ts';
import { random } from '../../test/random.ts';
import type { CutTree, FeatureMap } from '../types.ts';
import { assign, scoreMaps, scorePlanes } from './assign.ts';

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

  describe('with a tree that has scores of its own', () => {
    const cells = { data: Int32Array.of(0, 1, 2, 0), width: 4, height: 1 };
    const planes = [4, 1, 0, 3, 0, 3, 0, 1, 1, 0, 10, 0];
    const tree = { cells, order: Int32Array.of(0, 1, 2), scores: Float32Array.from(planes) } as unknown as CutTree;
    const flat: FeatureMap = { data: new Float32Array(4).fill(1), width: 4, height: 1, channels: 1 };
    const labels = (...data: number[]) => ({ data: Int32Array.from(data), width: 4, height: 1 });
    const at = { width: 16, height: 2 };

    it('asks these, whatever the features', async () => {
      const { data, ids } = await scoreMaps(labels(7, 2, 5, 7), flat, {}, tree);
      expect([ids, [...data]]).toEqual([
        [2, 5, 7],
        [...planes.slice(4), ...planes.slice(0, 4)],
      ]);
      const joined = await scoreMaps(labels(4, 1, 1, 4), flat, {}, tree);
      expect([joined.ids, [...joined.data]]).toEqual([
        [1, 4],
        [1, 3, 10, 1, 4, 1, 0, 3],
      ]);
      const { data: drawn } = await assign(labels(7, 2, 5, 7), flat, { width: 8, height: 1, tree });
      expect([...drawn]).toEqual([7, 7, 2, 5, 5, 5, 5, 7]); // between 2 and 5: 2.25 and 2.5, then 0.75 and 7.5
    });

    it('draws segments of several elements as the union of these', async () => {
      const apart = await assign(labels(0, 1, 2, 0), flat, { ...at, tree });
      const together = await assign(labels(0, 1, 1, 0), flat, { ...at, tree });
      expect(together.data).toEqual(apart.data.map((id) => Math.min(id, 1)));
      expect(new Set((await assign(labels(3, 3, 3, 3), flat, { ...at, tree })).data)).toEqual(new Set([3]));
    });

    it('refuses labels that are no segments of it, and what is no tree', async () => {
      await expect(assign(labels(0, 1, 2, 3), flat, { ...at, tree })).rejects.toThrow(/^The labels are no segments of the tree: give/);
      const other = { ...tree, cells: { ...cells, width: 2, height: 2 } };
      await expect(assign(labels(0, 1, 2, 0), flat, { ...at, tree: other })).rejects.toThrow(/no segments of the tree/);
      await expect(assign(labels(0, 1, 2, 0), flat, { ...at, tree: {} as CutTree })).rejects.toThrow(
        /^Expected a tree that a solver gave for tree but received/,
      );
    });
  });

  it('can be cancelled', async () => {
    await expect(assign(coarse, features, { width: 2, height: 2, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe('scores', () => {
  const next = random(3);
  const [width, height, channels] = [7, 5, 6];
  const map: FeatureMap = { data: Float32Array.from({ length: width * height * channels }, () => next() - 0.3), width, height, channels };
  const unit = Array.from({ length: width * height }, (_, t) => {
    const row = [...map.data.subarray(t * channels, (t + 1) * channels)];
    return row.map((v) => v / Math.hypot(...row));
  });
  const labelsOf = (count: number) => ({ data: Int32Array.from({ length: width * height }, (_, t) => 90 - 7 * (t % count)), width, height });
  const score = (ids: number[], labels: Int32Array, token: number): number[] =>
    ids.map((id) => {
      const own = unit.filter((_, t) => labels[t] === id);
      return unit[token].reduce((sum, v, c) => sum + (v * own.reduce((total, row) => total + row[c], 0)) / own.length, 0);
    });

  it.each([1, 2, 4, 5, 9])('are products of unit tokens and the plain means of %i segments, ids ascending', async (count) => {
    const labels = labelsOf(count);
    const { data, ids, ...size } = await scoreMaps(labels, map);
    expect(ids).toEqual([...new Set(labels.data)].sort((a, b) => a - b));
    expect(size).toEqual({ width, height });
    expect(data).toHaveLength(count * width * height);
    unit.forEach((_, t) => score(ids, labels.data, t).forEach((want, k) => expect(data[k * width * height + t]).toBeCloseTo(want, 5)));
  });

  it('take means to single precision', async () => {
    expect([...(await scorePlanes(Float32Array.of(1), Float64Array.of(1 + 2 ** -30), 1, {}))]).toEqual([1]);
  });

  it.each([
    [23, 18, 2],
    [40, 5, 5],
    [7, 5, 9],
    [3, 2, 4],
    [2, 300, 6],
  ])('are largest, upsampled, for what a pixel is given: %ix%i, %i segments', async (toWidth, toHeight, count) => {
    const labels = labelsOf(count);
    const ids = [...new Set(labels.data)].sort((a, b) => a - b);
    const scores = unit.map((_, t) => score(ids, labels.data, t));
    const place = (i: number, size: number, from: number) => {
      const at = Math.max(0, ((i + 0.5) * from) / size - 0.5);
      const low = Math.min(from - 1, Math.floor(at));
      return { low, high: Math.min(from - 1, low + 1), w: at - low };
    };
    const { data } = await assign(labels, map, { width: toWidth, height: toHeight });
    data.forEach((id, i) => {
      const x = place(i % toWidth, toWidth, width);
      const y = place(Math.floor(i / toWidth), toHeight, height);
      const all = ids.map((_, k) => {
        const line = (row: number) => scores[row * width + x.low][k] * (1 - x.w) + scores[row * width + x.high][k] * x.w;
        return line(y.low) * (1 - y.w) + line(y.high) * y.w;
      });
      expect(all[ids.indexOf(id)]).toBeGreaterThan(Math.max(...all) - 1e-5);
    });
  });

  it('go to the lower id where they are equal', async () => {
    const same: FeatureMap = { data: new Float32Array(8).fill(1), width: 4, height: 1, channels: 2 };
    const labels = { data: Int32Array.of(5, 2, 9, 2), width: 4, height: 1 };
    expect(new Set((await assign(labels, same, { width: 9, height: 2 })).data)).toEqual(new Set([2]));
  });
});
