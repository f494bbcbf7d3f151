/** What the colours say: how well each region's colours fit the colour histogram of each segment. */
import type { RegionGraph } from '../regions/regions.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Edges } from './edges.ts';
import type { Regions } from './unary.ts';

/**
 * Shares times exp(weight (ll - max ll)), of sum 1 again; ll = mean over the region's pixels of the segment's log histogram.
 * @param shares region by region, k numbers
 * @param segmentOf each region's segment, whose histogram it counts in; -1 for none
 */
export const weighByColour = async (
  regions: Regions & Pick<RegionGraph, 'lab'>,
  shares: Float64Array,
  segmentOf: Int32Array,
  k: number,
  settings: Edges['appearance'],
  watch: Watch = {},
): Promise<Float64Array> => {
  const { data, count, area } = regions;
  // 1. Each segment's histogram, in logarithms
  const bins = colourBins(regions.lab, settings);
  await pause(watch);
  const logs = await logHistograms(bins, data, segmentOf, k, settings, watch);
  // 2. ll: sums over each region's pixels
  const fit = new Float64Array(count * k);
  await inBands(data.length, Math.ceil(2 ** 21 / k), watch, (from, end) => {
    for (let i = from; i < end; i++) for (let s = 0, to = data[i] * k, bin = bins[i] * k; s < k; s++) fit[to + s] += logs[bin + s];
  });
  // 3. Shares times the likelihood, of sum 1 again
  const out = new Float64Array(count * k);
  for (let i = 0; i < count; i++) {
    const row = fit.subarray(i * k, (i + 1) * k);
    let top = -Infinity;
    for (let s = 0; s < k; s++) if (row[s] > top) top = row[s];
    let total = 0;
    for (let s = 0; s < k; s++) {
      out[i * k + s] = shares[i * k + s] * Math.exp((settings.weight * (row[s] - top)) / area[i]);
      total += out[i * k + s];
    }
    for (let s = 0; s < k; s++) out[i * k + s] /= total;
  }
  return out;
};

/** Bin of each pixel. */
const colourBins = (lab: Float32Array, { bins: [lightness, reds, yellows], extent }: Edges['appearance']): Int32Array => {
  const n = lab.length / 3;
  const binOf = (value: number, least: number, range: number, count: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor(((value - least) / range) * count)));
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const l = binOf(lab[i], 0, 100, lightness);
    const a = binOf(lab[n + i], -extent, 2 * extent, reds);
    const b = binOf(lab[2 * n + i], -extent, 2 * extent, yellows);
    out[i] = (l * reds + a) * yellows + b;
  }
  return out;
};

/** @returns bin by bin, the log of each segment's share of pixels there */
const logHistograms = async (
  bins: Int32Array,
  regionOf: Int32Array,
  segmentOf: Int32Array,
  k: number,
  settings: Edges['appearance'],
  watch: Watch,
): Promise<Float64Array> => {
  const [lightness, reds, yellows] = settings.bins;
  const size = lightness * reds * yellows;
  let histogram: Float64Array = new Float64Array(size * k);
  for (let i = 0; i < bins.length; i++) {
    const segment = segmentOf[regionOf[i]];
    if (segment >= 0) histogram[bins[i] * k + segment]++;
  }
  for (const [count, step] of [
    [lightness, reds * yellows],
    [reds, yellows],
    [yellows, 1],
  ]) {
    histogram = spread(histogram, k, count, step, settings.binSigma);
    await pause(watch);
  }
  const totals = new Float64Array(k);
  for (let at = 0, s = 0; at < histogram.length; at++, s = s + 1 === k ? 0 : s + 1) totals[s] += histogram[at];
  for (let at = 0, s = 0; at < histogram.length; at++, s = s + 1 === k ? 0 : s + 1)
    histogram[at] = Math.log((1 - settings.floor) * (histogram[at] / Math.max(1, totals[s])) + settings.floor / size);
  return histogram;
};

/** Gaussian along one of the three axes of `count` bins, `step` bins apart; what would leave at an end stays there. */
const spread = (from: Float64Array, k: number, count: number, step: number, sigma: number): Float64Array => {
  const reach = Math.ceil(3 * sigma);
  const raw = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sigma) ** 2));
  const total = raw.reduce((sum, w) => sum + w, 0);
  const out = new Float64Array(from.length);
  for (let bin = 0; bin < from.length / k; bin++) {
    const place = Math.floor(bin / step) % count;
    for (let d = -reach; d <= reach; d++) {
      const to = bin + (Math.min(count - 1, Math.max(0, place + d)) - place) * step;
      const w = raw[d + reach] / total;
      for (let s = 0; s < k; s++) out[to * k + s] += w * from[bin * k + s];
    }
  }
  return out;
};
