/** Cut-outs: the region's own pixels and no other's, at most as large as is asked. */
import { describe, expect, it } from 'vitest';
import { cutoutOf } from './cutout.ts';

const [WIDTH, HEIGHT] = [8, 4];
/** Each pixel has its place as its colour. */
const image = {
  width: WIDTH,
  height: HEIGHT,
  data: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => [Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH), 9][i % 3]),
};
/** A region from the third to the sixth column of the lower two rows, but for one pixel. */
const labels = {
  width: WIDTH,
  height: HEIGHT,
  data: Int32Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH >= 2 && i % WIDTH < 6 && i >= 2 * WIDTH && i !== 2 * WIDTH + 3 ? 5 : 1)),
};

describe('a cut-out', () => {
  it('has the colours of its region, and nothing of others', () => {
    const { data, width, height } = cutoutOf(image, labels, 5, [2, 2, 4, 2], 100);
    expect([width, height]).toEqual([4, 2]);
    expect([...data.subarray(0, 8)]).toEqual([2, 2, 9, 255, 0, 0, 0, 0]);
    expect([...data.subarray(28)]).toEqual([5, 3, 9, 255]);
  });

  it('is at most so long, and at least a pixel', () => {
    const { data, width, height } = cutoutOf(image, labels, 5, [2, 2, 4, 2], 2);
    expect([width, height]).toEqual([2, 1]);
    expect([...data]).toEqual([3, 3, 9, 255, 5, 3, 9, 255]);
    expect(cutoutOf(image, labels, 5, [2, 2, 4, 2], 1)).toMatchObject({ width: 1, height: 1 });
  });
});
