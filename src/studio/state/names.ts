/** Names of what is written: after the picture, and told apart where two would be the same. */
import { SUFFIXES } from '../formats.ts';

/** As file systems compare names that know no cases. */
const key = (name: string): string => name.normalize('NFC').toLowerCase();

/** A picture's name without its ending. */
export const stemOf = (name: string): string => name.replace(/(?<=.)\.[^.]*$/, '');

/** A name among those that are taken: `photo`, else `photo (2)` and so on. @param isFree says it of a stem */
const freeStem = (stem: string, isFree: (stem: string) => boolean): string => {
  let free = stem;
  for (let n = 2; !isFree(free); n++) free = `${stem} (${n})`;
  return free;
};

/**
 * How names are given out: each once.
 * @param taken names of what is there and must stay
 */
export const namer = (taken: Iterable<string> = []): ((stem: string, suffixes: readonly string[]) => string) => {
  const names = new Set([...taken].map(key));
  const topOf = (suffix: string): string => suffix.split('/')[0];
  return (stem, suffixes) => {
    const tops = [...new Set(suffixes.map(topOf))];
    const free = freeStem(stem, (one) => tops.every((top) => !names.has(key(one + top))));
    for (const top of tops) names.add(key(free + top));
    return free;
  };
};

/** Bytes of a name that file systems take, less what may come behind a stem: a number that tells it apart, and the longest ending. */
const NAME_BYTES = 255;
const ROOM = NAME_BYTES - Math.max(...Object.values(SUFFIXES).map(({ length }) => length)) - ' (9999)'.length;

/** FNV-1a of a name, as 8 digits. */
const hashOf = (name: string): string => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
};

/** A stem as it is, or what of it there is room for, and a hash that keeps it apart. */
const fitting = (stem: string): string => {
  const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
  if (bytesOf(stem) <= ROOM) return stem;
  let short = '';
  for (const letter of stem) {
    if (bytesOf(short + letter) > ROOM - 9) break;
    short += letter;
  }
  return `${short}~${hashOf(stem)}`;
};

/** Names of devices: Windows makes no files of them, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(?=$|\.)/i;

/** A stem of a file's name that file systems take, of a text that somebody typed. What turns the direction of writing is left out. */
export const fileName = (text: string): string => {
  const plain = text
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\p{Cc}<>:"/\\|?*]+/gu, '_')
    .replace(/^ +|[ .]+$/g, '');
  return fitting(plain.replace(RESERVED, '$1_') || 'diffcut');
};
