import { expect, it } from 'vitest';
import type { RegionGraph } from '../regions/regions.ts';
import { voteOfRegions } from './vote.ts';

/** Four tokens in a line over eight pixels: two features, the second from the third token on. */
const features = { data: Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1), width: 4, height: 1, channels: 2 };
const coarse = { data: Int32Array.of(7, 7, 3, 3), width: 4, height: 1 };
const regions = (...data: number[]) => ({ data: Int32Array.from(data), width: 8, height: 1, count: Math.max(...data) + 1 }) as RegionGraph;

it('gives every region the segment that most of it is like, whole', async () => {
  expect([...(await voteOfRegions(coarse, features, regions(0, 0, 0, 0, 0, 1, 1, 1))).data]).toEqual([7, 7, 7, 7, 7, 3, 3, 3]);
  expect([...(await voteOfRegions(coarse, features, regions(0, 0, 0, 1, 1, 1, 1, 1))).data]).toEqual([7, 7, 7, 3, 3, 3, 3, 3]);
});

it('lets a segment vanish that no region is like most', async () => {
  expect([...(await voteOfRegions(coarse, features, regions(0, 0, 0, 0, 0, 0, 0, 0))).data]).toEqual(Array(8).fill(3)); // ties: the lower id
  expect([...(await voteOfRegions({ ...coarse, data: Int32Array.of(5, 5, 5, 5) }, features, regions(0, 0, 0, 1, 1, 1, 2, 2))).data]).toEqual(
    Array(8).fill(5),
  );
});
