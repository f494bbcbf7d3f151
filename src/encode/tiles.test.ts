import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { noise, paint } from '../../test/scenes.ts';
import { encoderRow } from '../models/table.ts';
import { unitTokens } from '../tensor/features.ts';
import type { FeatureMap, RgbImage } from '../types.ts';
import type { Encoder } from './encoder.ts';
import { createEncoder } from './input.ts';
import { encodeTiles, tileStarts } from './tiles.ts';

const STEP = 8;

/** A token is the mean colour of 8 x 8 pixels, and `context` times something that hangs on the whole of what is encoded. */
const colours = (context = 0): Encoder => {
  const row = encoderRow('embedded');
  const inputSize = ({ width, height }: { width: number; height: number }): [number, number] => [width, height];
  return createEncoder(
    { name: row.name, row, device: 'cpu', inputSize },
    async ({ data, width, height }) => {
      const grid = { width: Math.ceil(width / STEP), height: Math.ceil(height / STEP), channels: 4 };
      const out = new Float32Array(grid.width * grid.height * 4);
      for (let i = 0; i < width * height; i++) {
        const token = Math.floor(Math.floor(i / width) / STEP) * grid.width + Math.floor((i % width) / STEP);
        for (let c = 0; c < 3; c++) out[4 * token + c] += data[3 * i + c] / 255;
      }
      for (let token = 0; token < grid.width * grid.height; token++) out[4 * token + 3] = (STEP * STEP * (data[0] % 2 ? 1 : -1) + data[1]) * context;
      return { ...grid, data: out };
    },
    async () => {},
  );
};

const cosine = (a: FeatureMap, b: FeatureMap, token: number, other = token): number => {
  const [p, q] = [a, b].map((map) => unitTokens(map));
  let sum = 0;
  for (let c = 0; c < a.channels; c++) sum += p[token * a.channels + c] * q[other * a.channels + c];
  return sum;
};

const SLOW = paint(200, 144, (x, y) => [60 + x / 2, 200 - y, 90 + 50 * Math.sin(x / 30)]);

describe('tileStarts', () => {
  it('covers the whole, from the first pixel to the last, with a quarter of each tile shared', () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 300 }), fc.integer({ min: 0, max: 3000 }), (tile, more) => {
        const starts = tileStarts(tile + more, tile);
        expect(starts[0]).toBe(0);
        expect(starts.at(-1)).toBe(more);
        for (let k = 1; k < starts.length; k++) {
          expect(starts[k]).toBeGreaterThan(starts[k - 1]);
          expect(starts[k] - starts[k - 1]).toBeLessThanOrEqual(Math.ceil(0.75 * tile));
        }
      }),
    );
  });
});

describe('encodeTiles', () => {
  it('gives what the whole picture would where a token hangs on its place alone', async () => {
    const encoder = colours();
    const [tiled, whole] = [await encodeTiles(encoder, SLOW, 64), await encoder.encode(SLOW)];
    expect(tiled).toMatchObject({
      width: whole.width,
      height: whole.height,
      isUnit: true,
      origin: { size: [64, 64], tile: { size: [64, 64], of: [200, 144] } },
    });
    for (let token = 0; token < whole.width * whole.height; token++) expect(cosine(tiled, whole, token)).toBeGreaterThan(0.999);
  });

  it('fades from tile to tile: no two neighbours differ more than the overlap lets them', async () => {
    const next = random(3);
    const plain = paint(400, 64, () => [128 + next() * 3, 120 + 20 * next(), 128]); // each tile's first pixel is another
    const tiled = await encodeTiles(colours(0.4), plain, 64);
    const jumps = Array.from({ length: tiled.width - 1 }, (_, x) => 1 - cosine(tiled, tiled, 3 * tiled.width + x, 3 * tiled.width + x + 1));
    const [least, most] = [0, tiled.width - 1].map((x) => x);
    const far = Math.max(...Array.from({ length: most - least }, (_, x) => 1 - cosine(tiled, tiled, 3 * tiled.width, 3 * tiled.width + x)));
    expect(far).toBeGreaterThan(0.1);
    expect(Math.max(...jumps)).toBeLessThan(0.75 * far);
  });

  it('encodes a picture that is no larger than a tile as it is', async () => {
    const encoder = colours();
    for (const side of [200, 512]) expect(await encodeTiles(encoder, SLOW, side)).toEqual(await encoder.encode(SLOW));
  });

  it('keeps tiles of one size, the last ones shifted inwards, and narrower ones where the picture is', async () => {
    const sizes = new Set<string>();
    const encoder = colours();
    const told = { ...encoder, encode: (image: RgbImage) => encoder.encode(image).finally(() => sizes.add(`${image.width}x${image.height}`)) };
    const map = await encodeTiles(told, noise(150, 40), 64);
    expect([...sizes]).toEqual(['64x40']);
    expect([map.width, map.height]).toEqual([19, 5]);
    expect(map.origin?.tile).toEqual({ size: [64, 40], of: [150, 40] });
  });

  it('reads a file a row of tiles at a time', async () => {
    const { data, width, height } = SLOW;
    const bands: [number, number][] = [];
    const rows = (top: number, bottom: number) => {
      bands.push([top, bottom]);
      return { data: data.slice(top * width * 3, bottom * width * 3), width, height: bottom - top };
    };
    expect(await encodeTiles(colours(), { width, height, rows }, 64)).toEqual(await encodeTiles(colours(), SLOW, 64));
    expect(bands).toEqual([
      [0, 64],
      [48, 112],
      [80, 144],
    ]);
  });

  it('tells how far it is, and hears an abort between two tiles', async () => {
    const told: number[] = [];
    await encodeTiles(colours(), SLOW, 64, { onProgress: (stage, done, total) => told.push(stage === 'encode' && total === 12 ? done : -1) });
    expect(told).toEqual([...Array(13).keys()]);
    const stop = new AbortController();
    const reason = new Error('stop');
    const onProgress = (_: string, done: number) => void (done === 2 && stop.abort(reason));
    await expect(encodeTiles(colours(), SLOW, 64, { signal: stop.signal, onProgress })).rejects.toBe(reason);
  });

  it.each([63, 4097, 100.5])('refuses a side of %d', async (side) => {
    await expect(encodeTiles(colours(), SLOW, side)).rejects.toThrow(`Expected a whole number from 64 to 4096 for tile but received ${side}`);
  });
});
