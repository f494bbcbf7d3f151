/** IoU class by class: runs of a set side by side, with how many pictures hold each class. */
import type { Result } from '../ledger.ts';
import type { ClassScores } from '../run.ts';
import type { Entry } from './entries.ts';
import { perClass, toPercent } from './evaluation.ts';
import { grouped } from './grouped.ts';
import { evaluationOf } from './runs.ts';

export interface ClassRow {
  name: string;
  /** How many of all pictures that were measured have it in their masks, as these are scored. */
  pictures: number;
  /** Of each run, percent; null for one where it neither is nor was predicted. */
  iou: (number | null)[];
}

/** The runs of a set by one protocol. */
export interface ClassTable {
  set: string;
  protocol: string;
  /** Places among the report's runs. */
  runs: number[];
  /** Those classes that a run has a figure of. */
  rows: ClassRow[];
}

const holds = (result: Result, row: number): boolean => {
  if ('counts' in result) return result.counts.tp[row] + result.counts.fn[row] > 0;
  return 'overlaps' in result && result.overlaps.some(([of]) => of === row);
};

const tableOf = (entries: readonly Entry[]): ClassTable => {
  const [{ set, frame, drawing: first }] = entries;
  const all = entries.map(({ drawing }) => perClass(evaluationOf(drawing, drawing.results).classes as ClassScores));
  const { values } = (evaluationOf(first, []).classes as ClassScores).rows;
  const results = new Map(entries.flatMap(({ drawing }) => drawing.results.map((result) => [result.id, result])));
  const rows = all[0].map(({ class: value, name }, at) => ({
    name,
    pictures: [...results.values()].filter((result) => holds(result, values.indexOf(value))).length,
    iou: all.map((ofRun) => toPercent(ofRun[at].iou)),
  }));
  return {
    set,
    protocol: frame,
    runs: entries.map(({ run }) => run),
    rows: rows.filter(({ iou }) => iou.some((value) => value !== null)),
  };
};

/** @param entries a run each */
export const classTables = (entries: readonly Entry[]): ClassTable[] =>
  grouped(
    entries.filter(({ drawing }) => drawing.settings.kind !== 'drawings'),
    ({ frame, place }) => `${frame} ${place}`,
  ).map(tableOf);
