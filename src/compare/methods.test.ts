import { describe, expect, it } from 'vitest';
import { DEFAULT_ENCODER, encoderRow } from '../models/table.ts';
import { CUTTING, GRANULARITY, SOLVERS } from '../options/cut.ts';
import { DRAWING } from '../options/draw.ts';
import { ENCODER } from '../options/encoders.ts';
import { resolveOptions } from '../options/spec.ts';
import { DEFAULT_METHODS, encoderText, isPublished, METHODS, methodOf, withEncoder } from './methods.ts';

describe('the table of methods', () => {
  it.each(Object.entries(METHODS))('%s: what it names is there, what it gives is taken', (_, { solver, encoder, opens, settings, source }) => {
    expect(SOLVERS).toContain(solver);
    expect(encoderRow(encoder).kind).not.toBe('embedded'); // whose results are nobody's published ones
    expect(() => resolveOptions('openEncoder', ENCODER, opens)).not.toThrow();
    expect(() => resolveOptions('segment', { ...GRANULARITY, ...CUTTING, ...DRAWING }, settings)).not.toThrow();
    expect(source).toMatch(/20\d\d/);
  });

  it('diffcut is what the paper has', () => {
    expect(methodOf('diffcut')).toMatchObject({ title: 'DiffCut', solver: 'ncut', encoder: 'ssd-1b', settings: { tau: 0.5, alpha: 10 } });
  });

  it('those that are compared where nothing is said need no model', () => {
    for (const name of DEFAULT_METHODS) expect(methodOf(name)).toMatchObject({ encoder: DEFAULT_ENCODER, opens: {}, settings: {} });
  });
});

describe('methodOf', () => {
  it('a solver alone is of the encoder in the package, unless a published method has its name', () => {
    expect(methodOf('ncut')).toMatchObject({ name: 'ncut:embedded', title: 'ncut', solver: 'ncut', encoder: 'embedded' });
    expect(methodOf('falcon')).toMatchObject({ name: 'falcon', title: 'Falcon', encoder: 'ssd-1b' });
    expect(methodOf('falcon:embedded')).toMatchObject({ title: 'falcon', encoder: 'embedded' });
  });

  it('a pair takes any encoder, several and paths among them', () => {
    expect(methodOf('merge:dinov2-b:2+ssd-1b').encoder).toBe('dinov2-b:2+ssd-1b');
    expect(methodOf('merge:C:\\models\\a').encoder).toBe('C:\\models\\a');
  });

  it.each([
    ['difcut', 'Unknown method "difcut": did you mean "diffcut"?'],
    ['falcn:embedded', 'Unknown method "falcn": did you mean "falcon"?'],
    ['toString', 'Unknown method "toString". Known: '],
    ['', 'Unknown method ""'],
    ['ncut:', 'Unknown method "ncut:": did you mean "ncut"?'],
    [':embedded', 'Unknown method ""'],
  ])('refuses %j', (name, sentence) => {
    expect(() => methodOf(name)).toThrow(sentence);
  });
});

describe('another encoder', () => {
  it("leaves nothing of a published method's name and settings, unless it is its own", () => {
    const method = methodOf('diffcut');
    expect(withEncoder(method, 'embedded')).toEqual(methodOf('ncut:embedded'));
    expect(withEncoder(method, 'ssd-1b')).toBe(method);
    expect([method, withEncoder(method, 'embedded'), methodOf('maskcut:dino-b8')].map(isPublished)).toEqual([true, false, false]);
  });

  it('is told, and of what was taken of it what matters', () => {
    const texts = ['ncut', 'diffcut', 'maskcut', 'ncut:dinov2-b'].map((name) => encoderText(methodOf(name)));
    expect(texts).toEqual(['embedded encoder', 'ssd-1b', 'dino-b8 keys, 480 px', 'dinov2-b']);
    expect(encoderText({ ...methodOf('ncut'), opens: { size: [320, 240] } })).toBe('embedded encoder, 320 × 240 px');
  });
});
