/** Regions and label images of ImageJ. */

import { unzipSync } from 'fflate';
import { fromArrayBuffer } from 'geotiff';
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../test/export-samples.ts';
import type { LabelMap } from '../types.ts';
import { encodeImagejRois } from './imagej.ts';
import { encodeImagejLabels } from './label-tiff.ts';
import { paintPolygon } from './read/canvas.ts';
import { labelsFromTiff } from './read/tiff.ts';

const mapOf = (...rows: string[]): LabelMap => ({ data: Int32Array.from(rows.join(''), Number), width: rows[0].length, height: rows.length });

/** As ij.io.RoiDecoder reads it. */
const roiOf = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  expect(String.fromCharCode(...bytes.subarray(0, 4))).toBe('Iout');
  const [top, left, bottom, right, count] = [8, 10, 12, 14, 16].map((at) => view.getUint16(at));
  const [size, colour, second] = [36, 40, 60].map((at) => view.getUint32(at));
  const [from, length] = [16, 20].map((at) => view.getInt32(second + at));
  const name = String.fromCharCode(...Array.from({ length }, (_, i) => view.getUint16(from + 2 * i)));
  expect(bytes.length).toBe(from + 2 * length);
  const rings: number[][] = [];
  let open = 0; // that are not closed
  if (size === 0)
    rings.push(Array.from({ length: 2 * count }, (_, i) => (i % 2 ? top : left) + view.getUint16(64 + 2 * ((i % 2) * count + (i >> 1)))));
  for (let i = 0; i < size; ) {
    const at = 64 + 4 * i;
    const command = view.getFloat32(at);
    if (command === 0) {
      rings.push([]);
      open++;
    }
    if (command === 4) open--;
    if (command !== 4) rings.at(-1)?.push(view.getFloat32(at + 4), view.getFloat32(at + 8));
    i += command === 4 ? 1 : 3;
  }
  expect(open).toBe(0);
  const points = rings.flat();
  expect([left, right]).toEqual([Math.min(...points.filter((_, i) => i % 2 === 0)), Math.max(...points.filter((_, i) => i % 2 === 0))]);
  expect([top, bottom]).toEqual([Math.min(...points.filter((_, i) => i % 2)), Math.max(...points.filter((_, i) => i % 2))]);
  return { type: bytes[6], isComposite: size > 0, name, colour, rings };
};

const roisOf = (zip: Uint8Array) => Object.entries(unzipSync(zip)).map(([file, bytes]) => ({ file, ...roiOf(bytes) }));

/** By the even-odd rule. */
const painted = async (rois: ReturnType<typeof roisOf>, { width, height }: LabelMap): Promise<Int32Array> => {
  const data = new Int32Array(width * height).fill(-1);
  for (const { name, rings } of rois) {
    const inside = new Uint8Array(width * height);
    for (const ring of rings) {
      const one = { data: new Int32Array(width * height), width, height };
      await paintPolygon(one, 1, ring, {});
      for (let i = 0; i < inside.length; i++) inside[i] ^= one.data[i];
    }
    for (let i = 0; i < inside.length; i++) if (inside[i]) data[i] = Number(/\d+$/.exec(name)?.[0]);
  }
  return data;
};

describe('encodeImagejRois', () => {
  it.each(sampleMaps().filter(({ name }) => name !== '70,000 segments'))('has every pixel in regions: $name', async ({ labels }) => {
    const rois = roisOf(await encodeImagejRois({ name: 'a.tif', labels }));
    expect(await painted(rois, labels)).toEqual(labels.data);
  });

  it('has traced polygons, composites for holes and pieces, names and colours', async () => {
    const labels = mapOf('1102', '1012', '1110', '3330');
    const names = [undefined, 'a/b:c', 'b', 'c'];
    const colours = Uint8Array.from({ length: 9 }, (_, i) => i + 1);
    const rois = roisOf(await encodeImagejRois({ name: 'a.tif', labels, names, colours }));
    expect(rois.map(({ file, name, type, isComposite }) => [file, name, type, isComposite])).toEqual([
      ['segment-0.roi', 'segment-0', 1, true],
      ['a_b_c-1.roi', 'a_b_c-1', 1, true],
      ['b-2.roi', 'b-2', 8, false],
      ['c-3.roi', 'c-3', 8, false],
    ]);
    expect(rois.slice(0, 3).map(({ colour }) => colour)).toEqual([0xff010203, 0xff040506, 0xff070809]);
    expect(rois[3].colour >>> 24).toBe(255);
    const [{ type }] = roisOf(await encodeImagejRois({ name: 'a.tif', labels: mapOf('1') }, { tolerance: 2 }));
    expect(type).toBe(0);
  });

  it('leaves out the background and what is transparent, is the same each time, and keeps odd names apart', async () => {
    const labels = { ...mapOf('0123'), transparent: 3 };
    const names = ['', '', '\u{1F600}'.repeat(60), '..'];
    const picture = { name: 'a.tif', labels, names, background: 0 };
    const rois = roisOf(await encodeImagejRois(picture));
    expect(rois.map(({ name }) => name)).toEqual(['-1', `${'\u{1F600}'.repeat(50)}-2`]);
    const zip = await encodeImagejRois(picture);
    expect(zip).toEqual(await encodeImagejRois(picture));
    expect(new DataView(zip.buffer, zip.byteOffset).getUint32(10, true)).toBe(0x00216000); // of the 1st of January 1980, 12:00
  });

  it('says what ImageJ cannot hold', async () => {
    const { labels } = sampleMaps().at(-1) as { labels: LabelMap };
    await expect(encodeImagejRois({ name: 'a', labels })).rejects.toThrow(/A ZIP holds 65535 regions of ImageJ and there are 70000/);
    const wide = { data: new Int32Array(60_536), width: 60_536, height: 1 };
    await expect(encodeImagejRois({ name: 'a', labels: wide })).rejects.toThrow(/reach to 60535 pixels and the labels are 60536 x 1/);
    await expect(encodeImagejRois({ name: 'a', labels: mapOf('01') }, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('has what has too many corners for a polygon as a composite', async () => {
    const [width, height] = [1500, 60];
    const data = Int32Array.from({ length: width * height }, (_, i) => Number((i % width) % 2 === 0 || Math.floor(i / width) === 0));
    const comb = { data, width, height: 2 };
    const many = { data: Int32Array.from({ length: 40_000 * 2 }, (_, i) => Number(i < 40_000 || i % 2 === 0)), width: 40_000, height: 2 };
    const roi = (labels: LabelMap) => encodeImagejRois({ name: 'a', labels, background: 0 }).then((zip) => roisOf(zip)[0]);
    const small = await roi({ ...comb, data: data.slice(0, 2 * width) });
    expect([small.isComposite, small.rings[0].length]).toEqual([false, 2 * (4 * (width / 2) + 2)]);
    expect((await roi(many)).isComposite).toBe(true);
  });
});

describe('encodeImagejLabels', () => {
  const bitsOf = async (bytes: Uint8Array) => {
    const image = await (await fromArrayBuffer(bytes.slice().buffer)).getImage();
    return [image.getBitsPerSample(), image.getSampleFormat(), await image.fileDirectory.loadValue('PhotometricInterpretation')];
  };

  it.each(sampleMaps())('numbers segments from 1 in 16 bits of grey, or floats: $name', async ({ labels }) => {
    const bytes = await encodeImagejLabels({ name: 'a', labels });
    const back = (await labelsFromTiff(bytes)).labels;
    expect(back.data.every((id, i) => id === labels.data[i] + 1)).toBe(true);
    expect(await bitsOf(bytes)).toEqual(Math.max(...new Set(labels.data)) < 65_535 ? [16, 1, 1] : [32, 3, 1]);
  });

  it('has 0 for what is no object', async () => {
    const idsOf = async (picture: object) => [
      ...(await labelsFromTiff(await encodeImagejLabels({ name: 'a', labels: mapOf('0123'), ...picture }))).labels.data,
    ];
    expect(await idsOf({ background: 0 })).toEqual([0, 1, 2, 3]);
    expect(await idsOf({ background: 2 })).toEqual([1, 2, 0, 4]);
    expect(await idsOf({ labels: { ...mapOf('0123'), transparent: 1 } })).toEqual([1, 0, 3, 4]);
  });

  it('refuses ids that floats do not hold', () =>
    expect(encodeImagejLabels({ name: 'a', labels: { data: Int32Array.of(2 ** 24), width: 1, height: 1 } })).rejects.toThrow(/up to 16777216/));
});
