import { describe, expect, it } from 'vitest';
import { coherenceChart } from './chart.ts';
import type { Coherence, EncoderCoherence } from './figures.ts';
import type { Measure, Scores } from './score.ts';

const measure = (value: number | null, half = 0.02): Measure => {
  const figure = value === null ? { value, low: null, high: null } : { value, low: value - half, high: value + half };
  return { pairs: 10, pictures: 9, auc: figure, ap: figure };
};
const scores = (within: number | null, across: number | null): Scores => ({ within: measure(within), across: measure(across), classes: [] });
const made = (...encoders: (Partial<EncoderCoherence> & { name: string })[]): Coherence => ({
  dataset: 'folder',
  seed: 0,
  background: null,
  given: {},
  pictures: 9,
  failed: [],
  points: 99,
  pointsPerClass: 16,
  rounds: 1000,
  encoders: encoders.map((encoder) => ({ note: 'a note', ...scores(0.8, 0.75), ...encoder })),
  place: scores(0.6, 0.55),
});

const ticksOf = (svg: string): string[] => [...new Set([...svg.matchAll(/text-anchor="middle">([\d.]+)</g)].map(([, tick]) => tick))];
const numbersIn = (svg: string): number[] => [...svg.matchAll(/\b(?:x|y|cx|cy)="(-?[\d.]+)"/g)].map(([, n]) => Number(n));

describe('coherenceChart', () => {
  it('has a row an encoder, its numbers, its note and the line of chance', () => {
    const svg = coherenceChart(made({ name: 'one', note: 'not what it seems' }, { name: 'two' }));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 960 \d+"/);
    expect(svg).toMatch(/>one<[\s\S]*>two<[\s\S]*>place alone</);
    expect(svg).toMatch(/one: not what it seems\./);
    expect(svg.match(/>0\.800</g)).toHaveLength(4);
    expect(svg.match(/>chance</g)).toHaveLength(2);
    expect(svg.match(/<circle/g)).toHaveLength(1 + 3 * 2); // the legend's, and one a row and panel
  });

  it('begins at chance, or at a tenth below the lowest whisker', () => {
    expect(ticksOf(coherenceChart(made({ name: 'a' })))).toEqual(['0.5', '0.6', '0.7', '0.8', '0.9', '1.0']);
    expect(ticksOf(coherenceChart(made({ name: 'a', ...scores(0.51, 0.9) })))[0]).toBe('0.4');
    expect(ticksOf(coherenceChart(made({ name: 'a', ...scores(0.04, 0.9) })))).toHaveLength(11);
  });

  it('keeps everything on the sheet', () => {
    for (const count of [1, 3, 14]) {
      const svg = coherenceChart(made(...Array.from({ length: count }, (_, i) => ({ name: `encoder ${i}`, ...scores(i / count, 0.98) }))));
      const height = Number(/height="(\d+)"/.exec(svg)?.[1]);
      const numbers = numbersIn(svg);
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...numbers)).toBeLessThanOrEqual(Math.max(960, height));
    }
  });

  it('is well formed whatever the names', () => {
    const name = `<b> & "it's" ${'long/'.repeat(20)}\u0001end`;
    const svg = coherenceChart(made({ name, note: 'word '.repeat(99) + 'x'.repeat(400), ...scores(null, 0.9) }));
    expect(svg).not.toMatch(/<b>|& |NaN|undefined|null/);
    expect(svg).not.toContain('\u0001');
    expect(svg).toMatch(/&#60;b&#62; &#38; &#34;it&#39;s&#34;/);
    expect(svg).toMatch(/…/);
    for (const [, shown] of svg.matchAll(/class="small" fill="#444">([^<]*)</g)) expect(shown.length).toBeLessThanOrEqual(200);
  });
});
