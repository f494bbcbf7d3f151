/** A project's file opened: nothing in it is believed, and nothing is taken before all of it was looked at. */
import { InputError } from 'diffcut';
import { checkHistory } from '../edit/check.ts';
import type { Mark, PackedSheet, Step } from '../edit/index.ts';
import { unpackBytes } from '../keep/pack.ts';
import { listZip, type Packed } from '../keep/unzip.ts';
import { MOST_PIXELS } from '../limits.ts';
import type { ClassRow, PictureRow, Settings } from '../types.ts';
import { store } from './desk.ts';
import { isObject, isProject, LAYOUT, PICTURE, type Project, type Told } from './project-check.ts';
import type { Context } from './wire.ts';

/** What came out of a project: it is kept already. */
export interface Taken {
  rows: PictureRow[];
  active?: string;
  classes: ClassRow[];
  gone: ClassRow[];
  settings: Settings;
}

/** Bytes, at most: of the JSON, of a picture's labels and steps, of a picture. */
const MOST = { json: 2 ** 26, sheet: 2 ** 28, picture: 2 ** 31 } as const;
/** Sides are rounded when a picture is brought down. */
const MOST_LABELS = MOST_PIXELS * 1.01;

const bad = (why: string): InputError => new InputError(why);

const projectIn = async (files: Map<string, Packed>): Promise<Project> => {
  const file = files.get('project.json');
  if (!file) throw bad('there is no project in it');
  let found: unknown;
  try {
    found = JSON.parse(await (await file.read(MOST.json)).text());
  } catch (error) {
    throw error instanceof InputError ? error : bad('its JSON is damaged');
  }
  if (!isObject(found) || !Number.isInteger(found.diffcut)) throw bad('there is no project in it');
  if (Number(found.diffcut) > LAYOUT) throw bad('a newer version made it');
  if (!isProject(found)) throw bad('its list of pictures, classes or settings is damaged');
  const { classes, gone } = found as unknown as Project;
  const all = [...classes, ...gone];
  if (new Set(all.map(({ id }) => id)).size < all.length) throw bad('two classes have one number');
  return found as unknown as Project;
};

interface Kept {
  base: PackedSheet;
  steps: Step[];
}

/** What is kept of a picture's regions. @param classId what a class's number becomes here */
const sheetIn = async (files: Map<string, Packed>, { sheet, at = 0 }: Told): Promise<Kept | undefined> => {
  if (sheet === undefined) return undefined;
  const file = files.get(sheet);
  if (!file) throw bad(`the file ${JSON.stringify(sheet)} is missing`);
  const kept = unpackBytes(new Uint8Array(await (await file.read(MOST.sheet)).arrayBuffer())) as Kept;
  if (!isObject(kept)) throw bad('its data are damaged');
  checkHistory(kept.base, kept.steps, MOST_LABELS);
  if (at > kept.steps.length) throw bad('steps are missing');
  return kept;
};

const pictureIn = async (files: Map<string, Packed>, { file, name, type, modified }: Told): Promise<File> => {
  const packed = files.get(file);
  if (!packed) throw bad(`the file ${JSON.stringify(file)} is missing`);
  return new File([await packed.read(MOST.picture)], name, { type, ...(modified !== undefined && { lastModified: modified }) });
};

/** Classes by name: those of the project beside those that are here, and what its numbers become. */
const joinClasses = (own: ClassRow[], ownGone: ClassRow[], { classes, gone }: Project) => {
  const [rows, goneRows] = [[...own], [...ownGone]];
  const numbers = new Map<number, number>();
  const take = (given: ClassRow, to: ClassRow[]): void => {
    const all = [...rows, ...goneRows];
    const found = all.find(({ name }) => name === given.name);
    const id = found?.id ?? (all.some((row) => row.id === given.id) ? Math.max(...all.map((row) => row.id)) + 1 : given.id);
    numbers.set(given.id, id);
    const { name, colour } = given;
    if (!found) to.push({ id, name, colour });
    else if (to === rows && goneRows.includes(found)) rows.push(...goneRows.splice(goneRows.indexOf(found), 1)); // it is back
  };
  for (const row of classes) take(row, rows);
  for (const row of gone) take(row, goneRows);
  return { classes: rows, gone: goneRows, numbers };
};

/** The same with other numbers of classes. */
const renumbered = ({ base, steps }: Kept, numbers: ReadonlyMap<number, number>): Kept => {
  const of = <M extends Mark | undefined>(mark: M): M =>
    mark?.classId === undefined ? mark : { ...mark, classId: numbers.get(mark.classId) ?? mark.classId };
  return {
    base: { ...base, marks: base.marks.map(([id, mark]) => [id, of(mark)]) },
    steps: steps.map(({ marks, ...step }) => ({
      ...step,
      ...(marks && {
        marks: marks.map(({ id, before, after }) => ({ id, ...(before && { before: of(before) }), ...(after && { after: of(after) }) })),
      }),
    })),
  };
};

/**
 * @param here what the page has: the place of its last picture, and its classes
 * @throws InputError in one sentence for a file that is no project, or a damaged one: nothing is taken then
 */
export const openProject = async (
  blob: Blob,
  here: { order: number; classes: ClassRow[]; gone: ClassRow[] },
  { signal, onProgress }: Context,
): Promise<Taken> => {
  const files = await listZip(blob);
  const project = await projectIn(files);
  const { pictures, settings, active } = project;
  for (const [i, told] of pictures.entries()) {
    signal.throwIfAborted();
    onProgress('check', i, pictures.length);
    await pictureIn(files, told);
    await sheetIn(files, told);
  }
  const { numbers, ...classes } = joinClasses(here.classes, here.gone, project);
  const kept = await store;
  const rows: PictureRow[] = [];
  for (const [i, told] of pictures.entries()) {
    onProgress('take', i, pictures.length);
    const id = crypto.randomUUID();
    const {
      file: _,
      type: __,
      modified: ___,
      sheet: ____,
      at,
      ...more
    } = Object.fromEntries(
      Object.keys(PICTURE).flatMap((name) => (told[name as keyof Told] === undefined ? [] : [[name, told[name as keyof Told]]])),
    ) as unknown as Told;
    const sheet = await sheetIn(files, told);
    const row: PictureRow = { id, order: here.order + i + 1, blob: await pictureIn(files, told), ...more, ...(sheet && { at: at ?? 0 }) };
    if (sheet) {
      const { base, steps } = renumbered(sheet, numbers);
      await kept.put('bases', id, base);
      for (const [n, step] of steps.entries()) await kept.put('steps', [id, n], step);
    }
    await kept.put('pictures', id, row);
    rows.push(row);
  }
  return { rows, ...classes, settings, ...(active !== undefined && rows[active] && { active: rows[active].id }) };
};
