import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelMaps, map, sheetIn } from '../../../test/sheets.ts';
import { boxOf, regionAt, sheetOf } from './sheet.ts';
import { statsOf } from './stats.ts';

describe('statsOf', () => {
  it('measures regions, by ascending id', () => {
    expect(statsOf(sheetIn('3300', '3300', '1111'))).toEqual([
      { id: 0, area: 4, box: [2, 0, 2, 2], centroid: [2.5, 0.5], label: expect.anything() },
      { id: 1, area: 4, box: [0, 2, 4, 1], centroid: [1.5, 2], label: expect.anything() },
      { id: 3, area: 4, box: [0, 0, 2, 2], centroid: [0.5, 0.5], label: expect.anything() },
    ]);
    expect(statsOf(sheetIn('0'))).toEqual([{ id: 0, area: 1, box: [0, 0, 1, 1], centroid: [0, 0], label: [0, 0] }]);
  });

  it('agrees with counting pixel by pixel', () => {
    fc.assert(
      fc.property(labelMaps(), (labels) => {
        const sheet = sheetOf(labels);
        const stats = statsOf(sheet);
        expect(stats.map(({ id }) => id)).toEqual([...new Set(labels.data)].sort((a, b) => a - b));
        for (const { id, area, box, centroid, label } of stats) {
          const places = [...labels.data.keys()].filter((i) => labels.data[i] === id);
          expect(area).toBe(places.length);
          expect(box).toEqual(boxOf(sheet, id));
          expect(centroid[0]).toBeCloseTo(places.reduce((sum, i) => sum + (i % labels.width), 0) / area, 9);
          expect(centroid[1]).toBeCloseTo(places.reduce((sum, i) => sum + Math.floor(i / labels.width), 0) / area, 9);
          expect(regionAt(sheet, ...label)).toBe(id);
        }
      }),
    );
  });

  it('puts the label away from the border, near the centroid', () => {
    const rows = Array.from({ length: 15 }, (_, y) =>
      '0'.repeat(40).replace(/./g, (_letter, x: number) => (x > 4 && x < 35 && y > 2 && y < 12 ? '1' : '0')),
    );
    expect(statsOf(sheetIn(...rows))[1].label).toEqual([20, 7]);
    const horseshoe = ['1111111111', '1111111111', '1111111111', '1110000000', '1110000000', '1111111111', '1111111111', '1111111111'];
    const [, { label }] = statsOf(sheetIn(...horseshoe));
    for (let i = 0; i < 9; i++) expect(horseshoe[label[1] - 1 + Math.floor(i / 3)][label[0] - 1 + (i % 3)]).toBe('1');
  });

  it('finds a pixel in regions that are too small for the reduced map', () => {
    const [width, height] = [3000, 700];
    const data = new Int32Array(width * height);
    for (let id = 1; id < 200; id++) data[(id * 7919 * 3) % data.length] = id;
    const sheet = sheetOf({ data, width, height });
    for (const { id, label } of statsOf(sheet)) expect(regionAt(sheet, ...label)).toBe(id);
    expect(statsOf(sheet)).toHaveLength(200);
  });

  it('does so on long thin pictures', () => {
    const long = sheetOf({ data: Int32Array.from({ length: 5000 }, (_, i) => (i < 1000 ? 0 : 1)), width: 5000, height: 1 });
    expect(statsOf(long).map(({ label }) => label[1])).toEqual([0, 0]);
    expect(Math.abs(statsOf(long)[1].label[0] - 3000)).toBeLessThan(20);
    expect(statsOf(sheetOf(map(...'0'.repeat(900))))[0].label[0]).toBe(0);
  });
});
