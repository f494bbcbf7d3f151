import { expect, it } from 'vitest';
import { cutout, maskOf } from './cutouts.ts';
import { describeSegments } from './segments.ts';

const labels = { width: 3, height: 2, data: Int32Array.of(0, 5, 5, 0, 0, 5) };
const image = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i + 1) };

it('maskOf is white inside', () => {
  expect(maskOf(labels, 5)).toEqual({ width: 3, height: 2, data: Uint8Array.of(0, 255, 255, 0, 0, 255) });
  expect(maskOf(labels, 4).data).toEqual(new Uint8Array(6));
});

it('cutout crops to the box, transparent outside', async () => {
  const segment = (await describeSegments(labels, image))[1];
  expect(cutout(image, labels, segment)).toEqual({
    width: 2,
    height: 2,
    data: Uint8Array.of(4, 5, 6, 255, 7, 8, 9, 255, 0, 0, 0, 0, 16, 17, 18, 255),
  });
});

it('cutout refuses another size', async () => {
  const segment = (await describeSegments(labels, image))[0];
  expect(() => cutout({ ...image, width: 2, height: 3 }, labels, segment)).toThrow(/The picture is 2 x 3 but the labels are 3 x 2/);
});
