import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grownMap, sampleMaps } from '../../test/export-samples.ts';
import { runsOf } from '../../test/scenes.ts';
import type { LabelMap } from '../types.ts';
import { type Arcs, type Polygon, polygonsOf, ringArea2, simplifyArcs, traceArcs } from './arcs.ts';

const SAMPLES = sampleMaps();
const SMALL = SAMPLES.filter(({ labels }) => labels.data.length < 10_000);
const TOLERANCES = [0.3, 1, 2.5, 8, 1000];

const side = fc.integer({ min: 1, max: 14 });
const anyMap = fc.tuple(side, side).chain(([width, height]) =>
  fc.record({
    width: fc.constant(width),
    height: fc.constant(height),
    data: fc.int32Array({ min: 0, max: 3, minLength: width * height, maxLength: width * height }),
  }),
);

const ringsOf = ({ outer, holes }: Polygon): number[][] => [outer, ...holes];

const push = (lists: Map<number, number[]>, key: number, value: number): void => {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
};

/** Whole polygons painted by the even-odd rule, a pixel where its middle is inside; -1 where nothing is painted. */
const painted = (polygons: Map<number, Polygon[]>, width: number, height: number): Int32Array => {
  const out = new Int32Array(width * height).fill(-1);
  for (const [id, list] of polygons) {
    for (const polygon of list) {
      const crossings = new Map<number, number[]>();
      for (const ring of ringsOf(polygon)) {
        for (let i = 0; i < ring.length; i += 2) {
          const [x, y] = [ring[i], ring[i + 1]];
          const below = ring[(i + 3) % ring.length];
          if (ring[(i + 2) % ring.length] !== x) continue;
          for (let row = Math.min(y, below); row < Math.max(y, below); row++) push(crossings, row, x);
        }
      }
      for (const [row, xs] of crossings) {
        xs.sort((a, b) => a - b);
        for (let i = 0; i < xs.length; i += 2) {
          out.fill(id, row * width + xs[i], row * width + xs[i + 1]);
        }
      }
    }
  }
  return out;
};

const orientation = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number =>
  Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

/** Lines of arcs that meet elsewhere than at an end that both have. */
const meetings = ({ points, start, from }: Arcs): string[] => {
  const lines: number[][] = [];
  for (let arc = 0; arc < from.length; arc++)
    for (let i = start[arc]; i < start[arc + 1] - 1; i++) lines.push([...points.subarray(2 * i, 2 * i + 4)]);
  const out: string[] = [];
  const isOn = (x: number, y: number, [ax, ay, bx, by]: number[]): boolean =>
    orientation(ax, ay, bx, by, x, y) === 0 && x >= Math.min(ax, bx) && x <= Math.max(ax, bx) && y >= Math.min(ay, by) && y <= Math.max(ay, by);
  const isEnd = (x: number, y: number, [ax, ay, bx, by]: number[]): boolean => (x === ax && y === ay) || (x === bx && y === by);
  lines.forEach((one, i) => {
    for (const other of lines.slice(0, i)) {
      const [ax, ay, bx, by] = one;
      const [cx, cy, dx, dy] = other;
      if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) continue;
      const crosses =
        orientation(ax, ay, bx, by, cx, cy) * orientation(ax, ay, bx, by, dx, dy) < 0 &&
        orientation(cx, cy, dx, dy, ax, ay) * orientation(cx, cy, dx, dy, bx, by) < 0;
      const touches =
        (isOn(ax, ay, other) && !isEnd(ax, ay, other)) ||
        (isOn(bx, by, other) && !isEnd(bx, by, other)) ||
        (isOn(cx, cy, one) && !isEnd(cx, cy, one)) ||
        (isOn(dx, dy, one) && !isEnd(dx, dy, one));
      const isSame = isEnd(ax, ay, other) && isEnd(bx, by, other);
      if (crosses || touches || isSame) out.push(`${one} and ${other}`);
    }
  });
  return out;
};

/** Whether a ring has three points or more, and none twice. */
const isPlain = (ring: number[]): boolean => {
  const corners = new Set(Array.from({ length: ring.length / 2 }, (_, i) => 2 ** 20 * ring[2 * i] + ring[2 * i + 1]));
  return corners.size === ring.length / 2 && corners.size >= 3;
};

/** Everything that rings promise, whatever the tolerance. */
const checkPolygons = (polygons: Map<number, Polygon[]>, { data, width, height }: LabelMap): void => {
  expect([...polygons.keys()]).toEqual([...new Set(data)].sort((a, b) => a - b));
  let area2 = 0;
  const bad: Polygon[] = [];
  for (const polygon of [...polygons.values()].flat()) {
    const areas = ringsOf(polygon).map(ringArea2);
    area2 += areas.reduce((sum, area) => sum + area, 0);
    if (!areas.every((area, i) => (i === 0 ? area > 0 : area < 0)) || ringsOf(polygon).some((ring) => !isPlain(ring))) bad.push(polygon);
  }
  expect(bad).toEqual([]);
  expect(area2).toBe(2 * width * height);
};

const lengthOf = ({ points, start, from }: Arcs): number => {
  let length = 0;
  for (let arc = 0; arc < from.length; arc++)
    for (let i = 2 * start[arc]; i < 2 * start[arc + 1] - 2; i += 2) length += Math.hypot(points[i + 2] - points[i], points[i + 3] - points[i + 1]);
  return length;
};

/** Edges between pixels of different ids, and the frame. */
const borderOf = ({ data, width, height }: LabelMap): number => {
  let length = 2 * (width + height);
  for (let i = 0; i < data.length; i++) {
    if ((i + 1) % width && data[i] !== data[i + 1]) length++;
    if (i + width < data.length && data[i] !== data[i + width]) length++;
  }
  return length;
};

describe('arcs as they lie between pixels', () => {
  it.each(SAMPLES)('paint the map again: $name', async ({ labels }) => {
    const arcs = await traceArcs(labels);
    const polygons = await polygonsOf(arcs);
    checkPolygons(polygons, labels);
    expect(Buffer.compare(Buffer.from(painted(polygons, labels.width, labels.height).buffer), Buffer.from(labels.data.buffer))).toBe(0);
    expect(lengthOf(arcs)).toBe(borderOf(labels)); // each border once
  });

  it.each(SMALL)('are the same of runs, whatever is transparent: $name', async ({ labels }) => {
    const arcs = await traceArcs(labels);
    for (const part of [{}, { transparent: labels.data[0] }]) expect(await traceArcs({ ...runsOf(labels), ...part })).toEqual(arcs);
  });

  it('paint any map again', async () => {
    await fc.assert(
      fc.asyncProperty(anyMap, async (labels) => {
        const arcs = await traceArcs(labels);
        const polygons = await polygonsOf(arcs);
        checkPolygons(polygons, labels);
        expect(painted(polygons, labels.width, labels.height)).toEqual(labels.data);
        expect(lengthOf(arcs)).toBe(borderOf(labels));
        expect(meetings(arcs)).toEqual([]);
      }),
    );
  });

  it('have the pieces on their sides, and turn at every point but nodes', async () => {
    const labels = { width: 3, height: 2, data: Int32Array.of(7, 7, 9, 7, 9, 9) };
    const arcs = await traceArcs(labels);
    expect([...arcs.pieces]).toEqual([7, 9]);
    const inner = [...arcs.left.keys()].filter((arc) => arcs.left[arc] >= 0 && arcs.right[arc] >= 0);
    expect(inner.length).toBe(1);
    const [first, last] = [arcs.start[inner[0]], arcs.start[inner[0] + 1]];
    expect([...arcs.points.subarray(2 * first, 2 * last)]).toEqual([2, 0, 2, 1, 1, 1, 1, 2]);
    expect([arcs.left[inner[0]], arcs.right[inner[0]]]).toEqual([1, 0]);
  });

  it('part what touches at a corner alone, and let a hole touch its outer ring', async () => {
    const corner = await polygonsOf(await traceArcs({ width: 2, height: 2, data: Int32Array.of(1, 0, 0, 1) }));
    expect([corner.get(0)?.length, corner.get(1)?.length]).toEqual([2, 2]);
    for (const [right, holes] of [
      [0, 2], // two holes of the 0, which touch
      [2, 1], // a hole that touches what is outside
    ]) {
      const labels = { width: 4, height: 4, data: Int32Array.of(0, 0, 0, 2, 0, 1, 0, 2, 0, 0, 2, right, 0, 0, 0, 0) };
      const polygons = await polygonsOf(await traceArcs(labels));
      expect(polygons.get(0)?.map((polygon) => polygon.holes.length)).toEqual([holes]);
      checkPolygons(polygons, labels);
    }
  });

  it('know a ring without any node', async () => {
    const data = Int32Array.from({ length: 25 }, (_, i) => Number(i === 12));
    const arcs = await traceArcs({ width: 5, height: 5, data });
    expect(arcs.from.filter((node) => node < 0).length).toBe(1);
    const polygons = await polygonsOf(arcs);
    expect(polygons.get(1)).toEqual([{ outer: [2, 2, 3, 2, 3, 3, 2, 3], holes: [] }]);
    expect(polygons.get(0)?.[0].holes).toEqual([[2, 2, 2, 3, 3, 3, 3, 2]]);
  });
});

describe('arcs with fewer points', () => {
  it.each(SMALL)('cover the picture once, and meet nowhere: $name', async ({ labels }) => {
    const exact = await traceArcs(labels);
    expect(await simplifyArcs(exact, 0)).toBe(exact);
    for (const tolerance of TOLERANCES) {
      const arcs = await simplifyArcs(exact, tolerance);
      expect(meetings(arcs)).toEqual([]);
      checkPolygons(await polygonsOf(arcs), labels);
    }
  });

  it('do so of any map', async () => {
    await fc.assert(
      fc.asyncProperty(anyMap, fc.constantFrom(...TOLERANCES), async (labels, tolerance) => {
        const arcs = await simplifyArcs(await traceArcs(labels), tolerance);
        expect(meetings(arcs)).toEqual([]);
        checkPolygons(await polygonsOf(arcs), labels);
      }),
      { numRuns: 300 },
    );
  });

  it('do so of maps that have hardly a node', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(...TOLERANCES), async (seed, tolerance) => {
        const labels = grownMap(30, 25, 12, seed);
        const arcs = await simplifyArcs(await traceArcs(labels), tolerance);
        expect(meetings(arcs)).toEqual([]);
        checkPolygons(await polygonsOf(arcs), labels);
      }),
      { numRuns: 60 },
    );
  });

  it('do so of thin bars and bumps, which have no node', async () => {
    const bar = { width: 9, height: 7, data: Int32Array.from({ length: 63 }, (_, i) => Number(i > 29 && i < 34)) };
    const bump = { ...bar, data: bar.data.map((one, i) => Number(one || (i > 36 && i < 44) || (i > 45 && i < 53))) };
    for (const labels of [bar, bump]) {
      for (const tolerance of [0.01, ...TOLERANCES]) {
        const arcs = await simplifyArcs(await traceArcs(labels), tolerance);
        expect(meetings(arcs)).toEqual([]);
        checkPolygons(await polygonsOf(arcs), labels);
      }
    }
  });

  it('leave nodes where they are', async () => {
    const exact = await traceArcs(SMALL[0].labels);
    const arcs = await simplifyArcs(exact, 2);
    const endsOf = ({ points, start, from }: Arcs): number[][] =>
      [...from.keys()].filter((arc) => from[arc] >= 0).map((arc) => [...points.subarray(2 * start[arc], 2 * start[arc] + 2)]);
    expect(endsOf(arcs)).toEqual(endsOf(exact));
    expect(arcs.points.length).toBeLessThan(exact.points.length / 2);
  });

  it('draw stairs of one pixel as straight lines, and keep corners that are some', async () => {
    const slope = await traceArcs({
      width: 40,
      height: 10,
      data: Int32Array.from({ length: 400 }, (_, i) => Number(Math.floor(i / 40) > (i % 40) / 4)),
    });
    const inner = (arcs: Arcs): number[] => {
      const arc = arcs.left.findIndex((piece, k) => piece >= 0 && arcs.right[k] >= 0);
      return [...arcs.points.subarray(2 * arcs.start[arc], 2 * arcs.start[arc + 1])];
    };
    expect(inner(slope).length).toBeGreaterThan(30);
    expect(inner(await simplifyArcs(slope, 0.5)).length).toBeLessThanOrEqual(12);
    const square = await traceArcs({
      width: 9,
      height: 9,
      data: Int32Array.from({ length: 81 }, (_, i) => Number(i % 9 > 1 && i % 9 < 7 && i > 18 && i < 63)),
    });
    expect(inner(await simplifyArcs(square, 1))).toEqual([2, 2, 7, 2, 7, 7, 2, 7, 2, 2]);
  });

  it('are fewer the larger the tolerance is', async () => {
    const exact = await traceArcs(grownMap(300, 200, 60));
    const counts = await Promise.all([0, ...TOLERANCES].map(async (tolerance) => (await simplifyArcs(exact, tolerance)).points.length));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(new Set(counts).size).toBe(counts.length);
  });

  it('keep 70,000 segments whole', async () => {
    const { labels } = SAMPLES[SAMPLES.length - 1];
    checkPolygons(await polygonsOf(await simplifyArcs(await traceArcs(labels), 1)), labels);
  });
});

it('stops at an abort', async () => {
  const arcs = await traceArcs(SMALL[0].labels);
  const watch = { signal: AbortSignal.abort(new Error('enough')) };
  await expect(traceArcs(SMALL[0].labels, watch)).rejects.toThrow('enough');
  await expect(simplifyArcs(arcs, 1, watch)).rejects.toThrow('enough');
  await expect(polygonsOf(arcs, watch)).rejects.toThrow('enough');
});
