import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import type { LabelMap, RgbImage } from '../types.ts';
import { pamr } from './pamr.ts';

/** Every pixel with all its neighbours, edge pixels repeated: the masks after the last round, a plane an id. */
const masksOf = (labels: LabelMap, image: RgbImage, iterations: number, dilations: number[]): { ids: number[]; masks: Float64Array[] } => {
  const { width, height } = labels;
  const at = (x: number, y: number) => Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x));
  const steps = dilations.flatMap((d) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].filter((dx) => dx || dy).map((dx) => [dx * d, dy * d])));
  const around = Array.from({ length: width * height }, (_, i) => steps.map(([dx, dy]) => at((i % width) + dx, Math.floor(i / width) + dy)));
  const weights = around.map((places, i) => {
    const likeness = new Float64Array(places.length);
    for (let c = 0; c < 3; c++) {
      const far = places.map((j) => (image.data[3 * j + c] - image.data[3 * i + c]) / 255);
      // over the neighbours and, once a dilation, the pixel itself
      const all = [...far, ...dilations.map(() => 0)];
      const mean = all.reduce((sum, v) => sum + v, 0) / all.length;
      const deviation = Math.sqrt(all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (all.length - 1));
      far.forEach((d, q) => (likeness[q] -= Math.abs(d) / (1e-8 + 0.1 * deviation) / 3));
    }
    const powers = likeness.map((v) => Math.exp(v - Math.max(...likeness)));
    const total = powers.reduce((sum, v) => sum + v, 0);
    return powers.map((v) => v / total);
  });
  const ids = [...new Set(labels.data)].sort((a, b) => a - b);
  let masks = ids.map((id) => Float64Array.from(labels.data, (other) => (other === id ? 1 : 0)));
  for (let round = 0; round < iterations; round++)
    masks = masks.map((mask) => mask.map((_, i) => around[i].reduce((sum, j, q) => sum + weights[i][q] * mask[j], 0)));
  return { ids, masks };
};

describe('pamr', () => {
  it.each([
    [13, 70, 3, [1, 3], 5],
    [22, 9, 2, [1, 2, 6], 3],
    [5, 130, 4, [2], 8],
    [9, 7, 1, [12], 2], // neighbours beyond the picture
    [9, 7, 2, [40], 3],
    [7, 3, 0, [1], 2],
  ])('gives each pixel the largest mask of the formula: %ix%i, %i rounds', async (width, height, iterations, dilations, count) => {
    const next = random(width);
    const image = { data: Uint8Array.from({ length: width * height * 3 }, () => 255 * next()), width, height };
    const labels = { data: Int32Array.from({ length: width * height }, () => 3 + 4 * Math.floor(count * next())), width, height };
    const { ids, masks } = masksOf(labels, image, iterations, dilations);
    const got = await pamr(labels, image, { iterations, dilations });
    let sure = 0;
    got.data.forEach((id, i) => {
      const order = [...ids.keys()].sort((a, b) => masks[b][i] - masks[a][i]);
      if (masks[order[0]][i] - masks[order[1]][i] < 1e-4) return; // single precision may see it otherwise
      sure++;
      expect(id).toBe(ids[order[0]]);
    });
    expect(sure / got.data.length).toBeGreaterThan(0.95);
  });

  it('gives a tie to the lower id', async () => {
    const black = { data: new Uint8Array(3 * 3 * 3), width: 3, height: 3 };
    const labels = { data: Int32Array.of(9, 9, 9, 9, 5, 5, 5, 5, 5), width: 3, height: 3 };
    // four of the eight around the middle are of each
    expect((await pamr(labels, black, { iterations: 1, dilations: [1] })).data[4]).toBe(5);
    const other = { ...labels, data: labels.data.map((id) => 14 - id) };
    expect((await pamr(other, black, { iterations: 1, dilations: [1] })).data[4]).toBe(5);
  });

  it('gives a copy of one segment, and a progress for each band of each round', async () => {
    const image = { data: new Uint8Array(4 * 130 * 3), width: 4, height: 130 };
    const one = { data: new Int32Array(4 * 130).fill(6), width: 4, height: 130 };
    const out = await pamr(one, image, { iterations: 2, dilations: [1] });
    expect(out).toEqual(one);
    expect(out.data).not.toBe(one.data);
    const two = { ...one, data: one.data.map((id, i) => (i < 200 ? id : 2)) };
    const told: number[][] = [];
    await pamr(two, image, { iterations: 2, dilations: [1] }, { onProgress: (_, done, total) => told.push([done, total]) });
    const [, total] = told[0];
    expect(told.at(-1)).toEqual([total, total]);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
  });
});
