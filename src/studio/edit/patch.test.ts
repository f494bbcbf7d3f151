import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf, labelMaps, map, rowsOf, sheetIn } from '../../../test/sheets.ts';
import { applyPatch, eachRun, type Patch, rewrite } from './patch.ts';
import { type Box, sheetOf } from './sheet.ts';
import { newWriter, readNumber, writeNumber, written } from './varint.ts';

const whole = (width: number, height: number): Box => [0, 0, width, height];

/** The patch from one map to another. */
const between = (from: ReturnType<typeof map>, to: ReturnType<typeof map>) =>
  rewrite(sheetOf(from), whole(from.width, from.height), (row, y) => row.set(to.data.subarray(y * to.width, (y + 1) * to.width)));

const listOf = (patch: Patch, size = { width: 100, height: 100 }) => {
  const runs: number[][] = [];
  eachRun(patch, size, (...run) => runs.push(run));
  return runs;
};

describe('a patch', () => {
  it('leads from one map to another and back', () => {
    const pairs = labelMaps().chain((from) => labelMaps(from.width, from.height).map((to) => [from, to] as const));
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        const patch = between(from, to);
        const sheet = sheetOf(from);
        if (patch) applyPatch(sheet, patch);
        expect(sheet.data).toEqual(to.data);
        if (patch) applyPatch(sheet, patch, true);
        expect(sheet.data).toEqual(from.data);
      }),
    );
  });

  it('has its runs in one where they go on over rows, and a box around all that changes', () => {
    const patch = between(map('0000', '0000', '0000'), map('0011', '1100', '0002')) as Patch;
    expect(listOf(patch)).toEqual([
      [2, 6, 0, 1],
      [11, 12, 0, 2],
    ]);
    expect(patch.box).toEqual([0, 0, 4, 3]);
    expect((between(map('000', '000', '000'), map('000', '010', '000')) as Patch).box).toEqual([1, 1, 1, 1]);
  });

  it('has no more runs than both maps together', () => {
    const [from, to] = [map('001122', '001122'), map('344445', '344455')];
    expect(listOf(between(from, to) as Patch).length).toBeLessThanOrEqual(6 + 6);
  });

  it('touches nothing but its box, and leaves the sheet to others', () => {
    const sheet = sheetIn('000', '000', '000');
    const patch = rewrite(sheet, [1, 1, 2, 1], (row) => row.fill(1)) as Patch;
    expect(rowsOf(sheet)).toEqual(['000', '000', '000']);
    applyPatch(sheet, patch);
    expect(rowsOf(sheet)).toEqual(['000', '011', '000']);
  });

  const patch = between(map('0000'), map('0120')) as Patch;
  it.each<[string, object]>([
    ['cut off', { ...patch, runs: patch.runs.subarray(0, -1) }],
    ['of a longer picture', { ...patch, runs: Uint8Array.of(0, 1, 0, 0, 200, 1, 0) }],
    ['with an empty run', { ...patch, runs: Uint8Array.of(0, 1, 0, 0, 0, 0) }],
    ['with a pair that is not there', { ...patch, runs: Uint8Array.of(0, 1, 2) }],
    ['with half a pair', { ...patch, pairs: Int32Array.of(0), runs: Uint8Array.of(0, 1, 0) }],
    ['without runs', { ...patch, runs: [0, 1, 0] }],
    ['with endless numbers', { ...patch, runs: new Uint8Array(20).fill(255) }],
  ])('that is %s is refused, and nothing of it is done', (_, damaged) => {
    const sheet = sheetIn('0000');
    const before = copyOf(sheet);
    expect(() => applyPatch(sheet, damaged as Patch)).toThrow(/damaged/);
    expect(sheet).toEqual(before);
  });
});

it('numbers come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 31 - 1 })), { maxLength: 200 }), (values) => {
      const writer = newWriter();
      for (const value of values) writeNumber(writer, value);
      const reader = { data: written(writer), at: 0 };
      expect(values.map(() => readNumber(reader))).toEqual(values);
      expect(reader.at).toBe(reader.data.length);
    }),
  );
});
