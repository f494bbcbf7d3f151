import { fromArrayBuffer } from 'geotiff';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runsOf } from '../../test/scenes.ts';
import { FORMAT_NAMES, SET_NAMES } from '../options/export.ts';
import { joined } from '../tensor/bytes.ts';
import type { Content, GeoReference, Segment } from '../types.ts';
import { FORMATS, type Made } from './formats.ts';
import { decodeLabelPng } from './indexed-png.ts';
import { segmentPalette } from './palette.ts';
import { describeSegments } from './segments.ts';
import { SETS } from './set-formats.ts';

const image = { data: new Uint8Array(4 * 2 * 3).fill(100), width: 4, height: 2 };
const labels = { data: Int32Array.of(0, 0, 0, 1, 0, 0, 0, 1), width: 4, height: 2 };
const segments = await describeSegments(labels, image);
const made: Made = { image, labels, segments, record: { lost: 0, absent: undefined, segments } };

const bytesOf = async (name: string, of = made): Promise<Uint8Array> => {
  const format = FORMATS[name];
  if (!('bytes' in format)) throw new Error(`${name} is a folder`);
  return read(format.bytes(of));
};
const jsonOf = async (name: string, of = made) => JSON.parse(new TextDecoder().decode(await bytesOf(name, of)));

describe('formats', () => {
  it('end in names that differ, the JSON last', () => {
    const suffixes = Object.values(FORMATS).map(({ suffix }) => suffix);
    expect(new Set(suffixes).size).toBe(suffixes.length);
    expect(suffixes.at(-1)).toBe('.json');
    expect(Object.keys(FORMATS)).toEqual([...FORMAT_NAMES]);
    expect(Object.keys(SETS)).toEqual([...SET_NAMES]);
  });

  it('keep the labels, and what is told of the segments', async () => {
    expect(decodeLabelPng(await bytesOf('labels'))).toEqual(labels);
    expect(await jsonOf('json')).toEqual({ lost: 0, segments });
    expect((await jsonOf('rle')).map(({ area, bbox }: { area: number; bbox: number[] }) => [area, bbox])).toEqual([
      [6, [0, 0, 3, 2]],
      [2, [3, 0, 1, 2]],
    ]);
  });

  it('are the same where the labels are runs, and the picture is read in parts', async () => {
    const rows = async (top: number, bottom: number) => ({ data: image.data.subarray(top * 12, bottom * 12), width: 4, height: bottom - top });
    const large: Made = { ...made, labels: runsOf(labels, image), rows };
    for (const [name, format] of Object.entries(FORMATS)) {
      if ('bytes' in format) expect([name, await read(format.bytes(large))]).toEqual([name, await read(format.bytes(made))]);
      else for (const segment of segments) expect(await pixelsOf(format.each(large, segment))).toEqual(await pixelsOf(format.each(made, segment)));
    }
  });

  it("have colours of one's own, and are the same without", async () => {
    const colours = Uint8Array.of(1, 2, 3, 4, 5, 6);
    for (const name of ['labels', 'geotiff', 'overlay']) {
      expect([name, await bytesOf(name, { ...made, colours })]).not.toEqual([name, await bytesOf(name)]);
      expect([name, await bytesOf(name, { ...made, colours: segmentPalette(2) })]).toEqual([name, await bytesOf(name)]);
    }
    const { data } = await sharp(await bytesOf('labels', { ...made, colours }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data.subarray(6, 12)]).toEqual([1, 2, 3, 4, 5, 6]);
    const many = { ...labels, data: labels.data.map((id) => 299 * id) };
    const of: Made = { ...made, labels: many, colours: segmentPalette(300).reverse() };
    expect(await bytesOf('labels', of)).toEqual(await bytesOf('labels', { ...of, colours: segmentPalette(300) })); // 16-bit grey
    expect((await bytesOf('overlay', of)).length).toBeGreaterThan(100);
  });

  it('tell where the picture lies, and which segment is transparent', async () => {
    const geo = {
      crs: 'EPSG:32633',
      transform: [500, 10, 0, 900, 0, -10],
      tags: { 33550: [10, 10, 0], 33922: [0, 0, 0, 500, 900, 0] },
    } as GeoReference;
    const apart = { ...labels, transparent: 1 };
    const on: Made = {
      image: { ...image, source: { format: 'TIFF', geo } },
      labels: apart,
      segments: await describeSegments(apart, image),
      record: { picture: { name: 'a.tif' }, lost: 0 },
    };
    expect((await jsonOf('rle', on)).map(({ transparent }: Segment) => transparent)).toEqual([undefined, true]);
    const tiff = await (await fromArrayBuffer((await bytesOf('geotiff', on)).slice().buffer)).getImage();
    expect(tiff.getBoundingBox()).toEqual([500, 880, 540, 900]);
    expect(tiff.getGDALNoData()).toBe(1);
  });
});

const read = async (content: Content | Promise<Content>): Promise<Uint8Array> => {
  const now = await content;
  return now instanceof Uint8Array ? now : joined(now);
};
const pixelsOf = async (content: Content | Promise<Content>) =>
  sharp(await read(content))
    .raw()
    .toBuffer({ resolveWithObject: true });
