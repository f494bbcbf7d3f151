import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { goldenBytes, goldenJson } from '../../../test/goldens.ts';
import { readMat, segmentationsFromMat } from './mat.ts';

const maps = goldenJson<number[][][]>('mat/maps.json');
const rows = (name: string): number[][][] =>
  segmentationsFromMat(goldenBytes(`mat/${name}.mat`), name).map(({ data, width, height }) =>
    Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]),
  );

/** A file's header, and an element. */
const HEADER = goldenBytes('mat/none.mat').slice(0, 128);
const element = (type: number, bytes: Uint8Array, length = bytes.length): Uint8Array => {
  const out = new Uint8Array(8 + Math.ceil(bytes.length / 8) * 8);
  new DataView(out.buffer).setUint32(0, type, true);
  new DataView(out.buffer).setUint32(4, length, true);
  out.set(bytes, 8);
  return out;
};
const words = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
const file = (...parts: Uint8Array[]): Uint8Array => Buffer.concat([HEADER, ...parts]);
/** An array of a kind, its dimensions and what follows its name. */
const array = (kind: number, dimensions: number[], ...parts: Uint8Array[]): Uint8Array =>
  element(
    14,
    Buffer.concat([element(6, words(kind, 0)), element(5, words(...dimensions)), element(1, new TextEncoder().encode('groundTruth')), ...parts]),
  );
const nested = (depth: number): Uint8Array => array(1, [1, 1], ...(depth > 0 ? [nested(depth - 1)] : []));

describe('segmentationsFromMat', () => {
  it('reads what SciPy writes, packed or not, of whole numbers or floating point', () => {
    expect(rows('packed')).toEqual(maps);
    expect(rows('plain')).toEqual(maps);
    expect(rows('double')).toEqual(maps.slice(0, 1));
  });

  it('finds none where there are none', () => {
    expect(() => rows('none')).toThrow(/none holds no segmentations/);
    expect(() => segmentationsFromMat(file(), 'f')).toThrow(/f holds no segmentations/);
    expect(() => segmentationsFromMat(file(array(1, [1, 1], element(14, new Uint8Array()))), 'f')).toThrow(/no segmentations/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /no header of version 5/],
    ['HDF5', Uint8Array.from({ length: 600 }, (_, i) => (i === 124 ? 0 : i === 125 ? 2 : 73)), /version 7\.3 are HDF5/],
    ['half an element', file(element(14, words(1, 2), 99)), /longer than what holds it/],
    ['half a tag', file(Uint8Array.of(1, 2, 3)), /ends too early/],
    ['a long short element', file(Uint8Array.of(1, 0, 9, 0, 0, 0, 0, 0)), /longer than what holds it/],
    ['what is not zlib', file(element(15, words(1, 2, 3))), /compressed part is broken/],
    ['what unpacks to too much', file(element(15, deflateSync(new Uint8Array(2 ** 26 + 1)))), /more than 67108864 bytes/],
    ['an element in the place of another', file(element(14, element(5, words(1, 0)))), /the type 5 in the place of 6/],
    ['an array without dimensions', file(array(1, [3])), /no dimensions/],
    ['negative dimensions', file(array(6, [-1, -1])), /no dimensions/],
    ['more cells than there is room for', file(array(1, [2 ** 30, 2 ** 30])), /more arrays than it holds/],
    [
      'more structs without fields',
      file(array(2, [2 ** 30, 2 ** 30], element(5, words(4)), element(1, new Uint8Array()))),
      /more structs than it holds/,
    ],
    ['names of no length', file(array(2, [1, 1], element(5, words(0)), element(1, new Uint8Array(4)))), /have no length/],
    ['fewer numbers than dimensions', file(array(6, [2, 2], element(9, new Uint8Array(8)))), /another number of numbers/],
    ['numbers of no type', file(array(6, [1, 1], element(8, new Uint8Array(8)))), /numbers have the type 8/],
    ['arrays without end', file(nested(20)), /more than 8 deep/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readMat(bytes, 'f')).toThrow(message);
    expect(() => readMat(bytes, 'f')).toThrow(/^f is not a MATLAB file that can be read: [^\n]{1,120}$/);
  });

  it('refuses numbers that are no labels', () => {
    const cell = (...values: number[]) =>
      file(
        array(
          1,
          [1, 1],
          element(
            14,
            Buffer.concat([
              ...[element(6, words(2, 0)), element(5, words(1, 1)), element(1, new Uint8Array())],
              ...[
                element(5, words(16)),
                element(1, new TextEncoder().encode('Segmentation\0\0\0\0')),
                array(6, [1, 1], element(9, new Uint8Array(Float64Array.from(values).buffer))),
              ],
            ]),
          ),
        ),
      );
    expect(segmentationsFromMat(cell(7), 'f')).toEqual([{ data: Int32Array.of(7), width: 1, height: 1 }]);
    for (const bad of [0.5, -1, Number.NaN, 2 ** 31]) expect(() => segmentationsFromMat(cell(bad), 'f')).toThrow(/no segmentations/);
  });
});
