import { describe, expect, it } from 'vitest';
import { scoreMaps } from './assign.ts';
import { rescored } from './rescore.ts';

/** 4 x 2 tokens of 5 x 5 pixels, each of its own direction. */
const features = { data: Float32Array.from({ length: 8 * 3 }, (_, i) => 1 + ((i * 37) % 11)), width: 4, height: 2, channels: 3 };
/** A region a token, or in columns of pixels from given ones on. */
const columns = (from: number[]) => {
  const data = Int32Array.from({ length: 200 }, (_, i) => from.filter((x) => i % 20 >= x).length);
  const area = new Float64Array(from.length + 1);
  for (const region of data) area[region]++;
  return { data, width: 20, height: 10, count: area.length, area };
};

describe('rescored', () => {
  it('is scoreMaps where segments are whole tokens', async () => {
    const { scores, segmentOf } = await rescored(columns([10]), Int32Array.of(1, 0), [3, 8], features, 0.5);
    const want = await scoreMaps({ data: Int32Array.of(8, 8, 3, 3, 8, 8, 3, 3), width: 4, height: 2 }, features);
    expect(scores.ids).toEqual(want.ids);
    expect(segmentOf).toEqual(Int32Array.of(1, 0));
    scores.data.forEach((v, i) => expect(v).toBeCloseTo(want.data[i], 5));
  });

  it('counts a token by the share that a segment has of it', async () => {
    const { scores } = await rescored(columns([2]), Int32Array.of(0, 1), [0, 1], features, 0.5); // 0.4 of the two tokens on the left
    const of = (rows: number[]) =>
      scoreMaps({ data: Int32Array.from({ length: 8 }, (_, t) => (rows.includes(t) ? 0 : 1)), width: 4, height: 2 }, features);
    for (let t = 0; t < 8; t++) {
      expect(scores.data[t]).toBeCloseTo((await of([0, 4])).data[t], 5);
      const whole = (await of([])).data[t]; // all eight tokens
      expect(8 * whole - 0.8 * scores.data[t] - 7.2 * scores.data[8 + t]).toBeCloseTo(0, 4);
    }
  });

  it('gives up what is too small, but never the last', async () => {
    const small = await rescored(columns([1]), Int32Array.of(0, 1), [5, 6], features, 0.5); // 0.4 of a token in all
    expect(small.scores.ids).toEqual([6]);
    expect(small.segmentOf).toEqual(Int32Array.of(-1, 0));
    expect((await rescored(columns([1]), Int32Array.of(0, 1), [5, 6], features, 0.3)).scores.ids).toEqual([5, 6]);
    expect((await rescored(columns([]), Int32Array.of(0), [4], features, 1000)).scores.ids).toEqual([4]);
  });

  it('takes a segment of one whole token for what the token is', async () => {
    const { width, height, ...rest } = columns([5]);
    const data = Int32Array.from({ length: 200 }, (_, i) => (i % 20 < 5 && i < 100 ? 1 : 0));
    const { scores } = await rescored({ ...rest, data, width, height, area: Float64Array.of(175, 25) }, Int32Array.of(0, 1), [0, 1], features, 0.5);
    const want = await scoreMaps({ data: Int32Array.of(1, 0, 0, 0, 0, 0, 0, 0), width: 4, height: 2 }, features);
    scores.data.forEach((v, i) => expect(v).toBeCloseTo(want.data[i], 5));
  });
});
