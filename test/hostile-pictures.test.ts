/** Small files that would become gigabytes: what each takes of memory in a process of its own, with the built package. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngChunk, pngFile, pngHeader, tiff } from './picture-files.ts';
import { ROOT, requireBuild } from './runtimes/built.ts';

const MEGABYTES = 100;

/** A third of a gigabyte of zeros, deflated. */
const bomb = deflateSync(Buffer.alloc(3 * 2 ** 27), { level: 1 });
const profile = Uint8Array.from([...'a\0\0'].map((letter) => letter.charCodeAt(0)));
const ofProfile = (name: string): Uint8Array => pngChunk(name, Buffer.concat([profile, bomb]));
const row = pngChunk('IDAT', deflateSync(Uint8Array.of(0, 7)));
const one = pngHeader(1, 1, 8, 0);

/** 64 x 64 floats in one strip that is packed so. */
const packed = (compression: number, data: Uint8Array, { width = 64, height = 64, tags = {} } = {}): Uint8Array =>
  tiff({ width, height, data, tags: { 258: [3, [32]], 259: [3, [compression]], 339: [3, [3]], ...tags } });

/** LZW whose codes each stand for a byte more than the one before: 8 MB of zeros a table. */
const lzwBomb = (tables: number): Uint8Array => {
  const out: number[] = [];
  let [held, have] = [0, 0];
  const put = (code: number, bits: number): void => {
    held = ((held << bits) | code) & 0xfffff;
    for (have += bits; have >= 8; have -= 8) out.push((held >> (have - 8)) & 255);
  };
  for (let table = 0; table < tables; table++) {
    put(256, 9);
    put(0, 9);
    for (let code = 258, bits = 9; code < 4093; ) {
      put(code++, bits);
      if (code + 1 >= 2 ** bits && bits < 12) bits++;
    }
  }
  put(257, 12);
  put(0, 8);
  return Uint8Array.from(out);
};

/** Zstandard of zeros, 128 KB in four bytes. */
const zstdBomb = (blocks: number): Uint8Array => {
  const size = new DataView(new ArrayBuffer(8));
  size.setUint32(0, blocks * 2 ** 17, true);
  const block = (last: number): number[] => [(2 << 0) | last, 0, 16, 0];
  const bodies = Array.from({ length: blocks }, (_, i) => block(i === blocks - 1 ? 1 : 0)).flat();
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, ...new Uint8Array(size.buffer), ...bodies]);
};

/** 20,000 x 20,000 zeros, by imagecodecs.lerc_encode(numpy.zeros((20000, 20000), 'f4'), level=0). */
const LERC = Buffer.from(
  '4c657263322004000000386dcd84204e0000204e0000010000000084d7170800000046000000060000000000000000000000000000000000000000000000000000000000000000',
  'hex',
);

/** Directories that all name one array. */
const directories = (count: number): Uint8Array => {
  const arrays = 8 + count * 54;
  const out = new DataView(new ArrayBuffer(arrays + 2_000_000));
  out.setUint32(0, 0x49492a00);
  out.setUint32(4, 8, true);
  for (let i = 0; i < count; i++) {
    const at = 8 + i * 54;
    out.setUint16(at, 4, true);
    for (const [k, [tag, length, value]] of [
      [256, 1, 64],
      [257, 1, 64],
      [273, 500_000, arrays],
      [279, 500_000, arrays],
    ].entries()) {
      out.setUint16(at + 2 + 12 * k, tag, true);
      out.setUint16(at + 4 + 12 * k, 4, true);
      out.setUint32(at + 6 + 12 * k, length, true);
      out.setUint32(at + 10 + 12 * k, value, true);
    }
    out.setUint32(at + 50, i < count - 1 ? at + 54 : 0, true);
  }
  return new Uint8Array(out.buffer);
};

/** What a process says of a file, and by how many megabytes it has grown. */
interface Outcome {
  said: string;
  grown: number;
}

const CHILD = `
const { readFileSync } = await import('node:fs');
const [, from, call, path] = process.argv;
const work = (await import(from))[call];
const input = call === 'decodeLabelPng' ? readFileSync(path) : path;
const rss = () => process.resourceUsage().maxRSS / 1024;
const before = rss();
let said;
try {
  const { width, height } = await work(input);
  said = width + ' x ' + height;
} catch (error) {
  said = error.name + ': ' + error.message;
}
console.log(JSON.stringify({ said, grown: rss() - before }));
`;

describe('hostile pictures', () => {
  let folder: string;
  beforeAll(async () => {
    requireBuild();
    folder = await mkdtemp(join(tmpdir(), 'diffcut-hostile-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const outcomeOf = async (call: string, file: Uint8Array): Promise<Outcome> => {
    const path = join(folder, 'file');
    await writeFile(path, file);
    const args = ['--input-type=module', '-e', CHILD, join(ROOT, 'dist', 'index.js'), call, path];
    return new Promise((resolve, reject) => {
      execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout))));
    });
  };

  it.each([
    ['more pixels than its header says', pngFile(one, pngChunk('IDAT', bomb)), /^InputError: .* \(it holds more than the pixels of its header\)$/],
    ['a second header', pngFile(one, pngHeader(19_000, 19_000, 8, 0), pngChunk('IDAT', bomb)), /^InputError: .* \(it has a second header\)$/],
    ['a profile', pngFile(one, ofProfile('iCCP'), row), /^1 x 1$/],
    ['text', pngFile(one, ofProfile('zTXt'), row), /^1 x 1$/],
  ])('a label map with %s of 400 MB', async (_, file, sentence) => {
    const { said, grown } = await outcomeOf('decodeLabelPng', file);
    expect(said).toMatch(sentence);
    expect(grown).toBeLessThan(MEGABYTES);
  });

  it.each([
    ['Deflate of 400 MB', packed(8, bomb), /^64 x 64$/],
    ['LZW of 400 MB', packed(5, lzwBomb(50)), /^64 x 64$/],
    [
      'PackBits of 130 MB',
      packed(
        32_773,
        new Uint8Array(2 ** 21).map((_, i) => (i % 2 ? 0 : 0x81)),
      ),
      /^64 x 64$/,
    ],
    ['Zstandard of 400 MB', packed(50_000, zstdBomb(3000)), /is truncated or damaged/],
    ['LERC of 1.6 GB', packed(34_887, LERC, { tags: { 50674: [4, [4, 0]] } }), /its LERC holds more than a strip or tile/],
    [
      'one strip of 1 GB',
      packed(8, bomb, { width: 16_384, height: 16_384 }),
      /strips or tiles are of 1073741824 bytes each, which is too large: convert it/,
    ],
    ['a tile of 16 GB', packed(8, bomb, { tags: { 322: [4, [65_536]], 323: [4, [65_536]], 324: [4, [8]], 325: [4, [0]] } }), /./],
    ['directories of 120 GB', directories(60_000), /its directories name the same bytes again and again/],
  ])('a TIFF with %s', async (_, file, sentence) => {
    const { said, grown } = await outcomeOf('decodeImage', file);
    expect(said).toMatch(sentence);
    expect(grown).toBeLessThan(3 * MEGABYTES);
  });
});
