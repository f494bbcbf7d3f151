import { describe, expect, it } from 'vitest';
import { keepClear } from './keep.ts';

/** 4 tokens: two of segment 3, one of 5, one of 7; segments lead their tokens by 0.4, 0.4, 0.4 and 0.1. */
const coarse = { data: Int32Array.of(3, 3, 5, 7), width: 4, height: 1 };
const scores = { data: Float32Array.of(0.9, 0.9, 0.5, 0.8, 0.5, 0.5, 0.9, 0.5, 0.3, 0.3, 0.3, 0.9), width: 4, height: 1, ids: [3, 5, 7] };
const regions = { data: Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3) };
const own = Int32Array.of(3, 3, 5, 7);
const drawn = (...ids: number[]) => ({ data: Int32Array.from(ids), width: 8, height: 1 });
const settings = { leastTokens: 1, clearness: 1 };

describe('keepClear', () => {
  it('gives a lost segment its own regions back', () => {
    const out = keepClear(drawn(3, 3, 3, 3, 3, 3, 3, 7), regions, own, coarse, scores, settings);
    expect([...out.data]).toEqual([3, 3, 3, 3, 5, 5, 3, 7]);
  });

  it('gives up one that is unclear, small, or leads nowhere', () => {
    const without7 = drawn(3, 3, 3, 3, 5, 5, 5, 5);
    expect(keepClear(without7, regions, own, coarse, scores, settings)).toEqual(without7);
    expect([...keepClear(without7, regions, own, coarse, scores, { ...settings, clearness: 0.3 }).data]).toEqual([3, 3, 3, 3, 5, 5, 7, 7]);
    const without5 = drawn(3, 3, 3, 3, 3, 3, 7, 7);
    expect(keepClear(without5, regions, own, coarse, scores, { ...settings, leastTokens: 2 })).toEqual(without5);
    expect(keepClear(without5, regions, Int32Array.of(3, 3, 3, 7), coarse, scores, settings)).toEqual(without5);
  });

  it('leaves a drawing alone that has all of them', () => {
    const whole = drawn(3, 3, 3, 5, 5, 5, 7, 7);
    expect(keepClear(whole, regions, own, coarse, scores, settings)).toBe(whole);
  });

  it('asks for a lead on each token of a segment of several, on average', () => {
    const without3 = drawn(5, 5, 5, 5, 5, 5, 7, 7);
    const at = (clearness: number) => [...keepClear(without3, regions, own, coarse, scores, { leastTokens: 2, clearness }).data];
    expect(at(1.2)).toEqual([3, 3, 3, 3, 5, 5, 7, 7]); // 0.4 a token is 1.23 times the usual lead
    expect(at(1.3)).toEqual([...without3.data]);
  });
});
