/**
 * No stage keeps the thread to itself, and each hears an abort half-way: counted in the looks that it takes at the signal, between
 * which other work may have its turn. bench/gaps.mjs tells how long the pieces between them are.
 */
import { expect, it } from 'vitest';
import { stagesOf } from '../bench/stages.mjs';
import { mergeSmall } from '../src/draw/components.ts';
import { drawRegions, drawTokens } from '../src/draw/tokens.ts';
import { regionGraph } from '../src/regions/regions.ts';
import { withContours } from '../src/solve/contours.ts';
import { mergeRegions } from '../src/solve/merge/merge.ts';
import * as toolkit from '../src/toolkit.ts';

/** The least looks of a stage at this size: half of what it took when this was written, or more. */
const LOOKS: Record<string, number> = {
  partition: 190,
  regions: 300,
  contours: 90,
  merge: 120,
  cut: 1000,
  'draw tokens': 1500,
  vote: 700,
  'draw regions': 750,
  refine: 110,
  assign: 190,
  split: 15,
  describe: 6,
  overlay: 50,
  rle: 190,
  'label PNG': 6,
};

const SIZE = { width: 2000, height: 1500 };
const STAGES = await stagesOf({ ...toolkit, mergeSmall, drawRegions, drawTokens, regionGraph, withContours, mergeRegions }, SIZE);

/** @param at the look at which it finds the signal aborted @returns how many looks it took, and what it ended with */
const looksOf = async (work: (typeof STAGES)[number][1], at = Number.POSITIVE_INFINITY): Promise<{ looks: number; error: unknown }> => {
  const stop = new AbortController();
  const look = stop.signal.throwIfAborted.bind(stop.signal);
  let looks = 0;
  stop.signal.throwIfAborted = () => {
    if (++looks === at) stop.abort('enough');
    look();
  };
  const error = await work({ signal: stop.signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { looks, error };
};

it.each(STAGES)('%s', async (name, work) => {
  const { looks, error } = await looksOf(work);
  expect(error).toBeUndefined();
  expect(looks).toBeGreaterThanOrEqual(LOOKS[name]);
  const half = Math.ceil(looks / 2);
  const aborted = await looksOf(work, half);
  expect(aborted.error).toBe('enough');
  expect(aborted.looks).toBeLessThanOrEqual(half + 2); // what else runs beside it sees it too
});
