/** Evaluations of a toy set as `eval --resume` writes them: what reports are made of. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headLine, type Settings } from '../src/eval/ledger.ts';
import type { Stages } from '../src/eval/measure.ts';
import { type Evaluation, evaluate } from '../src/eval/run.ts';
import type { EvaluateOptions } from '../src/eval/settings.ts';
import * as library from '../src/toolkit.ts';
import { encodeIndexedPng, encodePng, MODELS, segmentPalette } from '../src/toolkit.ts';
import { SIDE, toyEncode, toyScene } from './toy-set.ts';

const stages: Stages = {
  ...library,
  openEncoder: async (name) => ({
    name: String(name),
    device: 'cpu',
    row: { ...MODELS[0], name: String(name) },
    inputSize: () => [SIDE, SIDE],
    encode: toyEncode,
    dispose: async () => {},
  }),
};

const IDS = ['a', 'b', 'c', 'd', 'e'];

/** A folder with pictures `i`, masks `m`, predictions `p` and the files of runs. */
export interface ToyRuns {
  at(...names: string[]): string;
  /** What `eval` told of each, by the name of its file. */
  told: Map<string, Evaluation>;
  /** A file as somebody may have it: the one of that name with other words in its first line. */
  altered(name: string, to: string, settings: Partial<Settings>, change?: (line: string) => string): string;
  remove(): void;
}

const writeSet = async (at: ToyRuns['at']): Promise<void> => {
  for (const name of ['i', 'm']) mkdirSync(at(name));
  for (const [seed, id] of IDS.entries()) {
    const { image, mask } = toyScene(seed);
    const labels = await encodeIndexedPng(mask, segmentPalette(256));
    writeFileSync(at('i', `${id}.png`), await encodePng(image));
    for (const name of [`${id}.png`, `${id}_1.png`]) writeFileSync(at('m', name), labels);
  }
};

/** By the names of their files, in the order in which they are made: later ones take the predictions of earlier ones. */
const runsIn = (at: ToyRuns['at']): Record<string, Partial<EvaluateOptions>> => {
  const given = { encoder: undefined, save: undefined, predictions: at('p') };
  return {
    ncut: { solver: 'ncut' },
    merge: { solver: 'merge', save: undefined },
    'merge again': { solver: 'merge', save: at('q') },
    'part 1': { solver: 'ncut', shard: '1/2', save: undefined },
    'part 2': { solver: 'ncut', shard: '2/2', save: undefined },
    'given picture': { ...given, dictionary: 'picture' },
    'given set': { ...given, dictionary: 'set' },
    drawn: { dataset: 'bsds500' },
    prices: { dataset: 'bsds500', prices: [0.01, 0.05] },
  };
};

export const makeToyRuns = async (): Promise<ToyRuns> => {
  const folder = mkdtempSync(join(tmpdir(), 'diffcut report ä '));
  const at = (...names: string[]): string => join(folder, ...names);
  const told = new Map<string, Evaluation>();
  await writeSet(at);
  for (const [name, options] of Object.entries(runsIn(at))) {
    const set = { images: at('i'), masks: at('m'), resume: at(name), encoder: 'toy' };
    const classes = { dataset: 'folder', classes: 3, background: 0, refine: 'none', save: at('p') };
    told.set(name, await evaluate({ ...set, ...(options.dataset === undefined && classes), ...options } as EvaluateOptions, stages));
  }
  const altered: ToyRuns['altered'] = (name, to, settings, change = (line) => line) => {
    const [head, ...lines] = readFileSync(at(name), 'utf8').trimEnd().split('\n');
    const made = JSON.parse(head);
    writeFileSync(at(to), [headLine({ ...made, settings: { ...made.settings, ...settings } }).trimEnd(), ...lines.map(change), ''].join('\n'));
    return at(to);
  };
  return { at, told, altered, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
