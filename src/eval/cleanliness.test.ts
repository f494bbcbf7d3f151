import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../test/goldens.ts';
import type { LabelMap } from '../index.ts';
import { piecesPerSegment, relativeBorder, scoreCleanliness, sliverShare } from './cleanliness.ts';

interface Case {
  name: string;
  width: number;
  prediction: number[];
  annotators: number[][];
  pieces: number;
  slivers: number;
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
    ({ width, prediction, annotators, pieces, slivers, borderLength }) => {
      const score = scoreCleanliness(
        mapOf(prediction, width),
        annotators.map((ids) => mapOf(ids, width)),
      );
      expect(score.pieces).toBeCloseTo(pieces, 12);
      expect(score.slivers).toBeCloseTo(slivers, 12);
      expect(score.borderLength).toBeCloseTo(borderLength, 12);
    },
  );

  it('does not depend on the ids', () => {
    const { width, prediction, annotators } = goldenJson<Case[]>('regions/cases.json')[1];
    const people = annotators.map((ids) => mapOf(ids, width));
    const renamed = prediction.map((id) => 300 - 11 * id);
    expect(scoreCleanliness(mapOf(renamed, width), people)).toEqual(scoreCleanliness(mapOf(prediction, width), people));
  });
});

describe('pieces a segment', () => {
  it('counts what hangs together by sides, not by corners', () => {
    expect(piecesPerSegment(drawn('01', '10'))).toBe(2);
    expect(piecesPerSegment(drawn('010', '000', '111'))).toBe(1.5);
    expect(piecesPerSegment(TWO_HALVES)).toBe(1);
  });
});

describe('slivers', () => {
  it('are none along a straight border, and none without a border', () => {
    expect(sliverShare(TWO_HALVES)).toBe(0);
    expect(sliverShare(drawn('000', '000'))).toBe(0);
  });

  it('are a line one pixel wide, of the border pixels on both of its sides', () => {
    const line = drawn('000010000', '000010000', '000010000', '000010000', '000010000');
    expect(sliverShare(line)).toBeCloseTo(1 / 3, 12);
  });

  it('are no line three pixels wide', () => {
    expect(sliverShare(drawn(...Array.from({ length: 5 }, () => '0001110000')))).toBe(0);
  });

  it('leave a pixel its label on a tie', () => {
    expect(sliverShare(drawn('01', '01'))).toBe(0);
    expect(sliverShare(drawn('0123'))).toBe(0);
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
