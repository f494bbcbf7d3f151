/** Whatever is chosen after whatever: the package takes it. */
import { type Analysis, analyse, usedOptions } from 'diffcut';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../types.ts';
import { changed, solverOf } from './rules.ts';

const SIDE = 32;
const picture = { data: Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i % (3 * SIDE) < 48 ? 200 : 30)), width: SIDE, height: SIDE };
const features = { data: Float32Array.from({ length: 4 * 4 * 3 }, (_, i) => (i % 12 < 6 ? 1 : (i % 3) - 1)), width: 4, height: 4, channels: 3 };

/** Each choice that the page offers, and each way back to the default. */
const CHOICES: readonly Partial<Settings>[] = [
  { tau: 0.5 },
  { tau: 0.75 },
  { tau: undefined },
  { price: 0.002 },
  { price: undefined },
  { price: undefined, tau: undefined },
  { alpha: 5 },
  { alpha: undefined },
  { solver: 'merge' },
  { solver: 'ncut' },
  { solver: 'tokencut' },
  { solver: undefined },
  ...(['edges', 'vote', 'pamr', 'crf', 'none', undefined] as const).map((refine) => ({ refine })),
  { minArea: 10 },
  { split: true },
];

/** All settings that can come about by choices, one after the other. */
const reachable = (): Settings[] => {
  const found = new Map<string, Settings>([['{}', {}]]);
  for (const settings of found.values()) {
    for (const choice of CHOICES) {
      const { settings: next } = changed(settings, choice);
      found.set(JSON.stringify(Object.entries(next).sort()), next);
    }
  }
  return [...found.values()];
};

describe('settings that are chosen one after the other', () => {
  it('are all taken by the package', async () => {
    const all = reachable();
    expect(all.length).toBeGreaterThan(200);
    const analyses = new Map<string, Promise<Analysis>>();
    for (const settings of all) {
      const { alpha, price, tau, refine, minArea, split } = settings;
      const solver = solverOf(settings, 'merge') as 'merge' | 'ncut' | 'tokencut';
      const key = `${solver} ${alpha}`;
      const made = analyses.get(key) ?? analyse(picture, { features, solver, ...(alpha !== undefined && { alpha }), price: 1 });
      analyses.set(key, made);
      expect(usedOptions(await made, { price, tau }, { refine, minArea, split }).solver).toBe(solver);
    }
  });

  it('keep the last choice, and tell what it made void', () => {
    expect(changed({ solver: 'merge', price: 0.1 }, { tau: 0.5 })).toEqual({ settings: { tau: 0.5 }, voided: ['price', 'solver'] });
    expect(changed({ tau: 0.5, alpha: 3, refine: 'vote' }, { solver: 'merge' })).toEqual({
      settings: { solver: 'merge' },
      voided: ['tau', 'alpha', 'refine'],
    });
    expect(changed({ refine: 'pamr', alpha: 3 }, { solver: 'ncut' })).toEqual({ settings: { refine: 'pamr', alpha: 3, solver: 'ncut' }, voided: [] });
    expect(changed({ size: 512 }, { encoder: undefined })).toEqual({ settings: {}, voided: ['size'] });
  });
});
