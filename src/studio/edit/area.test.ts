import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../../test/sheets.ts';
import { type Point, polygonArea, strokeArea, strokeWithin } from './area.ts';
import type { Area } from './sheet.ts';

const SIZE = { width: 14, height: 11 };
const holds = ({ box: [left, top, width, height], mask }: Area, x: number, y: number): boolean =>
  x >= left && y >= top && x < left + width && y < top + height && mask[(y - top) * width + x - left] === 1;
const count = ({ mask }: Area): number => mask.reduce((sum, inside) => sum + inside, 0);

const point = fc.tuple(fc.integer({ min: -40, max: 100 }), fc.integer({ min: -40, max: 100 })).map(([x, y]): Point => [x / 5 + 0.013, y / 5 + 0.029]);

const distanceTo = ([px, py]: Point, [ax, ay]: Point, [bx, by]: Point): number => {
  const squared = (bx - ax) ** 2 + (by - ay) ** 2;
  const t = squared === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / squared));
  return Math.hypot(px - ax - t * (bx - ax), py - ay - t * (by - ay));
};

describe('strokeArea', () => {
  it('holds the pixels whose centres lie within the radius of the line', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 4 }), fc.integer({ min: 8, max: 60 }), (points, tenths) => {
        const radius = tenths / 10;
        const area = strokeArea(points, radius, SIZE);
        for (let y = 0; y < SIZE.height; y++) {
          for (let x = 0; x < SIZE.width; x++) {
            const distance = Math.min(...points.map((p, k) => distanceTo([x + 0.5, y + 0.5], points[Math.max(0, k - 1)], p)));
            if (Math.abs(distance - radius) > 1e-6) expect([x, y, holds(area, x, y)]).toEqual([x, y, distance < radius]);
          }
        }
      }),
    );
  });

  it('holds every pixel that a line goes through, however thin', () => {
    const area = strokeArea(at('0.1,0.2 13.9,7.7'), 0.001, SIZE);
    for (let t = 0; t <= 1; t += 0.001) expect(holds(area, Math.floor(0.1 + 13.8 * t), Math.floor(0.2 + 7.5 * t))).toBe(true);
    expect(count(strokeArea(at('3.5,3.5'), 0.1, SIZE))).toBe(1);
  });

  it('stays within the picture, or within a box of it', () => {
    const all = at('-100,5 100,5');
    expect(strokeArea(all, 50, SIZE)).toEqual({ box: [0, 0, 14, 11], mask: new Uint8Array(154).fill(1) });
    expect(strokeWithin(all, 50, [3, 2, 4, 5])).toEqual({ box: [3, 2, 4, 5], mask: new Uint8Array(20).fill(1) });
    for (const points of [[], at('-9,-9'), at('90,90 91,90')] as Point[][]) expect(strokeArea(points, 2, SIZE).mask).toHaveLength(0);
  });

  it.each([
    [[[Number.NaN, 1]], 2],
    [[[1, Number.POSITIVE_INFINITY]], 2],
    [[[1e300, 1]], 2],
    [[[1]], 2],
    [['12'], 2],
    [{}, 2],
    [undefined, 2],
    [[[1, 1]], Number.NaN],
    [[[1, 1]], 0],
    [[[1, 1]], -3],
    [[[1, 1]], 1e300],
  ])('refuses %j with radius %s', (points, radius) => {
    expect(() => strokeArea(points as never, radius, SIZE)).toThrow(/^Expected (points \[x, y\]|a size of the stroke) in pixels/);
  });
});

/** Whether a ray to the right crosses the outline an odd number of times. */
const isInside = ([px, py]: Point, points: readonly Point[]): boolean =>
  points.filter(([x0, y0], k) => {
    const [x1, y1] = points[(k + 1) % points.length];
    return y0 > py !== y1 > py && px < x0 + ((py - y0) / (y1 - y0)) * (x1 - x0);
  }).length %
    2 ===
  1;

describe('polygonArea', () => {
  it('holds the pixels whose centres lie inside, by the even-odd rule', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 0, maxLength: 9 }), (points) => {
        const area = polygonArea(points, SIZE);
        for (let y = 0; y < SIZE.height; y++)
          for (let x = 0; x < SIZE.width; x++) expect([x, y, holds(area, x, y)]).toEqual([x, y, isInside([x + 0.5, y + 0.5], points)]);
      }),
    );
  });

  it('parts two polygons that have a side in common without gap or overlap', () => {
    const [a, b, c, d] = at('0,0 14,0 14,11 0,11');
    expect(count(polygonArea([a, b, c], SIZE)) + count(polygonArea([a, c, d], SIZE))).toBe(154);
  });

  it('holds nothing where there is nothing inside', () => {
    for (const points of [[], at('3,3'), at('3,3 9,9'), at('-5,-5 -1,-5 -1,-1')] as Point[][]) expect(count(polygonArea(points, SIZE))).toBe(0);
  });

  it('refuses points that are none', () => {
    expect(() =>
      polygonArea(
        [
          [0, 0],
          [1, Number.NaN],
          [2, 2],
        ],
        SIZE,
      ),
    ).toThrow(/Expected points/);
  });
});
