import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { weighByColour } from './appearance.ts';

const settings = { bins: [10, 12, 12] as [number, number, number], extent: 60, binSigma: 0.7, floor: 0.01, weight: 0.3 };

/** Regions of 20 pixels in a row, each of one colour. */
const row = (colours: number[][]) => {
  const n = 20 * colours.length;
  const data = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 20));
  const lab = new Float32Array(3 * n);
  data.forEach((region, i) => colours[region].forEach((v, c) => (lab[c * n + i] = v)));
  return { data, width: n, height: 1, count: colours.length, area: new Float64Array(colours.length).fill(20), lab };
};
const [RED, BLUE] = [
  [50, 50, 30],
  [30, 10, -50],
];

describe('weighByColour', () => {
  const regions = row([RED, RED, BLUE, BLUE, RED]);
  const segments = Int32Array.of(0, 0, 1, 1, 1);
  const level = new Float64Array(10).fill(0.5);

  it('leans to the segment of the same colours', async () => {
    const out = await weighByColour(regions, level, segments, 2, settings);
    expect(out[0]).toBeGreaterThan(0.55);
    expect(out[5]).toBeGreaterThan(0.7);
    expect(out[8]).toBeGreaterThan(0.55); // red, in the blue one so far
    for (let i = 0; i < 5; i++) expect(out[2 * i] + out[2 * i + 1]).toBeCloseTo(1, 12);
  });

  it('has the say that its weight gives it', async () => {
    const shares = Float64Array.from({ length: 10 }, (_, at) => (at % 2 ? 0.25 : 0.75));
    (await weighByColour(regions, shares, segments, 2, { ...settings, weight: 0 })).forEach((v, at) => expect(v).toBeCloseTo(shares[at], 12));
    const odds = async (weight: number) => {
      const [own, other] = await weighByColour(regions, level, segments, 2, { ...settings, weight });
      return Math.log(own / other);
    };
    expect((await odds(0.6)) / (await odds(0.3))).toBeCloseTo(2, 6);
  });

  it('goes by the mean of the pixels: a large region is no surer than a small one', async () => {
    const merged = { ...regions, data: regions.data.map((region) => Math.max(1, region) - 1), count: 4, area: Float64Array.of(40, 20, 20, 20) };
    const out = await weighByColour(merged, new Float64Array(8).fill(0.5), segments.subarray(1), 2, settings);
    const want = await weighByColour(regions, level, segments, 2, settings);
    expect(out[0]).toBeCloseTo(want[0], 9);
  });

  it('lets colours nearby count, those of the next bin more than those far off', async () => {
    const near = row([RED, [50, 45, 30], BLUE]);
    const [, , , other] = await weighByColour(near, new Float64Array(6).fill(0.5), Int32Array.of(0, -1, 1), 2, settings);
    expect(other).toBeLessThan(0.45); // counts nowhere, and is nearly red
    const sharp = await weighByColour(near, new Float64Array(6).fill(0.5), Int32Array.of(0, -1, 1), 2, { ...settings, binSigma: 0.01 });
    expect(sharp[3]).toBeCloseTo(0.5, 6);
  });

  it('takes colours beyond the bins, empty segments and K = 1', async () => {
    const far = row([
      [100, 127, 127],
      [0, -127, -127],
    ]);
    const out = await weighByColour(far, new Float64Array(6).fill(1 / 3), Int32Array.of(0, 1), 3, settings);
    for (const v of out) expect(v).toBeGreaterThan(0);
    expect(out[0]).toBeGreaterThan(out[2]);
    expect([...(await weighByColour(far, Float64Array.of(1, 1), Int32Array.of(0, 0), 1, settings))]).toEqual([1, 1]);
  });
});

describe('the formula', () => {
  /** Histograms as maps of bins in three dimensions, spread along one axis after the other, what would leave kept at the end. */
  const slow = (regions: ReturnType<typeof row>, shares: Float64Array, segmentOf: Int32Array, k: number, of: typeof settings): number[] => {
    const { data, lab, count, area } = regions;
    const n = data.length;
    const sides = of.bins;
    const binOf = (i: number) =>
      [lab[i] / 100, (lab[n + i] + of.extent) / (2 * of.extent), (lab[2 * n + i] + of.extent) / (2 * of.extent)].map((v, c) =>
        Math.min(sides[c] - 1, Math.max(0, Math.floor(v * sides[c]))),
      );
    const reach = Math.ceil(3 * of.binSigma);
    const steps = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
    const gauss = steps.map((d) => Math.exp(-(d * d) / (2 * of.binSigma ** 2)));
    const whole = gauss.reduce((a, b) => a + b);
    const histograms = Array.from({ length: k }, (_, s) => {
      let histogram = new Map<string, number>();
      const add = (to: Map<string, number>, bin: number[], v: number) => void to.set(bin.join(), (to.get(bin.join()) ?? 0) + v);
      for (let i = 0; i < n; i++) if (segmentOf[data[i]] === s) add(histogram, binOf(i), 1);
      for (const axis of [0, 1, 2]) {
        const next = new Map<string, number>();
        for (const [bin, v] of histogram) {
          const at = bin.split(',').map(Number);
          for (const [q, d] of steps.entries()) {
            const to = at.map((b, c) => (c === axis ? Math.min(sides[c] - 1, Math.max(0, b + d)) : b));
            add(next, to, (v * gauss[q]) / whole);
          }
        }
        histogram = next;
      }
      return histogram;
    });
    const sizes = Array.from({ length: k }, (_, s) => [...data].filter((region) => segmentOf[region] === s).length);
    const log = (s: number, i: number) => {
      const share = (histograms[s].get(binOf(i).join()) ?? 0) / Math.max(1, sizes[s]);
      return Math.log((1 - of.floor) * share + of.floor / (sides[0] * sides[1] * sides[2]));
    };
    return Array.from({ length: count }, (_, region) => {
      const pixels = [...data.keys()].filter((i) => data[i] === region);
      const powers = Array.from({ length: k }, (_x, s) => {
        const fit = pixels.reduce((sum, i) => sum + log(s, i), 0) / area[region];
        return shares[region * k + s] * Math.exp(of.weight * fit);
      });
      const total = powers.reduce((a, b) => a + b);
      return powers.map((v) => v / total);
    }).flat();
  };

  it.each([
    [3, [10, 12, 12], 0.7, 0.01, 1],
    [2, [4, 3, 5], 1.2, 0.2, 2],
    [4, [6, 6, 6], 0.3, 0.05, 3],
  ] as [number, [number, number, number], number, number, number][])(
    'is that of every pixel: %i segments, bins %j',
    async (k, bins, binSigma, floor, seed) => {
      const next = random(seed);
      const count = 9;
      const n = 20 * count;
      const data = Int32Array.from({ length: n }, (_, i) => Math.floor(Math.sqrt((i * count * count) / n)));
      const area = new Float64Array(count);
      for (const region of data) area[region]++;
      const lab = Float32Array.from({ length: 3 * n }, (_, i) => (i < n ? 110 * next() - 5 : 150 * next() - 75));
      const regions = { data, width: n, height: 1, count, area, lab };
      const segmentOf = Int32Array.from({ length: count }, () => Math.floor((k + 1) * next()) - 1);
      const shares = Float64Array.from({ length: count * k }, () => 0.1 + next());
      const of = { bins, extent: 60, binSigma, floor, weight: 0.6 };
      const want = slow(regions, shares, segmentOf, k, of);
      (await weighByColour(regions, shares, segmentOf, k, of)).forEach((v, at) => expect(v).toBeCloseTo(want[at], 9));
    },
  );
});
