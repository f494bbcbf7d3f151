import { describe, expect, it } from 'vitest';
import { toRuns } from '../tensor/runs.ts';
import type { LabelMap, Segment } from '../types.ts';
import { classify, sharesOf } from './classify.ts';

const map = (width: number, ...data: number[]): LabelMap => ({ data: Int32Array.from(data), width, height: data.length / width });
const segments = (...ids: number[]): Segment[] => ids.map((id) => ({ id }) as Segment);

describe('the share that cells have of segments', () => {
  it('is of the nearest pixel, equal parts of one', async () => {
    const labels = map(4, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1);
    const shares = sharesOf(labels, segments(0, 1), 2, 2); // pixels 1, 1 and 3, 1 and 1, 3 and 3, 3
    expect([...shares]).toEqual([0.5, 0, 0.5, 0, 0, 0.5, 0, 0.5]);
    expect(sharesOf(await toRuns(labels), segments(0, 1), 2, 2)).toEqual(shares);
  });

  it('is by pixels where no cell is left for a segment, in whatever order segments come', () => {
    const labels = map(4, 7, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    expect([...sharesOf(labels, segments(7, 0), 2, 2)]).toEqual([1, 0, 0, 0, 0.25, 0.25, 0.25, 0.25]);
    const speck = map(4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0);
    expect([...sharesOf(speck, segments(5), 1, 2)]).toEqual([0, 1]);
  });

  it('of a segment that is nowhere is none', () => {
    expect([...sharesOf(map(1, 0), segments(3), 1, 1)]).toEqual([0]);
  });
});

describe('the class of a segment', () => {
  const vocabulary = [['cat', 'kitty'], ['dog']];
  const texts = Float32Array.of(1, 0, 0, 1, -1, 0);

  it('is that of its most alike synonym, with its share among the classes', () => {
    const [cat, dog] = classify(Float32Array.of(0, 1, -1, 0), texts, vocabulary, 2, 1, 0);
    expect(cat).toEqual({ name: 'cat', score: 1 / (1 + Math.exp(-1)) });
    expect(dog).toEqual({ name: 'dog', score: 1 / (1 + Math.exp(-1)) });
  });

  it('is the first of equals, none below the least share, and none of what is no number', () => {
    const same = Float32Array.of(1, 0, 1, 0);
    expect(classify(Float32Array.of(1, 0), same, [['a'], ['b']], 2, 1, 0.5)).toEqual([{ name: 'a', score: 0.5 }]);
    expect(classify(Float32Array.of(1, 0), same, [['a'], ['b']], 2, 1, 0.51)).toEqual([undefined]);
    expect(classify(Float32Array.of(Number.NaN, 0), same, [['a'], ['b']], 2, 1, 0)).toEqual([undefined]);
    expect(classify(new Float32Array(0), same, [['a'], ['b']], 2, 1, 0)).toEqual([]);
  });
});
