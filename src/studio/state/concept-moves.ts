/** What a person does to rows of concepts: regions put together, named in all pictures at once, and all of it taken back. */
import { computed, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import type { Regions } from '../types.ts';
import { say, sayDone, tellProblem } from './bridge.ts';
import { addClasses, changeClass } from './classes.ts';
import { byPicture, moveOf, type Part, type Row, type Target } from './concept-rows.ts';
import { byHand, freshNumber, partOf, rows, seeNames } from './concepts.ts';
import { select } from './edit.ts';
import { editEach, type Made, undoEach } from './edit-each.ts';
import { activate, isActive, show } from './pictures.ts';
import { editedSince } from './removal.ts';
import * as work from './work.ts';

const words = texts.concepts;

/** Keys of regions that the next move is of. */
const marked = signal<ReadonlySet<string>>(new Set());
/** Those of them that there are. */
export const chosen = computed((): Part[] => [...marked.value].flatMap((key) => partOf.value.get(key) ?? []));
export const isChosen = (key: string): boolean => marked.value.has(key);

/** Adds regions to what is chosen; where all of them are, takes them out. */
export const toggle = (parts: readonly Part[]): void => {
  const next = new Set(marked.value);
  const isAll = parts.every(({ key }) => next.has(key));
  for (const { key } of parts) isAll ? next.delete(key) : next.add(key);
  marked.value = next;
};
export const chooseNone = (): void => {
  marked.value = new Set();
};

/** The region whose cut-out was focused last. */
export const current = signal<string | undefined>(undefined);
/** Chooses all of its row, or none of them. */
export const toggleRow = (): void => toggle(rows.value.find((row) => row.parts.some(({ key }) => key === current.value))?.parts ?? []);

/** One after the other: what is moved next is moved from where it is then. */
let turn: Promise<unknown> = Promise.resolve();
const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
  const next = turn.then(run);
  turn = next.catch(() => {});
  return next;
};

/** What was done, the last at the end: each takes itself back. */
const done = signal<readonly (() => Promise<void>)[]>([]);
export const canUndo = computed(() => done.value.length > 0);

export const undoMove = (): Promise<void> =>
  inTurn(async () => {
    const last = done.value.at(-1);
    if (!last) return;
    done.value = done.value.slice(0, -1);
    work.notice.value = undefined;
    await last().catch(tellProblem);
  });

const remember = (undo: () => Promise<void>, text: string): void => {
  done.value = [...done.value, undo];
  sayDone('concepts', text, () => void undoMove());
};

const take = (found: Regions): void => {
  seeNames(found);
  show(found);
};

/** Gives regions a class, or none: a step a picture. @param steps is filled with them */
const classify = async (named: readonly Part[], classId: number | undefined, steps: Made[]): Promise<void> => {
  editedSince();
  const all = byPicture(named);
  await editEach(all.keys(), (id) => ({ kind: 'classify', ids: all.get(id) ?? [], classId }), steps, take);
};

/** A row with a name that goes to one without takes that one in: the name stays. */
const joining = (parts: readonly Part[], to: Target): [parts: readonly Part[], to: Target] => {
  const own = rows.value.find((row) => row.of && row.parts.length === parts.length && parts.every((part) => row.parts.includes(part)));
  return own && to !== 'new' && !to.of ? [to.parts, own] : [parts, to];
};

/** The row as it is by now. */
const find = (key: string): Row | undefined => rows.value.find((row) => row.key === key);
const now = (to: Target): Target => (to === 'new' ? to : (find(to.key) ?? to));

const moveNow = async (given: readonly Part[], target: Target, text?: string): Promise<string | undefined> => {
  const [all, to] = joining(
    given.flatMap(({ key }) => partOf.value.get(key) ?? []),
    now(target),
  );
  const parts = to === 'new' ? all : all.filter((part) => !to.parts.includes(part));
  if (parts.length === 0) return undefined;
  const before = byHand.value;
  const { named, classId, row, byHand: after } = moveOf(parts, to, before, freshNumber());
  const steps: Made[] = [];
  const undo = async (): Promise<void> => {
    await undoEach(steps, take);
    byHand.value = before;
  };
  const told = text ?? words.moved(parts.length, to === 'new' ? words.newRow : nameOf(to));
  chooseNone();
  byHand.value = after; // first, and last when it is taken back: a class counts more, and what is in no row is grouped anew
  try {
    await classify(named, classId, steps);
  } catch (error) {
    tellProblem(error);
    await undo().catch(tellProblem);
    return undefined;
  }
  remember(undo, told);
  return row;
};

/** Puts regions into a row. @param text what is said of it @returns key of the row that they are in then; undefined where nothing changed */
export const move = (parts: readonly Part[], to: Target, text?: string): Promise<string | undefined> => inTurn(() => moveNow(parts, to, text));

/** What a row is called: by its class, else by its number. */
export const nameOf = ({ of, number }: Row): string => of?.name ?? words.unnamed(number);

const rename = (row: Row, name: string): string | undefined => {
  const { id, name: before } = row.of as NonNullable<Row['of']>;
  if (!changeClass(id, { name })) return undefined;
  remember(async () => void changeClass(id, { name: before }), words.renamed(before, name));
  return row.key;
};

/** The row of a class, which may have no region yet. */
const rowOfClass = (of: Row['of'] & object): Row =>
  find(`class-${of.id}`) ?? { key: `class-${of.id}`, number: of.id, of, isFixed: true, parts: [], pictures: 0 };

/** Rows that regions can be put into: those that there are, and classes that no region has. */
export const targets = computed((): Row[] => [...rows.value, ...work.classes.value.filter(({ id }) => !find(`class-${id}`)).map(rowOfClass)]);

/**
 * Names a row: all its regions, in all pictures. The class of that name is taken where there is one; of a row that has a name the
 * class is renamed. Without a name the row stays as it is, and its regions have no class.
 * @returns key of the row that they are in then; undefined where nothing changed
 */
export const nameRow = async (row: Row, given: string): Promise<string | undefined> => {
  const name = given.trim();
  if (name === (row.of?.name ?? '')) return undefined;
  if (name === '') return move(row.parts, 'new', words.unnamedNow(row.of?.name ?? ''));
  const isThere = work.classes.value.some((one) => one.name === name);
  if (row.of && !isThere) return rename(row, name);
  addClasses([name]);
  const of = work.classes.value.find((one) => one.name === name);
  if (!of) return undefined;
  const { parts, pictures } = row;
  const told = find(`class-${of.id}`) ? words.joined(parts.length, name) : texts.labelling.taken(parts.length, pictures, name);
  return move(parts, rowOfClass(of), told);
};

/** Gives what is chosen the nth class of the list, from 1. */
export const moveToNth = (n: number): void => {
  const of = work.classes.value[n - 1];
  if (chosen.value.length === 0) return say(words.noneChosen);
  if (!of) return say(texts.labelling.noSuchClass(n));
  void move(chosen.value, rowOfClass(of));
};

/** Lets a row that a person put together be grouped with the rest again. */
export const release = (row: Row): void => {
  const before = byHand.value;
  byHand.value = new Map([...before].filter(([, number]) => number !== row.number));
  remember(async () => {
    byHand.value = before;
  }, words.released);
};

/** Brings a region's picture onto the stage, and selects it there. */
export const openPart = async ({ picture, id }: Part): Promise<void> => {
  work.mode.value = 'regions';
  if (!isActive(picture)) await activate(picture);
  if (work.regions.value?.picture === picture && work.regions.value.rows.some((row) => row.id === id)) select([id]);
};
