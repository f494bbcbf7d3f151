import { fromArrayBuffer } from 'geotiff';
import { describe, expect, it } from 'vitest';
import type { GeoReference, LabelMap } from '../types.ts';
import { encodeLabelTiff, stripOffsets } from './label-tiff.ts';
import { segmentPalette } from './palette.ts';

const map = (width: number, height: number, id: (i: number) => number): LabelMap => ({
  width,
  height,
  data: Int32Array.from({ length: width * height }, (_, i) => id(i)),
});

const GEO: GeoReference = {
  crs: 'EPSG:32633',
  transform: [399960, 10, 0, 5300040, 0, -10],
  tags: {
    33550: [10, 10, 0],
    33922: [0, 0, 0, 399960, 5300040, 0],
    34735: [1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 1026, 34737, 22, 0, 3072, 0, 1, 32633],
    34736: [6378137, 298.257223563],
    34737: 'WGS 84 / UTM zone 33N|',
    65000: [1],
  },
};

const TAGS = ['BitsPerSample', 'Compression', 'PhotometricInterpretation', 'ColorMap', 'SampleFormat', 'GDAL_NODATA', 'RowsPerStrip'] as const;

/** By another's reader. */
const read = async (bytes: Uint8Array) => {
  const image = await (await fromArrayBuffer(bytes.slice().buffer)).getImage();
  const [data] = (await image.readRasters()) as unknown as [ArrayLike<number>];
  const { fileDirectory } = image;
  const values = await Promise.all(TAGS.map(async (name) => [name, fileDirectory.hasTag(name) ? await fileDirectory.loadValue(name) : undefined]));
  const tags: Partial<Record<(typeof TAGS)[number], unknown>> = Object.fromEntries(values);
  return { image, tags, labels: { width: image.getWidth(), height: image.getHeight(), data: Int32Array.from(data) } };
};

describe('encodeLabelTiff', () => {
  it.each([
    [255, 8, 3],
    [256, 16, 1],
    [65_535, 16, 1],
    [65_536, 32, 1],
    [2 ** 31 - 1, 32, 1],
  ])('keeps ids up to %i in %i bits', async (largest, bits, photometric) => {
    const labels = map(300, 7, (i) => (i === 5 ? largest : (i * 7919) % Math.min(largest, 5000)));
    const { labels: back, tags } = await read(await encodeLabelTiff(labels));
    expect(back).toEqual(labels);
    expect([...(tags.BitsPerSample as ArrayLike<number> as number[])]).toEqual([bits]);
    expect(tags.PhotometricInterpretation).toBe(photometric);
    expect(tags.ColorMap === undefined).toBe(bits > 8);
    expect(tags.GDAL_NODATA).toBeUndefined();
  });

  it('takes strips as high as memory wants, and a row that is longer than one', async () => {
    for (const [width, height, most] of [
      [3000, 500, 200],
      [3000, 500, 70_000],
      [600_000, 3, 9],
      [1, 1, 1],
    ] as const) {
      const labels = map(width, height, (i) => (i >> 5) % most);
      labels.data[0] = most;
      const { labels: back, tags } = await read(await encodeLabelTiff(labels));
      expect(Buffer.compare(Buffer.from(back.data.buffer), Buffer.from(labels.data.buffer))).toBe(0);
      expect(tags.RowsPerStrip as number).toBeLessThanOrEqual(height);
    }
  });

  it('shows colours: our own, or those that are given', async () => {
    const mapOf = async (given: object) => [
      ...((
        await read(
          await encodeLabelTiff(
            map(2, 2, (i) => i),
            given,
          ),
        )
      ).tags.ColorMap as number[]),
    ];
    const own = segmentPalette(256);
    const colours = await mapOf({});
    expect([colours[1], colours[257], colours[513]]).toEqual([...own.subarray(3, 6)].map((v) => v * 257));
    expect(await mapOf({ palette: new Uint8Array(768).fill(9) })).toEqual(Array(768).fill(9 * 257));
  });

  it('lies where the picture lies, with no tag but those of the place', async () => {
    const { image } = await read(
      await encodeLabelTiff(
        map(20, 10, () => 3),
        { geo: GEO },
      ),
    );
    expect(image.getOrigin().slice(0, 2)).toEqual([399960, 5300040]);
    expect(image.getBoundingBox()).toEqual([399960, 5299940, 400160, 5300040]);
    expect(image.getGeoKeys()).toMatchObject({ ProjectedCSTypeGeoKey: 32633, GTRasterTypeGeoKey: 1, GTCitationGeoKey: 'WGS 84 / UTM zone 33N' });
    expect(image.fileDirectory.hasTag(65000)).toBe(false);
  });

  it('lies there at another size, too', async () => {
    const { image } = await read(
      await encodeLabelTiff(
        map(10, 2, () => 3),
        { geo: GEO, picture: { width: 20, height: 10 } },
      ),
    );
    expect(image.getBoundingBox()).toEqual([399960, 5299940, 400160, 5300040]);
    expect(image.getResolution().slice(0, 2)).toEqual([20, -50]);
  });

  it('tells which id is transparent', async () => {
    const { tags } = await read(await encodeLabelTiff({ ...map(4, 4, (i) => i), transparent: 12 }));
    expect(String(tags.GDAL_NODATA).replace('\0', '')).toBe('12');
  });

  it.each<[string, unknown, RegExp]>([
    ['a palette that is short', { palette: new Uint8Array(9) }, /Expected 256 colours of 3 bytes for palette/],
    ['a georeference without tags', { geo: { crs: 'EPSG:4326' } }, /Expected \{ tags \}, and crs and transform for geo/],
    ['a size that is none', { picture: { width: 0, height: 3 } }, /for picture/],
    ['a misspelt option', { palete: 1 }, /Unknown option of encodeLabelTiff "palete": did you mean "palette"\?/],
  ])('refuses %s', async (_, given, sentence) => {
    await expect(
      encodeLabelTiff(
        map(1, 1, () => 0),
        given as never,
      ),
    ).rejects.toThrow(sentence);
  });

  it('refuses what 32 bits cannot point to', () => {
    expect(stripOffsets(8, [10, 20, 3])).toEqual([8, 18, 38]);
    expect(() => stripOffsets(8, [2 ** 31, 2 ** 31])).toThrow(/A TIFF holds 4 GB at most, and these labels take 4294967304 bytes/);
  });

  it('stops at an abort', async () => {
    await expect(
      encodeLabelTiff(
        map(9, 9, () => 0),
        { signal: AbortSignal.abort(new Error('enough')) },
      ),
    ).rejects.toThrow('enough');
  });
});
