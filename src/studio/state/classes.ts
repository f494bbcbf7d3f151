/** The list of classes: named and coloured. They are of all pictures, and kept between visits. */
import { texts } from '../texts.ts';
import type { ClassRow } from '../types.ts';
import { bridge, say, tellProblem } from './bridge.ts';
import { freshColour } from './class-colours.ts';
import { keepWork, show } from './pictures.ts';
import * as work from './work.ts';

const { labelling } = texts;

/** The regions of the picture on the stage, coloured and named by the classes as they are. */
const redraw = async (): Promise<void> => {
  const id = work.activeId.value;
  if (!id) return;
  try {
    const found = await bridge.call('regions', { id, classes: work.classes.value }, { key: 'regions' });
    if (found) show(found);
  } catch (error) {
    tellProblem(error);
  }
};

export const setClasses = (rows: readonly ClassRow[]): void => {
  work.classes.value = rows;
  keepWork();
  void redraw();
};

const live = (classId: number | undefined): boolean => work.classes.value.some(({ id }) => id === classId);

/** Classes that labels under way bring: nobody else gets their ids. */
const coming = new Set<ClassRow>();

/** Classes of the names that there is none of yet. One that was deleted comes back as it was, and its regions with it. */
const freshOf = (given: readonly string[]): ClassRow[] => {
  const { classes, goneClasses } = work;
  const fresh: ClassRow[] = [];
  for (const name of given.map((text) => text.trim()).filter(Boolean)) {
    if ([...classes.value, ...fresh].some((row) => row.name === name)) continue;
    const id = Math.max(0, ...[...classes.value, ...goneClasses.value, ...coming, ...fresh].map((row) => row.id)) + 1;
    fresh.push(
      goneClasses.value.find((row) => row.name === name) ?? {
        id,
        name,
        colour: freshColour([...classes.value, ...coming, ...fresh].map(({ colour }) => colour)),
      },
    );
  }
  return fresh;
};

const take = (fresh: readonly ClassRow[]): void => {
  work.goneClasses.value = work.goneClasses.value.filter(({ id }) => !fresh.some((row) => row.id === id));
  setClasses([...work.classes.value, ...fresh.filter(({ id }) => !live(id))]);
};

/** A class more for each name that there is none of yet. */
export const addClasses = (given: readonly string[]): void => take(freshOf(given));

/** Makes something of classes with these names among them: those that are new are there once it is made, and not where it fails. */
export const withClasses = async <T>(given: readonly string[], make: (classes: readonly ClassRow[]) => Promise<T>): Promise<T> => {
  const fresh = freshOf(given);
  for (const row of fresh) coming.add(row);
  try {
    const made = await make([...work.classes.value, ...fresh]);
    take(fresh);
    return made;
  } finally {
    for (const row of fresh) coming.delete(row);
  }
};

/** A class a line. */
export const namesIn = (text: string): string[] => text.split(/[\r\n\t]+/);

/** A new name or colour. @returns whether it could be: two classes are not of one name */
export const changeClass = (id: number, changes: Partial<Pick<ClassRow, 'name' | 'colour'>>): boolean => {
  const name = changes.name?.trim();
  if (name === '') return false;
  if (work.classes.value.some((row) => row.id !== id && row.name === name)) {
    say(labelling.sameName(name as string));
    return false;
  }
  setClasses(work.classes.value.map((row) => (row.id === id ? { ...row, ...changes, ...(name && { name }) } : row)));
  return true;
};

/** By places of the list; the number keys follow it. */
export const moveClass = (id: number, by: number): void => {
  const rows = [...work.classes.value];
  const at = rows.findIndex((row) => row.id === id);
  const to = Math.max(0, Math.min(rows.length - 1, at + by));
  if (at < 0 || to === at) return;
  rows.splice(to, 0, ...rows.splice(at, 1));
  setClasses(rows);
};

/** Regions of a class, of the picture on the stage. */
export const regionsOf = (classId: number): number[] => work.regions.value?.rows.filter((row) => row.classId === classId).map(({ id }) => id) ?? [];

/** The next region that nobody named yet, by area, after the one that was selected last; undefined where all are named. */
export const nextUnnamed = (): number | undefined => {
  const rows = work.regions.value?.rows ?? [];
  const from = rows.findIndex(({ id }) => work.selection.value.has(id)) + 1;
  return [...rows.slice(from), ...rows.slice(0, from)].find(({ classId, hidden }) => !hidden && !live(classId))?.id;
};

/** Deletes a class: its regions, in all pictures, have none then. The notice undoes it, and so does adding the name again. */
export const removeClass = (id: number): void => {
  const before = work.classes.value;
  const at = before.findIndex((row) => row.id === id);
  if (at < 0) return;
  const row = before[at];
  work.goneClasses.value = [...work.goneClasses.value.filter(({ name }) => name !== row.name), row];
  setClasses(before.filter((other) => other !== row));
  const undo = (): void => {
    if (live(id)) return;
    work.goneClasses.value = work.goneClasses.value.filter((other) => other.id !== id);
    setClasses([...work.classes.value.slice(0, at), row, ...work.classes.value.slice(at)]);
  };
  work.notice.value = { kind: 'said', text: labelling.removed(row.name, regionsOf(id).length), action: { text: texts.undo, run: undo } };
};
