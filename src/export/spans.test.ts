/** Runs of single segments. */
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../test/export-samples.ts';
import { toRuns } from '../tensor/runs.ts';
import { describeRuns } from './segments.ts';
import { maskBits, maskRuns, spansById } from './spans.ts';

/** The same by looking at every pixel of the box. */
const insideOf = (data: Int32Array, of: number, id: number, [left, top, width, height]: readonly number[]): boolean[] =>
  Array.from({ length: width * height }, (_, i) => data[(top + Math.floor(i / width)) * of + left + (i % width)] === id);

describe('runs and bits of a mask', () => {
  it.each(sampleMaps().filter(({ name }) => name !== '70,000 segments'))('are those of the pixels: $name', async ({ labels }) => {
    const runs = await toRuns(labels);
    const spans = spansById(runs);
    for (const { id, boxXYWH } of describeRuns(runs)) {
      const whole = [0, 0, labels.width, labels.height] as const;
      for (const box of [boxXYWH, [...whole] as typeof boxXYWH]) {
        const inside = insideOf(labels.data, labels.width, id, box);
        const counts = maskRuns(spans.get(id) as Int32Array, box);
        expect(counts.flatMap((count, i) => Array(count).fill(i % 2 === 1))).toEqual(inside);
        expect(counts.slice(1)).not.toContain(0);
        const bits = maskBits(spans.get(id) as Int32Array, box);
        const rowBytes = Math.ceil(box[2] / 8);
        const isSet = (x: number, y: number) => ((bits[y * rowBytes + (x >> 3)] >> (7 - (x & 7))) & 1) === 1;
        expect(inside.map((_, i) => isSet(i % box[2], Math.floor(i / box[2])))).toEqual(inside);
        expect(bits.length).toBe(rowBytes * box[3]);
      }
    }
  });
});
