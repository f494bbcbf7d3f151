import { InputError } from 'diffcut';
import { describe, expect, it } from 'vitest';
import { covered, HELD, heldArea, heldBy } from './hold.ts';

/** An open meadow (0) beside small cells of 8 x 8 pixels (from 1 on), 32 columns each. */
const SIZE = { width: 64, height: 64 };
const MAP = {
  ...SIZE,
  data: Int32Array.from({ length: 64 * 64 }, (_, i) => {
    const [x, y] = [i % 64, Math.floor(i / 64)];
    return x < 32 ? 0 : 1 + Math.floor(y / 8) * 4 + Math.floor((x - 32) / 8);
  }),
};

/** The pixels of an area as a set of places in the picture. */
const pixelsOf = ({ box: [left, top, width], mask }: { box: readonly number[]; mask: Uint8Array }): Set<number> => {
  const out = new Set<number>();
  mask.forEach((value, i) => {
    if (value) out.add((top + Math.floor(i / width)) * 64 + left + (i % width));
  });
  return out;
};

describe('heldArea', () => {
  it('is the bare stroke within a superpixel that is large against the brush', () => {
    const stroke = { points: [[10, 10] as const, [14, 12] as const], radius: 5 };
    expect(pixelsOf(heldArea(stroke, MAP))).toEqual(pixelsOf(covered(stroke, SIZE)));
  });

  it('takes small superpixels whole where the middle of the brush goes through them', () => {
    const held = pixelsOf(heldArea({ points: [[36, 4]], radius: 6 }, MAP));
    const cell = [...MAP.data.entries()].filter(([, id]) => id === 1).map(([at]) => at);
    expect(cell.every((at) => held.has(at))).toBe(true);
  });

  it('leaves alone what the rim of the brush only grazes', () => {
    const held = heldBy({ points: [[36, 4]], radius: 6 }, MAP);
    expect(held[0]).toBe(HELD.none); // the meadow, two pixels of which lie under the brush
    expect(covered({ points: [[36, 4]], radius: 6 }, SIZE).box[0]).toBeLessThan(32);
  });

  it('takes whole what is nearly covered, wherever the middle is', () => {
    const held = heldBy({ points: [[36, 4]], radius: 9 }, MAP);
    expect([held[1], held[2]]).toEqual([HELD.whole, HELD.whole]); // the middle is in the first alone
    expect(heldBy({ points: [[36, 4]], radius: 7 }, MAP)[2]).toBe(HELD.none);
  });

  it('of a lasso takes what is half inside, and of a large one that it is mostly about only the inside', () => {
    const around = heldArea(
      {
        polygon: [
          [28, 0],
          [64, 0],
          [64, 16],
          [28, 16],
        ],
      },
      MAP,
    );
    expect(pixelsOf(around)).toEqual(new Set([...MAP.data.entries()].filter(([, id]) => id >= 1 && id <= 8).map(([at]) => at)));
    const inMeadow = {
      polygon: [
        [4, 4],
        [20, 4],
        [20, 30],
        [4, 30],
      ] as const,
    };
    expect(pixelsOf(heldArea(inMeadow, MAP))).toEqual(pixelsOf(covered(inMeadow, SIZE)));
  });

  it('begins and ends outside of the picture, and holds nothing there', () => {
    const through = heldArea({ points: [[-20, 4] as const, [90, 4] as const], radius: 3 }, MAP);
    expect(pixelsOf(through).size).toBeGreaterThan(64);
    expect(pixelsOf(heldArea({ points: [[-50, -50]], radius: 4 }, MAP)).size).toBe(0);
    expect(pixelsOf(heldArea({ polygon: [] }, MAP)).size).toBe(0);
  });

  it('refuses in one sentence what is no stroke', () => {
    expect(() => heldArea({ points: [[Number.NaN, 0]], radius: 4 }, MAP)).toThrow(InputError);
    expect(() => heldArea({ points: [[0, 0]], radius: -1 }, MAP)).toThrow(InputError);
  });

  it('holds one pixel of a picture of one', () => {
    const one = { data: Int32Array.of(0), width: 1, height: 1 };
    expect([...heldArea({ points: [[0.5, 0.5]], radius: 1 }, one).mask]).toEqual([1]);
  });
});
