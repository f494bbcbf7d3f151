import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSegments } from './segments.ts';

const labels = { width: 4, height: 3, data: Int32Array.of(0, 0, 7, 7, 0, 7, 7, 7, 2, 2, 2, 0) };
const image = { width: 4, height: 3, data: Uint8Array.from({ length: 36 }, (_, i) => i) };

describe('describeSegments', () => {
  it('knows area, box, centroid and mean colour of every id, gaps allowed', async () => {
    expect(await describeSegments(labels, image)).toEqual([
      { id: 0, area: 4, boxXYWH: [0, 0, 4, 3], centroidXY: [1, 0.75], meanRgb: [12, 13, 14] },
      { id: 2, area: 3, boxXYWH: [0, 2, 3, 1], centroidXY: [1, 2], meanRgb: [27, 28, 29] },
      { id: 7, area: 5, boxXYWH: [1, 0, 3, 2], centroidXY: [2.2, 0.6], meanRgb: [13.8, 14.8, 15.8] },
    ]);
  });

  it('says that it knows no colour without a picture', async () => {
    expect((await describeSegments(labels))[0].meanRgb).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('counts every pixel once', async () => {
    const map = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        data: fc.int32Array({ min: 0, max: 2 ** 31 - 1, minLength: width * height, maxLength: width * height }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(map, async (any) => {
        const found = await describeSegments(any);
        expect(found.reduce((sum, s) => sum + s.area, 0)).toBe(any.data.length);
        expect(found.map((s) => s.id)).toEqual([...new Set(any.data)].sort((a, b) => a - b));
        for (const {
          boxXYWH: [x, y, w, h],
          centroidXY: [cx, cy],
        } of found) {
          expect(cx >= x && cx <= x + w - 1 && cy >= y && cy <= y + h - 1 && x + w <= any.width && y + h <= any.height).toBe(true);
        }
      }),
    );
  });

  it('refuses a picture of another size and negative ids', async () => {
    await expect(describeSegments({ ...labels, width: 3, height: 4 }, image)).rejects.toThrow(
      /The picture is 4 x 3 but the labels are 3 x 4: give labels/,
    );
    await expect(describeSegments({ width: 1, height: 1, data: Int32Array.of(-1) })).rejects.toThrow(
      /Segment ids must be 0 or more, but the one at x 0, y 0 is -1/,
    );
    await expect(describeSegments({ width: 0, height: 0, data: new Int32Array(0) })).rejects.toThrow(
      /^Expected a whole number from 1 for labels\.width/,
    );
  });
});
