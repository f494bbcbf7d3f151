/** What a person says of regions. */
import type { Step, StepName } from './history.ts';
import { changedMark, type Mark, type Sheet } from './sheet.ts';
import { stepOf } from './step.ts';

/** Changes of a mark; undefined takes away. */
export type MarkChanges = { readonly [K in keyof Mark]?: Mark[K] | undefined };

/**
 * Says something of regions; ids that are not there are passed over.
 * @param changes of each region
 * @returns undefined where nothing changes
 * @throws InputError for a value that a mark cannot hold
 */
export const setMarks = (
  sheet: Sheet,
  changes: Iterable<readonly [id: number, changes: MarkChanges]>,
  what: StepName = 'marks',
): Step | undefined => {
  const said = new Map<number, Mark>();
  for (const [id, change] of changes) {
    const mark = said.get(id) ?? sheet.marks.get(id);
    if (mark) said.set(id, changedMark(mark, change));
  }
  return stepOf(sheet, what, undefined, said);
};

const ofAll = (ids: Iterable<number>, changes: MarkChanges) => [...ids].map((id) => [id, changes] as const);

/** @param name undefined, or empty, for none. As `setMarks` */
export const rename = (sheet: Sheet, ids: Iterable<number>, name: string | undefined): Step | undefined =>
  setMarks(sheet, ofAll(ids, { name }), 'rename');

/** @param colour sRGB, 0..255; undefined for the one that it has by its class or its place. As `setMarks` */
export const recolour = (sheet: Sheet, ids: Iterable<number>, colour: Mark['colour']): Step | undefined =>
  setMarks(sheet, ofAll(ids, { colour }), 'recolour');

/** Hides regions, or shows them again. As `setMarks` */
export const hide = (sheet: Sheet, ids: Iterable<number>, isHidden = true): Step | undefined =>
  setMarks(sheet, ofAll(ids, { hidden: isHidden || undefined }), isHidden ? 'hide' : 'show');

/** Locks regions, or unlocks them. As `setMarks` */
export const lock = (sheet: Sheet, ids: Iterable<number>, isLocked = true): Step | undefined =>
  setMarks(sheet, ofAll(ids, { locked: isLocked || undefined }), isLocked ? 'lock' : 'unlock');

/** @param classId undefined for none. As `setMarks` */
export const classify = (sheet: Sheet, ids: Iterable<number>, classId: number | undefined): Step | undefined =>
  setMarks(sheet, ofAll(ids, { classId }), 'classify');

/**
 * Gives regions classes that were proposed; what has a class meanwhile keeps it. As `setMarks`
 * @param live classes that there are: one that was deleted is none
 * @param own regions that are given theirs whatever they have
 */
export const suggest = (
  sheet: Sheet,
  given: Iterable<readonly [id: number, classId: number]>,
  live: readonly number[],
  own: readonly number[] = [],
): Step | undefined => {
  const hasOne = (id: number): boolean => live.includes(sheet.marks.get(id)?.classId ?? -1);
  const free = [...given].filter(([id]) => own.includes(id) || !hasOne(id));
  return setMarks(
    sheet,
    free.map(([id, classId]) => [id, { classId }] as const),
    'classify',
  );
};
