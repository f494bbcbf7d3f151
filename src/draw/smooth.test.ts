import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import { smoothBorders } from './smooth.ts';

const settings = { rounds: 8, reach: 3, spaceSigma: 1.5, colourSigma: 8, leastSay: 0.3, lead: 1.0001 };
const flat = (n: number) => new Float32Array(3 * n).fill(40);
const map = (rows: string[]) => ({
  data: Int32Array.from([...rows.join('')].map(Number)),
  width: rows[0].length,
  height: rows.length,
});
/** Every pixel at every round. */
const slow = (labels: { data: Int32Array; width: number; height: number }, lab: Float32Array, rounds: number): Int32Array => {
  const { width, height } = labels;
  const n = width * height;
  let now = labels.data;
  for (let round = 0; round < rounds; round++) {
    now = now.map((own, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const at = (u: number, v: number) => (u >= 0 && v >= 0 && u < width && v < height ? v * width + u : -1);
      const beside = [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)];
      if (beside.every((j) => j < 0 || now[j] === own)) return own;
      const votes = new Map<number, number>();
      for (let v = -3; v <= 3; v++)
        for (let u = -3; u <= 3; u++) {
          const j = at(x + u, y + v);
          if (j < 0) continue;
          const d = [0, 1, 2].reduce((sum, c) => sum + (lab[c * n + j] - lab[c * n + i]) ** 2, 0);
          votes.set(now[j], (votes.get(now[j]) ?? 0) + Math.exp(-(u * u + v * v) / 4.5) * (0.3 + 0.7 * Math.exp(-Math.floor(4 * d) / 4 / 128)));
        }
      const most = Math.max(...[...votes].filter(([id]) => id !== own).map(([, vote]) => vote));
      return most > 1.0001 * (votes.get(own) as number) ? Math.min(...[...votes].filter(([, vote]) => vote === most).map(([id]) => id)) : own;
    });
  }
  return now;
};

describe('smoothBorders', () => {
  it.each([1, 2, 3])('is the vote of every pixel at a border, in synchronous rounds (%i)', async (seed) => {
    const next = random(seed);
    const [width, height] = [24, 17];
    const labels = { data: Int32Array.from({ length: width * height }, (_, i) => Math.floor((i % width) / 8 + 1.4 * next())), width, height };
    const lab = Float32Array.from({ length: 3 * width * height }, (_, i) => 20 * Math.floor((i % width) / 9) + Math.round(6 * next()));
    for (const rounds of [1, 2, 8]) expect((await smoothBorders(labels, lab, { ...settings, rounds })).data).toEqual(slow(labels, lab, rounds));
  });

  it('takes a hair off a border without a mark in the picture', async () => {
    const labels = map(['0000111', '0000111', '0011111', '0000111', '0000111']);
    expect(await smoothBorders(labels, flat(35), settings)).toEqual(map(['0000111', '0000111', '0000111', '0000111', '0000111']));
  });

  it('leaves it where the picture bears it', async () => {
    const labels = map(['00000011', '00000011', '00000011', '00111111', '00000011', '00000011', '00000011']);
    const lab = flat(56);
    labels.data.forEach((id, i) => (lab[i] = id ? 95 : 10));
    expect(await smoothBorders(labels, lab, { ...settings, leastSay: 0 })).toEqual(labels);
    expect(await smoothBorders(labels, flat(56), { ...settings, leastSay: 0 })).not.toEqual(labels);
  });

  it('keeps one segment, a straight border and ids with gaps, and does not look past the edges', async () => {
    const one = map(['777', '777']);
    expect(await smoothBorders(one, flat(6), settings)).toEqual(one);
    const straight = { ...map(['000111', '000111', '000111']), data: map(['000111', '000111', '000111']).data.map((id) => (id ? 900 : 4)) };
    expect(await smoothBorders(straight, flat(18), settings)).toEqual(straight);
    expect(await smoothBorders(map(['01']), flat(2), settings)).toEqual(map(['01']));
  });

  it('gives mirrored labels for mirrored ones, and does not see a number that is added to all colours', async () => {
    const next = random(4);
    const [width, height] = [20, 15];
    const data = Int32Array.from({ length: width * height }, (_, i) => ((i % width) + 4 * next() > 11 ? 1 : 0));
    const lab = Float32Array.from({ length: 3 * width * height }, () => Math.round(60 * next()));
    const flip = <T extends Int32Array | Float32Array>(of: T): T => of.map((_, i) => of[i - (i % width) + width - 1 - (i % width)]) as T;
    const { data: out } = await smoothBorders({ data, width, height }, lab, settings);
    expect((await smoothBorders({ data: flip(data), width, height }, flip(lab), settings)).data).toEqual(flip(out));
    expect(
      (
        await smoothBorders(
          { data, width, height },
          lab.map((v) => v - 30),
          settings,
        )
      ).data,
    ).toEqual(out);
  });

  it('gives the lower label where two others have equal votes, whichever comes first', async () => {
    for (const rows of [
      ['572', '592', '572'],
      ['275', '295', '275'],
    ])
      expect((await smoothBorders(map(rows), flat(9), { ...settings, rounds: 1, reach: 1 })).data[4]).toBe(2);
  });

  it('lets the last label win as well as the first', async () => {
    for (const [row, middle] of [
      ['999', '929'],
      ['222', '292'],
    ]) {
      const out = await smoothBorders(map([row, row, middle, row, row]), flat(15), settings);
      expect(out).toEqual(map([row, row, row, row, row]));
    }
  });
});
