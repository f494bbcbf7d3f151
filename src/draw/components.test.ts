import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runsOf } from '../../test/scenes.ts';
import { expandRuns } from '../tensor/runs.ts';
import type { LabelMap } from '../types.ts';
import { keepLargest, keepLargestRuns, mergeSmall, removeSpecks, splitComponents } from './components.ts';

const map = (rows: string[]): LabelMap => ({ data: Int32Array.from(rows.join(''), Number), width: rows[0].length, height: rows.length });
const rowsOf = ({ data, width, height }: LabelMap) => Array.from({ length: height }, (_, y) => data.slice(y * width, (y + 1) * width).join(''));

describe('splitComponents', () => {
  it('tells apart what only touches at a corner, and joins what meets later', async () => {
    expect(rowsOf(await splitComponents(map(['101', '111', '500'])))).toEqual(['010', '000', '233']);
    expect(rowsOf(await splitComponents(map(['10', '01'])))).toEqual(['01', '23']);
  });

  it('agrees with a flood fill', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 80 }),
        async (width, ids) => {
          const height = Math.max(1, Math.floor(ids.length / width));
          const data = Int32Array.from({ length: width * height }, (_, i) => ids[i % ids.length]);
          expect((await splitComponents({ data, width, height })).data).toEqual(flood({ data, width, height }));
        },
      ),
    );
  });
});

const flood = ({ data, width, height }: LabelMap): Int32Array => {
  const out = new Int32Array(data.length).fill(-1);
  let ids = 0;
  for (let start = 0; start < data.length; start++) {
    if (out[start] >= 0) continue;
    const id = ids++;
    for (const stack = [start]; stack.length > 0; ) {
      const i = stack.pop() as number;
      if (out[i] >= 0 || data[i] !== data[start]) continue;
      out[i] = id;
      if (i % width > 0) stack.push(i - 1);
      if (i % width < width - 1) stack.push(i + 1);
      if (i >= width) stack.push(i - width);
      if (i < width * (height - 1)) stack.push(i + width);
    }
  }
  return out;
};

describe('mergeSmall', () => {
  it('gives a small segment to the neighbour with the longest border', async () => {
    expect(rowsOf(await mergeSmall(map(['1112', '1832', '1332']), 2))).toEqual(['1112', '1132', '1332']);
  });

  it('merges a chain of small ones until the rest is large enough', async () => {
    expect(rowsOf(await mergeSmall(map(['123444']), 3))).toEqual(['222444'.replace(/2/g, '2')].map((r) => r));
    expect(new Set((await mergeSmall(map(['123456']), 100)).data).size).toBe(1);
  });

  it('leaves large ones alone, and a single one', async () => {
    const labels = map(['1122']);
    expect(await mergeSmall(labels, 2)).toEqual(labels);
    expect(await mergeSmall(map(['7']), 50)).toEqual(map(['7']));
  });
});

describe('keepLargestRuns', () => {
  it('leaves what is transparent in its pieces, and lets nothing join it', async () => {
    const labels = map(['91119', '91219', '99111', '19922']);
    expect(rowsOf(await expandRuns(await keepLargestRuns({ ...runsOf(labels), transparent: 9 })))).toEqual(['91119', '91119', '99111', '19922']);
  });
});

describe('keepLargest', () => {
  it('leaves each segment one piece, and gives the others to the longest border', async () => {
    expect(rowsOf(await keepLargest(map(['11211', '11211', '22222', '11222'])))).toEqual(['11222', '11222', '22222', '22222']);
    const whole = map(['112', '122']);
    expect(await keepLargest(whole)).toBe(whole);
  });

  it('leaves whole segments, whatever the map', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 90 }),
        async (width, ids) => {
          const height = Math.max(1, Math.floor(ids.length / width));
          const labels = { data: Int32Array.from({ length: width * height }, (_, i) => ids[i % ids.length]), width, height };
          const kept = await keepLargest(labels);
          expect(new Set((await splitComponents(kept)).data).size).toBe(new Set(labels.data).size);
          expect(new Set(kept.data)).toEqual(new Set(labels.data));
        },
      ),
    );
  });
});

it('removes a hundred thousand specks without a second look at each', async () => {
  const [width, height] = [1000, 1000];
  const data = Int32Array.from({ length: width * height }, (_, i) => (i % 3 === 1 && Math.floor(i / width) % 3 === 1 ? 5 : 2));
  expect(new Set((await removeSpecks({ data, width, height }, 10)).data)).toEqual(new Set([2]));
});

describe('small segments, one after the other', () => {
  const maps = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 90 }))
    .map(([width, ids]): LabelMap => {
      const height = Math.max(1, Math.floor(ids.length / width));
      return { data: Int32Array.from({ length: width * height }, (_, i) => ids[i % ids.length]), width, height };
    });

  /** Looks at the whole map before each step: the smallest of those that may go, the lowest id on a tie, to its longest border. */
  const slow = ({ data, width, height }: LabelMap, canGo: Set<number>, until: number): Int32Array => {
    const now = data.slice();
    for (;;) {
      const areas = new Map<number, number>();
      for (const id of now) areas.set(id, (areas.get(id) ?? 0) + 1);
      const smallest = [...areas].filter(([id, area]) => canGo.has(id) && area < until).sort(([a, p], [b, q]) => p - q || a - b)[0];
      if (!smallest || areas.size === 1) return now;
      const border = new Map<number, number>();
      for (let i = 0; i < now.length; i++) {
        if (now[i] !== smallest[0]) continue;
        const [x, y] = [i % width, Math.floor(i / width)];
        for (const j of [x > 0 ? i - 1 : i, x < width - 1 ? i + 1 : i, y > 0 ? i - width : i, y < height - 1 ? i + width : i])
          if (now[j] !== now[i]) border.set(now[j], (border.get(now[j]) ?? 0) + 1);
      }
      const to = [...border].sort(([a, p], [b, q]) => q - p || a - b)[0][0];
      for (let i = 0; i < now.length; i++) if (now[i] === smallest[0]) now[i] = to;
    }
  };

  it('join the longest border, the smallest first, the lower id on a tie', async () => {
    await fc.assert(
      fc.asyncProperty(maps, fc.integer({ min: 1, max: 40 }), async (labels, minArea) => {
        const small = new Set([...new Set(labels.data)].filter((id) => labels.data.filter((other) => other === id).length < minArea));
        expect((await mergeSmall(labels, minArea)).data).toEqual(slow(labels, small, minArea));
      }),
      { numRuns: 200 },
    );
  });

  it('are pieces where specks go', async () => {
    await fc.assert(
      fc.asyncProperty(maps, fc.integer({ min: 1, max: 8 }), async (labels, minArea) => {
        const pieces = await splitComponents(labels);
        const areas = new Map<number, number>();
        for (const id of pieces.data) areas.set(id, (areas.get(id) ?? 0) + 1);
        const small = new Set([...areas.keys()].filter((id) => (areas.get(id) as number) < minArea));
        const want = slow(pieces, small, minArea).map((piece) => labels.data[pieces.data.indexOf(piece)]);
        expect((await removeSpecks(labels, minArea)).data).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });

  it('are all but the first largest piece of each segment where one is kept', async () => {
    await fc.assert(
      fc.asyncProperty(maps, async (labels) => {
        const pieces = await splitComponents(labels);
        const areas = new Map<number, number>();
        for (const id of pieces.data) areas.set(id, (areas.get(id) ?? 0) + 1);
        const idOf = (piece: number) => labels.data[pieces.data.indexOf(piece)];
        const others = [...areas].filter(([piece, area]) =>
          [...areas].some(([rival, size]) => idOf(rival) === idOf(piece) && (size > area || (size === area && rival < piece))),
        );
        const want = slow(pieces, new Set(others.map(([piece]) => piece)), Infinity).map(idOf);
        expect((await keepLargest(labels)).data).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });
});
