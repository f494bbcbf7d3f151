/** Label TIFFs, ours and others', and what is none. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../../test/export-samples.ts';
import type { LabelMap } from '../../types.ts';
import { encodeLabelTiff } from '../label-tiff.ts';
import { labelsFromTiff } from './tiff.ts';

const row = (...ids: number[]): LabelMap => ({ data: Int32Array.from(ids), width: ids.length, height: 1 });

/** A TIFF of one strip, not compressed. @param values as bytes, the lowest first */
const tiff = (
  width: number,
  height: number,
  bits: number,
  format: number,
  values: Uint8Array,
  more: [tag: number, value: number][] = [],
): Uint8Array => {
  const tags = [
    [256, width],
    [257, height],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 200],
    [277, 1],
    [278, height],
    [279, values.length],
    [339, format],
    ...more,
  ].sort(([a], [b]) => a - b);
  const out = new Uint8Array(200 + values.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x002a4949, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, tags.length, true);
  tags.forEach(([tag, value], i) => {
    view.setUint16(10 + 12 * i, tag, true);
    view.setUint16(12 + 12 * i, 4, true);
    view.setUint32(14 + 12 * i, 1, true);
    view.setUint32(18 + 12 * i, value, true);
  });
  out.set(values, 200);
  return out;
};
const bytesOf = (array: Int16Array | Int32Array | Float32Array | Float64Array | Uint32Array): Uint8Array => new Uint8Array(array.buffer);

describe('labelsFromTiff', () => {
  it.each(sampleMaps())('reads what encodeLabelTiff writes: $name', async ({ labels }) => {
    const back = await labelsFromTiff(await encodeLabelTiff(labels));
    expect(back.labels.data.every((id, i) => id === labels.data[i])).toBe(true);
    expect(back).toEqual({ labels: { ...labels, data: back.labels.data }, names: [], notes: [] });
  });

  it('keeps what is transparent, and where the picture lies', async () => {
    const labels = { ...row(0, 7, 2), transparent: 7 };
    expect((await labelsFromTiff(await encodeLabelTiff(labels))).labels).toEqual(labels);
    expect((await labelsFromTiff(await encodeLabelTiff({ ...row(0, 1), transparent: 7 }))).labels).toEqual(row(0, 1));
    const geo = { tags: { 33550: [10, 10, 0], 33922: [0, 0, 0, 399960, 5300040, 0], 34735: [1, 1, 0, 1, 3072, 0, 1, 32633] } };
    expect((await labelsFromTiff(await encodeLabelTiff(row(0, 1), { geo }))).geo).toMatchObject({
      crs: 'EPSG:32633',
      transform: [399960, 10, 0, 5300040, 0, -10],
    });
  });

  it('reads whole numbers with a sign, floats that are whole, and what sharp writes', async () => {
    expect((await labelsFromTiff(tiff(3, 1, 16, 2, bytesOf(Int16Array.of(0, 5, 32_767))))).labels).toEqual(row(0, 5, 32_767));
    expect((await labelsFromTiff(tiff(2, 1, 32, 3, bytesOf(Float32Array.of(0, 70_000))))).labels).toEqual(row(0, 70_000));
    expect((await labelsFromTiff(tiff(2, 1, 64, 3, bytesOf(Float64Array.of(3, 1))))).labels).toEqual(row(3, 1));
    expect((await labelsFromTiff(tiff(2, 1, 32, 1, bytesOf(Uint32Array.of(1, 2 ** 31 - 1))))).labels).toEqual(row(1, 2 ** 31 - 1));
    const grey = { raw: { width: 4, height: 2, channels: 1 as const } };
    const data = Uint8Array.of(0, 9, 2, 3, 255, 1, 1, 1);
    for (const compression of ['none', 'lzw', 'deflate', 'packbits'] as const) {
      const bytes = new Uint8Array(await sharp(data, grey).toColourspace('b-w').tiff({ compression, predictor: 'none' }).toBuffer());
      expect((await labelsFromTiff(bytes)).labels, compression).toEqual({ data: Int32Array.from(data), width: 4, height: 2 });
    }
  });

  it('refuses what holds no ids', async () => {
    const floats = (...values: number[]) => tiff(values.length, 1, 32, 3, bytesOf(Float32Array.from(values)));
    const rgb = new Uint8Array(
      await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
        .tiff()
        .toBuffer(),
    );
    const png = new Uint8Array(
      await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    const good = await encodeLabelTiff(row(0, 1, 2, 3));
    const refused: [Uint8Array, RegExp][] = [
      [floats(1, 0.5), /^The label TIFF holds 0.5 at x 1, y 0: ids are whole numbers from 0 to 2147483647$/],
      [floats(Number.NaN), /holds NaN/],
      [tiff(1, 2, 16, 2, bytesOf(Int16Array.of(0, -9999))), /holds -9999 at x 0, y 1/],
      [tiff(1, 1, 32, 1, bytesOf(Uint32Array.of(2 ** 31))), /holds 2147483648/],
      [tiff(1, 1, 16, 1, Uint8Array.of(1, 0), [[274, 6]]), /is stored turned: save it upright/],
      [rgb, /has 3 bands: give one of one band, grey or palette/],
      [png, /^The label TIFF is a picture of the kind PNG: give a TIFF/],
      [new Uint8Array(), /The label TIFF/],
      [Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0), /The label TIFF is truncated or damaged/],
      [good.subarray(0, good.length - 5), /The label TIFF is truncated or damaged/],
      [tiff(60_000, 60_000, 8, 1, Uint8Array.of(1)), /over the limit of 268435456/],
    ];
    for (const [bytes, sentence] of refused) await expect(labelsFromTiff(bytes), String(sentence)).rejects.toThrow(sentence);
    for (let at = 0; at < good.length; at++) {
      const broken = good.slice();
      broken[at] ^= 0x55;
      await labelsFromTiff(broken, { maxPixels: 10_000 }).catch((error) => expect(error.name, `byte ${at}: ${error}`).toBe('InputError'));
    }
    await expect(labelsFromTiff(good, { maxPixels: 3 })).rejects.toThrow(/over the limit of 3/);
    await expect(labelsFromTiff(good, { page: 2 })).rejects.toThrow(/page/);
    await expect(labelsFromTiff(good, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
