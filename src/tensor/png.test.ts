import { deflateSync } from 'node:zlib';
import { decode, encode } from 'fast-png';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pngChunk, pngFile, pngHeader } from '../../test/picture-files.ts';
import { random as seeded } from '../../test/random.ts';
import { crc32, isPng, readPngHead, readPngSamples } from './png.ts';

const samplesOf = (file: Uint8Array): number[] => Array.from(readPngSamples(file, readPngHead(file), Int32Array));

describe('a PNG', () => {
  it.each([
    [8, 1],
    [8, 2],
    [8, 3],
    [8, 4],
    [16, 1],
    [16, 2],
    [16, 3],
    [16, 4],
  ] as const)('of %i bits and %i channels is read as another reader has it, with whatever filters', async (depth, channels) => {
    const random = seeded(depth * channels);
    const values = Array.from({ length: 23 * 9 * channels }, (_, i) => (i % 5 === 0 ? Math.floor(random() * 2 ** depth) : (i * 7) % 2 ** depth));
    const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
    expect(samplesOf(encode({ width: 23, height: 9, depth, channels, data }))).toEqual(values);
    const [colour, space] = channels < 3 ? (['b-w', 'grey16'] as const) : (['srgb', 'rgb16'] as const);
    for (const progressive of [false, true]) {
      const file = await sharp(data, { raw: { width: 23, height: 9, channels } })
        .toColourspace(depth === 8 ? colour : space)
        .png({ adaptiveFiltering: true, progressive })
        .toBuffer();
      expect(readPngHead(file)).toMatchObject({ width: 23, height: 9, depth, channels, isInterlaced: progressive });
      expect(samplesOf(file)).toEqual(Array.from(decode(file).data));
      expect(samplesOf(file)).toEqual(values);
    }
  });

  it.each([1, 2, 4, 8] as const)('of a palette of %i bits is read as indices, interlaced or not, of any size', async (depth) => {
    const colours = 2 ** depth;
    for (const [width, height] of [
      [1, 1],
      [2, 1],
      [3, 5],
      [9, 8],
      [17, 6],
    ]) {
      const data = Uint8Array.from(
        { length: width * height * 3 },
        (_, i) => (((Math.floor(i / 3) * 5) % Math.min(colours, 7)) * 255) / Math.max(1, Math.min(colours, 7) - 1),
      );
      const [plain, interlaced] = await Promise.all(
        [false, true].map((progressive) =>
          sharp(data, { raw: { width, height, channels: 3 } })
            .png({ palette: true, colours, dither: 0, progressive })
            .toBuffer(),
        ),
      );
      expect(readPngHead(interlaced).isInterlaced).toBe(true);
      expect(samplesOf(interlaced), `${width} x ${height}`).toEqual(samplesOf(plain));
    }
  });

  it('is passed over where no pixel hangs on it', () => {
    const rows = pngChunk('IDAT', deflateSync(Uint8Array.of(0, 7)));
    const profile = pngChunk('iCCP', Uint8Array.from([97, 0, 0, ...deflateSync(new Uint8Array(2 ** 24))]));
    expect(samplesOf(pngFile(pngHeader(1, 1, 8, 0), pngChunk('tEXt', Uint8Array.of(1)), profile, rows, pngChunk('zTXt', profile)))).toEqual([7]);
  });
});

describe('a PNG that lies', () => {
  const head = pngHeader(2, 2, 8, 0);
  const rows = deflateSync(Uint8Array.of(0, 1, 2, 0, 3, 4));
  const data = pngChunk('IDAT', rows);
  const palette = pngChunk('PLTE', new Uint8Array(6));

  it('is none without the first eight bytes', () => expect([isPng(pngFile(head)), isPng(Uint8Array.of(0x89, 0x50))]).toEqual([true, false]));

  it('has a checksum', () => expect(crc32(new TextEncoder().encode('IEND'))).toBe(0xae426082));

  it.each([
    ['a second header', [head, pngHeader(9000, 9000, 8, 0), data], /it has a second header/],
    ['a wrong checksum', [head, pngChunk('IDAT', rows, 1)], /the checksum of its chunk IDAT is wrong/],
    ['a wrong checksum of text', [head, pngChunk('tEXt', rows, 1), data], /the checksum of its chunk tEXt is wrong/],
    [
      'a wrong checksum of its pixels',
      [
        head,
        pngChunk(
          'IDAT',
          rows.map((byte, i) => (i === rows.length - 1 ? byte ^ 1 : byte)),
        ),
      ],
      /the checksum of its pixels is wrong/,
    ],
    ['pixels in two places', [head, data, pngChunk('tEXt'), data], /its pixels are in several places/],
    ['a palette after the pixels', [head, data, palette], /its palette is in the wrong place/],
    ['two palettes', [head, palette, palette, data], /its palette is in the wrong place/],
    ['a palette of 7 bytes', [head, pngChunk('PLTE', new Uint8Array(7)), data], /a palette of 7 bytes/],
    ['no palette', [pngHeader(2, 2, 8, 3), data], /it has no palette/],
    ['an unknown chunk that counts', [head, pngChunk('EVIL'), data], /a chunk EVIL, which no PNG has/],
    ['no letters as a name', [head, pngChunk('I\x1b[m'), data], /something else stands at byte 33/],
    ['no pixels', [head], /its pixels are cut short/],
    ['too few pixels', [pngHeader(2, 3, 8, 0), data], /its pixels are cut short/],
    ['a pixel too many', [pngHeader(2, 1, 8, 0), data], /it holds more than the pixels of its header/],
    ['a filter of number 5', [head, pngChunk('IDAT', deflateSync(Uint8Array.of(5, 1, 2, 0, 3, 4)))], /a row is filtered by a method of number 5/],
    ['what is not deflated', [head, pngChunk('IDAT', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))], /./],
    ['268 megapixels of nothing', [pngHeader(16384, 16384, 16, 0), data], /its pixels are cut short/],
  ])('with %s is refused', (_, chunks, message) => {
    expect(() => samplesOf(pngFile(...chunks))).toThrow(message);
  });

  it.each([
    ['no size', [0, 2, 8, 0, 0], /it has no size/],
    ['3 bits', [2, 2, 3, 0, 0], /3 bits of colour type 0/],
    ['16 bits of a palette', [2, 2, 16, 3, 0], /16 bits of colour type 3/],
    ['interlacing of number 2', [2, 2, 8, 0, 2], /its header asks for what no PNG has/],
  ] as const)('with %s is refused', (_, [width, height, depth, colour, interlacing], message) => {
    expect(() => samplesOf(pngFile(pngHeader(width, height, depth, colour, interlacing), data))).toThrow(message);
  });

  it('is refused wherever it is cut short', () => {
    const whole = pngFile(head, data);
    for (let length = 0; length < whole.length; length++) expect(() => samplesOf(whole.subarray(0, length)), `${length} bytes`).toThrow(Error);
    expect(samplesOf(whole)).toEqual([1, 2, 3, 4]);
  });
});
