import fc from 'fast-check';
import { decode, encode } from 'fast-png';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pngFile, pngHeader } from '../../test/picture-files.ts';
import { decodeLabelPng, encodeIndexedPng } from './indexed-png.ts';
import { segmentPalette } from './palette.ts';

const palette = segmentPalette(256);
const map = (width: number, height: number, id: (i: number) => number) => ({
  width,
  height,
  data: Int32Array.from({ length: width * height }, (_, i) => id(i)),
});
const colourType = (png: Uint8Array) => ({ depth: png[24], colour: png[25] });

describe('encodeIndexedPng', () => {
  it('keeps every index, also where palette colours are equal', async () => {
    const labels = map(16, 16, (i) => i);
    const png = await encodeIndexedPng(labels, new Uint8Array(768).fill(9));
    expect(colourType(png)).toEqual({ depth: 8, colour: 3 });
    expect(decodeLabelPng(png)).toEqual(labels);
    expect(decode(png).palette?.length).toBe(256);
  });

  it('has colours of its own where none are given', async () => {
    const labels = map(3, 2, (i) => i);
    expect(await encodeIndexedPng(labels)).toEqual(await encodeIndexedPng(labels, palette));
  });

  it('shows its colours to other readers', async () => {
    const { data } = await sharp(
      await encodeIndexedPng(
        map(3, 2, (i) => i),
        palette,
      ),
    )
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual([...palette.subarray(0, 18)]);
  });

  it('turns to 16-bit grey past 256 ids', async () => {
    const labels = map(256, 257, (i) => Math.min(i, 65_535));
    const png = await encodeIndexedPng(labels, palette);
    expect(colourType(png)).toEqual({ depth: 16, colour: 0 });
    expect(decodeLabelPng(png)).toEqual(labels);
    const other = await sharp(png).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
    expect(other.readUInt16LE(300 * 2)).toBe(300);
  });

  it('comes back the same', async () => {
    const size = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 1, max: 65_535 }), fc.infiniteStream(fc.nat()), async (w, h, most, numbers) => {
        const ids = [...numbers.take(w * h)];
        const labels = map(w, h, (i) => ids[i] % (most + 1));
        expect(decodeLabelPng(await encodeIndexedPng(labels, palette))).toEqual(labels);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [map(2, 1, (i) => -i), /Segment ids must be 0 or more, but the one at x 1, y 0 is -1/],
    [map(2, 1, () => 65_536), /label ids up to 65535 but one is 65536: renumber them or write NPY/],
    [{ ...map(2, 2, () => 0), width: 3 }, /Expected 3 x 2 numbers for labels\.data/],
  ])('refuses what does not fit %#', async (labels, message) => {
    await expect(encodeIndexedPng(labels, palette)).rejects.toThrow(message);
  });

  it('refuses a palette that is too short', async () => {
    await expect(
      encodeIndexedPng(
        map(1, 1, () => 0),
        new Uint8Array(9),
      ),
    ).rejects.toThrow(/Expected 256 colours of 3 bytes for palette but received Uint8Array of 9 bytes/);
  });
});

describe('decodeLabelPng', async () => {
  it.each([1, 2, 4, 8] as const)('reads grey and palette of %i bits as they stand', (depth) => {
    const top = 2 ** depth - 1;
    const ids = map(5, 3, (i) => (i * 7) % (top + 1));
    const perByte = 8 / depth;
    const rowBytes = Math.ceil(5 / perByte);
    const data = new Uint8Array(rowBytes * 3);
    ids.data.forEach((id, i) => {
      const x = i % 5;
      data[Math.floor(i / 5) * rowBytes + Math.floor(x / perByte)] |= id << (8 - depth * ((x % perByte) + 1));
    });
    const file = { width: 5, height: 3, depth, channels: 1, data };
    const indices = Array.from({ length: top + 1 }, (_, i) => [i, 0, 0]);
    for (const png of [encode(file), encode({ ...file, palette: indices })]) expect(decodeLabelPng(png)).toEqual(ids);
  });

  it("reads another writer's palette PNG with its own filters", async () => {
    const grey = Buffer.from(Array.from({ length: 600 }, (_, i) => Math.floor(i / 37)));
    const png = await sharp(grey, { raw: { width: 30, height: 20, channels: 1 } })
      .toColourspace('b-w')
      .png({ adaptiveFiltering: true })
      .toBuffer();
    expect(decodeLabelPng(png).data).toEqual(Int32Array.from(grey));
  });

  const good = await encodeIndexedPng(
    map(9, 9, (i) => i),
    palette,
  );
  const rgb = encode({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) });
  it.each([
    ['nothing', new Uint8Array(0), /^l\.png is not a PNG/],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0), /^l\.png is not a PNG: give a label map/],
    ['half a header', good.subarray(0, 20), /^l\.png is a truncated or damaged PNG/],
    ['half a file', good.subarray(0, good.length / 2), /^l\.png is a truncated or damaged PNG/],
    ['a flipped bit', good.with(good.length - 20, good[good.length - 20] ^ 1), /^l\.png is a truncated or damaged PNG/],
    ['RGB', rgb, /^l\.png is an RGB or transparent PNG: labels are the indices/],
    ['grey with alpha', encode({ width: 1, height: 1, channels: 2, data: Uint8Array.of(1, 2) }), /is an RGB or transparent PNG/],
    ['four billion pixels', good.with(16, 9).with(20, 9), /^l\.png has 150994953 x 150994953 pixels, more than a label map may have/],
    [
      'a second header',
      pngFile(pngHeader(1, 1, 8, 0), pngHeader(9000, 9000, 8, 0)),
      /^l\.png is a truncated or damaged PNG \(it has a second header\)$/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeLabelPng(bytes, 'l.png')).toThrow(message);
  });
});
