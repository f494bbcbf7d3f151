/**
 * Regions that belong together, joined bottom up (ours, not the paper's): neighbours whose features and colours explain each other
 * and whose border is weak go first. Segments are connected and lie on the picture's edges by construction.
 *
 *   region graph -> sums of features and colours --\
 *        \-> strengths -> spectral contours ------> greedy merging -> one binary tree
 *
 * S  sum of unit vectors over a set of pixels / all pixels    a  share of the picture's area    s'  strength of a border
 * cost = (w_f (|S_i| + |S_j| - |S_i + S_j|)_f + w_c (...)_c + eps min(a_i, a_j)) / min(a_i, a_j)^ease (s' / mean s')^2
 */
import { checkImage } from '../../image/image.ts';
import { resolveOptions } from '../../options/spec.ts';
import { agglomerate, copyArcs, type Rule } from '../../regions/agglomerate.ts';
import type { Arcs } from '../../regions/graph.ts';
import { pooledSums } from '../../regions/pool.ts';
import { type RegionGraph, regionGraph } from '../../regions/regions.ts';
import { checkFeatures, unitFeatures } from '../../tensor/features.ts';
import { breathe } from '../../tensor/watch.ts';
import type { CutTree, FeatureMap, RgbImage, Watch } from '../../types.ts';
import { spectralContours } from '../contours.ts';
import { growTree } from '../grow-tree.ts';
import { colourSums } from './colour.ts';

/** Every constant of the method. */
export const MERGE = {
  /** Of colours beside features in what a region explains. */
  colour: 0.2,
  /** A join costs at least this a share of the smaller side. */
  epsilon: 0.02,
  ease: 0.7,
  /** Exponent of a border's strength. */
  contour: 2,
};

/**
 * A picture's regions as a tree, for `cut` at any price.
 * @param features of the whole picture, finite; any scale, each token is normalised
 * @throws InputError for features or a picture that cannot be used; the signal's reason once aborted
 */
export const merge = async (features: FeatureMap, picture: RgbImage, given?: Watch): Promise<CutTree> => {
  const watch = resolveOptions('merge', {}, given);
  const unit = unitFeatures(checkFeatures(features));
  return mergeRegions(await regionGraph(checkImage(picture), unit, watch), unit, watch);
};

/**
 * @param graph of the picture and these features
 * @throws the signal's reason once aborted
 */
export const mergeRegions = async (graph: RegionGraph, features: FeatureMap, watch: Watch = {}, settings = MERGE): Promise<CutTree> => {
  await breathe(watch, 'merge', 0, 3);
  const n = graph.data.length;
  const share = graph.area.map((area) => area / n);
  const featureSums = await pooledSums(graph, unitFeatures(features).data, features, watch);
  const { sums: colours, bins } = colourSums(graph);
  divide(featureSums, n);
  divide(colours, n);
  await breathe(watch, 'merge', 1, 3);
  const arcs = await spectralContours(graph.arcs, featureSums, features.channels, share, watch);
  await breathe(watch, 'merge', 2, 3);
  const families = [
    { weight: 1 - settings.colour, ...family(featureSums, features.channels) },
    { weight: settings.colour, ...family(colours, bins) },
  ];
  const tree = await grow(graph, arcs, share, families, watch, settings);
  await breathe(watch, 'merge', 3, 3);
  return tree;
};

const divide = (values: Float64Array, by: number): void => {
  for (let i = 0; i < values.length; i++) values[i] /= by;
};

interface Family {
  weight: number;
  sums: Float64Array;
  channels: number;
  /** |S| of each set. */
  norms: Float64Array;
}

const family = (sums: Float64Array, channels: number) => {
  const norms = new Float64Array(sums.length / channels);
  for (let i = 0; i < norms.length; i++) norms[i] = Math.sqrt(dot(sums, i, i, channels));
  return { sums, channels, norms };
};

/** Of two rows. */
const dot = (rows: Float64Array, i: number, j: number, channels: number): number => {
  const end = (i + 1) * channels;
  let a = i * channels;
  let b = j * channels;
  let s0 = 0; // four sums at once: one would wait for itself
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (; a + 3 < end; a += 4, b += 4) {
    s0 += rows[a] * rows[b];
    s1 += rows[a + 1] * rows[b + 1];
    s2 += rows[a + 2] * rows[b + 2];
    s3 += rows[a + 3] * rows[b + 3];
  }
  for (; a < end; a++, b++) s0 += rows[a] * rows[b];
  return s0 + s1 + (s2 + s3);
};

/** How much less two sets explain together than apart. */
const loss = ({ sums, channels, norms }: Family, i: number, j: number): number => {
  const both = norms[i] ** 2 + norms[j] ** 2 + 2 * dot(sums, i, j, channels);
  return norms[i] + norms[j] - Math.sqrt(Math.max(0, both));
};

const grow = async (
  graph: RegionGraph,
  arcs: Arcs,
  share: Float64Array,
  families: Family[],
  watch: Watch,
  { epsilon, ease, contour }: typeof MERGE,
): Promise<CutTree> => {
  const { count, width, height, data } = graph;
  const total = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0);
  const meanStrength = total(arcs.sum) / total(arcs.length);
  const area = share.slice(); // of what each region stands for by now
  const tree = growTree(count);
  const nodeOf = Int32Array.from({ length: count }, (_, i) => tree.leaf(i));
  const worthOf = (i: number): number => families.reduce((sum, { weight, norms }) => sum + weight * norms[i], 0);
  for (let i = 0; i < count; i++) tree.set(nodeOf[i], area[i], worthOf(i), 0);
  const rule: Rule = {
    isOfBorder: false,
    cost: (k, { from, to, length, sum }) => {
      const i = from[k];
      const j = to[k];
      const smaller = Math.min(area[i], area[j]);
      let lost = 0;
      for (const family of families) lost += family.weight * loss(family, i, j);
      const strength = meanStrength > 0 ? sum[k] / length[k] / meanStrength : 1;
      return ((Math.max(0, lost) + epsilon * smaller) / smaller ** ease) * strength ** contour;
    },
    join: (a, b, cost) => {
      for (const { sums, channels, norms } of families) {
        for (let c = 0, p = a * channels, q = b * channels; c < channels; c++, p++, q++) sums[p] += sums[q];
        norms[a] = Math.sqrt(dot(sums, a, a, channels));
      }
      area[a] += area[b];
      const node = tree.join(nodeOf[a], nodeOf[b]);
      tree.set(node, area[a], worthOf(a), Math.max(cost, tree.nodes.cost[nodeOf[a]], tree.nodes.cost[nodeOf[b]]));
      nodeOf[a] = node;
    },
  };
  await agglomerate(copyArcs(arcs), count, 1, rule, watch);
  return {
    solver: 'merge',
    cells: { data, width, height },
    ...tree.finish(),
    cut: null,
    ...(graph.tiles && { tiles: graph.tiles }),
  };
};
