import { describe, expect, it } from 'vitest';
import { geoAt, toldGeo } from './geo.ts';
import type { GeoReference } from './types.ts';

/** EPSG:32633, whole coordinates at corners (1) or centres (2) of pixels. */
const keys = (raster: number) => [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, raster, 3072, 0, 1, 32633];
const [FULL, HALF] = [
  { width: 8, height: 6 },
  { width: 4, height: 2 },
];

/** Where pixel coordinates of the outer corner lie by the tags: both ways to say it. */
const byScale = ({ tags }: GeoReference, column: number, row: number, half = 0): number[] => {
  const [across, down] = tags[33550] as number[];
  const [i, j, , x, y] = tags[33922] as number[];
  return [x + (column - half - i) * across, y - (row - half - j) * down];
};
const byMatrix = ({ tags }: GeoReference, column: number, row: number, half = 0): number[] => {
  const m = tags[34264] as number[];
  return [0, 4].map((r) => m[r] * (column - half) + m[r + 1] * (row - half) + m[r + 3]);
};

describe('geoAt', () => {
  it.each([
    [1, 0],
    [2, 0.5],
  ])('keeps every place where it was, raster type %i', (raster, half) => {
    const scaled: GeoReference = { tags: { 33550: [10, 20, 0], 33922: [2, 1, 0, 500, 900, 0], 34735: keys(raster) } };
    const turned: GeoReference = { tags: { 34264: [3, 1, 0, 70, -2, 5, 0, 80, 0, 0, 1, 0, 0, 0, 0, 1], 34735: keys(raster) } };
    for (const [column, row] of [
      [0, 0],
      [8, 6],
      [3, 5],
    ]) {
      const [x, y] = [column / 2, row / 3];
      expect(byScale(geoAt(scaled, FULL, HALF), x, y, half)).toEqual(byScale(scaled, column, row, half));
      byMatrix(geoAt(turned, FULL, HALF), x, y, half).forEach((v, k) => expect(v).toBeCloseTo(byMatrix(turned, column, row, half)[k], 9));
    }
    expect(geoAt(turned, FULL, HALF).tags[34264].slice(8)).toEqual(turned.tags[34264].slice(8));
  });

  it('scales the transform, and leaves one of the same size alone', () => {
    const geo: GeoReference = { crs: 'EPSG:32633', transform: [100, 2, 0.5, 200, 0.25, -4], tags: { 34737: 'WGS 84|' } };
    expect(geoAt(geo, FULL, FULL)).toBe(geo);
    expect(geoAt(geo, FULL, HALF)).toEqual({ ...geo, transform: [100, 4, 1.5, 200, 0.5, -12] });
    expect(toldGeo(geo)).toEqual({ crs: geo.crs, transform: geo.transform });
    expect(toldGeo({ tags: {} })).toEqual({});
  });
});
