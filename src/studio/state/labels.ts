/** Label files of others, and lists of classes: matched to open pictures by name, and opened over them. */
import { signal } from '@preact/signals';
import { SUFFIXES } from '../formats.ts';
import { MOST_PIXELS } from '../limits.ts';
import { texts } from '../texts.ts';
import type { Peek } from '../worker/labels.ts';
import { bridge, say, tellProblem } from './bridge.ts';
import { addClasses, withClasses } from './classes.ts';
import { stemOf } from './names.ts';
import { addPictures, change, type Given, show } from './pictures.ts';
import * as work from './work.ts';

const { labels: words } = texts;

/** A label map that is offered, and the picture that it goes over. */
export interface Match {
  file: File;
  peek: Peek;
  /** Which picture of the file it is, where it has several. */
  image?: string;
  /** Of the page; undefined where it is left out. */
  target: string | undefined;
}
export interface Offer {
  matches: Match[];
  /** All names of classes in the files; and those of files that hold nothing else. */
  names: string[];
  listed: string[];
  problems: string[];
  /** Files that may be pictures as well. */
  pictures: readonly Given[];
}
export const offer = signal<Offer | undefined>(undefined);

const ENDINGS = Object.values(SUFFIXES).sort((a, b) => b.length - a.length);
const baseOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();

/** `photo` of `photo.png`, `photo.rle.json` and what else is written of a picture. */
const stemOfLabels = (name: string): string => {
  const base = baseOf(name);
  const ending = ENDINGS.find((one) => base.endsWith(one));
  return ending ? base.slice(0, -ending.length) : stemOf(base);
};

/** An open picture by its name; else one whose name begins with the stem. @param own a picture that the file itself may be */
const pictureOf = (name: string, own?: string): work.Item | undefined => {
  const { value: items } = work.items;
  return (
    items.find((item) => baseOf(item.name) === baseOf(name) && baseOf(item.name) !== own) ??
    items.find((item) => stemOf(baseOf(item.name)) === stemOfLabels(name) && baseOf(item.name) !== own)
  );
};

/** Why labels do not go over a picture, as far as their sizes tell; what is worked on brought down takes labels of that size, too. */
export const misfitOf = ({ file, peek: { size }, target }: Match): string | undefined => {
  const { name, width, height } = work.items.value.find(({ id }) => id === target) ?? {};
  if (!size || !name || !width || !height || width * height > MOST_PIXELS) return undefined;
  if (size.width === width && size.height === height) return undefined;
  return words.misfit(file.name, size.width, size.height, name, width, height);
};

const matchesOf = (file: File, peek: Peek): Match[] => {
  const { images, kind } = peek;
  if (kind === 'names' || kind === 'text') return [];
  if (kind !== 'coco') {
    const found = (images[0] && pictureOf(images[0])) || pictureOf(file.name, kind === 'png' ? file.name.toLowerCase() : undefined);
    return [{ file, peek, target: found?.id }];
  }
  const found = images.map((image): Match => ({ file, peek, image, target: pictureOf(image)?.id })).filter(({ target }) => target !== undefined);
  return found.length > 0 ? found : images.slice(0, 1).map((image) => ({ file, peek, image, target: undefined }));
};

/** Looks into files of labels and lists of names. Where it is plain what is wanted it is done, else asked about. @param pictures files that may be pictures as well */
export const offerLabels = async (files: readonly File[], pictures: readonly Given[] = []): Promise<void> => {
  const all: Match[] = [];
  const names: string[] = [];
  const problems: string[] = [];
  const listed: string[] = [];
  for (const file of files) {
    try {
      const peek = await bridge.call('peekLabels', { file });
      const matches = matchesOf(file, peek);
      all.push(...matches);
      const own = peek.names.get('') ?? [];
      names.push(...own);
      if (matches.length === 0) listed.push(...own);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const isPlain = all.every((match) => match.target !== undefined && !misfitOf(match)) && pictures.length === 0 && problems.length === 0;
  const unsure = all.filter(({ target }) => target === undefined);
  if (unsure.length === 1) unsure[0].target = work.activeId.value;
  const made: Offer = { matches: all, names: [...new Set(names)], listed, problems, pictures };
  if (all.length === 0) {
    if (made.names.length > 0) takeNames(made.names);
    if (problems.length > 0) tellProblem(new Error(inShort(problems)));
    return;
  }
  if (isPlain) return takeLabels(made);
  offer.value = made;
  work.dialog.value = 'labels';
};

export const retarget = (match: Match, target: string | undefined): void => {
  const { value } = offer;
  if (value) offer.value = { ...value, matches: value.matches.map((one) => (one === match ? { ...one, target } : one)) };
};

/** Takes the names as classes, those that there are none of yet. */
const takeNames = (names: readonly string[]): void => {
  const before = work.classes.value.length;
  addClasses(names);
  say(words.added(work.classes.value.length - before));
};

/** Opens what has a picture; classes come as they are needed. */
const takeLabels = async ({ matches, listed }: Offer): Promise<void> => {
  if (listed.length > 0) addClasses(listed);
  const problems: string[] = [];
  const told: string[] = [];
  const opened = new Set<string>();
  for (const match of matches) {
    const { file, peek, image, target } = match;
    if (target === undefined || misfitOf(match)) continue;
    const own = (image === undefined ? peek.names.get('') : peek.names.get(image)) ?? [];
    const asked = { id: target, file, ...(image !== undefined && { image }) };
    try {
      const { told: notes, ...found } = await withClasses(own, (classes) => bridge.call('openLabels', { ...asked, classes }));
      change(target, { status: 'ready' });
      show(found);
      told.push(...notes);
      opened.add(target);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) tellProblem(new Error(inShort(problems)));
  else if (opened.size > 0) say([words.opened(opened.size), ...told.map((note) => `${note}.`)].join(' '));
};

/** What somebody chose of an offer. */
export const answerOffer = (how: 'labels' | 'names' | 'pictures' | undefined): void => {
  const { value } = offer;
  offer.value = undefined;
  work.dialog.value = undefined;
  if (!value || !how) return;
  if (how === 'labels') void takeLabels(value);
  else if (how === 'names') takeNames(value.names);
  else void addPictures(value.pictures).catch(tellProblem);
};

/** Bytes of a PNG's head: its colour type is the last. */
const PNG_HEAD = 26;
/** Colour types: a palette is of labels, grey may be a photograph too. */
const ANSWERS: Record<number, 'yes' | 'maybe'> = { 0: 'maybe', 3: 'yes' };

/** Whether a picture's file is the labels of a picture of another name. @param names of pictures */
export const isLabelsOf = async ({ blob, name }: Given, names: readonly string[]): Promise<'yes' | 'maybe' | 'no'> => {
  const isOf = (other: string): boolean => baseOf(other) !== baseOf(name) && stemOf(baseOf(other)) === stemOfLabels(name);
  if (!name.toLowerCase().endsWith('.png') || !names.some(isOf)) return 'no';
  const head = new Uint8Array(await blob.slice(0, PNG_HEAD).arrayBuffer());
  return ANSWERS[head[PNG_HEAD - 1]] ?? 'no';
};

/** Whether a file holds labels or names, by its name alone: of texts only those that are called a list of classes. */
export const areLabels = (name: string): boolean => /\.(npy|json|names)$/i.test(name) || /^(classes|labels)\.txt$/.test(baseOf(name));

/** Takes the names of files as classes. */
export const loadClasses = async (files: readonly File[]): Promise<void> => {
  const names: string[] = [];
  for (const file of files) {
    if (!/\.(txt|names|json)$/i.test(file.name)) throw new Error(words.notList(file.name));
    names.push(...((await bridge.call('peekLabels', { file })).names.get('') ?? []));
  }
  takeNames([...new Set(names)]);
};

/** The first ones, and how many more there are: a folder may be full of them. */
const inShort = (problems: readonly string[]): string => {
  const told = problems.slice(0, MOST_TOLD).join('. ');
  return problems.length > MOST_TOLD ? words.andMore(told, problems.length - MOST_TOLD) : told;
};
const MOST_TOLD = 3;
