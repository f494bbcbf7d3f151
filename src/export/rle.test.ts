import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRle, encodeAllRles, encodeRle, rleArea, rleBox, rleFromMask, rleRuns } from './rle.ts';

interface Case {
  name: string;
  height: number;
  width: number;
  bits: string;
  counts: string;
  runs: number[] | null;
  area: number;
  bboxXYWH: number[];
}
const { cases } = JSON.parse(readFileSync(new URL('../../test/golden/rle/cases.json', import.meta.url), 'utf8')) as { cases: Case[] };
const maskOf = ({ bits, width, height }: Case) => {
  const packed = Buffer.from(bits, 'base64');
  return Uint8Array.from({ length: width * height }, (_, i) => (packed[i >> 3] >> (7 - (i & 7))) & 1);
};

describe('against pycocotools', () => {
  it('has cases', () => expect(cases.length).toBeGreaterThan(20));

  it.each(cases)('$name', async (one) => {
    const mask = maskOf(one);
    const rle = await rleFromMask(mask, one.width, one.height);
    expect(rle).toEqual({ size: [one.height, one.width], counts: one.counts });
    expect(await encodeRle({ data: Int32Array.from(mask), width: one.width, height: one.height }, 1)).toEqual(rle);
    expect(decodeRle(rle)).toEqual(mask);
    if (one.runs) expect(rleRuns(rle)).toEqual(one.runs);
    expect(rleArea(rle)).toBe(one.area);
    expect(rleBox(rle)).toEqual(one.bboxXYWH);
  });
});

const side = fc.integer({ min: 1, max: 12 });
const labelMap = fc.tuple(side, side).chain(([width, height]) =>
  fc.record({
    width: fc.constant(width),
    height: fc.constant(height),
    data: fc.int32Array({ min: 0, max: 4, minLength: width * height, maxLength: width * height }),
  }),
);

describe('counts', () => {
  it('may be the runs themselves, as COCO has them uncompressed', () => {
    const plain = { size: [2, 3] as [number, number], counts: [1, 2, 0, 1, 2] };
    expect([...decodeRle(plain)]).toEqual([0, 1, 0, 1, 1, 0]);
    expect([rleArea(plain), rleBox(plain)]).toEqual([3, [0, 0, 2, 2]]);
  });

  it.each<[string, unknown, RegExp]>([
    ['a run below 0', { size: [2, 2], counts: [1, -1, 4] }, /a whole number from 0 for counts\[1\] but received -1/],
    ['a run that is no number', { size: [2, 2], counts: [1, '3'] }, /for counts\[1\] but received "3"/],
    ['runs of another size', { size: [2, 2], counts: [1, 2] }, /cover 3 pixels but the size is 2 x 2/],
    ['a text that is no counts', { size: [2, 2], counts: '\u00e9' }, /damaged at character 0/],
    ['a run of half a pixel', { size: [2, 2], counts: [1.5, 2.5] }, /for counts\[0\] but received 1\.5/],
    ['a run that is missing', { size: [2, 2], counts: Object.assign([1, 2, 1], { 1: undefined }) }, /for counts\[1\] but received undefined/],
    ['a run without end', { size: [2, 2], counts: [1, Number.POSITIVE_INFINITY] }, /for counts\[1\] but received Infinity/],
    ['no counts', { size: [2, 2] }, /Expected \{ size: \[height, width\], counts \} for the mask/],
    ['runs that fall short', { size: [2, 2], counts: '1' }, /cover 1 pixels but the size is 2 x 2/],
    ['a number that 32 bits do not hold', { size: [2, 2], counts: 'oooooo4' }, /damaged at character 6/],
    ['a number whose high bits would be lost', { size: [2, 2], counts: 'TPPPPP8' }, /damaged at character 6/],
    ['more runs than pixels', { size: [2, 2], counts: '0'.repeat(1000) }, /hold more than 9 runs, which no mask of their size has/],
    ['a size below 0', { size: [-2, -2], counts: [4] }, /for size/],
    ['a size of half a pixel', { size: [0.5, 8], counts: [4] }, /for size/],
    ['counts of no kind', { size: [2, 2], counts: 4 }, /Expected \{ size: \[height, width\], counts \} for the mask/],
    ['a size of one number', { size: [4], counts: [4] }, /Expected whole numbers \[height, width\] for size/],
    ['a size of nothing', { size: [0, 2], counts: [] }, /for size/],
    ['a size that no memory holds', { size: [1e6, 1e6], counts: [1e12] }, /has 1000000 x 1000000 pixels, more than one may have/],
  ])('are refused with %s', (_, rle, sentence) => expect(() => decodeRle(rle as never)).toThrow(sentence));
});

describe('any label map', () => {
  it('comes back segment by segment, and all at once the same', async () => {
    await fc.assert(
      fc.asyncProperty(labelMap, async (labels) => {
        const all = await encodeAllRles(labels);
        expect([...all.keys()]).toEqual([...new Set(labels.data)].sort((a, b) => a - b));
        for (const [id, rle] of all) {
          expect(rle).toEqual(await encodeRle(labels, id));
          expect(decodeRle(rle)).toEqual(Uint8Array.from(labels.data, (v) => Number(v === id)));
        }
      }),
    );
  });

  it('has the box and area that counting pixels gives', async () => {
    await fc.assert(
      fc.asyncProperty(labelMap, async ({ data, width, height }) => {
        const inside = [...data.keys()].filter((i) => data[i] === 0);
        const xs = inside.map((i) => i % width);
        const ys = inside.map((i) => Math.floor(i / width));
        const box = inside.length
          ? [Math.min(...xs), Math.min(...ys), Math.max(...xs) - Math.min(...xs) + 1, Math.max(...ys) - Math.min(...ys) + 1]
          : [0, 0, 0, 0];
        const rle = await encodeRle({ data, width, height }, 0);
        expect(rleBox(rle)).toEqual(box);
        expect(rleArea(rle)).toBe(inside.length);
      }),
    );
  });
});

it('takes any value but 0 as inside', async () => {
  expect(await rleFromMask(Uint8Array.of(0, 255, 1, 7, 0, 0), 6, 1)).toEqual(await rleFromMask(Uint8Array.of(0, 1, 1, 1, 0, 0), 6, 1));
});

it.each([
  ['a character out of range', { size: [2, 2], counts: '4 ' }, /counts are damaged at character 1: give counts/],
  ['an end within a number', { size: [2, 2], counts: 'T' }, /counts are damaged at character 1/],
  ['a number without end', { size: [2, 2], counts: 'ooooooooo0' }, /counts are damaged/],
  ['another size', { size: [3, 2], counts: '4' }, /cover 4 pixels but the size is 3 x 2/],
  ['negative runs', { size: [2, 2], counts: '6N' }, /for counts\[1\] but received -/],
] as const)('refuses %s', (_, rle, message) => {
  expect(() => decodeRle({ size: [...rle.size], counts: rle.counts })).toThrow(message);
});

it('refuses a mask of another size', async () => {
  await expect(rleFromMask(new Uint8Array(5), 2, 2)).rejects.toThrow(/Expected 2 x 2 bytes for mask but received 5/);
});
