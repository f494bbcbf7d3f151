/** A history that came from elsewhere: whether it can be what somebody did, before anything is made of it. */
import { InputError } from 'diffcut';
import { applyStep, type MarkChange, type Step } from './history.ts';
import { type PackedSheet, unpackSheet } from './pack.ts';
import { eachRun } from './patch.ts';
import { changedMark, isWhole, type Mark, type Sheet } from './sheet.ts';

const damaged = (what: string): InputError => new InputError(`Its history is damaged (${what})`);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws InputError for what no mark can be */
const checkMark = (mark: Mark): Mark => {
  if (!isObject(mark)) throw damaged('a mark is none');
  const known = changedMark({}, mark);
  if (Object.keys(mark).some((key) => !(key in known))) throw damaged('a mark is none');
  return known;
};

const sorted = (mark: Mark | undefined): string => JSON.stringify(Object.entries(mark ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Pixels of each region. */
const areasOf = ({ data }: Sheet): Map<number, number> => {
  const areas = new Map<number, number>();
  for (let i = 0; i < data.length; ) {
    const id = data[i];
    const start = i++;
    while (i < data.length && data[i] === id) i++;
    areas.set(id, (areas.get(id) ?? 0) + i - start);
  }
  return areas;
};

const checkPatch = (sheet: Sheet, step: Step, areas: Map<number, number>, mostId: number): void => {
  const { patch } = step;
  if (!patch) return;
  if (!Array.isArray(patch.box) || patch.box.length !== 4 || !patch.box.every((side) => isWhole(side, 0, 2 ** 27)))
    throw damaged('a step has no box');
  eachRun(patch, sheet, (start, end, before, after) => {
    if (!isWhole(after, 0, mostId)) throw damaged('a region has no number');
    for (let i = start; i < end; i++) if (sheet.data[i] !== before) throw damaged('a step does not follow the one before it');
    areas.set(before, (areas.get(before) ?? 0) - (end - start));
    areas.set(after, (areas.get(after) ?? 0) + end - start);
  });
};

const checkChange = ({ marks, nextId }: Sheet, { id, before, after }: MarkChange, mostId: number): void => {
  if (!isWhole(id, 0, mostId)) throw damaged('a region has no number');
  for (const mark of [before, after]) if (mark !== undefined) checkMark(mark);
  if (sorted(before) !== sorted(marks.get(id)) || (before === undefined) !== !marks.has(id))
    throw damaged('a step does not follow the one before it');
  if (before === undefined && id < nextId) throw damaged('a number is given twice');
};

/**
 * Does all steps after each other, on labels of its own, and looks at each: whether it is of these labels, and leaves every region
 * with its pixels and its mark.
 * @param mostPixels of the picture
 * @throws InputError for a history that `History` could not have made
 */
export const checkHistory = (base: PackedSheet, steps: readonly Step[], mostPixels: number): void => {
  const { width, height } = base?.labels ?? {};
  if (!isWhole(width, 1, mostPixels) || !isWhole(height, 1, mostPixels) || width * height > mostPixels) throw damaged('its labels have no size');
  const sheet = unpackSheet(base);
  const areas = areasOf(sheet);
  if (!Array.isArray(steps)) throw damaged('there are no steps');
  for (const step of steps) {
    if (!isObject(step) || typeof step.what !== 'string' || step.what.length > 100) throw damaged('a step is none');
    const { marks: changes = [], patch } = step;
    if (patch !== undefined && !isObject(patch)) throw damaged('a step is none');
    if (!Array.isArray(changes) || !changes.every(isObject)) throw damaged('a step is none');
    // ids grow by what a step makes anew, which is no more than its pixels
    const mostId = Math.min(2 ** 24, sheet.nextId + sheet.data.length);
    for (const change of changes) checkChange(sheet, change, mostId);
    if (new Set(changes.map(({ id }) => id)).size !== changes.length) throw damaged('a region is changed twice');
    checkPatch(sheet, step, areas, mostId);
    applyStep(sheet, step);
    for (const id of new Set([...(patch?.pairs ?? []), ...changes.map(({ id }) => id)]))
      if (sheet.marks.has(id) !== (areas.get(id) ?? 0) > 0) throw damaged('a region has no pixels, or no mark');
  }
};
