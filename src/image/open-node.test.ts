/** Files opened to be read in parts, damaged ones, and kinds that only Node's tests can make. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tiff } from '../../test/picture-files.ts';
import { random } from '../../test/random.ts';
import { noise } from '../../test/scenes.ts';
import { decodeImage, openPicture } from './decode-node.ts';
import { readingOf } from './image.ts';
import { openTiff, type TiffPage } from './tiff.ts';
import { tiffReader } from './tiff-reader.ts';

const photo = (width = 61, height = 47): Sharp => {
  const { data } = noise(width, height, 3);
  return sharp(data, { raw: { width, height, channels: 3 } }).blur(3);
};
/** As it was decoded before files were read in parts. */
const decoded = (file: Uint8Array | string): Promise<Buffer> =>
  sharp(file, { autoOrient: true }).flatten({ background: '#fff' }).toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer();
const bytes = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.length);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bands of rows put together. */
const inBands = async (source: Uint8Array | string, options = {}, band = 7): Promise<Buffer> => {
  const { rows, height } = await openPicture(source, options);
  const parts = [];
  for (let top = 0; top < height; top += band) parts.push(bytes((await rows(top, Math.min(height, top + band))).data));
  return Buffer.concat(parts);
};

describe('rows', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('of a photograph of orientation %i are what decoding it gives', async (orientation) => {
    const path = join(folder, `${orientation}.jpg`);
    await photo().withMetadata({ orientation }).jpeg().toFile(path);
    const whole = await decoded(path);
    expect(bytes((await decodeImage(path)).data).equals(whole)).toBe(true);
    expect((await inBands(path)).equals(whole)).toBe(true);
  });

  const alpha = () => photo().ensureAlpha(0.3);
  it.each([
    ['8 bits with alpha', () => alpha().png()],
    ['16 bits', () => photo().toColourspace('rgb16').png()],
    ['16 bits with alpha', () => alpha().toColourspace('rgb16').png()],
    ['grey', () => photo().toColourspace('b-w').png()],
    ['a palette', () => photo().png({ palette: true, colours: 9 })],
    ['a profile', () => photo().withIccProfile('p3').png()],
    ['CMYK', () => photo().toColourspace('cmyk').jpeg()],
    ['a TIFF in tiles', () => photo().tiff({ tile: true, tileWidth: 16, tileHeight: 16 })],
    ['a TIFF with alpha', () => alpha().tiff()],
    ['WebP', () => alpha().webp()],
  ])('of %s are what decoding it gave before', async (_, make) => {
    const file = await make().toBuffer();
    const whole = await decoded(file);
    expect(bytes((await decodeImage(file, { stretch: 'none' })).data).equals(whole)).toBe(true);
    expect((await inBands(file, { stretch: 'none' })).equals(whole)).toBe(true);
  });

  it('of measurements are stretched alike, whichever are read, of one large strip too', async () => {
    const next = random(5);
    const data = Float32Array.from({ length: 400 * 800 }, () => next() * 3 - 1); // over a megabyte
    const file = tiff({ width: 400, height: 800, data });
    expect((await inBands(file, {}, 90)).equals(bytes((await decodeImage(file)).data))).toBe(true);
  });

  it('of one large strip cost what they hold', async () => {
    const file = tiff({ width: 1000, height: 1500, data: new Float32Array(1_500_000) });
    let read = 0;
    const counted = {
      name: 'x',
      size: file.length,
      read: async (from: number, to: number) => {
        read += to - from;
        return file.subarray(from, to);
      },
    };
    const reading = readingOf({});
    const reader = tiffReader((await openTiff(counted, reading)) as TiffPage, 'x', reading);
    read = 0;
    await reader.read({ left: 0, top: 700, width: 1000, height: 10 });
    expect(read).toBeLessThan(file.length / 2);
  });

  it('show the colours of what is stretched under alpha, not its paper', async () => {
    const rgba = Uint16Array.from({ length: 40 * 30 * 4 }, (_, i) => (i % 4 === 3 ? 60_000 : (i % 40) * 90));
    const file = await sharp(rgba, { raw: { width: 40, height: 30, channels: 4 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    const { data, source } = await decodeImage(file);
    expect(source?.stretch?.[1]).toBeLessThan(4000);
    expect(Math.min(...data)).toBeLessThan(40);
    expect(new Set(data).size).toBeGreaterThan(20);
  });

  it('keep alpha with them, turned as they are', async () => {
    const rgba = Uint8Array.from({ length: 3 * 2 * 4 }, (_, i) => (i % 4 === 3 ? i : 0));
    const file = await sharp(rgba, { raw: { width: 3, height: 2, channels: 4 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const { rows, width, height } = await openPicture(file);
    expect([width, height]).toEqual([2, 3]);
    expect(Array.from((await rows(0, 3)).alpha ?? [])).toEqual([15, 3, 19, 7, 23, 11]);
    expect(Array.from((await rows(1, 2)).alpha ?? [])).toEqual([19, 7]);
  });

  it('are refused where there are none', async () => {
    const { rows } = await openPicture(await photo().png().toBuffer());
    for (const [top, bottom] of [
      [-1, 3],
      [0, 48],
      [4, 4],
      [0.5, 3],
    ])
      await expect(rows(top, bottom)).rejects.toThrow(/Expected a whole number from/);
  });

  it('stop when asked', async () => {
    const { rows } = await openPicture(await photo().png().toBuffer());
    await expect(rows(0, 3, AbortSignal.abort())).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('reduced', () => {
  it.each([1, 5, 6])('is as sharp has it, of orientation %i', async (orientation) => {
    const file = await photo(200, 120).withMetadata({ orientation }).jpeg().toBuffer();
    const size = { width: 40, height: 30 };
    const wanted = await sharp(file, { autoOrient: true })
      .resize({ ...size, fit: 'fill' })
      .raw()
      .toBuffer();
    const { data, width, height } = await (await openPicture(file)).reduced(size);
    expect([width, height]).toEqual([40, 30]);
    for (let i = 0; i < data.length; i++) expect(Math.abs(data[i] - wanted[i])).toBeLessThanOrEqual(1);
  });

  it('is the mean of what each pixel covers where sharp does not read it, or it is pixels', async () => {
    const data = Uint8Array.from({ length: 6 * 4 * 4 }, (_, i) => [i, 2 * i, 255 - i, 0][i % 4]);
    const { reduced } = await openPicture(tiff({ width: 6, height: 4, data, bands: 4, extra: [0] }));
    const picture = await reduced({ width: 2, height: 2 });
    const mean = (x: number, y: number, c: number) => {
      let sum = 0;
      for (let v = 2 * y; v < 2 * y + 2; v++) for (let u = 3 * x; u < 3 * x + 3; u++) sum += data[(v * 6 + u) * 4 + c];
      return Math.round(sum / 6);
    };
    expect(Array.from(picture.data)).toEqual([0, 1].flatMap((y) => [0, 1].flatMap((x) => [0, 1, 2].map((c) => mean(x, y, c)))));
    const pixels = await openPicture({ width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 100, 50, 10), alpha: Uint8Array.of(255, 55) });
    const one = await pixels.reduced({ width: 1, height: 1 });
    expect([Array.from(one.data), Array.from(one.alpha ?? [])]).toEqual([[50, 25, 5], [155]]);
  });

  it('keeps the size where it is that', async () => {
    const file = await photo().png().toBuffer();
    const { reduced, width, height } = await openPicture(file);
    expect(bytes((await reduced({ width, height })).data).equals(await decoded(file))).toBe(true);
  });
});

describe('damage', () => {
  const middle = (file: Buffer, spoil: (half: number, copy: Buffer) => void): Buffer => {
    const copy = Buffer.from(file);
    spoil(copy.length >> 1, copy);
    return copy;
  };
  const big = () => photo(200, 150);
  const jpeg = async () => big().jpeg().toBuffer();
  const png = async () => big().png().toBuffer();
  it.each([
    ['a JPEG without its last two bytes', async () => (await jpeg()).subarray(0, -2), /premature end/],
    ['a JPEG cut short', async () => (await jpeg()).subarray(0, 3000), /premature end/],
    ['a JPEG with garbage in the middle', async () => middle(await jpeg(), (half, c) => c.fill(0xff, half, half + 40)), /[Cc]orrupt|premature/],
    [
      'a PNG with a wrong checksum',
      async () => middle(await png(), (_, c) => c.writeUInt32BE(1, c.indexOf('IDAT') + 4 + c.readUInt32BE(c.indexOf('IDAT') - 4))),
      /CRC/,
    ],
    ['a PNG cut short', async () => middle(await png(), () => {}).subarray(0, 20_000), /not enough data/],
    ['a WebP cut short', async () => (await big().webp().toBuffer()).subarray(0, 1500), /bytes are missing|parse/],
    ['a GIF cut short', async () => (await big().gif().toBuffer()).subarray(0, 9000), /end of GIF/],
    ['a TIFF cut short', async () => tiff({ width: 200, height: 150, data: noise(200, 150).data, bands: 3 }).subarray(0, 60_000), /./],
  ])('of %s is refused, and passed over where that is allowed', async (_, make, reason) => {
    const file = await make();
    const error = await decodeImage(file).catch((e) => e);
    expect(error).toMatchObject({ name: 'InputError', code: 'E_INPUT' });
    expect(error.message).toMatch(/^The picture is truncated or damaged .*: get it again, or read what is left of it with allowDamaged/);
    const { width, data, source } = await decodeImage(file, { allowDamaged: true });
    expect([width, data.length]).toEqual([200, 200 * 150 * 3]);
    expect(source?.notes?.join()).toMatch(/it is damaged/);
    expect(source?.notes?.join()).toMatch(reason);
  });

  /** Behind the first segment of the header, a table. */
  const behindTable = (file: Buffer, ...added: (number | string)[]): Buffer => {
    const at = 4 + file.readUInt16BE(4);
    return Buffer.concat([
      file.subarray(0, at),
      ...added.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.of(part))),
      file.subarray(at),
    ]);
  };
  it.each([
    ['stray bytes after the end', (file: Buffer) => Buffer.concat([file, Buffer.from('and more')])],
    ['a JPEG after the end, as phones have it', (file: Buffer) => Buffer.concat([file, file])],
    ['stray bytes before a marker of the header', (file: Buffer) => behindTable(file, 0, 1, 2)],
    ['an unknown revision of JFIF', (file: Buffer) => behindTable(file, '\xff\xe0\0\x10JFIF\0\x09\x01\0\0\x01\0\x01\0\0')],
    ['EXIF that makes no sense', (file: Buffer) => behindTable(file, '\xff\xe1\0\x0cExif\0\0abcd')],
    ['an unknown colour transform of Adobe', (file: Buffer) => behindTable(file, '\xff\xee\0\x0eAdobe\0d\0\0\0\0\x07')],
  ])('is not what %s is', async (_, change) => {
    const file = await big().jpeg().toBuffer();
    const { data, source } = await decodeImage(change(file));
    expect(bytes(data).equals(await decoded(file))).toBe(true);
    expect(source).toEqual({ format: 'JPEG' });
  });
});

describe('files that others made', () => {
  const file = (name: string) => join(import.meta.dirname, '../../test/golden/pictures', name);

  it('HEIC: its pictures are pages', async () => {
    const first = await decodeImage(file('two.heic'));
    expect([first.width, first.height, first.source?.format, first.source?.pages, first.alpha]).toEqual([64, 32, 'HEIC', 2, undefined]);
    expect([first.data[0] > 250, first.data[2] < 5]).toEqual([true, true]);
    const second = await decodeImage(await readFile(file('two.heic')), { page: 2 });
    expect([second.data[0] < 5, second.data[2] > 250]).toEqual([true, true]);
    await expect(decodeImage(file('two.heic'), { page: 3 })).rejects.toThrow(/has 2 pages/);
    await expect(decodeImage((await readFile(file('two.heic'))).subarray(0, 300))).rejects.toThrow(/truncated or damaged/);
  });

  it('a sequence of AVIF: its first picture', async () => {
    const { data, source } = await decodeImage(file('sequence.avif'));
    expect([data[0] > 250, data[2] < 5]).toEqual([true, true]);
    expect(source?.notes?.[0]).toMatch(/a sequence of pictures: its first was read/);
  });

  it('JPEGs of 12 bits are named', async () => {
    const jpeg = await photo().jpeg().toBuffer();
    const twelve = Buffer.from(jpeg);
    const frame = twelve.indexOf(Buffer.of(0xff, 0xc0));
    twelve[frame + 4] = 12;
    const path = join(folder, 'twelve.jpg');
    await writeFile(path, twelve);
    await expect(decodeImage(path)).rejects.toThrow(
      /twelve\.jpg" is of a kind that is not read here \(Unsupported JPEG data precision 12\): convert it/,
    );
  });
});
