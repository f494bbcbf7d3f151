import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeJpeg, encodePng } from './encode-node.ts';

describe('encodeJpeg and encodePng', () => {
  const rgb = { width: 16, height: 8, data: new Uint8Array(16 * 8 * 3).fill(200) };

  it('write a JPEG close to the picture', async () => {
    const { data, info } = await sharp(await encodeJpeg(rgb))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([16, 8, 3]);
    expect(Math.max(...data.map((v) => Math.abs(v - 200)))).toBeLessThan(3);
  });

  it.each([1, 3, 4])('write a PNG of %i channels exactly', async (channels) => {
    const data = Uint8Array.from({ length: 20 * channels }, (_, i) => (i * 37) % 256);
    const png = await encodePng({ width: 5, height: 4, data });
    expect((await sharp(png).metadata()).channels).toBe(channels);
    expect(
      new Uint8Array(
        await sharp(png)
          .toColourspace(channels === 1 ? 'b-w' : 'srgb')
          .raw()
          .toBuffer(),
      ),
    ).toEqual(data);
  });

  it('refuse what does not fit', async () => {
    await expect(encodePng({ width: 2, height: 2, data: new Uint8Array(7) })).rejects.toThrow(/Expected 1, 3 or 4 bytes for each of 2 x 2 pixels/);
    await expect(encodeJpeg({ width: 70_000, height: 1, data: new Uint8Array(210_000) })).rejects.toThrow(/A JPEG is at most 65535 pixels a side/);
  });
});
