import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gif, pngChunk, pngFile, pngHeader } from '../../test/picture-files.ts';
import type { RgbImage } from '../types.ts';
import { decodeCases, textsOf } from './decode.cases.ts';
import { decodeImage } from './decode-node.ts';

const ORANGE = [200, 120, 40];
const plain = (width = 32, height = 16, colour = ORANGE): Sharp =>
  sharp(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]),
    { raw: { width, height, channels: 3 } },
  );
/** Blue, but for an orange left half. */
const halves = (): Sharp =>
  sharp(
    Uint8Array.from({ length: 32 * 16 * 3 }, (_, i) => (Math.floor(i / 3) % 32 < 16 ? ORANGE : [0, 0, 255])[i % 3]),
    { raw: { width: 32, height: 16, channels: 3 } },
  );
/** A picture that hardly compresses. */
const noise = (): Sharp => {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  return sharp(Uint8Array.from({ length: 96 * 64 * 3 }, next), { raw: { width: 96, height: 64, channels: 3 } });
};
const pixel = ({ data, width }: RgbImage, x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
const expectNear = (got: number[], wanted: number[], within: number) => {
  for (let c = 0; c < 3; c++) expect(Math.abs(got[c] - wanted[c]), `${got} near ${wanted}`).toBeLessThanOrEqual(within);
};

/** A 16-bit RGB TIFF of one strip, which sharp cannot write. */
const tiff16 = (width: number, height: number, rgb: number[]): Uint8Array => {
  const entries = [
    [256, 3, 1, width],
    [257, 3, 1, height],
    [258, 3, 3, 122],
    [259, 3, 1, 1],
    [262, 3, 1, 2],
    [273, 4, 1, 128],
    [277, 3, 1, 3],
    [278, 3, 1, height],
    [279, 4, 1, width * height * 6],
  ];
  const bytes = new Uint8Array(128 + width * height * 6);
  const v = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, entries.length, 0]);
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + i * 12;
    v.setUint16(at, tag, true);
    v.setUint16(at + 2, type, true);
    v.setUint32(at + 4, count, true);
    v.setUint32(at + 8, value, true);
  });
  for (let i = 0; i < 3; i++) v.setUint16(122 + i * 2, 16, true);
  for (let i = 0; i < width * height * 3; i++) v.setUint16(128 + i * 2, rgb[i % 3], true);
  return bytes;
};

let folder: string;
let server: Server;
let address: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut-'));
  const png = await plain().png().toBuffer();
  server = createServer((request, response) => {
    if (request.url === '/a.png') response.end(png);
    else if (request.url === '/page') response.end('<!doctype html>');
    else if (request.url !== '/never') response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

describe('in Node', () => {
  let served = new Uint8Array();
  const server = createServer((_, response) => void response.end(served));
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => void server.close());

  decodeCases(async (file, as, options) => {
    served = Uint8Array.from(file);
    const { port } = server.address() as AddressInfo;
    const sources = { bytes: served, buffer: served.buffer, blob: new Blob([served]), url: `http://127.0.0.1:${port}/a.png`, ...textsOf(served) };
    return decodeImage(sources[as], options);
  });
});

describe('formats', () => {
  it.each([
    ['JPEG', () => plain().jpeg({ quality: 95 }), 3],
    ['progressive JPEG', () => plain().jpeg({ progressive: true, quality: 95 }), 3],
    ['PNG', () => plain().png(), 0],
    ['interlaced PNG', () => plain().png({ progressive: true }), 0],
    ['palette PNG', () => plain().png({ palette: true }), 2],
    ['WebP', () => plain().webp({ lossless: true }), 0],
    ['AVIF', () => plain().avif({ quality: 90, effort: 0 }), 4],
    ['TIFF', () => plain().tiff({ compression: 'lzw' }), 0],
    ['GIF', () => plain().gif(), 4],
    ['wide-gamut PNG (ICC to sRGB)', () => plain().withIccProfile('p3').png(), 2],
    ['16-bit PNG', () => plain().toColourspace('rgb16').png(), 0],
  ])('%s', async (_, make, within) => {
    const image = await decodeImage(await make().toBuffer());
    expect([image.width, image.height, image.data.length]).toEqual([32, 16, 32 * 16 * 3]);
    expectNear(pixel(image, 0, 0), ORANGE, within);
    expectNear(pixel(image, 31, 15), ORANGE, within);
  });

  it('really converts the wide-gamut profile', async () => {
    const p3 = await plain().withIccProfile('p3').png().toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    expect(Math.abs(stored[0] - ORANGE[0])).toBeGreaterThan(5);
  });

  it('scales 16 bits to 8, without clipping: RGB, grey, TIFF', async () => {
    const values = Uint16Array.from({ length: 16 }, (_, i) => i * 4369);
    const grey = await sharp(values, { raw: { width: 16, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(grey)).data]).toEqual(Array.from({ length: 48 }, (_, i) => Math.floor(i / 3) * 17));
    const tiff = tiff16(4, 3, [65_535, 32_896, 257]);
    expect((await sharp(tiff).metadata()).depth).toBe('ushort');
    expectNear(pixel(await decodeImage(tiff), 3, 2), [255, 128, 1], 1);
  });

  it.each([
    ['without a profile', (s: Sharp) => s],
    ['with its profile', (s: Sharp) => s.withIccProfile('cmyk')],
  ])('CMYK JPEG %s', async (_, profile) => {
    for (const colour of [
      [160, 120, 90],
      [250, 250, 250],
      [130, 110, 120],
    ]) {
      const cmyk = await profile(plain(32, 16, colour))
        .toColourspace('cmyk')
        .jpeg({ quality: 95 })
        .toBuffer();
      expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
      expectNear(pixel(await decodeImage(cmyk), 9, 9), colour, 20);
    }
  });

  it('grey to RGB', async () => {
    const grey = sharp(new Uint8Array(12).fill(77), { raw: { width: 4, height: 3, channels: 1 } });
    expect((await decodeImage(await grey.toColourspace('b-w').png().toBuffer())).data).toEqual(new Uint8Array(36).fill(77));
  });

  it('alpha on white: RGBA, grey, 16 bits, a transparent palette entry', async () => {
    const rgba = sharp(Uint8Array.of(200, 0, 100, 255, 200, 0, 100, 0, 200, 0, 100, 51), { raw: { width: 3, height: 1, channels: 4 } });
    const wanted = [200, 0, 100, 255, 255, 255, 244, 204, 224];
    expect([...(await decodeImage(await rgba.clone().png().toBuffer())).data]).toEqual(wanted);
    const wide = [...(await decodeImage(await rgba.clone().toColourspace('rgb16').png().toBuffer())).data];
    for (let i = 0; i < 9; i += 3) expectNear(wide.slice(i, i + 3), wanted.slice(i, i + 3), 1);
    const grey = sharp(Uint8Array.of(100, 255, 100, 0, 100, 102), { raw: { width: 3, height: 1, channels: 2 } });
    expect([...(await decodeImage(await grey.toColourspace('b-w').png().toBuffer())).data]).toEqual([100, 100, 100, 255, 255, 255, 193, 193, 193]);
    const gif = sharp(Uint8Array.of(9, 9, 9, 255, 9, 9, 9, 0), { raw: { width: 2, height: 1, channels: 4 } });
    expect(pixel(await decodeImage(await gif.gif().toBuffer()), 1, 0)).toEqual([255, 255, 255]);
  });

  it('turns by EXIF orientation 6, in JPEG, and mirrors by 2', async () => {
    const turned = await decodeImage(await halves().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer());
    expect([turned.width, turned.height]).toEqual([16, 32]);
    expectNear(pixel(turned, 8, 2), ORANGE, 8);
    expectNear(pixel(turned, 8, 29), [0, 0, 255], 8);
    const mirrored = await decodeImage(await halves().withMetadata({ orientation: 2 }).jpeg({ quality: 95 }).toBuffer());
    expectNear(pixel(mirrored, 29, 8), ORANGE, 8);
  });

  it('the first frame of several', async () => {
    const frames = await Promise.all([ORANGE, [0, 0, 255]].map((colour) => plain(32, 16, colour).png().toBuffer()));
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const image = await decodeImage(gif);
    expect([image.width, image.height]).toEqual([32, 16]);
    expectNear(pixel(image, 5, 5), ORANGE, 4);
  });

  it.each([
    [1, 1],
    [1, 5000],
    [5000, 1],
  ])('%i x %i', async (width, height) => {
    const image = await decodeImage(await plain(width, height).png().toBuffer());
    expect([image.width, image.height, ...pixel(image, width - 1, height - 1)]).toEqual([width, height, ...ORANGE]);
  });
});

describe('sources', () => {
  it.each(['plain.png', 'mit Leerzeichen.png', 'Ümläut 画像 #1 100%.png'])('a path, and a file: URL, of %s', async (name) => {
    const path = join(folder, name);
    await plain().png().toFile(path);
    const wanted = await decodeImage(path);
    expect(pixel(wanted, 3, 3)).toEqual(ORANGE);
    expect(await decodeImage(pathToFileURL(path))).toEqual(wanted);
    expect(await decodeImage(pathToFileURL(path).href)).toEqual(wanted);
  });

  it('bytes (a view within a buffer too), a buffer, a Blob, a web address', async () => {
    const png = await plain().png().toBuffer();
    const padded = new Uint8Array(png.length + 10);
    padded.set(png, 5);
    const wanted = await decodeImage(png);
    for (const source of [
      padded.subarray(5, -5),
      Uint8Array.from(png).buffer,
      new Blob([Uint8Array.from(png)]),
      `${address}/a.png`,
      new URL(`${address}/a.png`),
    ]) {
      expect(await decodeImage(source)).toEqual(wanted);
    }
  });

  it('an RgbImage as it is, an ImageData on white', async () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    expect(await decodeImage(image)).toBe(image);
    expect((await decodeImage({ width: 1, height: 1, data: Uint8ClampedArray.of(0, 0, 0, 51) })).data).toEqual(Uint8Array.of(204, 204, 204));
  });

  it('stops a download when asked', async () => {
    await expect(decodeImage(`${address}/never`, { signal: AbortSignal.timeout(20) })).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
  });
});

describe('refusals', () => {
  it('of what comes in one piece that is too large, by its header', async () => {
    const row = pngChunk('IDAT', deflateSync(new Uint8Array(99)));
    const png = (depth: number, isInterlaced: boolean): Uint8Array => pngFile(pngHeader(16_384, 16_384, depth, 6, Number(isInterlaced)), row);
    await expect(decodeImage(png(16, true))).rejects.toThrow(
      /is an interlaced PNG of 16384 x 16384 pixels, 2\.1 GB that can only be decoded at once: save it/,
    );
    await expect(decodeImage(png(16, false))).rejects.toThrow(/truncated/); // it is begun with
    await expect(decodeImage(png(8, true))).rejects.toThrow(/truncated/); // it is begun with
  });

  it.each([
    ['JPEG', () => noise().jpeg()],
    ['progressive JPEG', () => noise().jpeg({ progressive: true })],
    ['PNG', () => noise().png()],
    ['WebP', () => noise().webp()],
    ['AVIF', () => noise().avif({ effort: 0 })],
    ['TIFF', () => noise().tiff({ compression: 'lzw' })],
    ['GIF', () => noise().gif()],
  ])('a %s cut short anywhere', async (_, make) => {
    const whole = await make().toBuffer();
    for (const share of [0.05, 0.3, 0.5, 0.9, 0.99]) {
      const error = await decodeImage(whole.subarray(0, Math.floor(whole.length * share))).catch((e) => e);
      expect(error.name, `cut at ${share}`).toBe('InputError');
      expect(error.message).toMatch(/^The picture is truncated or damaged and cannot be decoded \([^\n]*\): get it again/);
    }
    expect((await decodeImage(whole)).width).toBe(96);
  });

  it('a file that is missing, empty, no picture, or a folder', async () => {
    await mkdir(join(folder, 'sub.png'));
    await writeFile(join(folder, 'empty.jpg'), '');
    await writeFile(join(folder, 'text.jpg'), 'hello world, this is no picture');
    await writeFile(join(folder, 'drawing.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(decodeImage(join(folder, 'none.jpg'))).rejects.toThrow(/none\.jpg" does not exist: check the path$/);
    await expect(decodeImage(pathToFileURL(join(folder, 'none.jpg')))).rejects.toThrow(/none\.jpg" does not exist/);
    await expect(decodeImage(join(folder, 'sub.png'))).rejects.toThrow(/sub\.png" is a folder: give a picture in it$/);
    await expect(decodeImage(join(folder, 'empty.jpg'))).rejects.toThrow(/empty\.jpg" is empty \(0 bytes\)$/);
    await expect(decodeImage(join(folder, 'text.jpg'))).rejects.toThrow(/text\.jpg" is not a picture that can be read: give one of JPEG/);
    await expect(decodeImage(join(folder, 'drawing.svg'))).rejects.toThrow(/is an SVG drawing, which is not read here/);
  });

  it('a drawing that begins as a picture does, and never the file that a name in brackets leads to', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    for (const head of [
      '\x89PNG',
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'GIF8',
      'GIF89a',
      'RIFF\0\0\0\0WEBP',
      'II*\0',
      'BM',
      '\0\0\0\x18ftypavif\0\0\0\0',
      ' \n',
    ]) {
      const file = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(svg)]);
      await writeFile(join(folder, 'both.png'), file);
      for (const source of [file, join(folder, 'both.png')])
        await expect(decodeImage(source), JSON.stringify(head)).rejects.toMatchObject({ name: 'InputError' });
    }
    await writeFile(join(folder, 'a.svg'), svg);
    const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await writeFile(join(folder, 'a.svg[dpi=72]'), png);
    expect(await decodeImage(join(folder, 'a.svg[dpi=72]'))).toMatchObject({ width: 3, height: 2 });
  });

  it('a canvas of gigabytes, before it is made', async () => {
    const file = gif(65_535, 65_535, [{ left: 65_534, top: 65_534, width: 1, height: 1, colour: 1 }]);
    await expect(decodeImage(file)).rejects.toThrow(/has 65535 x 65535 = 4294836225 pixels, over the limit/);
  });

  it('more pixels than allowed, told from the header alone', async () => {
    const png = await noise().png().toBuffer();
    await expect(decodeImage(png, { maxPixels: 6143 })).rejects.toThrow(
      /The picture has 96 x 64 = 6144 pixels, over the limit of 6143: raise maxPixels \(--max-pixels\) to accept it/,
    );
    expect((await decodeImage(png, { maxPixels: 6144 })).height).toBe(64);
    // 40,000 x 40,000 in the header, no such pixels behind it
    const bomb = Uint8Array.from(png);
    new DataView(bomb.buffer).setUint32(16, 40_000);
    new DataView(bomb.buffer).setUint32(20, 40_000);
    new DataView(bomb.buffer).setUint32(29, crc32(bomb.subarray(12, 29)));
    await expect(decodeImage(bomb)).rejects.toThrow(/has 40000 x 40000 = 1600000000 pixels, over the limit of 268435456/);
    await expect(decodeImage(png, { maxPixels: -1 })).rejects.toThrow(/Expected a whole number from 1 to .* for maxPixels but received -1/);
  });

  it('addresses that do not answer with a picture', async () => {
    await expect(decodeImage(`${address}/b.png`)).rejects.toThrow(/b\.png answered 404 Not Found: check the address$/);
    await expect(decodeImage(`${address}/page`)).rejects.toThrow(/page" is a web page, which is not read here: check the address$/);
    await expect(decodeImage('http://127.0.0.1:1/a.png')).rejects.toThrow(/could not be fetched \(.+\): check the address and the network$/);
    await expect(decodeImage(new URL('ftp://example.test/a.png'))).rejects.toThrow(
      /is a URL of a kind that is not read: give http:, https:, data: or file:/,
    );
  });

  it('what is no source at all', async () => {
    for (const source of [undefined, null, 5, {}, [1, 2]])
      await expect(decodeImage(source as never)).rejects.toThrow(/Expected a path, URL, Uint8Array/);
    await expect(decodeImage({ width: 2, height: 2, data: new Uint8Array(5) })).rejects.toThrow(/Expected 2 x 2 x 3 = 12 bytes for image\.data/);
  });
});

const crc32 = (bytes: Uint8Array): number => {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
};
