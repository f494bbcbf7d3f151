/** Classes: named, coloured, given to regions by a number key. */
import { segmentPalette } from 'diffcut/export';
import { texts } from '../texts.ts';
import type { ClassRow } from '../types.ts';
import { edit } from './edit.ts';
import { keepWork, refresh } from './pictures.ts';
import * as work from './work.ts';

const PALETTE = segmentPalette(256);

/** A colour that the other classes do not have yet. */
const freshColour = (rows: readonly ClassRow[]): ClassRow['colour'] => {
  const at = 3 * (rows.length % 256);
  return [PALETTE[at], PALETTE[at + 1], PALETTE[at + 2]];
};

/** Classes are of all pictures, and kept between visits. */
export const setClasses = (rows: readonly ClassRow[]): void => {
  work.classes.value = rows;
  keepWork();
  void refresh();
};

/** A class more for each name that there is none of yet. */
export const addClasses = (given: readonly string[]): void => {
  const rows = [...work.classes.value];
  for (const name of given.map((text) => text.trim()).filter((text) => text && !rows.some((row) => row.name === text)))
    rows.push({ id: Math.max(0, ...rows.map(({ id }) => id)) + 1, name, colour: freshColour(rows) });
  setClasses(rows);
};

/** Gives regions the nth class of the list, from 1; one that is not there yet is made. */
export const addClass = async (n: number, ids: readonly number[]): Promise<void> => {
  while (work.classes.value.length < n) addClasses([texts.classNumber(work.classes.value.length + 1)]);
  await edit({ kind: 'classify', ids, classId: work.classes.value[n - 1].id });
};
