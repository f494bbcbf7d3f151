import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBytes, unpackBytes } from './pack.ts';

const part = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.int32Array(), fc.uint8Array());
const parts = fc.oneof(part, fc.array(part), fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.oneof(part, fc.array(part))));

describe('packed data', () => {
  it('are what they were', () => {
    fc.assert(
      fc.property(parts, (value) => {
        expect(unpackBytes(packBytes(value))).toEqual(value);
      }),
    );
  });

  it('that are damaged are refused, or are other data: never more', () => {
    const whole = packBytes({ a: Int32Array.of(1, 2, 3), b: [Uint8Array.of(4)], c: 'text' });
    for (let length = 0; length < whole.length - 3; length++)
      expect(() => unpackBytes(whole.subarray(0, length)), String(length)).toThrow(/^its data are damaged/);
    const hostile = (json: string): Uint8Array => {
      const bytes = new Uint8Array(4 + json.length);
      new DataView(bytes.buffer).setUint32(0, json.length, true);
      bytes.set(new TextEncoder().encode(json), 4);
      return bytes;
    };
    for (const place of ['"i4","at":0,"length":1e12', '"i4","at":-4,"length":1', '"u1","at":0.5,"length":0', '"x","at":0,"length":0', '"toString"'])
      expect(() => unpackBytes(hostile(`{"$":${place}}`)), place).toThrow(/^its data are damaged/);
  });
});
