import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { axis } from '../tensor/resize.ts';
import { type ScoreMaps, scoreLine } from './score-maps.ts';
import { certainty, regionShares, winners } from './unary.ts';

const next = random(11);
const scores: ScoreMaps = { data: Float32Array.from({ length: 3 * 20 }, next), width: 5, height: 4, ids: [2, 7, 9] };
/** Stripes of unequal widths. */
const regions = (() => {
  const [width, height] = [23, 14];
  const data = Int32Array.from({ length: width * height }, (_, i) => Math.floor(Math.sqrt((i % width) * 2)));
  const count = Math.max(...data) + 1;
  const area = new Float64Array(count);
  for (const region of data) area[region]++;
  return { data, width, height, count, area };
})();

describe('regionShares', () => {
  it('is the softmax of the mean upsampled scores, in units of the mean margin', async () => {
    const { width, height, data, count, area } = regions;
    const means = new Float64Array(count * 3);
    const [columns, rows, line] = [axis(5, width), axis(4, height), new Float32Array(15)];
    for (let y = 0; y < height; y++) {
      scoreLine(scores, rows, y, line);
      for (let x = 0; x < width; x++) {
        const [a, b, w] = [columns.first[x], columns.second[x], columns.weight[x]];
        for (let s = 0; s < 3; s++) means[data[y * width + x] * 3 + s] += line[s * 5 + a] * (1 - w) + line[s * 5 + b] * w;
      }
    }
    let margins = 0;
    for (let t = 0; t < 20; t++) {
      const [best, second] = [0, 1, 2].map((s) => scores.data[s * 20 + t]).sort((a, b) => b - a);
      margins += best - second;
    }
    const got = await regionShares(regions, scores, 2);
    for (let i = 0; i < count; i++) {
      const powers = [0, 1, 2].map((s) => Math.exp(means[i * 3 + s] / area[i] / ((2 * margins) / 20)));
      const total = powers.reduce((a, b) => a + b);
      powers.forEach((power, s) => expect(got[i * 3 + s]).toBeCloseTo(power / total, 4));
    }
  });

  it('does not see the scale of the scores, nor a number added to all of them', async () => {
    const other = { ...scores, data: scores.data.map((v) => 4 * v + 1) };
    const want = await regionShares(regions, scores, 1);
    (await regionShares(regions, other, 1)).forEach((v, i) => expect(v).toBeCloseTo(want[i], 4));
  });

  it('is level where scores are, and whole for one segment', async () => {
    const flat = await regionShares(regions, { ...scores, data: new Float32Array(60).fill(0.5) }, 1);
    for (const share of flat) expect(share).toBeCloseTo(1 / 3, 9);
    const one = await regionShares(regions, { ...scores, data: scores.data.subarray(0, 20), ids: [4] }, 1);
    expect(one).toEqual(new Float64Array(regions.count).fill(1));
  });
});

describe('shares', () => {
  const shares = Float64Array.of(0.5, 0.3, 0.2, 0.1, 0.45, 0.45, 0, 0, 1);

  it('are as certain as the best leads the second', () => {
    [0.2, 0, 1].forEach((sure, i) => expect(certainty(shares, 3)[i]).toBeCloseTo(sure, 12));
    expect(certainty(Float64Array.of(1, 1), 1)).toEqual(Float64Array.of(1, 1));
  });

  it('are won by the largest, the first on a tie', () => {
    expect(winners(shares, 3)).toEqual(Int32Array.of(0, 1, 2));
  });
});
