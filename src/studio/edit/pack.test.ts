import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelMaps, map, sheetIn } from '../../../test/sheets.ts';
import { applyStep } from './history.ts';
import { rename } from './marks.ts';
import { merge } from './merge.ts';
import { packLabels, packSheet, unpackLabels, unpackSheet } from './pack.ts';

describe('packed labels', () => {
  it('come back as they were, whatever their ids', () => {
    fc.assert(
      fc.property(labelMaps(), fc.integer(), (labels, by) => {
        const odd = { ...labels, data: labels.data.map((id) => id + by) };
        expect(unpackLabels(structuredClone(packLabels(odd)))).toEqual(odd);
      }),
    );
  });

  it('are small where regions are wide', () => {
    const [width, height] = [1000, 750];
    const data = Int32Array.from(
      { length: width * height },
      (_, i) => Math.floor((i % width) / 140 + Math.sin(i / width / 9)) + 1 + 8 * Math.floor(i / width / 125),
    );
    expect(packLabels({ data, width, height }).runs.length).toBeLessThan(data.length / 30);
  });

  const packed = packLabels(map('0011', '2222'));
  it.each<[string, object | undefined]>([
    ['nothing', undefined],
    ['too few', { ...packed, runs: packed.runs.subarray(0, -2) }],
    ['half a run', { ...packed, runs: packed.runs.subarray(0, -1) }],
    ['too many', { ...packed, height: 1 }],
    ['of no size', { ...packed, width: Number.NaN }],
    ['of a huge size', { ...packed, width: 2 ** 30, height: 2 ** 30 }],
    ['of ids that are not there', { ...packed, ids: Int32Array.of(0) }],
    ['with empty runs', { ...packed, runs: Uint8Array.of(0, 0, 8, 0) }],
    ['with endless numbers', { ...packed, runs: new Uint8Array(99).fill(128) }],
    ['of other arrays', { ...packed, ids: [0, 1, 2] }],
  ])('are refused where they are %s', (_, damaged) => {
    expect(() => unpackLabels(damaged as never)).toThrow(/damaged|pixels/);
  });

  it('that say to be larger than they are ask for no memory', () => {
    expect(() => unpackLabels({ width: 2 ** 27, height: 1, ids: Int32Array.of(0), runs: Uint8Array.of(255, 255, 255, 63, 0) })).toThrow(
      /there are 134217727 for 134217728 x 1/,
    );
  });
});

describe('a packed sheet', () => {
  it('comes back as it was', () => {
    const sheet = sheetIn('0123', '0123');
    applyStep(sheet, merge(sheet, [2, 3]) as never);
    applyStep(sheet, rename(sheet, [1], 'cat') as never);
    expect(unpackSheet(structuredClone(packSheet(sheet)))).toEqual(sheet);
  });

  it('has a mark for each id that occurs, whatever the packed ones are of', () => {
    const packed = packSheet(sheetIn('01'));
    const sheet = unpackSheet({
      ...packed,
      marks: [
        [9, { name: 'nowhere' }],
        [0, { name: 'cat' }],
      ],
      nextId: Number.NaN,
    });
    expect([...sheet.marks]).toEqual([
      [0, { name: 'cat' }],
      [1, {}],
    ]);
    expect(sheet.nextId).toBe(2);
  });

  it.each<[string, object | undefined]>([
    ['nothing', undefined],
    ['without marks', { labels: packLabels(map('0')) }],
    ['with marks that are none', { labels: packLabels(map('0')), marks: [3] }],
    ['with a mark that cannot be', { labels: packLabels(map('0')), marks: [[0, { name: 3 }]] }],
    ['without labels', { marks: [] }],
    ['with negative ids', { labels: packLabels({ data: Int32Array.of(-1), width: 1, height: 1 }), marks: [] }],
  ])('is refused where it is %s', (_, damaged) => {
    expect(() => unpackSheet(damaged as never)).toThrow(/damaged|Expected/);
  });
});
