import { describe, expect, it } from 'vitest';
import type { Origin } from '../types.ts';
import { checkOrigin, cutSettings, settingsFor } from './origin.ts';
import { encoderRow, PAPER } from './table.ts';

const cut = cutSettings(encoderRow('embedded'));

describe('an origin', () => {
  it('says how its features are cut, or names a row that does; the paper does for all others', () => {
    const mine = { ...cut, alpha: 7 };
    expect(settingsFor({ origin: { encoder: 'embedded', cut: mine } })).toBe(mine);
    expect(settingsFor({ origin: { encoder: 'embedded' } })).toMatchObject(cut);
    for (const origin of [undefined, { encoder: 'of my own' }]) expect(settingsFor({ origin })).toBe(PAPER);
    expect(PAPER).toMatchObject({ solver: 'ncut', alpha: 10, tau: 0.5, parity: true });
  });

  it('is plain JSON', () => {
    const origin: Origin = { encoder: 'ssd-1b', size: [1024, 1024], cut: cutSettings(encoderRow('ssd-1b')) };
    expect(checkOrigin(JSON.parse(JSON.stringify(origin)))).toEqual(origin);
    expect(origin.cut).toMatchObject({ solver: 'ncut', alpha: 10, tau: 0.5 });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /^Expected \{ encoder: its name, \.\.\. \} for f\.json but received null/],
    ['no name', { cut }, /^Expected \{ encoder/],
    ['a cut that is none', { encoder: 'a', cut: 5 }, /^Expected \{ solver, alpha, .* for f\.json\.cut but received 5/],
    ['a missing number', { encoder: 'a', cut: { ...cut, alpha: undefined } }, /from 0\.1 to 50 for f\.json\.cut\.alpha but received undefined/],
    ['a solver that is none', { encoder: 'a', cut: { ...cut, solver: 'cut' } }, /one of ncut, merge for f\.json\.cut\.solver/],
    ['a tau out of range', { encoder: 'a', cut: { ...cut, tau: 3 } }, /from 0 to 2 for f\.json\.cut\.tau/],
    ['tiles of no size', { encoder: 'a', tile: { size: [0, 9], of: [9, 9] } }, /^Expected \[width, height\], .* for f\.json\.tile\.size/],
    ['tiles of nothing', { encoder: 'a', tile: { size: [9, 9] } }, /for f\.json\.tile\.of but received undefined/],
    ['no prices of merge', { encoder: 'a', cut: { ...cut, merge: undefined } }, /for f\.json\.cut\.merge but received undefined/],
  ])('is refused with %s', (_, origin, sentence) => {
    expect(() => checkOrigin(origin as Origin, 'f.json')).toThrow(sentence);
  });
});
