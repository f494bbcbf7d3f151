import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKernels, type Kernels } from './kernels.ts';

/** One suite for every implementation: what each kernel must give, from its definition. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const tri = (i: number, j: number) => (Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j);
const close = (got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number) => {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < got.length; i++)
    if (!(Math.abs(got[i] - want[i]) <= tolerance)) throw new Error(`at ${i}: ${got[i]} is not ${want[i]} within ${tolerance}`);
};
const filled = <T extends Float32Array>(a: T, value: () => number): T => {
  for (let i = 0; i < a.length; i++) a[i] = value();
  return a;
};

describe.each(['wasm', 'plain'] as const)('kernels: %s', (kind) => {
  const make = (): Promise<Kernels> => createKernels(2 ** 22, kind);

  it('is what was asked for', async () => {
    expect((await make()).kind).toBe(kind);
  });

  it('gives zeroed memory again after release', async () => {
    const k = await make();
    const mark = k.mark();
    k.f32(100).fill(7);
    k.release(mark);
    expect([...k.u8(400)]).toEqual(new Array(400).fill(0));
  });

  it('gives zeroed memory to the next job, and each of two jobs its own', async () => {
    const first = await make();
    first.f32(1000).fill(7);
    first.free();
    const [second, third] = await Promise.all([make(), make()]);
    expect([...second.f32(1000)]).toEqual(new Array(1000).fill(0));
    const [a, b] = [second.f32(8), third.f32(8)];
    a.fill(1);
    expect([...b]).toEqual(new Array(8).fill(0));
  });

  it.each([
    [1, 1, 4],
    [3, 2, 6],
    [13, 9, 2],
    [32, 5, 12],
  ])('blur: %i x %i, radius %i', async (width, height, radius) => {
    const k = await make();
    const r = random(width);
    const src = filled(k.f32(width * height), () => 100 * r());
    const weights = filled(k.f32(radius + 1), r);
    const out = k.f32(width * height);
    k.blur(src, out, width, height, weights, radius, k.f32(width + 2 * radius));
    const fold = (i: number, n: number): number => (i < 0 ? fold(-1 - i, n) : i >= n ? fold(2 * n - 1 - i, n) : i);
    const at = (x: number, y: number) => src[fold(y, height) * width + fold(x, width)];
    const around = [...weights.subarray(1)].reverse().concat([...weights]);
    const want = Array.from({ length: width * height }, (_, i) => {
      let sum = 0;
      for (const [v, down] of around.entries())
        for (const [u, across] of around.entries()) sum += down * across * at((i % width) + u - radius, Math.floor(i / width) + v - radius);
      return sum;
    });
    close(out, want, 1e-3 * radius * radius);
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 130])('normalizeRows, gram, extent: %i tokens', async (n) => {
    const k = await make();
    const [c, stride] = [5, 8];
    const r = random(n);
    const src = filled(k.f32(n * c), () => 100 * (r() - 0.5));
    if (n > 2) src.fill(0, c, 2 * c); // a zero row stays zero
    const unit = k.f32(n * stride).fill(9);
    k.normalizeRows(src, n, c, unit, stride);
    const norm = (i: number) => Math.max(1e-12, Math.hypot(...src.subarray(i * c, (i + 1) * c)));
    close(
      unit,
      Array.from({ length: n * stride }, (_, at) =>
        at % stride < c ? src[Math.floor(at / stride) * c + (at % stride)] / norm(Math.floor(at / stride)) : 0,
      ),
      1e-6,
    );
    const s = k.f32((n * (n + 1)) / 2);
    for (let from = 0; from < n; from += 64) k.gram(unit, n, stride, from, Math.min(n, from + 64), s);
    const want = new Float64Array(s.length);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) for (let d = 0; d < stride; d++) want[tri(i, j)] += unit[i * stride + d] * unit[j * stride + d];
    close(s, want, 1e-6);
    const range = k.f32(2);
    k.extent(s, s.length, range);
    expect([...range]).toEqual([Math.min(...s), Math.max(...s)]);
  });

  it('gram of rows that fill their stride, a band of columns at a time', async () => {
    const k = await make();
    const [n, stride] = [11, 8];
    const rows = filled(k.f32(n * stride), random(4));
    const out = k.f32((n * (n + 1)) / 2).fill(-1);
    k.gram(rows, n, stride, 4, 8, out);
    const want = Float64Array.from(out, () => -1);
    for (let i = 4; i < n; i++)
      for (let j = 4; j <= Math.min(i, 7); j++)
        want[tri(i, j)] = Array.from({ length: stride }, (_, d) => rows[i * stride + d] * rows[j * stride + d]).reduce((sum, v) => sum + v, 0);
    close(out, want, 1e-5);
  });

  it.each([1, 3, 10, 2.5, 50])('affinityPower: alpha %d', async (alpha) => {
    const k = await make();
    const r = random(5);
    const a = filled(k.f32(101), () => 2 * r() - 1);
    a.set([-1, 1]);
    const want = Array.from(a, (v) => ((v + 1) / 2) ** alpha);
    k.affinityPower(a, a.length, -1, 1, alpha);
    close(a, want, 1e-6);
    expect([a[0], a[1]]).toEqual([0, 1]);
  });

  const matrix = (k: Kernels, n: number, seed: number) => filled(k.f32((n * (n + 1)) / 2), random(seed));

  it.each([1, 2, 3, 4, 5, 6, 7, 9, 127, 128, 129, 131, 260])('symv: %i tokens', async (n) => {
    const k = await make();
    const a = matrix(k, n, n);
    const r = random(n + 1);
    const x = filled(k.f32(n), () => r() - 0.5);
    const y = k.f64(n).fill(5);
    k.symv(a, n, x, y, k.f32(n).fill(3));
    const want = Array.from({ length: n }, (_, i) => Array.from(x, (v, j) => v * a[tri(i, j)]).reduce((s, v) => s + v, 0));
    close(y, want, 1e-4);
  });

  it('gather, markZeros, binSums', async () => {
    const k = await make();
    const n = 37;
    const a = matrix(k, n, 3);
    a[tri(20, 5)] = 0;
    a[tri(36, 36)] = 0;
    const mark = k.u8(n).fill(1);
    k.markZeros(a, n, mark);
    expect([...mark.keys()].filter((i) => mark[i])).toEqual([5, 20, 36]);
    const indices = k.i32(4);
    indices.set([0, 5, 20, 36]);
    const sub = k.f32(10);
    k.gather(a, indices, 4, sub);
    for (let i = 0; i < 4; i++) for (let j = 0; j <= i; j++) expect(sub[tri(i, j)]).toBe(a[tri(indices[i], indices[j])]);
    const bin = k.u8(n);
    for (let i = 0; i < n; i++) bin[i] = (i * 5) % 3;
    const sums = k.f64(9).fill(1);
    k.binSums(a, n, bin, 3, sums, k.f64(3));
    const want = new Float64Array(9);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) want[bin[i] * 3 + bin[j]] += a[tri(i, j)];
    close(sums, want, 1e-9);
  });

  it('markZeros sees a zero on the diagonal of the first token, too', async () => {
    const k = await make();
    const a = k.f32(3);
    a.set([0, 1, 1]);
    const mark = k.u8(2).fill(7);
    k.markZeros(a, 2, mark);
    expect([...mark]).toEqual([1, 0]);
  });

  it.each([1, 3, 4, 6])('matmul: %i planes', async (planes) => {
    const k = await make();
    const [n, stride] = [7, 8];
    const r = random(planes);
    const padded = (rows: number) => k.f32(rows * stride).map((_, i) => (i % stride < n ? r() : 0));
    const a = k.f32(n * stride);
    a.set(padded(n));
    const q = k.f32(planes * stride);
    q.set(padded(planes));
    const out = k.f32(planes * stride);
    k.matmul(a, n, stride, q, planes, out);
    const want = Array.from({ length: planes * stride }, (_, at) => {
      const [s, i] = [Math.floor(at / stride), at % stride];
      return i < n ? Array.from({ length: n }, (_, j) => a[i * stride + j] * q[s * stride + j]).reduce((x, y) => x + y, 0) : 0;
    });
    close(out, want, 1e-5);
  });

  it.each([1, 2, 4, 5, 8, 13])('pamrWeights and pamrStep: %i masks', async (masks) => {
    const k = await make();
    const [groups, rows, pad] = [7, 3, 2];
    const stride = groups * 4 + 2 * pad;
    const plane = stride * (rows + 2 * pad);
    const dilations = [1, 2];
    const count = 16;
    const offsets = k.i32(count);
    offsets.set(dilations.flatMap((d) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].filter((dx) => dx || dy).map((dx) => (dy * stride + dx) * d * 4))));
    const image = filled(k.f32(3 * plane), random(8));
    const at = (k0: number, y: number, x: number) => k0 * plane + (y + pad) * stride + pad + x;
    const weights = k.f32(rows * groups * count * 4);
    k.pamrWeights(image.subarray(at(0, 0, 0)), plane * 4, stride, groups, rows, offsets, count, weights, k.f32(count * 4));
    const weight = (y: number, x: number, q: number) => weights[((y * groups + (x >> 2)) * count + q) * 4 + (x & 3)];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < groups * 4; x++) {
        const raw = Array.from(offsets, (offset) => {
          const of = [0, 1, 2].map((c) => {
            const window = [...Array.from(offsets, (o) => image[at(c, y, x) + o / 4]), image[at(c, y, x)], image[at(c, y, x)]];
            const mean = window.reduce((s, v) => s + v, 0) / window.length;
            const deviation = Math.sqrt(window.reduce((s, v) => s + (v - mean) ** 2, 0) / (window.length - 1));
            return -Math.abs(image[at(c, y, x)] - image[at(c, y, x) + offset / 4]) / (1e-8 + 0.1 * deviation);
          });
          return Math.exp((of[0] + of[1] + of[2]) / 3);
        });
        const total = raw.reduce((s, v) => s + v, 0);
        for (let q = 0; q < count; q++) expect(weight(y, x, q)).toBeCloseTo(raw[q] / total, 4);
      }
    }
    const from = filled(k.f32(masks * plane), random(9));
    const to = k.f32(masks * plane);
    k.pamrStep(from.subarray(at(0, 0, 0)), to.subarray(at(0, 0, 0)), masks, plane * 4, stride, groups, rows, offsets, count, weights);
    for (let m = 0; m < masks; m++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < groups * 4; x++) {
          const want = Array.from(offsets, (o, q) => weight(y, x, q) * from[at(m, y, x) + o / 4]).reduce((s, v) => s + v, 0);
          expect(to[at(m, y, x)]).toBeCloseTo(want, 5);
        }
      }
    }
  });
});

describe('createKernels', () => {
  it('refuses a job past 4 GiB, and using more than was asked for', async () => {
    await expect(createKernels(2 ** 33)).rejects.toThrow(/^The work needs 8192 MiB at once and can have 4 GiB: take a smaller/);
    const k = await createKernels(64);
    expect(() => k.f32(100_000)).toThrow(/memory is used up/);
  });
});

describe('where WebAssembly is not to be had', () => {
  let warn: ReturnType<typeof vi.spyOn>;
  beforeEach(() => {
    vi.resetModules(); // as another page: nothing is compiled yet
    warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterEach(() => vi.restoreAllMocks());

  /** What one of the kernels gives, and which kind it was. */
  const normalized = async (): Promise<[string, number[]]> => {
    const { createKernels: create } = await import('./kernels.ts');
    const k = await create(2 ** 16);
    const src = filled(k.f32(12), random(3));
    const dst = k.f32(12);
    k.normalizeRows(src, 3, 4, dst, 4);
    return [k.kind, [...dst]];
  };

  it.each([
    ['as the specification says', () => new WebAssembly.CompileError('Wasm code generation disallowed by embedder')],
    ['as WebKit said', () => new EvalError("Refused to create a WebAssembly object because 'unsafe-eval' is not allowed")],
  ])('by the policy of a page, %s, works without, and says how to allow it, once', async (_, error) => {
    const [, want] = await normalized();
    vi.resetModules();
    const compile = vi.spyOn(WebAssembly, 'compile').mockImplementation(() => Promise.reject(error()));
    for (let job = 0; job < 3; job++) {
      const [kind, got] = await normalized();
      expect(kind).toBe('plain');
      close(got, want, 1e-6);
    }
    expect(compile).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^diffcut: this page does not allow WebAssembly, .*'wasm-unsafe-eval' to script-src/)]]);
  });

  it('for want of memory works without for now, and tries anew with the next job', async () => {
    const compile = vi.spyOn(WebAssembly, 'compile').mockImplementation(() => Promise.reject(new RangeError('Out of memory')));
    expect((await normalized())[0]).toBe('plain');
    expect((await normalized())[0]).toBe('plain');
    compile.mockRestore();
    expect((await normalized())[0]).toBe('wasm');
    const memory = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse() {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    });
    expect((await normalized())[0]).toBe('plain');
    memory.mockRestore();
    expect((await normalized())[0]).toBe('wasm');
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^diffcut: there was too little memory for WebAssembly/)]]);
  });

  it('throws what nobody foresaw', async () => {
    vi.spyOn(WebAssembly, 'compile').mockImplementation(() => Promise.reject(new TypeError('a mistake')));
    await expect(normalized()).rejects.toThrow('a mistake');
  });
});
