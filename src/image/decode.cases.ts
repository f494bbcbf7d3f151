/** What decoding gives wherever it runs: the tests of decode-node, and of decode-web in a browser, run these. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bmp, gif, tiff } from '../../test/picture-files.ts';
import type { PictureSource } from '../types.ts';
import type { DecodeOptions } from './image.ts';

/** How the file is given. */
export const SOURCES = ['bytes', 'buffer', 'blob', 'url', 'data', 'base64'] as const;
export type Source = (typeof SOURCES)[number];

export interface Decoded {
  width: number;
  height: number;
  data: ArrayLike<number>;
  alpha?: ArrayLike<number>;
  source?: PictureSource;
}

/** Decodes a file that is given in one of these ways. @throws what decodeImage does; its name and message are enough */
export type Decode = (file: Uint8Array, as: Source, options?: Omit<DecodeOptions, 'signal'>) => Promise<Decoded>;

/** A file as a `data:` URL, and as base64 alone. */
export const textsOf = (file: Uint8Array): { data: string; base64: string } => {
  const base64 = btoa(String.fromCharCode(...file));
  return { data: `data:image/png;base64,${base64}`, base64 };
};

const pngOf = (data: Uint8Array, width: number, channels: 1 | 3 | 4): Promise<Uint8Array> =>
  sharp(data, { raw: { width, height: data.length / channels / width, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();

/** Three pixels of 16 bits. */
const deep = (values: readonly number[]): Promise<Uint8Array> =>
  sharp(Uint16Array.from(values), { raw: { width: values.length, height: 1, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();

/** 32 x 16 pixels, red on the left and blue on the right, as a camera on its side writes it. */
const turned = (orientation: number): Promise<Uint8Array> => {
  const data = new Uint8Array(32 * 16 * 3).map((_, i) => (i % 3 === (Math.floor(i / 3) % 32 < 16 ? 0 : 2) ? 255 : 0));
  return sharp(data, { raw: { width: 32, height: 16, channels: 3 } })
    .withMetadata({ orientation })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
};

const expectNear = ({ data }: Decoded, wanted: readonly number[], within: number): void => {
  expect(data.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(Math.abs(data[i] - value), `byte ${i}: ${data[i]} for ${value}`).toBeLessThanOrEqual(within);
};

/** Red, green and blue of a pixel. */
const at = ({ data, width }: Decoded, [x, y]: readonly [number, number]): number[] => [0, 1, 2].map((c) => data[3 * (y * width + x) + c]);

export const decodeCases = (decode: Decode): void => {
  describe('as every decoder', () => {
    it.each(SOURCES)('reads a file that comes as %s', async (source) => {
      const picture = await decode(await pngOf(Uint8Array.of(255, 0, 0, 0, 0, 255), 2, 3), source);
      expect([picture.width, picture.height, ...Array.from(picture.data)]).toEqual([2, 1, 255, 0, 0, 0, 0, 255]);
    });

    it('reads one pixel', async () => {
      const { width, height, data } = await decode(await pngOf(Uint8Array.of(1, 2, 3), 1, 3), 'bytes');
      expect([width, height, ...Array.from(data)]).toEqual([1, 1, 1, 2, 3]);
    });

    it('gives grey in three channels', async () => {
      expectNear(await decode(await pngOf(Uint8Array.of(0, 100, 255), 3, 1), 'bytes'), [0, 0, 0, 100, 100, 100, 255, 255, 255], 0);
    });

    it('gives 16 bits as 8', async () => {
      expectNear(await decode(await deep([0, 128 * 257, 65_535]), 'bytes'), [0, 0, 0, 128, 128, 128, 255, 255, 255], 1);
    });

    it('lays what is transparent on white', async () => {
      const rgba = Uint8Array.of(255, 0, 0, 255, 255, 0, 0, 128, 255, 0, 0, 0);
      const picture = await decode(await pngOf(rgba, 3, 4), 'bytes');
      expectNear(picture, [255, 0, 0, 255, 127, 127, 255, 255, 255], 1);
      expect(Array.from(picture.alpha ?? [])).toEqual([255, 128, 0]);
      expect((await decode(await pngOf(rgba.slice(0, 4), 1, 4), 'bytes')).alpha).toBeUndefined();
    });

    it.each([
      ['as it lies', 1, [32, 16], [0, 0], [31, 15]],
      ['upside down', 3, [32, 16], [31, 15], [0, 0]],
      ['clockwise', 6, [16, 32], [0, 0], [15, 31]],
      ['anticlockwise', 8, [16, 32], [15, 31], [0, 0]],
    ] as const)('turns a photograph %s, as EXIF says', async (_, orientation, size, red, blue) => {
      const picture = await decode(await turned(orientation), 'bytes');
      expect([picture.width, picture.height]).toEqual(size);
      const [[r, , notBlue], [notRed, , b]] = [at(picture, red), at(picture, blue)];
      expect([r > 200, notBlue < 60, notRed < 60, b > 200]).toEqual([true, true, true, true]);
    });

    it.each([
      ['is cut short', (file: Uint8Array) => file.slice(0, 40), /truncated or damaged/],
      ['is damaged', (file: Uint8Array) => file.map((byte, i) => (i > 8 && i < 30 ? 0 : byte)), /truncated or damaged/],
      ['is empty', () => new Uint8Array(), /is empty \(0 bytes\)/],
      [
        'is no picture',
        () => new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'),
        /is an SVG drawing, which is not read here: render it as PNG/,
      ],
    ])('refuses a file that %s, in one sentence', async (_, spoil, sentence) => {
      const file = await pngOf(new Uint8Array(64 * 64 * 3), 64, 3);
      const error = await decode(spoil(file), 'bytes').then(
        () => undefined,
        (e: Error) => e,
      );
      expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(sentence) });
      expect(error?.message).not.toMatch(/\n|undefined/);
    });

    it('refuses a picture of too many pixels, and takes one of just as many', async () => {
      const file = await pngOf(new Uint8Array(5 * 4 * 3), 5, 3);
      await expect(decode(file, 'bytes', { maxPixels: 19 })).rejects.toThrow(/has 5 x 4 = 20 pixels, over the limit of 19: raise maxPixels/);
      expect((await decode(file, 'bytes', { maxPixels: 20 })).width).toBe(5);
    });
  });

  const RAMP = Uint8Array.from({ length: 4 * 4 * 5 }, (_, i) => (i * 37) % 256); // 4 x 4 pixels of 5 bands
  /** Some bands of the ramp's pixels. */
  const bandsOf = (bands: readonly number[], count = 5) => Array.from({ length: 16 }, (_, p) => bands.map((b) => RAMP[p * count + b])).flat();

  describe('bands, as every decoder', () => {
    it.each([
      ['three that say grey are colours', { bands: 3, photometric: 1 }, [0, 1, 2], undefined, /says that it is grey, but has three bands/],
      ['near-infrared is left out', { bands: 4, photometric: 2, extra: [0] }, [0, 1, 2], [1, 2, 3], /bands 1, 2 and 3 .* band 4 left out: bands/],
      ['of four grey ones the first three', { bands: 4, photometric: 1, extra: [0, 0, 0] }, [0, 1, 2], [1, 2, 3], /band 4 left out/],
      ['of five colours and spots', { bands: 5, photometric: 2, extra: [0, 0] }, [0, 1, 2], [1, 2, 3], /bands 4 and 5 left out/],
      ['of two the first', { bands: 2, photometric: 1, extra: [0] }, [0, 0, 0], [1], /band 1 was taken as grey, and band 2 left out/],
    ] as const)('%s', async (_, kind, shown, told, note) => {
      const file = tiff({ width: 4, height: 4, data: RAMP.slice(0, 16 * kind.bands), ...kind, extra: [...('extra' in kind ? kind.extra : [])] });
      const { data, alpha, source } = await decode(file, 'bytes');
      expect(Array.from(data)).toEqual(bandsOf(shown, kind.bands));
      expect(alpha).toBeUndefined();
      expect(source?.bands).toEqual(told);
      expect(source?.notes?.join()).toMatch(note);
    });

    it('are taken as asked, of planar files too, and refused where there are none', async () => {
      const bands = Array.from({ length: 5 }, (_, b) => bandsOf([b])).flat();
      const file = tiff({ width: 4, height: 4, data: Uint8Array.from(bands), bands: 5, photometric: 1, isPlanar: true });
      const { data, source } = await decode(file, 'bytes', { bands: [4, 3, 2] });
      expect(Array.from(data)).toEqual(bandsOf([3, 2, 1]));
      expect(source).toEqual({ format: 'TIFF', bands: [4, 3, 2] });
      expect(Array.from((await decode(file, 'bytes', { bands: [5] })).data)).toEqual(bandsOf([4, 4, 4]));
      await expect(decode(file, 'bytes', { bands: [6] })).rejects.toThrow(/has 5 bands, so there is no band 6: give other bands/);
      const png = await pngOf(Uint8Array.of(1, 2, 3), 1, 3);
      await expect(decode(png, 'bytes', { bands: [1] })).rejects.toThrow(/is PNG, and bands chooses those of a TIFF: leave bands out/);
    });

    it('are alpha where the file says so, beside others', async () => {
      const data = Uint8Array.of(255, 0, 0, 9, 0, 255, 0, 0, 9, 255);
      const picture = await decode(tiff({ width: 2, height: 1, data, bands: 5, photometric: 2, extra: [0, 2] }), 'bytes');
      expect(Array.from(picture.data)).toEqual([255, 255, 255, ...data.slice(5, 8)]);
      expect(Array.from(picture.alpha ?? [])).toEqual([0, 255]);
      const multiplied = tiff({ width: 1, height: 1, data: Uint16Array.of(16_384, 0, 0, 32_768, 7), bands: 5, photometric: 2, extra: [1, 0] });
      expectNear(await decode(multiplied, 'bytes', { stretch: 'none' }), [191, 127, 127], 1);
    });
  });

  /** 0 to 255 over 256 pixels, as other numbers. */
  const ramp = <T extends Float32Array | Float64Array | Uint16Array | Int16Array | Uint32Array | Int8Array>(
    data: T,
    make: (v: number) => number,
  ): T => data.map((_, i) => make(i)) as T;

  describe('depth, as every decoder', () => {
    it.each([
      ['12 bits in 16', ramp(new Uint16Array(256), (v) => v * 16), 4080],
      ['low light', ramp(new Uint16Array(256), (v) => v + 100), 355],
      ['floats from 0 to 1', ramp(new Float32Array(256), (v) => v / 255), 1],
      ['heights', ramp(new Float32Array(256), (v) => v * 8 + 300), 2340],
      ['signed heights', ramp(new Int16Array(256), (v) => v * 8 - 400), 1640],
      ['32 bits', ramp(new Uint32Array(256), (v) => v * 1000), 255_000],
      ['doubles', ramp(new Float64Array(256), (v) => -v), 0],
    ])('%s are stretched, which is told', async (_, data, high) => {
      const { data: bytes, source } = await decode(tiff({ width: 16, height: 16, data }), 'bytes');
      expect([Math.min(...Array.from(bytes)), Math.max(...Array.from(bytes))]).toEqual([0, 255]);
      expect(Math.abs((source?.stretch?.[1] ?? Infinity) - high)).toBeLessThan(Math.abs(data[255] - data[0]) * 0.01);
      expect(source?.notes?.join()).toMatch(/^its values \S+ to \S+ became black to white/);
    });

    it('16 bits that fill their type, and 8 bits, stay as they are', async () => {
      for (const data of [
        ramp(new Uint16Array(256), (v) => v * 257),
        ramp(new Int16Array(256), (v) => v * 257 - 32_768),
        ramp(new Int8Array(256), (v) => v - 128),
      ]) {
        const picture = await decode(tiff({ width: 16, height: 16, data }), 'bytes');
        expect(Array.from(picture.data)).toEqual(Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)));
        expect(picture.source).toEqual({ format: 'TIFF' });
      }
    });

    it('PNGs of 16 bits are stretched as well', async () => {
      const { data, source } = await decode(await deep(Array.from({ length: 256 }, (_, i) => i * 16)), 'bytes');
      expectNear(
        { width: 256, height: 1, data },
        Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)),
        1,
      );
      expect(source?.stretch?.map(Math.round)).toEqual([4, 4076]);
    });

    it('stretches as asked: values, percentiles, not at all', async () => {
      const file = tiff({ width: 16, height: 16, data: ramp(new Uint16Array(256), (v) => v * 16) });
      const at = async (stretch: string, i: number) => (await decode(file, 'bytes', { stretch })).data[i * 3];
      expect([await at('1600,3200', 100), await at('1600,3200', 160), await at('1600,3200', 200)]).toEqual([0, 153, 255]);
      expect([await at('p10,p90', 25), await at('p10,p90', 230)]).toEqual([0, 255]);
      expect(await at('none', 255)).toBe(4080 >> 8);
      const eight = await pngOf(Uint8Array.of(50, 76, 100), 3, 1);
      expect(Array.from((await decode(eight, 'bytes', { stretch: '50,100' })).data)).toEqual([0, 0, 0, 133, 133, 133, 255, 255, 255]);
      await expect(decode(file, 'bytes', { stretch: '9,1' })).rejects.toThrow(/Expected auto, none, LOW,HIGH or pLOW,pHIGH for stretch/);
    });

    it('leaves NaN, infinities and no data out of the statistics, and black', async () => {
      const data = ramp(new Float32Array(256), (v) => v + 1000);
      data.set([Number.NaN, Number.POSITIVE_INFINITY, -9999], 100);
      const { data: bytes, source } = await decode(tiff({ width: 16, height: 16, data, tags: { 42113: [2, '-9999'] } }), 'bytes');
      expect([100, 101, 102].map((i) => bytes[i * 3])).toEqual([0, 0, 0]);
      expect(source?.stretch?.map(Math.round)).toEqual([1000, 1255]);
      expectNear({ width: 1, height: 1, data: Array.from(bytes).slice(600, 603) }, [200, 200, 200], 1);
    });

    it('takes the least for white where the file says so', async () => {
      for (const data of [ramp(new Uint16Array(256), (v) => v * 257), ramp(new Float32Array(256), (v) => v)])
        expectNear(
          await decode(tiff({ width: 16, height: 16, data, photometric: 0 }), 'bytes'),
          Array.from({ length: 768 }, (_, i) => 255 - Math.floor(i / 3)),
          1,
        );
    });

    it('says so where there is hardly any contrast', async () => {
      const flat = await decode(await pngOf(new Uint8Array(64 * 3).fill(70), 8, 3), 'bytes');
      expect(flat.source?.notes?.join()).toMatch(/^hardly any contrast/);
      const ends = await decode(await pngOf(Uint8Array.of(0, 0, 0, 9, 9, 9), 2, 3), 'bytes');
      expect(ends.source).toEqual({ format: 'PNG' });
    });
  });

  describe('pages, as every decoder', () => {
    const page = (value: number, tags = {}) => ({ width: 2, height: 2, data: new Uint8Array(4).fill(value), tags });

    it('are counted without thumbnails and masks, and chosen', async () => {
      const file = tiff(page(10), page(20, { 254: [4, [1]] }), page(30), page(40, { 254: [4, [4]] }), page(50));
      const first = await decode(file, 'bytes');
      expect([first.data[0], first.source?.page, first.source?.pages]).toEqual([10, 1, 3]);
      expect(first.source?.notes?.[0]).toMatch(/^page 1 of 3: page \(--page\) chooses another/);
      expect([(await decode(file, 'bytes', { page: 2 })).data[0], (await decode(file, 'bytes', { page: 3 })).data[0]]).toEqual([30, 50]);
      await expect(decode(file, 'bytes', { page: 4 })).rejects.toThrow(/has 3 pages, so there is no page 4: give a page from 1 to 3/);
      await expect(decode(await pngOf(Uint8Array.of(1, 2, 3), 1, 3), 'bytes', { page: 2 })).rejects.toThrow(/has one picture, so there is no page 2/);
    });

    it('of a GIF are its frames, at the size of the canvas, on white', async () => {
      const frames = [
        { left: 4, top: 3, width: 6, height: 5, colour: 1, disposal: 2 },
        { left: 8, top: 6, width: 4, height: 4, colour: 2 },
      ];
      const pixels = (d: Decoded) =>
        [
          [0, 0],
          [5, 4],
          [9, 7],
        ].map(([x, y]) => at(d, [x, y]).join());
      const first = await decode(gif(16, 12, frames), 'bytes');
      expect([first.width, first.height, first.source?.pages]).toEqual([16, 12, 2]);
      expect(pixels(first)).toEqual(['255,255,255', '0,0,255', '0,0,255']);
      expect(pixels(await decode(gif(16, 12, frames), 'bytes', { page: 2 }))).toEqual(['255,255,255', '255,255,255', '0,255,0']);
    });
  });

  describe('a georeference, as every decoder', () => {
    const keys = (...entries: number[]) => [3, [1, 1, 0, entries.length / 4, ...entries]] as const;
    it.each([
      [
        'scale and tie point',
        { 33550: [12, [10, 10, 0]], 33922: [12, [0, 0, 0, 500_000, 4_000_000, 0]], 34735: keys(3072, 0, 1, 32_633) },
        'EPSG:32633',
        [500_000, 10, 0, 4_000_000, 0, -10],
      ],
      [
        'tie point of another pixel',
        { 33550: [12, [0.5, 0.25, 0]], 33922: [12, [2, 4, 0, 10, 50, 0]], 34735: keys(2048, 0, 1, 4326) },
        'EPSG:4326',
        [9, 0.5, 0, 51, 0, -0.25],
      ],
      [
        'pixels that are points',
        { 33550: [12, [10, 10, 0]], 33922: [12, [0, 0, 0, 500, 400, 0]], 34735: keys(1025, 0, 1, 2, 3072, 0, 1, 32_767) },
        undefined,
        [495, 10, 0, 405, 0, -10],
      ],
      ['a matrix', { 34264: [12, [1, 2, 0, 100, 3, -4, 0, 200, 0, 0, 0, 0, 0, 0, 0, 1]] }, undefined, [100, 1, 2, 200, 3, -4]],
    ] as const)('by %s', async (_, tags, crs, transform) => {
      const { source } = await decode(tiff({ width: 2, height: 2, data: Uint8Array.of(0, 50, 100, 200), tags: tags as never }), 'bytes');
      expect(source?.geo?.crs).toBe(crs);
      expect(source?.geo?.transform).toEqual(transform);
      expect(Object.keys(source?.geo?.tags ?? {})).toEqual(Object.keys(tags));
    });

    it('is left out of a picture that is stored turned', async () => {
      const tags = { 274: [3, [6]], 33550: [12, [10, 10, 0]], 33922: [12, [0, 0, 0, 500, 400, 0]] } as const;
      const { width, height, data, source } = await decode(tiff({ width: 2, height: 1, data: Uint8Array.of(9, 200), tags }), 'bytes');
      expect([width, height, data[0], data[3]]).toEqual([1, 2, 9, 200]);
      expect(source).not.toHaveProperty('geo');
      expect(source?.notes?.join()).toMatch(/stored turned, so that its georeference was left out/);
    });
  });

  describe('BMP, as every decoder', () => {
    const [RED, GREEN, BLUE] = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ];
    const palette = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0]; // red, green and blue, as blue, green, red, 0
    it.each([
      ['1 bit', bmp(1, 2, 2, [[0b01000000], [0b10000000]], palette.slice(0, 8)), [...GREEN, ...RED, ...RED, ...GREEN]],
      ['4 bits', bmp(4, 3, 1, [[0x01, 0x20]], palette), [...RED, ...GREEN, ...BLUE]],
      ['8 bits, top down', bmp(8, 1, -2, [[1], [2]], palette), [...GREEN, ...BLUE]],
      ['16 bits', bmp(16, 2, 1, [[0x00, 0x7c, 0x1f, 0x00]]), [...RED, ...BLUE]],
      ['16 bits by masks', bmp(16, 2, 1, [[0xe0, 0x07, 0x1f, 0x00]], [0, 0xf8, 0, 0, 0xe0, 7, 0, 0, 0x1f, 0, 0, 0], 3), [...GREEN, ...BLUE]],
      [
        '24 bits, bottom up',
        bmp(24, 1, 2, [
          [255, 0, 0],
          [0, 0, 255],
        ]),
        [...RED, ...BLUE],
      ],
      ['32 bits', bmp(32, 2, 1, [[0, 0, 255, 0, 0, 255, 0, 0]]), [...RED, ...GREEN]],
    ])('%s', async (_, file, wanted) => {
      const { data, alpha, source } = await decode(file, 'bytes');
      expect(Array.from(data)).toEqual(wanted);
      expect([alpha, source?.format]).toEqual([undefined, 'BMP']);
    });

    it('says what it does not read, and what is cut short', async () => {
      await expect(decode(bmp(8, 1, 1, [[1, 0]], palette, 1), 'bytes')).rejects.toThrow(
        /a BMP that is compressed with run lengths \(RLE8\), which is not read here/,
      );
      const cut = bmp(24, 2, 2, [
        [1, 2, 3, 4, 5, 6],
        [7, 8, 9, 10, 11, 12],
      ]).slice(0, -8);
      await expect(decode(cut, 'bytes')).rejects.toThrow(/truncated or damaged .*8 bytes are missing.*allowDamaged/);
      const left = await decode(cut, 'bytes', { allowDamaged: true });
      expect(Array.from(left.data)).toEqual([0, 0, 0, 0, 0, 0, 3, 2, 1, 6, 5, 4]);
      expect(left.source?.notes?.join()).toMatch(/damaged/);
    });
  });

  describe('TIFF, as every decoder', () => {
    it('says what it does not read', async () => {
      const kind = (tags: object) => decode(tiff({ width: 2, height: 1, data: Uint8Array.of(1, 2), tags: tags as never }), 'bytes');
      await expect(kind({ 259: [3, [34_925]] })).rejects.toThrow(/a TIFF that is compressed with LZMA, which is not read here: convert it/);
      await expect(kind({ 259: [3, [34_712]] })).rejects.toThrow(/compressed with JPEG 2000/);
      await expect(kind({ 258: [3, [64]], 339: [3, [6]] })).rejects.toThrow(/a TIFF of 64-bit complex numbers/);
      await expect(kind({ 50706: [3, [1]] })).rejects.toThrow(/a camera raw file, which is not read here/);
      await expect(kind({ 262: [3, [32_845]] })).rejects.toThrow(/colours of an unusual kind/);
    });

    it('refuses one that is cut short, and reads what is left of it where that is allowed', async () => {
      const whole = tiff({ width: 16, height: 16, data: ramp(new Float32Array(256), (v) => v + 1) });
      const cut = whole.slice(0, whole.length - 600);
      await expect(decode(cut, 'bytes')).rejects.toThrow(/is truncated or damaged and cannot be decoded \(its data end at byte/);
      const { data } = await decode(cut, 'bytes', { allowDamaged: true, stretch: '1,256' });
      expect([data[3 * 50], data[3 * 255]]).toEqual([50, 0]);
    });
  });
};
