import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandRuns, toRuns } from '../tensor/runs.ts';
import type { LabelMap, Segment } from '../types.ts';
import { mergeNamed, onlyNamed } from './named.ts';
import { describeSegments } from './segments.ts';

const map = (width: number, ...data: number[]): LabelMap => ({ data: Int32Array.from(data), width, height: data.length / width });
const picture = ({ width, height }: LabelMap) => ({ data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (37 * i) % 256), width, height });

const named = async (labels: LabelMap, names: readonly (string | undefined)[]): Promise<Segment[]> =>
  (await describeSegments(labels, picture(labels))).map((segment) => ({
    ...segment,
    ...(names[segment.id] !== undefined && { name: names[segment.id], score: (segment.id + 1) / 10 }),
  }));

describe('segments of one name', () => {
  it('become one where they touch, and are described as the one that they are', async () => {
    const labels = map(4, 0, 0, 1, 1, 0, 0, 2, 1, 3, 3, 3, 3);
    const { labels: joined, segments } = await mergeNamed(labels, await named(labels, ['sky', 'sky', 'kite', 'sea']));
    expect([...joined.data]).toEqual([0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1, 1]);
    expect(segments.map(({ name, score }) => [name, score])).toEqual([
      ['sky', (4 * 0.1 + 3 * 0.2) / 7],
      ['sea', 0.4],
      ['kite', 0.3],
    ]);
    for (const [i, { name, score, ...rest }] of segments.entries()) {
      const own = (await describeSegments(joined, picture(joined)))[i];
      expect({ ...rest, centroidXY: [], meanRgb: [] }).toEqual({ ...own, centroidXY: [], meanRgb: [] });
      for (const key of ['centroidXY', 'meanRgb'] as const) for (const [c, v] of rest[key].entries()) expect(v).toBeCloseTo(own[key][c], 9);
    }
  });

  it('stay apart at a corner, and without a name', async () => {
    const labels = map(2, 0, 1, 2, 3);
    const { segments } = await mergeNamed(labels, await named(labels, ['a', undefined, undefined, 'a']));
    expect(segments.map(({ name }) => name)).toEqual(['a', undefined, undefined, 'a']);
  });

  it('are the same in runs, and merged once are merged for good', async () => {
    const maps = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(maps, async (data) => {
        const labels = map(4, ...data);
        const segments = await named(labels, ['a', 'b', undefined, 'a', 'b', 'a']);
        const once = await mergeNamed(labels, segments);
        const runs = await mergeNamed(await toRuns(labels), segments);
        expect([await expandRuns(runs.labels), runs.segments]).toEqual([once.labels, once.segments]);
        expect((await mergeNamed(once.labels, once.segments)).segments).toHaveLength(once.segments.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe('only the segments of a name', () => {
  it('are left, in their order, and all else is 0', async () => {
    const labels = { ...map(3, 0, 1, 2), transparent: 2 };
    const { labels: left, segments } = await onlyNamed(labels, await named(labels, ['cat', 'dog', 'cat']), ['cat']);
    expect(left).toEqual(map(3, 1, 0, 2));
    expect(segments.map(({ id, name }) => [id, name])).toEqual([
      [1, 'cat'],
      [2, 'cat'],
    ]);
    expect(await onlyNamed(labels, await named(labels, []), ['cat'])).toEqual({ labels: map(3, 0, 0, 0), segments: [] });
  });

  it('are refused where labels have an id that no segment has', async () => {
    const labels = map(2, 0, 1);
    const [first] = await named(labels, ['cat']);
    await expect(onlyNamed(labels, [first], ['cat'])).rejects.toThrow(/^The labels have the id 1, which none of the segments has/);
    await expect(mergeNamed(labels, [first])).rejects.toThrow(/^The labels have the id 1/);
    await expect(mergeNamed(labels, 5 as never)).rejects.toThrow(/^Expected a list of segments for segments but received 5/);
  });
});
