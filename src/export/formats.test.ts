import { describe, expect, it } from 'vitest';
import { FORMATS, type Made } from './formats.ts';
import { decodeLabelPng } from './indexed-png.ts';
import { describeSegments } from './segments.ts';

const image = { data: new Uint8Array(4 * 2 * 3).fill(100), width: 4, height: 2 };
const labels = { data: Int32Array.of(0, 0, 0, 1, 0, 0, 0, 1), width: 4, height: 2 };
const segments = await describeSegments(labels, image);
const made: Made = { image, labels, segments, record: { lost: 0, absent: undefined, segments } };

const bytesOf = async (name: string): Promise<Uint8Array> => {
  const format = FORMATS[name];
  if (!('bytes' in format)) throw new Error(`${name} is a folder`);
  return format.bytes(made);
};
const jsonOf = async (name: string) => JSON.parse(new TextDecoder().decode(await bytesOf(name)));

describe('formats', () => {
  it('end in names that differ, the JSON last', () => {
    const suffixes = Object.values(FORMATS).map(({ suffix }) => suffix);
    expect(new Set(suffixes).size).toBe(suffixes.length);
    expect(suffixes.at(-1)).toBe('.json');
  });

  it('keep the labels, and what is told of the segments', async () => {
    expect(decodeLabelPng(await bytesOf('labels'))).toEqual(labels);
    expect(await jsonOf('json')).toEqual({ lost: 0, segments });
    expect((await jsonOf('rle')).map(({ area, bbox }: { area: number; bbox: number[] }) => [area, bbox])).toEqual([
      [6, [0, 0, 3, 2]],
      [2, [3, 0, 1, 2]],
    ]);
  });
});
