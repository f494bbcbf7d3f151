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

it('cutout is as opaque as the picture, in its own colours', () => {
  const row = { width: 4, height: 1, data: Int32Array.of(7, 7, 7, 7) };
  const alpha = Uint8Array.of(255, 128, 51, 0);
  const own = [10, 200, 255];
  const data = Uint8Array.from([...alpha].flatMap((a) => own.map((v) => (v * a + 255 * (255 - a)) / 255 + 0.5))); // laid on white
  const shown = cutout({ ...row, data, alpha }, row, { id: 7, boxXYWH: [0, 0, 4, 1] });
  expect([...shown.data.subarray(0, 4)]).toEqual([...own, 255]);
  for (const at of [4, 8]) own.forEach((v, c) => expect(Math.abs(shown.data[at + c] - v)).toBeLessThanOrEqual(127.5 / alpha[at / 4] + 0.5));
  expect([shown.data[7], shown.data[11]]).toEqual([128, 51]);
  expect([...shown.data.subarray(12)]).toEqual([0, 0, 0, 0]);
  const dark = cutout(
    { width: 1, height: 1, data: Uint8Array.of(0, 9, 60), alpha: Uint8Array.of(200) },
    { ...row, width: 1, data: Int32Array.of(7) },
    {
      id: 7,
      boxXYWH: [0, 0, 1, 1],
    },
  );
  expect([...dark.data]).toEqual([0, 0, 6, 200]); // darker than alpha allows: no byte below 0 wraps
});

it('cutout refuses another size', async () => {
  const segment = (await describeSegments(labels, image))[0];
  expect(() => cutout({ ...image, width: 2, height: 3 }, labels, segment)).toThrow(/The picture is 2 x 3 but the labels are 3 x 2/);
});
