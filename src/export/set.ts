/** What all sets have in common: pictures that come one at a time, their names, which of them validate, and texts as bytes. */
import { expected, InputError, kindOf, shortened } from '../errors.ts';
import { isObject } from '../json.ts';
import { isWhole } from '../options/spec.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { largestId } from './check.ts';
import type { LabelledPicture } from './labelled.ts';

/** The pictures of a set: each is asked for when the one before it is written. */
export type Pictures = Iterable<LabelledPicture> | AsyncIterable<LabelledPicture>;

/** @throws InputError for what gives no pictures */
export const checkPictures = (pictures: Pictures): Pictures => {
  const isThing = typeof pictures === 'object' && pictures !== null && !ArrayBuffer.isView(pictures);
  if (!isThing || !(Symbol.iterator in pictures || Symbol.asyncIterator in pictures))
    throw expected('a list of { name, labels }, or what gives them in turn,', 'the pictures', pictures);
  return pictures;
};

/** Parts of a path that lead elsewhere, or nowhere. */
const ASTRAY = ['', '.', '..'];

/** @throws InputError for a name that is no path below a folder */
export const checkName = (name: string): void => {
  if (/\p{Cc}/u.test(name) || /^[a-z]:|\\/i.test(name) || name.split('/').some((part) => ASTRAY.includes(part)))
    throw new InputError(
      `A picture of the set is called ${JSON.stringify(shortened(name))}: give a file's name, of folders parted by / where it lies in some`,
    );
};

const isNames = (names: unknown): boolean => Array.isArray(names) && names.every((name) => name === undefined || typeof name === 'string');

const areScores = (scores: unknown): boolean =>
  Array.isArray(scores) && scores.every((score) => score === undefined || (typeof score === 'number' && score >= 0 && score <= 1));

/** What may be left out of a picture. */
const OPTIONAL: [keyof LabelledPicture, string, (value: unknown) => boolean][] = [
  ['names', 'a list of texts', isNames],
  ['scores', 'a list of numbers from 0 to 1', areScores],
  ['background', 'an id, a whole number from 0,', (v) => isWhole(v, 0, 2 ** 31)],
  ['colours', '3 bytes for each id', (v) => kindOf(v) === 'Uint8Array' && (v as Uint8Array).length % 3 === 0],
  ['file', 'a function', (v) => typeof v === 'function'],
];

/** @throws InputError for what is no labelled picture, and for a name that is no path below a folder */
export const checkPicture = (picture: LabelledPicture): LabelledPicture => {
  if (!isObject(picture) || typeof picture.name !== 'string') throw expected('{ name, labels }', 'a picture of the set', picture);
  checkName(picture.name);
  largestId(picture.labels);
  for (const [member, wanted, accepts] of OPTIONAL) {
    const value = picture[member];
    if (value !== undefined && !accepts(value)) throw expected(wanted, `the ${member} of ${JSON.stringify(shortened(picture.name))}`, value);
  }
  return picture;
};

/** A name without its ending: `train/photo` of `train/photo.jpg`. */
export const stemOf = (name: string): string => name.replace(/(?<=[^/])\.[^./]*$/, '');

/** Under which key no two pictures may be. */
export type Key = (name: string) => string;

/** Where each is told by its whole name. */
export const wholeName: Key = (name) => name;

/** Where a picture has files of its own in place of its ending, on disks that take capitals for small letters. */
export const fileName: Key = (name) => stemOf(name).normalize('NFC').toLowerCase();

const clash = (one: string, other: string): InputError => {
  const [first, second] = [one, other].map((name) => JSON.stringify(shortened(name)));
  if (one === other) return new InputError(`Two pictures of the set are called ${first}: give each a name of its own`);
  return new InputError(`The pictures ${first} and ${second} would have the same files in the set: rename one of them`);
};

/** Is told of one name after the other. @throws InputError for the second of a key */
const apartBy = (key: Key): ((name: string) => void) => {
  const seen = new Map<string, string>();
  return (name) => {
    const other = seen.get(key(name));
    if (other !== undefined) throw clash(other, name);
    seen.set(key(name), name);
  };
};

/** Before a set is made. @param isFolder whether it has files for each picture @throws InputError for names that no two of its pictures may have */
export const checkNames = (names: readonly string[], isFolder: boolean): void => names.forEach(apartBy(isFolder ? fileName : wholeName));

/** The pictures as they come. @throws InputError for what is none, and for two of one key; the signal's reason once aborted */
export const checked = async function* (pictures: Pictures, key: Key, watch: Watch): AsyncGenerator<LabelledPicture> {
  const checkApart = apartBy(key);
  for await (const picture of pictures) {
    await pause(watch);
    checkApart(checkPicture(picture).name);
    yield picture;
  }
};

/** FNV-1a, its bits spread as MurmurHash3 does at its end: 0..1. */
const hashOf = (name: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

/** The part of a set that a picture belongs to: by its name alone, so that others, or their order, change nothing. */
export const partOf = (name: string, val: number): 'train' | 'val' => (hashOf(name) < val ? 'val' : 'train');

/** Characters that are handed on together. */
const PIECE = 2 ** 16;

/** Texts as UTF-8, in pieces that are worth writing. */
export const utf8 = async function* (texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let some = '';
  for await (const text of texts) {
    some += text;
    if (some.length < PIECE) continue;
    yield encoder.encode(some);
    some = '';
  }
  if (some) yield encoder.encode(some);
};

/** What has no place in a format of lines: one space for each. */
export const onOneLine = (name: string): string => name.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');

/** A line each. */
export const linesOf = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));

/** Texts that a list of JSON is made of, a line a value. */
export const listTexts = async function* (values: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const value of values) {
    yield before + value;
    before = ',\n';
  }
  yield before === '[\n' ? '[]' : '\n]';
};
