/** `diffcut eval` with the embedded encoder on pictures made here; what it computes is eval/'s to test. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { DATASETS } from '../eval/datasets.ts';
import { encodeIndexedPng, encodePng, segmentPalette } from '../toolkit.ts';

const [WIDTH, HEIGHT] = [81, 65];
let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** A red disc on green; the masks of two annotators, of whom the second saw nothing, and of its class. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut eval '));
  for (const name of ['i', 'people', 'classes', 'voc', 'mostly one', 'ade/images/validation', 'ade/annotations/validation'])
    mkdirSync(at(name), { recursive: true });
  const ids = Int32Array.from({ length: WIDTH * HEIGHT }, (_, p) => (((p % WIDTH) - 40) ** 2 + (Math.floor(p / WIDTH) - 30) ** 2 < 300 ? 1 : 0));
  const colours = [
    [40, 140, 60],
    [220, 40, 30],
  ];
  const data = Uint8Array.from({ length: ids.length * 3 }, (_, i) => colours[ids[Math.floor(i / 3)]][i % 3] + ((i * 31) % 30));
  const mask = (labels: Int32Array) => encodeIndexedPng({ data: labels, width: WIDTH, height: HEIGHT }, segmentPalette(256));
  writeFileSync(at('i', 'a.png'), await encodePng({ data, width: WIDTH, height: HEIGHT }));
  writeFileSync(at('people', 'a_1.png'), await mask(ids));
  writeFileSync(at('people', 'a_2.png'), await mask(new Int32Array(ids.length)));
  writeFileSync(at('classes', 'a.png'), await mask(ids));
  const edged = (labels: Int32Array) => mask(labels.map((id, p) => (p % 9 === 0 ? 255 : id)));
  writeFileSync(at('voc', 'a.png'), await edged(ids));
  writeFileSync(at('mostly one', 'a.png'), await edged(ids.map((id) => 1 - id)));
  copyFileSync(at('i', 'a.png'), at('ade', 'images', 'validation', 'a.png'));
  writeFileSync(at('ade', 'annotations', 'validation', 'a.png'), await mask(ids.map((id) => (id === 1 ? 21 : 0)))); // a car on nothing
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evaluate = (...args: string[]) => runCli('eval', '--images', at('i'), '--size', '128', '--quiet', ...args);
const people = (...args: string[]) => evaluate('--dataset', 'bsds500', '--masks', at('people'), ...args);
const classes = (...args: string[]) => evaluate('--dataset', 'folder', '--masks', at('classes'), '--classes', '2', '--background', '0', ...args);

describe('diffcut eval', () => {
  it.each(['ncut', 'merge'])('walks prices, each as if it were alone: %s', async (solver) => {
    const walked = JSON.parse((await people('--solver', solver, '--prices', '0.01,0.2', '--json')).out);
    expect(walked.prices.map(({ price }: { price: number }) => price)).toEqual([0.01, 0.2]);
    for (const { price, ...scores } of walked.prices) {
      const alone = JSON.parse((await people('--solver', solver, '--price', String(price), '--json')).out);
      expect(alone).toMatchObject(scores);
      expect(alone.settings).toMatchObject({ solver, price, refine: 'edges' });
    }
    expect(walked.ois.covering).toBeGreaterThanOrEqual(walked.ods.covering.value);
  });

  it.each(['ncut', 'merge'])('scores what segment writes, and its objects, by classes: %s', async (solver) => {
    const { code, out } = await classes('--solver', solver, '--refine', 'edges', '--json');
    expect(code).toBe(0);
    const { mIoU, objects, protocol } = JSON.parse(out);
    expect(protocol).toMatch(/drawn by edges/);
    expect(objects).toMatchObject({ count: 1, bestSegment: expect.any(Number), union: expect.any(Number) });
    for (const share of [mIoU, objects.bestSegment, objects.union]) expect(share >= 0 && share <= 100).toBe(true);
  });

  it.each(['eval', 'tune', 'eval coherence'])('tells of every data set: %s', async (words) => {
    const { out } = await runCli(...words.split(' '), '--help');
    for (const [name, { scores }] of Object.entries(DATASETS)) if (words === 'eval' || scores === 'classes') expect(out).toContain(name);
  });

  it('counts the labels of ADE20K by either rule, and never adds both up', async () => {
    const ade = (...args: string[]) =>
      runCli('eval', '--dataset', 'ade20k', '--root', at('ade'), '--size', '128', '--quiet', '--resume', at('ade.jsonl'), ...args);
    const scored = async (...args: string[]) => {
      const { protocol, classes: all } = JSON.parse((await ade('--json', ...args)).out);
      return { protocol, seen: all.filter(({ iou }: { iou: number | null }) => iou !== null).map(({ name }: { name: string }) => name) };
    };
    expect(await scored()).toEqual({ protocol: expect.stringMatching(/labels by the paper's rule/), seen: ['other', 'car'] });
    expect((await ade('--rule', 'clean')).err).toMatch(/made with other settings \(rule "published", now "clean"\)/);
    rmSync(at('ade.jsonl'));
    expect(await scored('--rule', 'clean')).toEqual({ protocol: expect.stringMatching(/labels by the clean rule/), seen: ['car'] });
    const grid = ['--alphas', '3', '--taus', '0.9', '--prices', 'none'];
    const tuned = await runCli('tune', '--dataset', 'ade20k', '--root', at('ade'), '--rule', 'clean', '--size', '128', ...grid, '--json');
    expect(JSON.parse(tuned.out)).toMatchObject({ pictures: 1, protocol: expect.stringMatching(/labels by the clean rule/) });
  });

  it('says which folder a root is not, and what is looked for in it', async () => {
    const { code, out, err } = await runCli('eval', '--dataset', 'bsds500', '--root', at('nosuch'), '--quiet');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^diffcut: The root "[^"]*nosuch" is no folder: give the one that holds data\/images\/test with data\/groundTruth\/test, or [^\n]*\n$/,
    );
  });

  it('hints at a background where the masks look like VOC', async () => {
    const hint = /where 0 is the background, give --background 0/;
    const as = (masks: string, ...args: string[]) =>
      runCli(
        'eval',
        '--dataset',
        'folder',
        '--images',
        at('i'),
        '--masks',
        at(masks),
        '--classes',
        '2',
        '--size',
        '128',
        '--refine',
        'none',
        ...args,
      );
    expect((await as('voc')).err).toMatch(hint);
    for (const told of [await as('voc', '--background', '0'), await as('voc', '--quiet'), await as('classes'), await as('mostly one')])
      expect([told.code, told.err]).toEqual([0, expect.not.stringMatching(hint)]);
  });

  it('says how a run goes on that was stopped', async () => {
    const args = ['--dataset', 'folder', '--masks', at('classes'), '--classes', '2', '--resume', at('stopped.jsonl')];
    const stopped = () => {
      const hear = (name: string | symbol): void => {
        if (name !== 'SIGINT') return;
        process.off('newListener', hear);
        setTimeout(() => process.emit('SIGINT'), 0);
      };
      process.on('newListener', hear);
      return evaluate(...args).finally(() => process.removeAllListeners('SIGINT')); // of which a second one would end the process
    };
    expect(await stopped()).toMatchObject({ code: 130, err: 'diffcut: stopped\n' }); // nothing is finished yet
    expect((await evaluate(...args)).code).toBe(0);
    writeFileSync(at('stopped.jsonl'), readFileSync(at('stopped.jsonl'), 'utf8').replace('"id":"a"', '"id":"another"'));
    const { code, err } = await stopped();
    expect([code, err]).toEqual([130, expect.stringMatching(/stopped\.jsonl: the same command goes on from there\ndiffcut: stopped\n$/)]);
    expect((await evaluate(...args)).code).toBe(0);
  });

  it.each<[string, () => ReturnType<typeof runCli>, RegExp]>([
    ['a rule where there is none', () => classes('--rule', 'clean'), /The dataset folder takes no --rule/],
    ['a list beside a price', () => people('--prices', '0.03,0.04', '--price', '0.1'), /Give prices or price, not both/],
    ['a list beside a tau', () => people('--prices', '0.03,0.04', '--tau', '0.5'), /Give prices or tau, not both/],
    ['a list with a word in it', () => people('--prices', '0.03,x'), /--prices .*Expected a number from 0 to 1, several with commas between/],
    ['a list by classes', () => classes('--prices', '0.03'), /takes no --prices: "diffcut tune" walks them by classes/],
    ['a price twice', () => people('--prices', '0.03,0.1,0.03'), /The price 0\.03 is given twice in prices: leave one out/],
    ['a method that is none', () => classes('--refine', 'crff'), /--refine .*one of edges, vote, pamr, crf, none: did you mean "crf"\?/],
    ['a solver misspelt', () => classes('--solver', 'merg'), /--solver .*Expected one of ncut, merge, .*: did you mean "merge"\?/],
  ])('refuses %s', async (_, run, pattern) => {
    const { code, out, err } = await run();
    expect(err).toMatch(pattern);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});
