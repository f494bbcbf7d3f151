/** Steps: every change of a sheet, each of which can be taken back exactly. */
import { applyPatch, type Patch } from './patch.ts';
import type { Mark, Sheet } from './sheet.ts';

/** Kinds of steps: keys of the texts that name them. */
export type StepName =
  | 'merge'
  | 'splitParts'
  | 'splitByLabels'
  | 'splitByLine'
  | 'paint'
  | 'carve'
  | 'erase'
  | 'marks'
  | 'rename'
  | 'recolour'
  | 'hide'
  | 'show'
  | 'lock'
  | 'unlock'
  | 'classify'
  | 'granularity'
  | 'labels';

/** What is said of a region before and after a step; absent where it does not exist. */
export interface MarkChange {
  id: number;
  before?: Mark;
  after?: Mark;
}

/** One change of a sheet. Plain data, small: it can be posted to a worker and kept in IndexedDB as it is. */
export interface Step {
  what: StepName;
  patch?: Patch;
  marks?: MarkChange[];
}

/** @param after absent where the region goes */
const setMark = (sheet: Sheet, id: number, after: Mark | undefined): void => {
  if (after) sheet.marks.set(id, after);
  else sheet.marks.delete(id);
  if (after && id >= sheet.nextId) sheet.nextId = id + 1;
};

/** Does a step that was computed for this sheet as it is. @throws InputError for a step that is damaged; the sheet is then as it was */
export const applyStep = (sheet: Sheet, { patch, marks = [] }: Step): void => {
  if (patch) applyPatch(sheet, patch);
  for (const { id, after } of marks) setMark(sheet, id, after);
};

/** Takes back the step that was done last: the sheet is what it was before, to the pixel. @throws InputError as `applyStep` */
export const revertStep = (sheet: Sheet, { patch, marks = [] }: Step): void => {
  if (patch) applyPatch(sheet, patch, true);
  for (const { id, before } of marks) {
    setMark(sheet, id, before);
    if (!before) sheet.nextId = Math.min(sheet.nextId, id); // new ids are those from nextId on
  }
};

/** The steps of a sheet, as many as there were since it was opened. */
export interface History {
  readonly steps: readonly Step[];
  /** How many of them are in force; those after it can be redone. */
  readonly at: number;
  /** Does a step and puts it behind those in force; what could have been redone is dropped. */
  push(sheet: Sheet, step: Step): void;
  /** @returns the step that was taken back; undefined where there is none */
  undo(sheet: Sheet): Step | undefined;
  /** @returns the step that was done again; undefined where there is none */
  redo(sheet: Sheet): Step | undefined;
}

/** @param kept steps of an earlier visit, none of which is in force yet */
export const newHistory = (kept: readonly Step[] = []): History => {
  const steps = [...kept];
  let at = 0;
  return {
    steps,
    get at() {
      return at;
    },
    push: (sheet, step) => {
      applyStep(sheet, step);
      steps.splice(at++, steps.length, step);
    },
    undo: (sheet) => {
      if (at === 0) return undefined;
      revertStep(sheet, steps[at - 1]);
      return steps[--at];
    },
    redo: (sheet) => {
      if (at === steps.length) return undefined;
      applyStep(sheet, steps[at]);
      return steps[at++];
    },
  };
};
