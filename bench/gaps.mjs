/**
 * npm run bench -- gaps
 *
 * For every stage after the encoder: how long it takes, the longest time in which the thread did nothing else, and how long
 * after an abort half-way through it was over. Once each, after a warm-up; milliseconds.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { mergeSmall } from '../dist/draw/components.js';
import { refine } from '../dist/draw/refine.js';
import { drawRegions, drawTokens } from '../dist/draw/tokens.js';
import { regionGraph } from '../dist/regions/regions.js';
import { withContours } from '../dist/solve/contours.js';
import { mergeRegions } from '../dist/solve/merge/merge.js';
import * as toolkit from '../dist/toolkit.js';
import { stagesOf } from './stages.mjs';

/** Milliseconds since it was made: of the clock, or of this process where others keep the machine busy. */
const stopwatch = () => {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return Math.min(performance.now() - start, (user + system) / 1000);
  };
};

/** @returns milliseconds: how long the work took, and the longest time in which it let no timer have its turn */
const gapsOf = async (work) => {
  const start = performance.now();
  let sinceTurn = stopwatch();
  let longest = 0;
  const tick = () => {
    longest = Math.max(longest, sinceTurn());
    sinceTurn = stopwatch();
  };
  const timer = setInterval(tick, 1);
  try {
    await work({});
  } finally {
    tick();
    clearInterval(timer);
  }
  return { took: performance.now() - start, longest };
};

/** @returns milliseconds from the abort, `after` milliseconds of the work, until it was over; and whether it ended with the reason */
const abortOf = async (work, after) => {
  const stop = new AbortController();
  const reason = new Error('stop');
  let sinceAbort = () => Number.NaN;
  const timer = setTimeout(() => {
    sinceAbort = stopwatch();
    stop.abort(reason);
  }, after);
  const error = await work({ signal: stop.signal }).then(
    () => undefined,
    (error) => error,
  );
  clearTimeout(timer);
  return { latency: sinceAbort(), isReason: error === reason };
};

const line = (name, cells) => console.log(name.padEnd(14), ...cells.map((cell) => String(cell).padStart(8)));

console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(2)} at the start`);
line('milliseconds', ['time', 'gap', 'abort']);
for (const [name, work] of await stagesOf({ ...toolkit, refine, drawRegions, drawTokens, regionGraph, withContours, mergeRegions, mergeSmall })) {
  await gapsOf(work); // engines put optimised code in place
  const { took, longest } = await gapsOf(work);
  const { latency, isReason } = await abortOf(work, took / 2);
  line(
    name,
    [took, longest, isReason ? latency : Number.NaN].map((ms) => ms.toFixed(0)),
  );
}
