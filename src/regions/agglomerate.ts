/** Joining neighbours of a region graph one pair after the other, the cheapest arc first. */
import { Heap } from '../tensor/heap.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Arcs } from './graph.ts';

/** Arcs, or joins, between two pauses. */
const PAUSE_EVERY = 64;

/** What is joined, and what it costs; told in the order in which it happens. */
export interface Rule {
  /** Of joining the two ends of arc k as they are now; ties go to the arc that came first. */
  cost(k: number, arcs: Arcs): number;
  /** Whether a cost is of the border alone, and so stays when a region at its end grows elsewhere. */
  isOfBorder: boolean;
  /** Region `b` becomes part of `a < b`, and from then on stands for both. */
  join(a: number, b: number, cost: number): void;
}

/**
 * Joins until `target` regions are left; arcs that become parallel add up their lengths and strengths. A region and
 * what joined it go by the lower number.
 * @param arcs changed in place: pass a copy where they are still wanted
 * @param count regions at the start, 0..count-1, all of them connected
 * @throws the signal's reason once aborted
 */
export const agglomerate = async (arcs: Arcs, count: number, target: number, { cost, isOfBorder, join }: Rule, watch: Watch = {}): Promise<void> => {
  const { from, to } = arcs;
  const heap = new Heap(from.length * 2);
  const version = new Int32Array(from.length); // -1: the arc is gone
  const own: number[][] = Array.from({ length: count }, () => []);
  for (let k = 0; k < from.length; k++) {
    own[from[k]].push(k);
    own[to[k]].push(k);
    heap.push(cost(k, arcs), k, 0);
    if (k % PAUSE_EVERY === 0) await pause(watch);
  }
  const arcTo = new Int32Array(count).fill(-1); // of the region that grows, by the region at the other end
  for (let left = count; left > target && heap.pop(); ) {
    const k = heap.top.item;
    if (version[k] !== heap.top.version) continue; // the arc has changed since
    const a = Math.min(from[k], to[k]);
    const b = Math.max(from[k], to[k]);
    join(a, b, heap.top.key);
    left--;
    if (left % PAUSE_EVERY === 0) await pause(watch);
    version[k] = -1;
    // 1. Whom `a` meets already, and along which arc
    const kept: number[] = [];
    for (const arc of own[a]) {
      if (version[arc] < 0) continue;
      kept.push(arc);
      arcTo[from[arc] === a ? to[arc] : from[arc]] = arc;
    }
    // 2. Arcs of `b` become `a`'s: one beside another adds up with it
    for (const arc of own[b]) {
      if (version[arc] < 0) continue;
      const other = from[arc] === b ? to[arc] : from[arc];
      const parallel = arcTo[other];
      if (parallel >= 0) {
        arcs.length[parallel] += arcs.length[arc];
        arcs.sum[parallel] += arcs.sum[arc];
        version[arc] = -1;
        if (isOfBorder) heap.push(cost(parallel, arcs), parallel, ++version[parallel]);
      } else {
        if (from[arc] === b) from[arc] = a;
        else to[arc] = a;
        kept.push(arc);
      }
    }
    // 3. Costs that hang on the regions themselves are new
    own[a] = kept;
    own[b] = [];
    for (const arc of kept) {
      arcTo[from[arc] === a ? to[arc] : from[arc]] = -1;
      if (!isOfBorder) heap.push(cost(arc, arcs), arc, ++version[arc]);
    }
  }
};

/** Average linkage: the weakest border goes first. */
export const AVERAGE_LINKAGE = { cost: (k: number, { length, sum }: Arcs): number => sum[k] / length[k], isOfBorder: true };

export const copyArcs = ({ from, to, length, sum }: Arcs): Arcs => ({ from: from.slice(), to: to.slice(), length: length.slice(), sum: sum.slice() });
