import { describe, expect, it } from 'vitest';
import { featuresOf, paint } from '../../test/scenes.ts';
import { regionGraph, workSize } from '../regions/regions.ts';
import { areasOf } from '../tensor/ids.ts';
import type { LabelMap } from '../types.ts';
import { assign } from './assign.ts';
import { splitComponents } from './components.ts';
import { refine } from './refine.ts';
import { drawRegions, drawTokens } from './tokens.ts';
import { upsampleGuided } from './upsample.ts';
import { voteOfRegions } from './vote.ts';

/** A box on a ground, larger than what is worked on, and tokens that see it roughly. */
const isBox = (x: number, y: number) => x >= 210 && x < 410 && y >= 90 && y < 230;
const PICTURE = paint(600, 320, (x, y) => (isBox(x, y) ? [190 + ((x * 7 + y) % 20), 60, 40] : [60, 120 + ((x + y * 3) % 20), 70]));
const FEATURES = featuresOf(15, 8, (x, y) => (isBox(x * 40 + 20, y * 40 + 20) ? 1 : 0));
const COARSE: LabelMap = {
  data: Int32Array.from({ length: 120 }, (_, t) => (isBox((t % 15) * 40 + 20, Math.floor(t / 15) * 40 + 20) ? 9 : 4)),
  width: 15,
  height: 8,
};
const regions = () => regionGraph(PICTURE, FEATURES);
const never = () => Promise.reject(new Error('asked for regions'));
/** Share of the pixels that are the box's where they should be. */
const right = ({ data }: LabelMap, box: number): number =>
  data.filter((id, i) => (id === box) === isBox(i % 600, Math.floor(i / 600))).length / data.length;

describe('drawTokens', () => {
  it('edges lie on those of the picture, at its size, without specks', async () => {
    const out = await drawTokens.edges(COARSE, FEATURES, PICTURE, {}, regions);
    expect([out.width, out.height]).toEqual([600, 320]);
    expect(right(out, 9)).toBeGreaterThan(0.995);
    expect(Math.min(...areasOf(await splitComponents(out)).values())).toBeGreaterThanOrEqual(0.001 * 600 * 320);
  });

  it('edges of one segment are none: nobody asks for regions', async () => {
    const out = await drawTokens.edges({ ...COARSE, data: COARSE.data.map(() => 7) }, FEATURES, PICTURE, {}, never);
    expect([out.width, out.height, out.data.length]).toEqual([600, 320, 600 * 320]);
    expect(new Set(out.data)).toEqual(new Set([7]));
  });

  it('vote, none and pamr are their parts, one after the other', async () => {
    const voted = await upsampleGuided(await voteOfRegions(COARSE, FEATURES, await regions()), PICTURE);
    expect((await drawTokens.vote(COARSE, FEATURES, PICTURE, {}, regions)).data).toEqual(voted.data);
    const small = paint(75, 40, (x, y) => [...PICTURE.data.subarray((y * 8 * 600 + x * 8) * 3, (y * 8 * 600 + x * 8) * 3 + 3)]);
    const assigned = await assign(COARSE, FEATURES, { width: 75, height: 40 });
    expect((await drawTokens.none(COARSE, FEATURES, small, {}, never)).data).toEqual(assigned.data);
    const refined = await refine(assigned, small, { iterations: 15, dilations: [1, 2, 4, 8, 12, 24, 32, 64] });
    expect((await drawTokens.pamr(COARSE, FEATURES, small, {}, never)).data).toEqual(refined.data);
  });
});

describe('drawRegions', () => {
  const work = workSize(PICTURE, 512);
  const at = (i: number) => isBox((((i % work.width) + 0.5) * 600) / work.width, ((Math.floor(i / work.width) + 0.5) * 320) / work.height);
  const rough: LabelMap = { ...work, data: Int32Array.from({ length: work.width * work.height }, (_, i) => (at(i) ? 9 : i < 3 ? 5 : 4)) };

  it('edges leave each segment whole and none a speck', async () => {
    const out = await drawRegions.edges(rough, PICTURE, {}, regions);
    expect(areasOf(await splitComponents(out)).size).toBe(2);
    expect(right(out, out.data[160 * 600 + 300])).toBeGreaterThan(0.999);
  });

  it('edges keep the names of segments of several pieces', async () => {
    const twice = { ...rough, data: rough.data.map((id, i) => (id === 5 ? 4 : i % work.width < 40 ? 9 : id)) };
    const out = await drawRegions.edges(twice, PICTURE, {}, regions);
    expect([...new Set(out.data)].sort()).toEqual([4, 9]);
    expect(areasOf(await splitComponents(out)).size).toBe(3);
  });

  it('none is the nearest label', async () => {
    const out = await drawRegions.none(rough, PICTURE, {}, never);
    expect([out.width, out.height]).toEqual([600, 320]);
    expect(right(out, 9)).toBeGreaterThan(0.99);
  });
});
