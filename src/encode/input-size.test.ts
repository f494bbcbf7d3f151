import { describe, expect, it } from 'vitest';
import { findRow, LOCAL } from '../models/table.ts';
import { inputSizeOf } from './input-size.ts';

const EMBEDDED = findRow('embedded') ?? LOCAL;
const WIDE = { width: 1500, height: 1000 };

describe('the size of the input', () => {
  it("is the encoder's square where nothing is said, or its ratio kept where the row says so", () => {
    expect(inputSizeOf(LOCAL, {})(WIDE)).toEqual([1024, 1024]);
    expect(inputSizeOf(EMBEDDED, {})(WIDE)).toEqual([928, 640]);
  });

  it.each([
    [768, undefined, [768, 768]],
    [[1024, 640], undefined, [1024, 640]],
    [1024, true, [1280, 832]],
    [1024, false, [1024, 1024]],
  ] as const)('%j with keepRatio %s is %j', (size, keepRatio, wanted) => {
    expect(inputSizeOf(LOCAL, { size, keepRatio })(WIDE)).toEqual(wanted);
  });

  it('keeps the ratio up to 4 : 1 either way', () => {
    const size = inputSizeOf(LOCAL, { keepRatio: true });
    expect(size({ width: 4000, height: 1000 })).toEqual([2048, 512]);
    expect(size({ width: 9000, height: 100 })).toEqual([2048, 512]);
    expect(size({ width: 1, height: 10_000 })).toEqual([512, 2048]);
  });

  it('is at least one multiple a side', () => {
    expect(inputSizeOf(LOCAL, { size: 64, keepRatio: true })({ width: 100, height: 900 })).toEqual([64, 128]);
  });

  it.each([[1000], [[1024, 600]], [[100, 1024]], [32]] as const)('%j is refused where the row is strict', (size) => {
    const message = /^local takes sizes that are multiples of 64 pixels, not \d+(x\d+)?$/;
    expect(() => inputSizeOf(LOCAL, { size })).toThrow(message);
  });

  it('is rounded where the row is not strict', () => {
    expect(inputSizeOf(EMBEDDED, { size: [1000, 500] })(WIDE)).toEqual([992, 512]);
  });

  it('of both sides does not go with keepRatio', () => {
    expect(() => inputSizeOf(LOCAL, { size: [1024, 640], keepRatio: true })).toThrow(/give one side, or leave keepRatio out$/);
    expect(inputSizeOf(LOCAL, { size: [1024, 640], keepRatio: false })(WIDE)).toEqual([1024, 640]);
  });
});
