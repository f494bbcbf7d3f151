import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cpuNormal, cudaNormal, drawNoise, philox } from './noise.ts';

const rounded = (values: Float32Array, digits: number): number[] => Array.from(values, (v) => Number(v.toFixed(digits)));
const sha256 = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');

describe("torch's CUDA stream", () => {
  it('is Philox 4x32-10, by a known answer of its authors', () => {
    expect(philox(0n, 0)).toEqual([0x6627e8d5, 0xe169c58d]);
  });

  it('gives the numbers of a GPU for seed 42', () => {
    const known = [0.194, 2.1614, -0.1721, 0.8491, -1.9244, 0.653, -0.6494, -0.8175, 0.528, -1.2753];
    expect(rounded(cudaNormal(42n, 10), 4)).toEqual(known);
  });

  it('takes all 64 bits of a seed', () => {
    const seeds = [0n, 1n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 64n - 1n];
    expect(new Set(seeds.map((seed) => philox(seed, 5).join())).size).toBe(seeds.length);
  });

  it('starts the same whatever the count', () => {
    expect(cudaNormal(7n, 1000).subarray(0, 16)).toEqual(cudaNormal(7n, 16));
  });

  it('is finite and normal', () => {
    const values = cudaNormal(1n, 65_536);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
  });

  it('is the same bits on every platform', () => {
    expect(sha256(cudaNormal(42n, 65_536))).toBe('f9d8bcc06b1b34d227333f203e05cd49cedfa2c4588ff2353614199b558e2c89');
  });

  it('does not depend on the last bits of log and sine, which engines may have otherwise', () => {
    const values = cudaNormal(42n, 65_536);
    let different = 0;
    for (let i = 0; i < values.length; i++) {
      const [g0, g1] = philox(42n, i);
      const u = Math.fround(g0 * 2 ** -32 + 2 ** -33);
      const v = Math.fround(g1 * (2 * Math.PI * 2 ** -32) + 2 * Math.PI * 2 ** -33);
      const exact = Math.sqrt(-2 * Math.log(u)) * Math.sin(v);
      for (const ulps of [-4, 4]) if (Math.fround(exact * (1 + ulps * Number.EPSILON)) !== values[i]) different++;
    }
    expect(different).toBe(0);
  });
});

/** `torch.randn(count, generator=torch.Generator().manual_seed(seed))` of torch 2: the first four, the last four, and the sum. */
const CPU: [seed: bigint, count: number, first: number[], last: number[], sum: number][] = [
  [0n, 16, [-1.12583983, -1.1523602, -0.250578582, -0.433878809], [0.119841509, 1.2376579, 1.11677718, -0.247278154], -1.909114308655262],
  [0n, 20, [-1.12583983, -1.1523602, -0.250578582, -0.433878809], [0.931826591, 1.25900924, 2.00498056, 0.0537369028], 6.940701507031918],
  [0n, 1000, [-1.12583983, -1.1523602, -0.250578582, -0.433878809], [-0.998045921, 1.46419537, 0.126418144, -0.586172104], 28.9183199830004],
  [7n, 16, [-0.820134521, 0.395631164, 0.898908496, -1.38840389], [0.708539069, 1.01275539, 0.230396867, 1.09016514], -0.5175819545984268],
  [7n, 20, [-0.820134521, 0.395631164, 0.898908496, -1.38840389], [-0.866701603, -0.564006686, -2.05646253, -0.356722534], -8.318643905222416],
  [7n, 1000, [-0.820134521, 0.395631164, 0.898908496, -1.38840389], [0.334225714, 2.44739938, 0.169216022, -0.848775506], 4.843490088824183],
  [
    2n ** 40n + 3n,
    16,
    [-0.076644294, 0.35988152, -0.782016814, 0.0715277344],
    [0.91315192, 0.204341114, 0.573984683, 0.416331291],
    1.7507431767880917,
  ],
  [2n ** 40n + 3n, 20, [-0.076644294, 0.35988152, -0.782016814, 0.0715277344], [0.485114008, 0.205234379, 0.338428199, 1.352754], 8.8980584256351],
  [
    2n ** 40n + 3n,
    1000,
    [-0.076644294, 0.35988152, -0.782016814, 0.0715277344],
    [-0.292696923, -1.56615078, -1.12419677, 1.1287086],
    -8.50888330116868,
  ],
];

describe("torch's CPU stream", () => {
  it.each(CPU)('gives the numbers of seed %i, %i of them', (seed, count, first, last, sum) => {
    const values = cpuNormal(seed, count);
    const error = (ours: Float32Array, theirs: number[]): number => Math.max(...theirs.map((n, i) => Math.abs(n - ours[i])));
    expect(error(values.subarray(0, 4), first)).toBeLessThan(1e-6);
    expect(error(values.subarray(-4), last)).toBeLessThan(1e-6);
    expect(Math.abs(values.reduce((a, b) => a + b, 0) - sum)).toBeLessThan(1e-7 * count + 1e-6);
  });

  it('is the same bits on every platform', () => {
    expect(sha256(cpuNormal(42n, 65_536))).toBe('5da43f77f527dcd23a10e2b686ecd05b770cb3a389d572f73555656586197b96');
  });
});

describe('noise by its name', () => {
  const shape = [4, 8, 8] as const;
  const count = 4 * 8 * 8;

  it('is one of the two streams, or nothing', () => {
    expect(drawNoise('cuda:42', shape)).toEqual(cudaNormal(42n, count));
    expect(drawNoise('seed:42', shape)).toEqual(cpuNormal(42n, count));
    expect(drawNoise('zero', shape)).toEqual(new Float32Array(count));
    expect(drawNoise(`cuda:${2n ** 64n - 1n}`, shape)).toEqual(cudaNormal(2n ** 64n - 1n, count));
  });

  it('is the same bits each time', () => {
    expect(drawNoise('cuda:3', shape)).toEqual(drawNoise('cuda:3', shape));
    expect(drawNoise('seed:3', shape)).toEqual(drawNoise('seed:3', shape));
  });
});

describe('noise as numbers', () => {
  const data = Float32Array.from({ length: 4 * 2 * 3 }, (_, i) => i);
  const shape = [4, 2, 3] as const;

  it('may have a leading 1', () => {
    expect(drawNoise({ data, shape }, shape)).toEqual(data);
    expect(drawNoise({ data, shape: [1, ...shape] }, shape)).toEqual(data);
  });

  it.each([[[4, 3, 2]], [[2, 4, 2, 3]], [[1, 1, 4, 2, 3]], [[4, 6]], [[]]])('of shape %j is refused', (other) => {
    expect(() => drawNoise({ data, shape: other }, shape)).toThrow(
      /^The noise has shape \(.*\), and the latents of this size \(4, 2, 3\): draw it for them$/,
    );
  });

  it('that are fewer than their shape are refused', () => {
    expect(() => drawNoise({ data: data.subarray(1), shape }, shape)).toThrow(/^The noise has 23 numbers for its shape of 24/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('among them %d are refused', (odd) => {
    expect(() => drawNoise({ data: data.with(5, odd), shape }, shape)).toThrow(/not finite/);
  });
});
