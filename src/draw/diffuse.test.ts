import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { diffuse, likeness } from './diffuse.ts';

/** Blocks of 4 x 4 pixels, each of one colour. */
const blocks = (across: number, down: number, colourOf: (region: number) => number[]) => {
  const [width, height, count] = [across * 4, down * 4, across * down];
  const n = width * height;
  const data = Int32Array.from({ length: n }, (_, i) => Math.floor(i / width / 4) * across + Math.floor((i % width) / 4));
  const lab = new Float32Array(3 * n);
  data.forEach((region, i) => colourOf(region).forEach((v, c) => (lab[c * n + i] = v)));
  return { data, width, height, count, area: new Float64Array(count).fill(16), lab };
};
const next = random(7);
const noise = Array.from({ length: 48 }, () => [50 + 8 * next(), 8 * next(), 8 * next()]);
const regions = blocks(8, 6, (region) => noise[region]);
const settings = { colourSigma: 4, spaceSigma: 0.3 };
const rounds = { anchor: 0.1, anchorPower: 2, rounds: 5 };

/** All pairs, nothing left out. */
const dense = (): number[][] =>
  noise.map((a, i) => {
    const row = noise.map((b, j) => {
      const colour = a.reduce((sum, v, c) => sum + (v - b[c]) ** 2, 0) / (2 * 4 ** 2);
      const space = (16 * (((i % 8) - (j % 8)) ** 2 + (Math.floor(i / 8) - Math.floor(j / 8)) ** 2)) / (2 * (0.3 * 32) ** 2);
      return Math.exp(-colour - space);
    });
    const total = row.reduce((sum, v) => sum + v);
    return row.map((v) => v / total);
  });

const shares = (k: number): Float64Array => {
  const out = Float64Array.from({ length: 48 * k }, next);
  for (let i = 0; i < 48; i++) {
    const row = out.subarray(i * k, (i + 1) * k);
    const total = row.reduce((sum, v) => sum + v);
    row.forEach((v, s) => (row[s] = v / total));
  }
  return out;
};

describe('likeness', () => {
  it('is that of all pairs, but for what is next to nothing', async () => {
    const { start, to, weight } = await likeness(regions, settings);
    await dense().forEach((row, i) => {
      const got = new Float64Array(48);
      for (let at = start[i]; at < start[i + 1]; at++) got[to[at]] = weight[at];
      row.forEach((v, j) => expect(Math.abs(got[j] - v)).toBeLessThan(5e-4));
    });
  });

  it('counts a region as often as it has pixels', async () => {
    const { start, to, weight } = await likeness(
      { ...regions, area: regions.area.map((a, i) => (i === 1 ? 2 * a : a)), lab: new Float32Array(regions.lab.length) },
      settings,
    );
    const row = (i: number) => new Map(Array.from({ length: start[i + 1] - start[i] }, (_, k) => [to[start[i] + k], weight[start[i] + k]]));
    expect(row(0).get(0)).toBeGreaterThan(0);
    expect((row(0).get(1) as number) / (row(0).get(8) as number)).toBeGreaterThan(1.5);
  });

  it('does not see a number that is added to all colours', async () => {
    const n = regions.data.length;
    const other = await likeness({ ...regions, lab: regions.lab.map((v, i) => v + [10, -20, 5][Math.floor(i / n)]) }, settings);
    const { to, weight } = await likeness(regions, settings);
    expect(other.to).toEqual(to);
    other.weight.forEach((v, at) => expect(v).toBeCloseTo(weight[at], 6));
  });
});

describe('diffuse', async () => {
  const alike = await likeness(regions, settings);

  it.each([1, 2, 4, 5, 9])('is the rounds of the dense matrix (%i segments)', async (k) => {
    const own = shares(k);
    const matrix = await dense();
    const hold = Array.from({ length: 48 }, (_, i) => {
      const [best, second = 0] = [...own.subarray(i * k, (i + 1) * k)].sort((a, b) => b - a);
      return 0.1 + 0.9 * (best - second) ** 2;
    });
    let now = own.slice();
    for (let round = 0; round < 5; round++)
      now = now.map((_, at) => {
        const [i, s] = [Math.floor(at / k), at % k];
        return (1 - hold[i]) * matrix[i].reduce((sum, w, j) => sum + w * now[j * k + s], 0) + hold[i] * own[at];
      });
    (await diffuse(alike, own, k, rounds)).forEach((v, at) => expect(v).toBeCloseTo(now[at], 2));
  });

  it('keeps sums of 1, and all where there are no rounds', async () => {
    const own = shares(5);
    const out = await diffuse(alike, own, 5, rounds);
    for (let i = 0; i < 48; i++) expect(out.subarray(i * 5, i * 5 + 5).reduce((sum, v) => sum + v)).toBeCloseTo(1, 9);
    expect(await diffuse(alike, own, 5, { ...rounds, rounds: 0 })).toEqual(own);
  });

  it('gives an unsure region what regions of its colour are sure of, and leaves the sure ones alone', async () => {
    const two = blocks(8, 6, (region) => (region % 8 < 4 ? [30, 0, 0] : [70, 0, 0]));
    const own = Float64Array.from({ length: 96 }, (_, at) => {
      const region = Math.floor(at / 2);
      if (region === 19 || region === 20) return 0.5; // on both sides of the edge
      return region % 8 < 4 === (at % 2 === 0) ? 1 : 0;
    });
    const out = await diffuse(await likeness(two, settings), own, 2, rounds);
    expect(out[19 * 2]).toBeGreaterThan(0.9);
    expect(out[20 * 2 + 1]).toBeGreaterThan(0.9);
    expect([out[0], out[1]]).toEqual([1, 0]);
  });
});

describe('pairs of regions', () => {
  /** The Gaussian of every pair within 16 of squared distance, in sigmas, both of place and of colour; in no order. */
  const pairs = ({ data, width, height, count, area, lab }: ReturnType<typeof blocks>, colourSigma: number, spaceSigma: number): Float64Array[] => {
    const n = width * height;
    const places = Array.from({ length: count }, (_, region) => {
      const pixels = [...data.keys()].filter((i) => data[i] === region);
      const mean = (value: (i: number) => number) => pixels.reduce((sum, i) => sum + value(i), 0) / area[region];
      const space = spaceSigma * Math.max(width, height);
      return [
        mean((i) => Math.floor(i / width)) / space,
        mean((i) => i % width) / space,
        ...[0, 1, 2].map((c) => mean((i) => lab[c * n + i]) / colourSigma),
      ];
    });
    return places.map((a) => {
      const row = Float64Array.from(places, (b, j) => {
        const distance = a.reduce((sum, v, c) => sum + (v - b[c]) ** 2, 0);
        return distance > 16 ? 0 : Math.exp(-0.5 * distance) * area[j];
      });
      const total = row.reduce((sum, v) => sum + v, 0);
      return row.map((v) => v / total);
    });
  };
  const dense = async (regions: ReturnType<typeof blocks>, colourSigma: number, spaceSigma: number): Promise<Float64Array[]> => {
    const { start, to, weight } = await likeness(regions, { colourSigma, spaceSigma });
    return Array.from({ length: regions.count }, (_, i) => {
      const row = new Float64Array(regions.count);
      for (let at = start[i]; at < start[i + 1]; at++) row[to[at]] += weight[at];
      return row;
    });
  };
  const coloured = (across: number, down: number, spread: number, seed: number) => {
    const draw = random(seed);
    return blocks(across, down, () => [50 + spread * draw(), spread * draw(), spread * draw()]);
  };

  it.each([
    ['far apart in colour', coloured(7, 3, 40, 1), 4, 0.3],
    ['far apart in place', coloured(3, 9, 5, 2), 4, 0.05],
    ['of areas of their own', { ...coloured(5, 4, 20, 3), area: Float64Array.from({ length: 20 }, (_, i) => 16 + i) }, 3, 0.2],
    ['many, all alike, more than there was room for at first', coloured(15, 10, 1, 4), 8, 1],
  ])('are those within reach, %s', async (_, regions, colourSigma, spaceSigma) => {
    const want = pairs(regions, colourSigma, spaceSigma);
    (await dense(regions, colourSigma, spaceSigma)).forEach((row, i) => row.forEach((v, j) => expect(v).toBeCloseTo(want[i][j], 6)));
  });

  it.each([1, 3, 4, 6])('are what shares spread along, exactly (%i segments)', async (k) => {
    const regions = coloured(6, 4, 12, 5);
    const alike = await likeness(regions, { colourSigma: 4, spaceSigma: 0.2 });
    const matrix = await dense(regions, 4, 0.2);
    const own = shares(k).slice(0, 24 * k);
    let now = [...own];
    for (let round = 0; round < 3; round++)
      now = now.map((_, at) => {
        const [i, s] = [Math.floor(at / k), at % k];
        const [best, second] = [...own.subarray(i * k, (i + 1) * k)].sort((a, b) => b - a);
        const hold = 0.3 + 0.7 * (k > 1 ? best - second : 1) ** 1.5;
        return (1 - hold) * matrix[i].reduce((sum, w, j) => sum + w * now[j * k + s], 0) + hold * own[at];
      });
    const got = await diffuse(alike, own, k, { anchor: 0.3, anchorPower: 1.5, rounds: 3 });
    got.forEach((v, at) => expect(v).toBeCloseTo(now[at], 12));
  });
});
