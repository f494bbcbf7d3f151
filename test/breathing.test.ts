/** No stage keeps the thread to itself, and each hears an abort half-way. Bounds are for busy machines: bench/gaps.mjs tells the numbers. */
import { expect, it } from 'vitest';
import { abortOf, gapsOf, stagesOf } from '../bench/stages.mjs';
import { mergeSmall } from '../src/draw/components.ts';
import { drawRegions, drawTokens } from '../src/draw/tokens.ts';
import { regionGraph } from '../src/regions/regions.ts';
import { withContours } from '../src/solve/contours.ts';
import { mergeRegions } from '../src/solve/merge/merge.ts';
import * as toolkit from '../src/toolkit.ts';

/** Milliseconds. */
const BOUND = 400;

const STAGES = await stagesOf({ ...toolkit, mergeSmall, drawRegions, drawTokens, regionGraph, withContours, mergeRegions });

/** Work that is faster the second time may be over before it could hear an abort: then an earlier one. */
const heard = async (work: Parameters<typeof abortOf>[0], after: number): ReturnType<typeof abortOf> => {
  const told = await abortOf(work, after);
  return told.isReason || after < 2 ? told : heard(work, after / 3);
};

it.each(STAGES)('%s', { timeout: 60_000 }, async (_, work) => {
  const { took, longest } = await gapsOf(work);
  expect(longest).toBeLessThan(BOUND);
  const { latency, isReason } = await heard(work, took / 3);
  expect(isReason).toBe(true);
  expect(latency).toBeLessThan(BOUND);
});
