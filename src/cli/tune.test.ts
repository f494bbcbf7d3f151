/** `diffcut tune` with the embedded encoder on pictures made here; what it computes is eval/tune's to test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { encodeIndexedPng, encodePng, segmentPalette } from '../toolkit.ts';

const SIDE = 65;
let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut tune '));
  for (const name of ['i', 'm', 'broken']) mkdirSync(at(name));
  for (const [k, id] of ['a', 'b'].entries()) {
    const ids = Int32Array.from({ length: SIDE * SIDE }, (_, p) => (((p % SIDE) - 20) ** 2 + (p / SIDE - 30 - k * 9) ** 2 < 200 ? 1 : 0));
    const data = Uint8Array.from(
      { length: SIDE * SIDE * 3 },
      (_, i) =>
        [
          [40, 140, 60],
          [220, 40, 30],
        ][ids[Math.floor(i / 3)]][i % 3] +
        ((i * 31) % 30),
    );
    const [picture, mask] = [
      { data, width: SIDE, height: SIDE },
      { data: ids, width: SIDE, height: SIDE },
    ];
    writeFileSync(at('i', `${id}.png`), await encodePng(picture));
    writeFileSync(at('m', `${id}.png`), await encodeIndexedPng(mask, segmentPalette(256)));
    writeFileSync(at('broken', `${id}.png`), k === 0 ? 'x' : await encodePng(picture));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const set = (images = 'i') => [
  '--dataset',
  'folder',
  '--images',
  at(images),
  '--masks',
  at('m'),
  '--classes',
  '2',
  '--background',
  '0',
  '--size',
  '128',
];
const tune = (...args: string[]) => runCli('tune', ...set(), ...args);

describe('diffcut tune', () => {
  it('prints for each place what eval prints there', async () => {
    const { code, out, err } = await tune('--alphas', '3,12', '--taus', '0.7,0.95', '--prices', '0.02', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '2/2 b\n' });
    const { grid, settings } = JSON.parse(out);
    expect(settings).toMatchObject({ encoder: 'embedded', alphas: [3, 12], taus: [0.7, 0.95], prices: [0.02], size: 128 });
    for (const { alpha, tau, price, mIoU, pixelAccuracy } of grid) {
      const cut = price === undefined ? ['--tau', String(tau)] : ['--price', String(price)];
      const evaluated = await runCli('eval', ...set(), '--alpha', String(alpha), ...cut, '--json', '--quiet');
      expect(JSON.parse(evaluated.out)).toMatchObject({ mIoU, pixelAccuracy });
    }
  });

  it('reports a broken picture, leaves it out and says so by its exit code', async () => {
    const { code, out, err } = await runCli('tune', ...set('broken'), '--alphas', '3', '--taus', '0.9', '--prices', 'none', '--quiet');
    expect(code).toBe(1);
    expect(err).toMatch(/^a left out: .+\n$/);
    expect(out).toMatch(/row {7}alpha: 3, tau: 0\.9,\nsegment {3}--alpha 3 --tau 0\.9\n[\s\S]*pictures: 1, left out: 1\n/);
  });

  it.each<[string, string[], RegExp]>([
    ['an unknown option', ['--alpha', '3'], /unknown option '--alpha'\s+\(Did you mean --alphas\?\)/],
    ['a list with a gap', ['--taus', '0.5,,0.6'], /--taus .*Expected a number from 0 to 2, several with commas between/],
    ['a number out of range', ['--alphas', '1,99'], /--alphas .*from 0\.1 to 50/],
    ['a misspelt refinement', ['--refine', 'pam'], /Expected one of pamr, crf, none: did you mean "pamr"\?/],
    ['nothing to choose', ['--taus', 'none', '--prices', 'none'], /neither taus nor prices/],
    ['a set scored by annotators', ['--dataset', 'bsds500'], /takes no --classes/],
    ['an unknown set', ['--dataset', 'voc2021'], /Unknown dataset "voc2021": did you mean "voc2012"\?/],
    ['an unknown encoder', ['--encoder', 'embeded'], /Unknown encoder "embeded": did you mean "embedded"\?/],
  ])('refuses %s', async (_, args, pattern) => {
    const { code, out, err } = await tune(...args);
    expect(err).toMatch(pattern);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});
