import { describe, expect, it } from 'vitest';
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
