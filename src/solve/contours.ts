/**
 * How much two neighbours belong to different things, told from the whole picture: the spectral part of gPb (Arbelaez et
 * al. 2011, section 3.2), on regions and deep features instead of pixels and colours.
 *
 * A  a_i a_j mm(cos F)^5 (floor + (1 - floor) exp(-U / fade))   U  strength at which average linkage joins i and j
 * e  distance of two regions in the leading eigenvectors, each times (lambda_1 / lambda_k)^1/2
 */
import { AVERAGE_LINKAGE, agglomerate, copyArcs } from '../regions/agglomerate.ts';
import type { Arcs } from '../regions/graph.ts';
import { pooledSums } from '../regions/pool.ts';
import type { RegionGraph } from '../regions/regions.ts';
import { unitFeatures } from '../tensor/features.ts';
import { createKernels, room } from '../tensor/kernels.ts';
import { pause } from '../tensor/watch.ts';
import type { FeatureMap, Watch } from '../types.ts';
import { affinity, affinityBytes, triangle } from './affinity.ts';
import { eigenScratch, graphOf, spectrum } from './eigen.ts';

/** Every constant of the method. */
export const CONTOURS = {
  /** Exponent of the features' likeness. */
  power: 5,
  /** What is left of the likeness of two regions across the strongest border; strength at which it has fallen to 1/e, CIELAB units. */
  floor: 0.1,
  fade: 4,
  vectors: 12,
  /** s' = s (e / mean e + bias)^exponent */
  bias: 0.1,
  exponent: 0.25,
};

/**
 * The arcs, stronger where the leading eigenvectors change and weaker where they do not.
 * @param sums of the regions' features, a row of `channels` numbers a region
 * @param share of each region in the picture's area
 */
export const spectralContours = async (
  arcs: Arcs,
  sums: Float64Array,
  channels: number,
  share: Float64Array,
  watch: Watch = {},
  settings = CONTOURS,
): Promise<Arcs> => {
  const n = share.length;
  if (n < 3) return arcs;
  const kernels = await createKernels(affinityBytes(n, channels) + 3 * room(n, 8));
  try {
    const a = kernels.f32(triangle(n));
    await affinity(kernels, { data: Float32Array.from(sums), width: n, height: 1, channels }, settings.power, a, watch);
    await weighByBorders(a, arcs, share, watch, settings);
    const scratch = eigenScratch(kernels, n);
    const pairs = await spectrum(kernels, graphOf(kernels, a, n, scratch), scratch, settings.vectors, watch);
    return strengthened(
      arcs,
      pairs.map(({ value, vector }) => ({ vector, weight: Math.max(pairs[0].value, 1e-6) / Math.max(value, 1e-6) })),
      settings,
    );
  } finally {
    kernels.free();
  }
};

/** The regions with such arcs. @param features of the same picture */
export const withContours = async (graph: RegionGraph, features: FeatureMap, watch: Watch = {}): Promise<RegionGraph> => {
  const share = graph.area.map((area) => area / graph.data.length);
  await pause(watch);
  const sums = await pooledSums(graph, unitFeatures(features).data, features, watch);
  return { ...graph, arcs: await spectralContours(graph.arcs, sums, features.channels, share, watch) };
};

/** Each pair's likeness times both areas, less where linkage joins them late. Every pair is met once: when it is joined. */
const weighByBorders = async (a: Float32Array, arcs: Arcs, share: Float64Array, watch: Watch, { floor, fade }: typeof CONTOURS): Promise<void> => {
  const members = Array.from(share, (_, i) => [i]);
  const rowAt = Int32Array.from(share, (_, i) => triangle(i));
  for (let i = 0; i < share.length; i++) a[rowAt[i] + i] *= share[i] ** 2;
  const rule = {
    ...AVERAGE_LINKAGE,
    join: (p: number, q: number, strength: number) => {
      const kept = floor + (1 - floor) * Math.exp(-strength / fade);
      const [ours, theirs] = [members[p], members[q]];
      for (let m = 0; m < ours.length; m++) {
        const i = ours[m];
        const by = share[i] * kept;
        for (let t = 0; t < theirs.length; t++) a[i > theirs[t] ? rowAt[i] + theirs[t] : rowAt[theirs[t]] + i] *= by * share[theirs[t]];
      }
      members[p] = members[p].concat(members[q]);
      members[q] = [];
    },
  };
  await agglomerate(copyArcs(arcs), share.length, 1, rule, watch);
};

const strengthened = (arcs: Arcs, rows: { vector: Float64Array; weight: number }[], { bias, exponent }: typeof CONTOURS): Arcs => {
  const { from, to, length } = arcs;
  const change = Float64Array.from(from, (_, k) => {
    let square = 0;
    for (const { vector, weight } of rows) square += weight * (vector[from[k]] - vector[to[k]]) ** 2;
    return Math.sqrt(square);
  });
  let total = 0;
  let pairs = 0;
  for (let k = 0; k < from.length; k++) {
    total += change[k] * length[k];
    pairs += length[k];
  }
  if (!(total > 0)) return arcs;
  return { ...arcs, sum: arcs.sum.map((sum, k) => sum * ((change[k] * pairs) / total + bias) ** exponent) };
};
