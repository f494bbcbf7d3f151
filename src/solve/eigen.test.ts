import { describe, expect, it } from 'vitest';
import { createKernels } from '../tensor/kernels.ts';
import { symmetricEigen } from '../tensor/symmetric-eigen.ts';
import { triangle } from './affinity.ts';
import { secondEigenvector, spectrum } from './eigen.ts';

type Weight = (i: number, j: number) => number;

const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

/** Our vector y of a graph, and what it should satisfy: B v = theta v with v = D^1/2 y, orthogonal to D^1/2 1. */
const solve = async (n: number, weight: Weight) => {
  const kernels = await createKernels(2 ** 24);
  const a = kernels.f32(triangle(n));
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[triangle(i) + j] = weight(i, j);
  const of = (i: number, j: number) => a[triangle(Math.max(i, j)) + Math.min(i, j)];
  const degrees = Float64Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => of(i, j)).reduce((s, w) => s + w, 0));
  const y = await secondEigenvector(kernels, { a, n, degrees }, { x: kernels.f32(n), y: kernels.f64(n), band: kernels.f32(n) });
  if (!y) return null;
  const v = y.map((value, i) => value * Math.sqrt(degrees[i]));
  const length = Math.hypot(...v);
  const b: Weight = (i, j) => (degrees[i] > 0 && degrees[j] > 0 ? of(i, j) / Math.sqrt(degrees[i] * degrees[j]) : 0);
  const bv = v.map((_, i) => v.reduce((sum, value, j) => sum + b(i, j) * value, 0));
  const theta = v.reduce((sum, value, i) => sum + value * bv[i], 0) / length ** 2;
  const residual = Math.hypot(...bv.map((value, i) => value - theta * v[i])) / length;
  const trivial =
    Math.abs(v.reduce((sum, value, i) => sum + value * Math.sqrt(degrees[i]), 0)) / length / Math.sqrt(degrees.reduce((s, d) => s + d, 0));
  const { values } = await symmetricEigen(
    Float64Array.from({ length: n * n }, (_, k) => b(Math.floor(k / n), k % n)),
    n,
  );
  return { y, theta, residual, trivial, second: values[n - 2] };
};

const noise = (seed: number, n: number): Weight => {
  const r = random(seed);
  const table = Float64Array.from({ length: n * n }, r);
  return (i, j) => table[Math.max(i, j) * n + Math.min(i, j)];
};
const blocks =
  (size: number, across: number): Weight =>
  (i, j) =>
    Math.floor(i / size) === Math.floor(j / size) ? 1 : across;
/** A chain: its largest eigenvalues crowd together, so that Lanczos has to restart. */
const chain: Weight = (i, j) => (Math.abs(i - j) <= 1 ? 1 : 0);

describe('secondEigenvector', () => {
  it.each<[string, number, Weight]>([
    ['two tokens', 2, blocks(1, 0.5)],
    ['a small one, solved densely', 20, noise(1, 20)],
    ['noise', 60, noise(2, 60)],
    ['more noise', 150, noise(3, 150)],
    ['two blocks', 80, blocks(40, 0.01)],
    ['four blocks with equal eigenvalues', 80, blocks(20, 0.01)],
    ['five disconnected blocks', 100, blocks(20, 0)],
    ['a chain', 200, chain],
    ['a short chain, of which all of the space is needed', 30, chain],
    ['no token like itself, solved densely', 5, (i, j) => (i === j ? 0 : 1)],
    ['no token like itself', 40, (i, j) => (i === j ? 0 : 1)],
    ['all alike', 70, () => 1],
  ])('%s', async (_, n, weight) => {
    const found = await solve(n, weight);
    expect(found?.residual).toBeLessThan(1e-5);
    expect(found?.trivial).toBeLessThan(1e-6);
    expect(found?.theta).toBeCloseTo(found?.second as number, 5);
    const y = found?.y as Float64Array;
    const largest = y.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    expect(largest).toBeGreaterThan(0);
  });

  it('leaves tokens without any affinity at 0, and gives up on fewer than two others', async () => {
    const lone: Weight = (i, j) => (i === 3 || j === 3 ? 0 : blocks(20, 0.2)(i, j));
    expect((await solve(40, lone))?.y[3]).toBe(0);
    // others that are like each other and not themselves: their second eigenvalue is less than the lone one's, which is 0
    const others = await solve(6, (i, j) => (i === 3 || j === 3 || i === j ? 0 : 1));
    expect(others?.y[3]).toBe(0);
    expect(others?.theta).toBeCloseTo(-1 / 4, 9);
    expect(others?.residual).toBeLessThan(1e-9);
    for (const n of [5, 30]) expect(await solve(n, (i, j) => (i === 2 && j === 2 ? 1 : 0))).toBeNull();
  });
});

describe('spectrum', () => {
  it.each<[string, number, Weight]>([
    ['a small graph, solved densely', 20, noise(5, 20)],
    ['noise', 150, noise(6, 150)],
    ['blocks of different sizes', 120, (i, j) => (Math.floor(Math.sqrt(i)) === Math.floor(Math.sqrt(j)) ? 1 : 0.02)],
    ['a chain, whose values crowd', 90, chain],
  ])('of %s: the smallest values of the dense solver, ascending, and vectors that belong to them', async (_, n, weight) => {
    const kernels = await createKernels(2 ** 24);
    const a = kernels.f32(triangle(n));
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[triangle(i) + j] = weight(i, j);
    const of = (i: number, j: number) => a[triangle(Math.max(i, j)) + Math.min(i, j)];
    const degrees = Float64Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => of(i, j)).reduce((s, w) => s + w, 0));
    const pairs = await spectrum(kernels, { a, n, degrees }, { x: kernels.f32(n), y: kernels.f64(n), band: kernels.f32(n) }, 8);
    const laplacian = Float64Array.from({ length: n * n }, (_, k) => {
      const [i, j] = [Math.floor(k / n), k % n];
      return (i === j ? 1 : 0) - of(i, j) / Math.sqrt(degrees[i] * degrees[j]);
    });
    const { values } = await symmetricEigen(laplacian.slice(), n);
    expect(pairs.length).toBe(8);
    for (const [k, { value, vector }] of pairs.entries()) {
      expect(value).toBeCloseTo(values[k + 1], 3);
      const v = vector.map((y, i) => y * Math.sqrt(degrees[i]));
      const residual = v.map((x, i) => v.reduce((sum, other, j) => sum + laplacian[i * n + j] * other, 0) - value * x);
      expect(Math.hypot(...residual) / Math.hypot(...v)).toBeLessThan(1e-3);
    }
  });

  it('ends where the graph has fewer values than are wanted', async () => {
    const kernels = await createKernels(2 ** 20);
    const n = 70;
    const a = kernels.f32(triangle(n)).fill(1);
    const scratch = { x: kernels.f32(n), y: kernels.f64(n), band: kernels.f32(n) };
    const pairs = await spectrum(kernels, { a, n, degrees: new Float64Array(n).fill(n) }, scratch, 8);
    expect(pairs.length).toBeGreaterThan(0);
    for (const { value, vector } of pairs) {
      expect(value).toBeCloseTo(1, 6);
      expect(vector.every(Number.isFinite)).toBe(true);
    }
  });

  it('gives as many as there are', async () => {
    const kernels = await createKernels(2 ** 20);
    const a = kernels.f32(triangle(3)).fill(1);
    const scratch = { x: kernels.f32(3), y: kernels.f64(3), band: kernels.f32(3) };
    expect((await spectrum(kernels, { a, n: 3, degrees: Float64Array.of(3, 3, 3) }, scratch, 12)).length).toBe(2);
  });
});

describe('orthogonality', () => {
  /** Rows in which v = D^1/2 y, unit length: the trivial vector, then those that are found. */
  const basisOf = async (n: number, weight: Weight, wanted: number): Promise<Float64Array[]> => {
    const kernels = await createKernels(2 ** 22);
    const a = kernels.f32(triangle(n));
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[triangle(i) + j] = weight(i, j);
    const of = (i: number, j: number) => a[triangle(Math.max(i, j)) + Math.min(i, j)];
    const degrees = Float64Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => of(i, j)).reduce((s, w) => s + w, 0));
    const pairs = await spectrum(kernels, { a, n, degrees }, { x: kernels.f32(n), y: kernels.f64(n), band: kernels.f32(n) }, wanted);
    return [new Float64Array(n).fill(1), ...pairs.map(({ vector }) => vector)].map((y) => {
      const v = y.map((value, i) => value * Math.sqrt(degrees[i]));
      const length = Math.hypot(...v);
      return v.map((value) => value / length);
    });
  };

  it.each<[string, number, Weight]>([
    // what is left of a new vector is 1e-6 of it here: taking parts out once leaves 1e-9 of them behind
    ['blocks that hang together by a millionth', 80, blocks(20, 1e-6)],
    ['a smooth likeness, whose eigenvalues fall off at once', 150, (i, j) => Math.exp(-((i - j) ** 2) / 2e4)],
    ['a chain', 90, chain],
  ])('is that of double precision: %s', async (_, n, weight) => {
    const basis = await basisOf(n, weight, 12);
    basis.forEach((u, p) => {
      for (const v of basis.slice(0, p)) expect(Math.abs(u.reduce((sum, value, i) => sum + value * v[i], 0))).toBeLessThan(1e-13);
    });
  });
});

describe('restarts', () => {
  it('lead to the vector, without the dense solver that stands by', async () => {
    const n = 200;
    const kernels = await createKernels(2 ** 21);
    const a = kernels.f32(triangle(n));
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[triangle(i) + j] = chain(i, j);
    const degrees = Float64Array.from({ length: n }, (_, i) => (i === 0 || i === n - 1 ? 2 : 3));
    let products = 0;
    const counting = {
      ...kernels,
      symv: (...given: Parameters<typeof kernels.symv>) => {
        products++;
        kernels.symv(...given);
      },
    };
    await secondEigenvector(counting, { a, n, degrees }, { x: kernels.f32(n), y: kernels.f64(n), band: kernels.f32(n) });
    expect(products).toBeGreaterThan(48); // more than one basis holds
    expect(products).toBeLessThan(700); // all restarts in vain would be 1488
  });
});
