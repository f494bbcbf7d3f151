/** What every solver holds to, run on each of the table by solver.test.ts. */
import { expect, it } from 'vitest';
import { agreement } from '../../test/goldens.ts';
import { random } from '../../test/random.ts';
import { noise } from '../../test/scenes.ts';
import type { SolverName } from '../options/cut.ts';
import type { FeatureMap, LabelMap, Watch } from '../types.ts';
import { ATTENTION, SOLVERS, type Solution, solve } from './solver.ts';
import { cut } from './tree.ts';

/** Tokens that change from left to right with a little of chance. */
const tokens = (width: number, height: number, channels = 6): FeatureMap => {
  const r = random(width * 100 + height);
  const data = Float32Array.from({ length: width * height * channels }, (_, i) => {
    const x = Math.floor(i / channels) % width;
    return Math.cos((3 * x) / width + (i % channels)) + 0.2 * r();
  });
  return { data, width, height, channels };
};

/** Where tokens would attend to that look for ones like themselves. */
const attention = ({ data, width, height, channels }: FeatureMap): FeatureMap => {
  const n = width * height;
  const out = new Float32Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let far = 0;
      for (let c = 0; c < channels; c++) far += (data[i * channels + c] - data[j * channels + c]) ** 2;
      out[i * n + j] = Math.exp(-4 * far);
    }
  return { data: out, width, height, channels: n };
};

const zeros = (channels: number): FeatureMap => ({ data: new Float32Array(8 * 8 * channels), width: 8, height: 8, channels });
const picture = noise(60, 45, 3);

export const solverCases = (name: SolverName): void => {
  const { needs, options } = SOLVERS[name];
  const given = needs.picture ? { picture } : {};
  const [tap] = needs.taps;
  /** Features as the solver takes them. */
  const asTaken = (features: FeatureMap): FeatureMap => (tap === ATTENTION ? attention(features) : features);
  const map = (width: number, height: number, channels?: number): FeatureMap => asTaken(tokens(width, height, channels));
  const run = (features: FeatureMap, watch: Watch = {}): Promise<Solution> => solve(name, features, { ...given, ...watch });
  const labelled = async (features: FeatureMap): Promise<LabelMap> => {
    const solution = await run(features);
    return 'labels' in solution ? solution.labels : await cut(solution.tree, features, { price: 0.005 });
  };

  it('labels every cell, without gaps in the numbers', async () => {
    const { data, width, height } = await labelled(map(12, 9));
    expect(data).toHaveLength(width * height);
    const ids = [...new Set(data)];
    expect(ids).toEqual(ids.map((_, k) => k)); // by first appearance
    expect(ids.length).toBeGreaterThan(1);
  });

  it('gives the same twice, whatever the scale, and as features of unit length', async () => {
    const features = map(12, 9);
    const once = await run(features);
    expect(await run(features)).toEqual(once);
    expect(await run({ ...features, data: features.data.map((v) => v * 64) })).toEqual(once);
  });

  it('does not see in which order equal tokens come', async () => {
    const kinds = [
      [1, 0, 0.2],
      [0, 1, 0.1],
      [0.4, 0.1, 1],
    ];
    const rows = Array.from({ length: 48 }, (_, i) => kinds[Math.floor(i / 16)]);
    const of = (rows: number[][]): FeatureMap => asTaken({ data: Float32Array.from(rows.flat()), width: 48, height: 1, channels: 3 });
    if (needs.picture) return; // a picture has an order of its own
    const there = await labelled(of(rows));
    const back = await labelled(of(rows.toReversed()));
    expect(new Set(there.data).size).toBeGreaterThan(1);
    expect(agreement(there, { ...back, data: back.data.toReversed() })).toBe(1);
  });

  it.each<[string, FeatureMap]>([
    ['constant features', asTaken({ data: new Float32Array(8 * 8 * 2).fill(3), width: 8, height: 8, channels: 2 })],
    ['zeros', tap === ATTENTION ? zeros(64) : zeros(2)],
    ['one token', map(1, 1)],
    ['two tokens', map(2, 1)],
  ])('takes %s', async (_, features) => {
    const { data } = await labelled(features);
    expect(new Set(data).size).toBeGreaterThanOrEqual(1);
    expect(Math.min(...data)).toBe(0);
  });

  it('is plain data', async () => {
    const solution = await run(map(6, 5));
    expect(structuredClone(solution)).toEqual(solution);
  });

  it('refuses what it cannot use in a sentence', async () => {
    const features = map(4, 4);
    await expect(solve(name, { ...features, data: features.data.map(() => Number.NaN) }, given)).rejects.toThrow(/must be finite/);
    await expect(solve(name, {}, given)).rejects.toThrow(new RegExp(`^Expected features with the tap ${tap}`));
    await expect(solve(name, features, { ...given, tua: 1 } as never)).rejects.toThrow(new RegExp(`^Unknown option of the solver ${name} "tua"`));
    if (needs.picture) await expect(solve(name, features)).rejects.toThrow(/^Expected .* for image/);
    else await expect(solve(name, features, { picture })).rejects.toThrow(/does not look at the picture: leave it out$/);
    await expect(solve(name, features, null as never)).rejects.toThrow(/^Expected an object for the options of the solver/);
    for (const option of Object.keys(options)) await expect(solve(name, features, { ...given, [option]: 'x' } as never)).rejects.toThrow(/^Expected/);
  });

  it('is told how far it is, and stops with the reason given, at once and on the way', async () => {
    const features = map(24, 24);
    const reason = new Error('enough');
    await expect(run(features, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    let told = 0;
    const onProgress = () => {
      if (++told === 2) controller.abort(reason);
    };
    await expect(run(features, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(told).toBe(2);
  });

  it('hears an abort soon after it was called out', async () => {
    const controller = new AbortController();
    let abortedAt = Infinity;
    setTimeout(() => {
      abortedAt = performance.now();
      controller.abort();
    }, 60);
    const features = tap === ATTENTION ? map(40, 40) : map(64, 64, 64);
    await run(features, { signal: controller.signal }).catch(() => undefined);
    expect(Math.max(0, performance.now() - abortedAt)).toBeLessThan(1_000); // a hundredth where nobody else computes
  });
};
