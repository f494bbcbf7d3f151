import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../test/goldens.ts';
import type { LabelMap } from '../../toolkit.ts';
import { majority, majorityShares, piecesPerSegment, relativeBorder, scoreCleanliness } from './cleanliness.ts';

interface Case {
  name: string;
  width: number;
  prediction: number[];
  annotators: number[][];
  pieces: number;
  slivers: number;
  roughness: number;
  borderLength: number;
}

/** A map from its rows, a digit a pixel. */
const drawn = (...rows: string[]): LabelMap => ({
  data: Int32Array.from([...rows.join('')].map(Number)),
  width: rows[0].length,
  height: rows.length,
});
const mapOf = (ids: readonly number[], width: number): LabelMap => ({ data: Int32Array.from(ids), width, height: ids.length / width });
const TWO_HALVES = drawn('00001111', '00001111', '00001111', '00001111');

describe('cleanliness', () => {
  it.each(goldenJson<Case[]>('regions/cases.json'))(
    'is that of Python: $name',
    async ({ width, prediction, annotators, pieces, slivers, roughness, borderLength }) => {
      const score = await scoreCleanliness(
        mapOf(prediction, width),
        annotators.map((ids) => mapOf(ids, width)),
      );
      expect(score.pieces).toBeCloseTo(pieces, 12);
      expect(score.slivers).toBeCloseTo(slivers, 12);
      expect(score.roughness).toBeCloseTo(roughness, 12);
      expect(score.borderLength).toBeCloseTo(borderLength, 12);
    },
  );

  it('does not depend on the ids', async () => {
    const { width, prediction, annotators } = goldenJson<Case[]>('regions/cases.json')[1];
    const people = annotators.map((ids) => mapOf(ids, width));
    const renamed = prediction.map((id) => 300 - 11 * id);
    expect(await scoreCleanliness(mapOf(renamed, width), people)).toEqual(await scoreCleanliness(mapOf(prediction, width), people));
  });
});

describe('pieces a segment', () => {
  it('counts what hangs together by sides, not by corners', async () => {
    expect(await piecesPerSegment(drawn('01', '10'))).toBe(2);
    expect(await piecesPerSegment(drawn('010', '000', '111'))).toBe(1.5);
    expect(await piecesPerSegment(TWO_HALVES)).toBe(1);
  });
});

describe('slivers and roughness', () => {
  it('are none along a straight border, and none without a border', () => {
    expect(majorityShares(TWO_HALVES)).toEqual({ slivers: 0, roughness: 0 });
    expect(majorityShares(drawn('000', '000'))).toEqual({ slivers: 0, roughness: 0 });
  });

  it('are a line one pixel wide: both of its borders go, and each of its pixels changes', () => {
    const line = drawn('000010000', '000010000', '000010000', '000010000', '000010000');
    expect(majorityShares(line)).toEqual({ slivers: 1, roughness: 0.5 });
  });

  it('are no line three pixels wide', () => {
    expect(majorityShares(drawn(...Array.from({ length: 5 }, () => '0001110000')))).toEqual({ slivers: 0, roughness: 0 });
  });

  it('tell a corner that is rounded off from a border that goes', () => {
    const corner = drawn('0000000', '0000000', '0000000', '0001111', '0001111', '0001111', '0001111');
    const { slivers, roughness } = majorityShares(corner);
    expect(slivers).toBe(0);
    expect(roughness).toBeGreaterThan(0);
  });

  it('leave a pixel its label on a tie, and give it to the lowest of others', () => {
    expect(majority(drawn('01', '01'))).toEqual(drawn('01', '01'));
    expect([...majority(drawn('11022')).data]).toEqual([1, 1, 1, 2, 2]);
  });
});

describe('border length', () => {
  it('is in units of the mean over the annotators', () => {
    const three = drawn('00112222', '00112222', '00112222', '00112222');
    const none = drawn('00000000', '00000000', '00000000', '00000000');
    expect(relativeBorder(three, [TWO_HALVES])).toBe(2);
    expect(relativeBorder(three, [TWO_HALVES, none])).toBe(4);
    expect(relativeBorder(none, [TWO_HALVES])).toBe(0);
  });

  it('is none where nobody drew a border', () => {
    expect(relativeBorder(TWO_HALVES, [drawn('00000000', '00000000', '00000000', '00000000')])).toBeNull();
  });
});
