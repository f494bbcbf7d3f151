import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { blobSource } from '../files/source.ts';
import { DTYPES, dataStartOf, parseHeader, readHeader, type TensorPlan, writeHeader } from './safetensors.ts';

/** A file of this header text and so many bytes of data. */
const fileOf = (header: string | Uint8Array, data: number, length?: bigint): Uint8Array => {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
};
const parse = (bytes: Uint8Array) => parseHeader(bytes, bytes.length, 'unet.safetensors');
const entry = (dtype: string, shape: string, from: number | string, to: number | string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;

const GOOD = `{"__metadata__":{"format":"pt"},"b":${entry('F16', '[2,2]', 4, 12)},"a":${entry('F32', '[]', 0, 4)}}  `;

describe('a good file', () => {
  it('gives its tensors in the order of their bytes', () => {
    const header = parse(fileOf(GOOD, 12));
    const dataStart = 8 + GOOD.length;
    expect(header.dataStart).toBe(dataStart);
    expect(header.metadata).toEqual({ format: 'pt' });
    expect([...header.tensors]).toEqual([
      ['a', { dtype: 'F32', shape: [], start: dataStart, end: dataStart + 4 }],
      ['b', { dtype: 'F16', shape: [2, 2], start: dataStart + 4, end: dataStart + 12 }],
    ]);
    expect(header.bytes).toEqual(fileOf(GOOD, 0));
  });

  it('is read by its header alone, whatever its size', async () => {
    const bytes = fileOf(GOOD, 12);
    const header = await readHeader(blobSource('x', new Blob([bytes as Uint8Array<ArrayBuffer>])));
    expect(header.tensors.size).toBe(2);
    expect(parseHeader(bytes.subarray(0, 8 + GOOD.length), bytes.length, 'x')).toEqual(header);
  });

  it('may hold no tensor, empty tensors, and dtypes that we do not know', () => {
    expect(parse(fileOf('{}', 0)).tensors.size).toBe(0);
    const odd = `{"e":${entry('F32', '[0,3]', 4, 4)},"q":${entry('Q9_K', '[7]', 0, 4)},"f":${entry('F32', '[0]', 0, 0)}}`;
    expect([...parse(fileOf(odd, 4)).tensors.keys()]).toEqual(['f', 'q', 'e']);
  });

  it('may hold every dtype of the format', () => {
    for (const [dtype, bits] of Object.entries(DTYPES))
      expect(parse(fileOf(`{"t":${entry(dtype, '[8]', 0, bits)}}`, bits)).tensors.get('t')?.dtype).toBe(dtype);
  });

  it('may name tensors as it likes', () => {
    const names = ['__proto__', 'constructor', '1', '"\\', '', '\u{1F600}', '\ud800', 'toString'];
    const header = parse(concat(writeHeader(names.map((name) => [name, { dtype: 'U8', shape: [1], bytes: 1 }])), new Uint8Array(names.length)));
    expect([...header.tensors.keys()]).toEqual(names);
  });
});

const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
const one = (dtype: string, shape: string, from: number | string, to: number | string) => `{"t":${entry(dtype, shape, from, to)}}`;

/** One hostile file for each way to be wrong. */
const HOSTILE: [string, Uint8Array, RegExp][] = [
  ['empty', new Uint8Array(), /"unet.safetensors" has 0 bytes: that is no safetensors file/],
  ['shorter than a length', new Uint8Array(7), /has 7 bytes: that is no safetensors file/],
  ['length over the limit', fileOf('{}', 0, 100_000_001n), /is not a safetensors file: its header would have 100000001 bytes/],
  ['length of 64 bits', fileOf('{}', 0, 2n ** 64n - 1n), /is not a safetensors file: its header would have 18446744073709551615 bytes/],
  ['length beyond the file', fileOf('{}', 0, 3n), /truncated, or not a safetensors file: a header of 3 bytes does not fit in 10/],
  ['no header', fileOf('', 4), /does not start with "\{"/],
  ['an array', fileOf('[]', 0), /does not start with "\{"/],
  ['space before', fileOf(' {}', 0), /does not start with "\{"/],
  ['not UTF-8', fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0), /not UTF-8/],
  ['not JSON', fileOf('{"a":}', 0), /header that is not JSON/],
  ['text after the object', fileOf('{}x', 0), /header that is not JSON/],
  ['nested without end', fileOf('{"a":'.repeat(50_000), 0), /header that is not JSON/],
  ['a tensor twice', fileOf(`{"t":${entry('U8', '[1]', 0, 1)},"t":${entry('U8', '[1]', 0, 1)}}`, 1), /the key "t" twice/],
  ['a tensor twice, escaped', fileOf(`{"t":${entry('U8', '[1]', 0, 1)},"\\u0074" :${entry('U8', '[1]', 0, 1)}}`, 1), /the key "t" twice/],
  ['a shape twice', fileOf('{"t":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}', 1), /the key "shape" twice/],
  ['metadata of numbers', fileOf('{"__metadata__":{"a":1}}', 0), /__metadata__ that is not an object of strings/],
  ['an entry that is no object', fileOf('{"t":[1]}', 0), /the tensor "t" is not described by an object/],
  ['no dtype', fileOf('{"t":{"shape":[1],"data_offsets":[0,1]}}', 1), /the tensor "t" has no dtype/],
  ['a dtype that is no string', fileOf('{"t":{"dtype":{},"shape":[1],"data_offsets":[0,1]}}', 1), /the tensor "t" has no dtype/],
  ['no shape', fileOf('{"t":{"dtype":"U8","data_offsets":[0,1]}}', 1), /a shape that is not a list/],
  ['a negative side', fileOf(one('U8', '[-1,-1]', 0, 1), 1), /a shape that is not a list of whole numbers/],
  ['half a side', fileOf(one('U8', '[0.5]', 0, 1), 1), /a shape that is not a list of whole numbers/],
  ['a side that is text', fileOf(one('U8', '["1"]', 0, 1), 1), /a shape that is not a list of whole numbers/],
  ['a side beyond whole numbers', fileOf(one('U8', '[9007199254740993]', 0, 1), 1), /a shape that is not a list of whole numbers/],
  ['a product that overflows', fileOf(one('F32', '[4294967296,4294967296]', 0, 4), 4), /which is no number of bytes, but has 4/],
  ['an overflow that meets a 0', fileOf(one('F32', '[4294967296,4294967296,0]', 0, 0), 0), /which is no number of bytes/],
  ['bits that are no bytes', fileOf(one('F4', '[3]', 0, 2), 2), /which is no number of bytes/],
  ['no offsets', fileOf('{"t":{"dtype":"U8","shape":[1]}}', 1), /data_offsets that are not two whole numbers/],
  ['one offset', fileOf('{"t":{"dtype":"U8","shape":[1],"data_offsets":[0]}}', 1), /data_offsets that are not two whole numbers/],
  ['a negative offset', fileOf(one('U8', '[2]', -1, 1), 1), /data_offsets that are not two whole numbers/],
  ['an offset beyond whole numbers', fileOf(one('U8', '[2]', 0, '1e300'), 2), /data_offsets that are not two whole numbers/],
  ['an end before its start', fileOf(one('Q1', '[1]', 2, 1), 2), /ends before it starts/],
  ['an end outside the file', fileOf(one('U8', '[3]', 0, 3), 2), /the tensor "t" ends at byte 64, outside the file's 63: the file is truncated/],
  ['an unknown dtype outside the file', fileOf(one('Q1', '[3]', 0, 3), 2), /outside the file/],
  ['a range too long for its shape', fileOf(one('F16', '[3]', 0, 8), 8), /is F16 of shape \(3\), which takes 6 bytes, but has 8/],
  ['an overlap', fileOf(`{"a":${entry('U8', '[3]', 0, 3)},"b":${entry('U8', '[2]', 2, 4)}}`, 4), /tensors that overlap, "a" and "b"/],
  ['two at one place', fileOf(`{"a":${entry('U8', '[2]', 0, 2)},"b":${entry('Q1', '[2]', 0, 2)}}`, 2), /tensors that overlap, "a" and "b"/],
  ['an empty one inside another', fileOf(`{"a":${entry('U8', '[2]', 0, 2)},"b":${entry('U8', '[0]', 1, 1)}}`, 2), /tensors that overlap/],
  ['a hole at the start', fileOf(one('U8', '[1]', 1, 2), 2), /a hole of 1 bytes before the tensor "t"/],
  ['a hole between', fileOf(`{"a":${entry('U8', '[1]', 0, 1)},"b":${entry('U8', '[1]', 3, 4)}}`, 4), /a hole of 2 bytes before the tensor "b"/],
  ['bytes after the last', fileOf(one('U8', '[1]', 0, 1), 3), /2 bytes after its last tensor/],
  ['bytes and no tensor', fileOf('{}', 3), /3 bytes after its last tensor/],
];

describe('a file that is wrong', () => {
  it.each(HOSTILE)('is refused: %s', async (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message);
    expect(() => parse(bytes)).toThrow(InputError);
    await expect(readHeader(blobSource('unet.safetensors', new Blob([bytes as Uint8Array<ArrayBuffer>])))).rejects.toThrow(message);
  });

  it('is refused where less than its header is given', () => {
    expect(() => parseHeader(fileOf(GOOD, 0).subarray(0, 20), 1000, 'x')).toThrow(/"x" is truncated: its header ends/);
    expect(() => dataStartOf(new Uint8Array(3), 1000, 'x')).toThrow(/no safetensors file/);
  });
});

const CONTENT = fc.uniqueArray(
  fc.record({
    name: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '7', 'a.b', 'constructor')).filter((name) => name !== '__metadata__'),
    dtype: fc.constantFrom('F16', 'F32', 'I64', 'BOOL', 'F8_E4M3'),
    shape: fc.array(fc.nat(5), { maxLength: 4 }),
  }),
  { selector: (t) => t.name, maxLength: 12 },
);
const plansOf = (content: { name: string; dtype: string; shape: number[] }[]): [string, TensorPlan][] =>
  content.map(({ name, dtype, shape }) => [name, { dtype, shape, bytes: (shape.reduce((a, b) => a * b, 1) * DTYPES[dtype]) / 8 }]);
const sizeOf = (plans: [string, TensorPlan][]) => plans.reduce((sum, [, { bytes }]) => sum + bytes, 0);

describe('writeHeader', () => {
  it('writes what readHeader reads', () => {
    fc.assert(
      fc.property(CONTENT, fc.dictionary(fc.string(), fc.string()), fc.constantFrom(1, 8, 64, 4096), (content, metadata, align) => {
        const plans = plansOf(content);
        const bytes = writeHeader(plans, metadata, align);
        const header = parseHeader(bytes, bytes.length + sizeOf(plans), 'x');
        expect(header.dataStart % align).toBe(0);
        expect({ ...header.metadata }).toEqual({ ...metadata });
        const wanted = plans.map(([name, { dtype, shape, bytes: n }]) => ({ name, dtype, shape, n }));
        const got = Array.from(header.tensors, ([name, t]) => ({ name, dtype: t.dtype, shape: t.shape, n: t.end - t.start }));
        const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
        expect(got.sort(byName)).toEqual(wanted.sort(byName));
      }),
    );
  });

  it('refuses what could not be read back', () => {
    const plan = { dtype: 'F16', shape: [2], bytes: 4 };
    expect(() =>
      writeHeader([
        ['a', plan],
        ['a', plan],
      ]),
    ).toThrow(/"a" is taken/);
    expect(() => writeHeader([['__metadata__', plan]])).toThrow(/"__metadata__" is taken/);
    expect(() => writeHeader([['a', { ...plan, bytes: 5 }]])).toThrow(/does not take 5 bytes/);
    expect(() => writeHeader([['a', { dtype: 'Q1', shape: [1], bytes: -1 }]])).toThrow(/does not take -1 bytes/);
  });

  it('is never read as anything but a good header or one sentence, whatever happens to its bytes', () => {
    const outcomes = { good: 0, refused: 0 };
    const edit = fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...[...'{}[]":,0123456789eE.-\\ '].map((c) => c.charCodeAt(0)))),
    });
    fc.assert(
      fc.property(CONTENT, fc.array(edit, { minLength: 1, maxLength: 4 }), (content, edits) => {
        const plans = plansOf(content);
        const bytes = writeHeader(plans, { format: 'pt' });
        for (const { at, byte } of edits) bytes[at % bytes.length] = byte;
        const size = bytes.length + sizeOf(plans);
        try {
          const header = parseHeader(bytes, size, 'x');
          let at = header.dataStart;
          for (const { start, end } of header.tensors.values()) {
            if (start !== at) expect.fail(`a tensor starts at ${start}, not ${at}`);
            at = end;
          }
          expect(at).toBe(size);
          outcomes.good++;
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          expect(error.message).toMatch(/^"x"/);
          outcomes.refused++;
        }
      }),
      { numRuns: 500 },
    );
    expect(outcomes.good).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
