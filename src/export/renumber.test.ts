import { describe, expect, it } from 'vitest';
import { expandRuns, type RunMap, toRuns } from '../tensor/runs.ts';
import type { LabelMap, Segment } from '../types.ts';
import { renumber, renumberSegments } from './renumber.ts';
import { describeSegments } from './segments.ts';

const mapOf = (rows: readonly string[], transparent?: number): LabelMap => ({
  data: Int32Array.from(rows.join(''), Number),
  width: rows[0].length,
  height: rows.length,
  ...(transparent !== undefined && { transparent }),
});
const rowsOf = ({ data, width, height }: LabelMap): string[] =>
  Array.from({ length: height }, (_, y) => data.subarray(y * width, (y + 1) * width).join(''));

/** A frame of 2 (its corner a 7), a 4 in it with a 9. */
const MAP = mapOf(['22227', '24442', '24942', '24442', '22222']);

describe('renumber', () => {
  it('leaves no gaps, in the order of the ids, from the first on', async () => {
    const { labels, ids, background } = await renumber(MAP, { firstId: 1 });
    expect(rowsOf(labels)).toEqual(['11113', '12221', '12421', '12221', '11111']);
    expect([...ids]).toEqual([
      [2, 1],
      [4, 2],
      [7, 3],
      [9, 4],
    ]);
    expect(background).toBeUndefined();
    expect(rowsOf((await renumber(MAP)).labels)[0]).toBe('00002');
  });

  it.each([
    ['largest', ['00002', '01110', '01310', '01110', '00000']],
    ['border', ['00000', '01110', '01210', '01110', '00000']],
  ] as const)('makes the %s 0 and the others objects', async (background, rows) => {
    for (const firstId of [0, 1]) {
      const made = await renumber(MAP, { background, firstId });
      expect(rowsOf(made.labels)).toEqual(rows);
      expect(made.background).toBe(0);
    }
    expect(rowsOf((await renumber(MAP, { background, firstId: 5 })).labels)[1]).toBe('05550');
  });

  it('keeps the background that is there', async () => {
    const made = await renumber(mapOf(['0035', '0335']), { background: 'zero', firstId: 2 });
    expect([rowsOf(made.labels), made.background]).toEqual([['0023', '0223'], 0]);
    expect(rowsOf((await renumber(mapOf(['35']), { background: 'zero' })).labels)).toEqual(['12']);
  });

  it('does the same with runs', async () => {
    for (const options of [{}, { firstId: 3 }, { background: 'largest' }, { background: 'border', firstId: 2 }] as const) {
      const runs = await renumber<RunMap>(await toRuns(MAP), options);
      expect(await expandRuns(runs.labels)).toEqual((await renumber(MAP, options)).labels);
    }
  });

  it('keeps what is transparent apart, or has it in the background', async () => {
    const map = mapOf(['0001', '0001', '0022'], 0);
    expect((await renumber(map, { firstId: 1 })).labels.transparent).toBe(1);
    const made = await renumber(map, { background: 'largest' });
    expect([rowsOf(made.labels), made.labels.transparent]).toEqual([['0000', '0000', '0011'], undefined]);
    expect(rowsOf((await renumber(mapOf(['11']), { background: 'largest' })).labels)).toEqual(['00']);
  });
});

describe('renumberSegments', () => {
  it('tells of segments under their new ids as if they had been looked at anew', async () => {
    for (const options of [{ firstId: 1 }, { background: 'border' }, { background: 'largest', firstId: 3 }] as const) {
      const { labels, ids } = await renumber(MAP, options);
      const round = (segments: Segment[]): object[] =>
        segments.map((one) => JSON.parse(JSON.stringify(one, (_, v) => (typeof v === 'number' ? Math.round(v * 1e9) / 1e9 : v))));
      expect(round(renumberSegments(await describeSegments(MAP), ids))).toEqual(round(await describeSegments(labels)));
    }
  });

  it('keeps names, but for those of several that become one', () => {
    const segment = { area: 1, boxXYWH: [0, 0, 1, 1], centroidXY: [0, 0], meanRgb: [0, 0, 0] } satisfies Partial<Segment>;
    const ids = new Map([
      [0, 0],
      [1, 0],
      [2, 1],
    ]);
    const made = renumberSegments(
      [0, 1, 2].map((id) => ({ ...segment, id, name: `n${id}` }) as Segment),
      ids,
    );
    expect(made.map(({ name }) => name)).toEqual([undefined, 'n2']);
  });
});
