/** The runs of a report: files of `eval --resume` and `eval merge`, and those of shards put together. */

import { InputError } from '../../toolkit.ts';
import type { Outcome } from '../each-picture.ts';
import { DRAWN } from '../exam.ts';
import { type Failure, type Head, isFailure, type Result, type Settings } from '../ledger.ts';
import { mergeShards, type RunFile, readRuns } from '../merge.ts';
import { classEvaluation, dictionaryEvaluation, drawingEvaluation, type Evaluation } from '../run.ts';

/** A whole run of `eval`, as its file tells it. */
export interface Run extends Head {
  /** Of all its shards, in their order, or the one. */
  files: readonly string[];
  /** The same in words. */
  ledger: string;
  /** In the set's order. */
  results: readonly Result[];
  failed: Outcome['failed'];
}

type Evaluate = (settings: Settings, outcome: Outcome & { results: readonly Result[] }) => Evaluation;

/** By the kind that the first line of a file has: what `eval` makes of results. */
const EVALUATE: Readonly<Record<string, Evaluate>> = {
  classes: classEvaluation as Evaluate,
  dictionary: dictionaryEvaluation as Evaluate,
  drawings: drawingEvaluation as Evaluate,
};

/** What `eval` tells of these pictures. */
export const evaluationOf = ({ settings, failed }: Run, results: readonly Result[]): Evaluation =>
  EVALUATE[settings.kind as string](settings, { pictures: results.length, resumed: 0, failed, results });

const areTexts = (settings: Settings, ...names: string[]): boolean => names.every((name) => typeof settings[name] === 'string');

/** Whether there is what a report names: how the segments were made, or where they come from, and how they were drawn. */
const isNamed = (settings: Settings): boolean =>
  areTexts(settings, 'version', 'refine') &&
  Object.hasOwn(DRAWN, settings.refine as string) &&
  (areTexts(settings, 'encoder', 'solver') || areTexts(settings, 'predictions'));

const checkKind = ({ file, settings }: RunFile): void => {
  const { kind } = settings;
  if (!Object.hasOwn(EVALUATE, kind as string))
    throw new InputError(`${file} is of another kind of run, ${kind}: give files that "eval --resume" or "eval merge" wrote`);
  if (!isNamed(settings)) throw new InputError(`Line 1 of ${file} does not say what was measured as "eval --resume" does: give another file`);
};

/** Files that are a run together: the shards of one, by their settings; any other alone. */
const together = (files: readonly RunFile[]): RunFile[][] => {
  const groups = new Map<string, RunFile[]>();
  for (const [at, file] of files.entries()) {
    const { shard, ...shared } = file.settings;
    const key = shard === undefined ? String(at) : JSON.stringify(shared);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
};

/** Names of shards that are told: all, or the first ones and the last. */
const MOST_NAMED = 6;

const ledgerOf = (files: readonly string[]): string => {
  if (files.length === 1) return files[0];
  const named = files.length > MOST_NAMED ? [...files.slice(0, 2), '...', files.at(-1)] : files;
  return `${files.length} shards: ${named.join(', ')}`;
};

/** In the order of the shards, each once: one may be given twice. */
const namesOf = (files: readonly RunFile[]): string[] => {
  const byShard = new Map(files.map(({ file, settings }) => [settings.shard as number | undefined, file]));
  return [...byShard].sort(([a = 0], [b = 0]) => a - b).map(([, file]) => file);
};

const wholeRun = async (files: readonly RunFile[]): Promise<Run> => {
  const [{ settings, save, lines: found }] = files;
  const whole = settings.shard === undefined ? { settings, save, lines: [...found.values()].sort((a, b) => a.at - b.at) } : await mergeShards(files);
  const names = namesOf(files);
  return {
    files: names,
    ledger: ledgerOf(names),
    settings: whole.settings,
    save: whole.save,
    results: whole.lines.filter((line) => !isFailure(line)) as Result[], // of this kind, since its form has read them
    failed: (whole.lines as Failure[]).filter(isFailure).map(({ id, problem }) => ({ id, problem })),
  };
};

/**
 * The runs that files are of, in the order in which they are given.
 * @throws InputError for a file that is none of `eval`, of another version or kind, for one without pictures, and for shards that `eval merge` refuses
 */
export const runsOf = async (paths: readonly string[]): Promise<Run[]> => {
  const files = await readRuns(paths);
  files.forEach(checkKind);
  const runs: Run[] = [];
  for (const group of together(files)) runs.push(await wholeRun(group));
  const empty = runs.find(({ results, failed }) => results.length + failed.length === 0);
  if (empty) throw new InputError(`${empty.ledger} tells of no picture yet: go on with the eval that began it`);
  return runs;
};

/** A run that walked prices as what it is at each of them, each as if it were alone; then itself, for what the best of them gives. */
export const eachDrawing = (run: Run): Run[] => {
  const { prices, ...settings } = run.settings;
  if (!Array.isArray(prices)) return [run];
  const at = (place: number): Result[] =>
    run.results.map((result) => ('drawings' in result ? { ...result, drawings: [result.drawings[place]] } : result));
  return [...prices.map((price, place) => ({ ...run, settings: { ...settings, price }, results: at(place) })), run];
};
