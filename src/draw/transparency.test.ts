import { describe, expect, it } from 'vitest';
import type { LabelMap } from '../types.ts';
import { mergeSmall, splitComponents } from './components.ts';
import { alphaAt, setApart } from './transparency.ts';

/** Labels and alpha (. is transparent) of rows of digits. */
const scene = (...rows: string[]): { labels: LabelMap; alpha: Uint8Array } => {
  const cells = [...rows.join('')];
  const data = Int32Array.from(cells, (cell) => (cell === '.' ? 0 : Number(cell)));
  return { labels: { data, width: rows[0].length, height: rows.length }, alpha: Uint8Array.from(cells, (cell) => (cell === '.' ? 127 : 128)) };
};
const textOf = ({ data, width, transparent }: LabelMap): string[] =>
  Array.from({ length: data.length / width }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].map((id) => (id === transparent ? '.' : id)).join(''),
  );

describe('alphaAt', () => {
  const picture = { data: new Uint8Array(5 * 3 * 3), width: 5, height: 3 };

  it("is the picture's own at its size, and nothing where it is opaque", async () => {
    const alpha = new Uint8Array(15).fill(9);
    expect(await alphaAt({ ...picture, alpha }, { width: 5, height: 3 })).toBe(alpha);
    expect(await alphaAt(picture, { width: 2, height: 1 })).toBeUndefined();
  });

  it('is the mean of what each smaller pixel covers', async () => {
    const alpha = Uint8Array.of(255, 255, 0, 0, 0, 255, 0, 0, 0, 0, 10, 20, 30, 40, 52);
    expect(await alphaAt({ ...picture, alpha }, { width: 2, height: 2 })).toEqual(Uint8Array.of(255, 0, 71, 20));
  });
});

describe('setApart', () => {
  it('gives transparent pixels one id of their own, whatever lay there', async () => {
    const { labels, alpha } = scene('..31', '.331', '11..');
    const apart = await setApart(labels, alpha, 0);
    expect(apart.transparent).toBe(4);
    expect(textOf(apart)).toEqual(['..31', '.331', '11..']);
  });

  it('leaves labels of an opaque picture as they are', async () => {
    const { labels, alpha } = scene('01', '10');
    expect(await setApart(labels, alpha, 4)).toBe(labels);
    expect(labels).not.toHaveProperty('transparent');
  });

  it('lets a rim join what is opaque, and one that has nothing but transparency around it stay', async () => {
    const { labels, alpha } = scene('.....', '.022.', '.022.', '.....', '0....');
    expect(textOf(await setApart(labels, alpha, 3))).toEqual(['.....', '.222.', '.222.', '.....', '0....']);
  });

  it('makes all of a picture that is transparent one segment', async () => {
    const { labels, alpha } = scene('...', '...');
    expect(await setApart(labels, alpha, 2)).toEqual({ data: new Int32Array(6).fill(1), width: 3, height: 2, transparent: 1 });
  });
});

describe('pieces and specks beside transparency', () => {
  it('tell pieces apart, and leave transparency one', async () => {
    const { labels, alpha } = scene('1.1.1', '1.111', '22.2.');
    const split = await splitComponents(await setApart(labels, alpha, 0));
    expect(textOf(split)).toEqual(['0.2.2', '0.222', '33.4.']);
    expect(split.transparent).toBe(1);
  });

  it('never let a speck join it, nor it a neighbour', async () => {
    const { labels, alpha } = scene('..122', '..122', '33322');
    const apart = await setApart(labels, alpha, 0);
    expect(textOf(await mergeSmall(apart, 3))).toEqual(['..222', '..222', '33322']);
    const small = scene('1111.', '11111');
    const kept = await mergeSmall(await setApart(small.labels, small.alpha, 0), 100);
    expect(textOf(kept)).toEqual(['1111.', '11111']);
    expect(kept.transparent).toBe(2);
  });
});
