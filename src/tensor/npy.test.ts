import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joined } from './bytes.ts';
import { featuresFromNpy, labelsFromNpy, labelsNpyPieces, readNpy, writeNpy } from './npy.ts';

/** An NPY file as NumPy would write it. */
const npy = (descr: string, shape: string, values: Uint8Array, { fortran = false, version = 1 } = {}): Uint8Array => {
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;
  return raw(`${dict.padEnd(117)}\n`, values, version);
};
const raw = (header: string, values: Uint8Array, version = 1): Uint8Array => {
  const length = version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.of(
    0x93,
    ...[...'NUMPY'].map((c) => c.charCodeAt(0)),
    version,
    0,
    ...length,
    ...[...header].map((c) => c.charCodeAt(0)),
    ...values,
  );
};
const view = (bytes: number, fill: (v: DataView) => void): Uint8Array => {
  const v = new DataView(new ArrayBuffer(bytes));
  fill(v);
  return new Uint8Array(v.buffer);
};

const numbers = (set: 'setFloat32' | 'setFloat64' | 'setInt32', size: number, little: boolean, ...values: number[]) =>
  view(values.length * size, (v) => values.forEach((value, i) => v[set](i * size, value, little)));

describe('readNpy', () => {
  it.each([
    ['<f4', numbers('setFloat32', 4, true, 1.5, -2), [1.5, -2]],
    ['>f4', numbers('setFloat32', 4, false, 1.5, -2), [1.5, -2]],
    ['<f8', numbers('setFloat64', 8, true, 0.1, -2), [Math.fround(0.1), -2]],
    ['>f8', numbers('setFloat64', 8, false, 0.1, -2), [Math.fround(0.1), -2]],
    ['<f2', Uint8Array.of(0, 0x3c, 0, 0xc0), [1, -2]],
    ['>f2', Uint8Array.of(0x3c, 0, 0xc0, 0), [1, -2]],
    ['|b1', Uint8Array.of(1, 0), [1, 0]],
    ['|i1', Uint8Array.of(255, 5), [-1, 5]],
    ['|u1', Uint8Array.of(255, 5), [255, 5]],
    ['<i2', Uint8Array.of(0, 0x80, 5, 0), [-32768, 5]],
    ['>u2', Uint8Array.of(0x80, 0, 0, 5), [32768, 5]],
    ['<i4', numbers('setInt32', 4, true, -7, 2 ** 31 - 1), [-7, 2 ** 31 - 1]],
    ['>u4', view(8, (v) => v.setUint32(4, 9)), [0, 9]],
    ['<i8', view(16, (v) => v.setBigInt64(0, -5n, true)), [-5, 0]],
    ['>u8', view(16, (v) => v.setBigUint64(8, 5n)), [0, 5]],
  ])('reads %s', (descr, values, expected) => {
    for (const version of [1, 2, 3]) {
      const { data, shape, dtype } = readNpy(npy(descr, '(2,)', values, { version }));
      expect([...data]).toEqual(expected);
      expect(data).toBeInstanceOf(descr[1] === 'f' ? Float32Array : Int32Array);
      expect({ shape, dtype }).toEqual({ shape: [2], dtype: descr });
    }
  });

  it('transposes Fortran order, of any number of dimensions', () => {
    const two = npy('|i1', '(2, 3)', Uint8Array.of(0, 3, 1, 4, 2, 5), { fortran: true });
    expect([...readNpy(two).data]).toEqual([0, 1, 2, 3, 4, 5]);
    // value i + 2j + 6k at (i, j, k) of (2, 3, 4) lies at that very place
    const three = npy(
      '|i1',
      '(2, 3, 4)',
      Uint8Array.from({ length: 24 }, (_, n) => n),
      { fortran: true },
    );
    const expected = [0, 1].flatMap((i) => [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((k) => i + 2 * j + 6 * k)));
    expect([...readNpy(three).data]).toEqual(expected);
  });

  it('reads keys in any order, an empty array, a single value and unaligned bytes', () => {
    const header = "{'shape': (1L, 2), 'fortran_order': False, 'descr': '|u1'}\n";
    const file = new Uint8Array(200);
    file.set(raw(header, Uint8Array.of(3, 4)), 3);
    expect(readNpy(file.subarray(3))).toEqual({ shape: [1, 2], data: Int32Array.of(3, 4), dtype: '|u1' });
    expect(readNpy(npy('<f4', '(0, 3)', new Uint8Array(0))).data.length).toBe(0);
    expect([...readNpy(npy('|u1', '()', Uint8Array.of(8))).data]).toEqual([8]);
  });

  const good = npy('<i4', '(2, 2)', new Uint8Array(16));
  it.each([
    ['no file', new Uint8Array(0), /^x\.npy is not an NPY file/],
    ['a PNG', Uint8Array.of(0x89, 80, 78, 71, 1, 2, 3), /is not an NPY file: write it with numpy\.save/],
    ['version 0', good.with(6, 0), /is NPY version 0\.0: only/],
    ['version 4', good.with(6, 4), /is NPY version 4\.0: only/],
    ['half a preamble', good.subarray(0, 9), /is truncated: 9 bytes do not hold an NPY header/],
    ['a preamble alone', good.subarray(0, 10), /its header should end at byte 128 of 10/],
    ['magic alone', good.subarray(0, 6), /is truncated: 6 bytes do not hold/],
    ['half a header', good.subarray(0, 60), /is truncated: its header should end at byte 128 of 60/],
    ['half the values', good.subarray(0, -1), /is truncated: shape \(2, 2\) of <i4 takes 16 bytes after the header, not 15/],
    ['a huge shape', npy('<f4', '(99999999, 99999999, 99999999)', new Uint8Array(16)), /is truncated: shape/],
    ['an endless number', npy('<f4', `(0, ${'9'.repeat(350)})`, new Uint8Array(0)), /has an NPY header that is not read|is truncated: shape/],
    ['a negative shape', npy('<f4', '(-2, 2)', new Uint8Array(16)), /has an NPY header that is not read/],
    ['objects', npy('|O', '(2,)', new Uint8Array(16)), /holds values of dtype \|O: save it as float32 or int32/],
    ['complex numbers', npy('<c8', '(2,)', new Uint8Array(16)), /dtype <c8/],
    ['a structured array', raw("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}\n", new Uint8Array(8)), /header that is not read/],
    ['code', raw("__import__('os').system('true')\n", new Uint8Array(8)), /header that is not read/],
    [
      'i8 out of range',
      npy(
        '<i8',
        '(1,)',
        view(8, (v) => v.setBigInt64(0, 2n ** 40n, true)),
      ),
      /the integer 1099511627776, which is outside int32/,
    ],
    ['u4 out of range', npy('<u4', '(1,)', new Uint8Array(4).fill(255)), /the integer 4294967295, which is outside int32/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readNpy(bytes, 'x.npy')).toThrow(message);
  });
});

describe('writeNpy', () => {
  it('writes what numpy.save writes', () => {
    const bytes = writeNpy(Int32Array.of(1, -1), [1, 2]);
    const head = `{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2), }`.padEnd(117);
    expect(String.fromCharCode(...bytes.subarray(0, 128))).toBe(`\x93NUMPY\x01\x00\x76\x00${head}\n`);
    expect([...bytes.subarray(128)]).toEqual([1, 0, 0, 0, 255, 255, 255, 255]);
    expect(String.fromCharCode(...writeNpy(new Float32Array(3), [3]))).toMatch(/'<f4'.*\(3,\)/);
  });

  it('comes back the same, values aligned to 64 bytes', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 0, maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.boolean(), fc.infiniteStream(fc.integer()), (dims, floats, stream) => {
        const count = dims.reduce((a, b) => a * b, 1);
        const values = [...stream.take(count)];
        const data = floats ? new Float32Array(new Int32Array(values).buffer) : Int32Array.from(values);
        const bytes = writeNpy(data, dims);
        const back = readNpy(bytes);
        expect((bytes.length - count * 4) % 64).toBe(0);
        expect(back.shape).toEqual(dims);
        expect(back.data).toEqual(data);
      }),
    );
  });

  it('rounds to half precision where it is asked to, and leaves integers', () => {
    const bytes = writeNpy(Float32Array.of(1, -2.5, 1 / 3), [3], 'f2');
    expect(bytes).toHaveLength(128 + 6);
    expect([...bytes.subarray(128)]).toEqual([0x00, 0x3c, 0x00, 0xc1, 0x55, 0x35]);
    const { data, dtype } = readNpy(bytes);
    expect([dtype, ...data]).toEqual(['<f2', 1, -2.5, 0.333251953125]);
    expect(readNpy(writeNpy(Int32Array.of(70_000), [1], 'f2')).data).toEqual(Int32Array.of(70_000));
  });

  it('ends its header with a new line, however long it is', () => {
    for (let dimensions = 0; dimensions < 50; dimensions++) {
      const bytes = writeNpy(Float32Array.of(3), new Array(dimensions).fill(1));
      expect(bytes.length % 64).toBe(4);
      expect(bytes.at(-5)).toBe(10);
      expect([...readNpy(bytes).data]).toEqual([3]);
    }
  });

  it('refuses a shape of another size', () => {
    expect(() => writeNpy(new Float32Array(5), [2, 3])).toThrow(/Expected 6 values for shape \(2, 3\) but received 5/);
  });
});

describe('featuresFromNpy and labelsFromNpy', () => {
  it('give maps', () => {
    expect(featuresFromNpy(writeNpy(new Float32Array(24), [2, 3, 4]), 'f.npy')).toMatchObject({ height: 2, width: 3, channels: 4 });
    expect(labelsFromNpy(writeNpy(new Int32Array(6), [2, 3]), 'l.npy')).toMatchObject({ height: 2, width: 3 });
  });

  it.each([
    ['integers', writeNpy(new Int32Array(8), [2, 2, 2]), /^f\.npy holds integers \(<i4\): features are floating point/],
    ['two dimensions', writeNpy(new Float32Array(4), [2, 2]), /^f\.npy has shape \(2, 2\): give an array of shape \(height, width, channels\)/],
    ['four dimensions', writeNpy(new Float32Array(4), [1, 2, 2, 1]), /has shape \(1, 2, 2, 1\)/],
    ['nothing', writeNpy(new Float32Array(0), [0, 2, 2]), /has shape \(0, 2, 2\).* each at least 1/],
    ['NaN', writeNpy(Float32Array.of(1, Number.NaN), [1, 2, 1]), /^f\.npy holds NaN at position 1 .*must be finite/],
    [
      'too large for float32',
      npy(
        '<f8',
        '(1, 1, 1)',
        view(8, (v) => v.setFloat64(0, 1e300, true)),
      ),
      /holds Infinity at position 0 \(as float32\)/,
    ],
  ])('refuse features of %s', (_, bytes, message) => {
    expect(() => featuresFromNpy(bytes, 'f.npy')).toThrow(message);
  });

  it.each([
    ['floats', writeNpy(new Float32Array(4), [2, 2]), /^l\.npy holds floating point \(<f4\): labels are integers/],
    ['three dimensions', writeNpy(new Int32Array(4), [2, 2, 1]), /^l\.npy has shape \(2, 2, 1\): give an array of shape \(height, width\)/],
    ['negative ids', writeNpy(Int32Array.of(0, -3), [1, 2]), /^l\.npy holds the label -3 at position 1: labels are at least 0/],
  ])('refuse labels of %s', (_, bytes, message) => {
    expect(() => labelsFromNpy(bytes, 'l.npy')).toThrow(message);
  });
});

it('labels piece by piece are the file that is written at once, values from a multiple of 64 bytes on', async () => {
  for (const [width, height] of [
    [3, 2],
    [1100, 1000], // two pieces
    [12_345, 1],
  ]) {
    const labels = { data: Int32Array.from({ length: width * height }, (_, i) => i % 70_000), width, height };
    const file = await joined(labelsNpyPieces(labels));
    expect(Buffer.compare(file, writeNpy(labels.data, [height, width]))).toBe(0);
    expect((file.length - 4 * labels.data.length) % 64).toBe(0);
  }
});
