import { describe as describeSegments, type LabelMap, type RunMap, type Segment } from 'diffcut';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measured, runsOf } from './enlarge.ts';

const expanded = ({ width, height, rowStart, end, id }: RunMap): LabelMap => {
  const data = new Int32Array(width * height).fill(-1);
  for (let y = 0; y < height; y++)
    for (let run = rowStart[y], left = 0; run < rowStart[y + 1]; left = end[run++]) data.fill(id[run], y * width + left, y * width + end[run]);
  return { data, width, height };
};

const side = fc.integer({ min: 1, max: 9 });
const maps = fc.tuple(side, side).chain(([width, height]) =>
  fc.record({
    labels: fc
      .array(fc.integer({ min: 0, max: 3 }), { minLength: width * height, maxLength: width * height })
      .map((ids): LabelMap => ({ data: Int32Array.from(ids), width, height })),
    more: fc.tuple(side, side),
  }),
);

describe('labels at a larger size', () => {
  it('are those of the nearest pixel, with areas, boxes and centres as they are there', async () => {
    await fc.assert(
      fc.asyncProperty(maps, async ({ labels: given, more }) => {
        const picture = { data: new Uint8Array(3 * given.data.length), width: given.width, height: given.height };
        const { labels, segments } = await describeSegments(given, picture);
        const size = { width: given.width + more[0], height: given.height + more[1] };
        const runs = runsOf(labels, size);
        const whole = expanded(runs);
        for (let y = 0; y < size.height; y++)
          for (let x = 0; x < size.width; x++) {
            const [column, row] = [Math.floor(((x + 0.5) * labels.width) / size.width), Math.floor(((y + 0.5) * labels.height) / size.height)];
            expect(whole.data[y * size.width + x]).toBe(labels.data[row * labels.width + column]);
          }
        const there = await describeSegments(whole, { data: new Uint8Array(3 * whole.data.length), ...size });
        // by what they measure: ids are given anew by area
        const told = (all: readonly Segment[]): string[] => all.map(({ id: _, ...rest }) => JSON.stringify(rest)).sort();
        expect(told(measured(runs, segments))).toEqual(told(there.segments));
      }),
    );
  });

  it('are the same as runs at their own size', () => {
    const labels = { data: Int32Array.of(0, 0, 1, 2, 2, 1), width: 3, height: 2 };
    expect(expanded(runsOf(labels, labels))).toEqual(labels);
    expect(runsOf({ ...labels, transparent: 1 }, { width: 6, height: 4 }).transparent).toBe(1);
  });
});
