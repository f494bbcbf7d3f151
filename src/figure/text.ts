/** One line of text, drawn from outlines that are part of the code: alike on every machine. */
import type { RgbImage } from '../types.ts';
import { type Colour, fill, hole, type Polygon, rectangle } from './canvas.ts';
import { GLYPHS } from './glyphs.generated.ts';

/** Units of the outlines to the em. */
const EM = 1024;
/** Straight pieces of a curve; enough up to 100 pixels. */
const PIECES = 6;

/** For characters that there is no outline for: an empty box. */
const BOX = { advance: 560, contours: [rectangle(60, -730, 500, 0), hole(rectangle(120, -670, 440, -60))] };

interface Point {
  x: number;
  y: number;
  on: boolean;
}

const pointsOf = (text: string): Point[] => {
  let x = 0;
  let y = 0;
  return [...text.matchAll(/(~?)([+-]\d+)([+-]\d+)/g)].map(([, off, dx, dy]) => {
    x += Number(dx);
    y += Number(dy);
    return { x, y, on: off === '' };
  });
};

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, on: true });

/** A TrueType contour as a polygon: points off the curve bend it; between two of them lies one on it, unwritten. */
const polygonOf = (text: string): Polygon => {
  const given = pointsOf(text);
  const points = given.flatMap((p, i) => {
    const before = given[(i + given.length - 1) % given.length];
    return p.on || before.on ? [p] : [middle(before, p), p];
  });
  return points.flatMap((p, i) => {
    if (p.on) return [p.x, p.y];
    const a = points[(i + points.length - 1) % points.length];
    const b = points[(i + 1) % points.length];
    return Array.from({ length: PIECES - 1 }, (_, k) => (k + 1) / PIECES).flatMap((t) => [
      (1 - t) ** 2 * a.x + 2 * t * (1 - t) * p.x + t * t * b.x,
      (1 - t) ** 2 * a.y + 2 * t * (1 - t) * p.y + t * t * b.y,
    ]);
  });
};

const outlineOf = (character: string): string | undefined => GLYPHS[character.codePointAt(0) as number];

/** Letters and marks without an outline that no accent tells apart from those that have one, by code point. */
const ALIKE: Readonly<Record<number, string>> = {
  272: 'D',
  273: 'd',
  305: 'i',
  321: 'L',
  322: 'l',
  338: 'OE',
  339: 'oe',
  8212: '-',
  8216: "'",
  8217: "'",
  8220: '"',
  8221: '"',
};

/** Units to the next character. */
const advanceOf = (character: string): number => Number.parseInt(outlineOf(character) ?? String(BOX.advance), 10);

const contoursOf = (character: string): Polygon[] => outlineOf(character)?.split('|')[1].split('/').filter(Boolean).map(polygonOf) ?? BOX.contours;

/** What stands for a character without an outline: its letter without accents, where that has one, or what is like it. */
const plain = (character: string): string => {
  const [letter] = character.normalize('NFD');
  return outlineOf(letter) === undefined ? (ALIKE[character.codePointAt(0) as number] ?? character) : letter;
};

/** Accents that stand as characters of their own join their letter; what has no width is left out. */
const charactersOf = (text: string): string[] =>
  [...text.normalize('NFC').replace(/[\p{Mn}\p{Cf}\p{Cc}]/gu, '')].flatMap((one) => (outlineOf(one) === undefined ? [...plain(one)] : [one]));

/** Whether there are outlines for any of a text's letters and digits: of others there is nothing to be read but boxes. */
export const isReadable = (text: string): boolean =>
  charactersOf(text).some((character) => /[\p{L}\p{N}]/u.test(character) && outlineOf(character) !== undefined);

/** @returns pixels. @param size of the em, pixels */
export const textWidth = (text: string, size: number): number =>
  charactersOf(text).reduce((sum, character) => sum + (advanceOf(character) * size) / EM, 0);

const ELLIPSIS = String.fromCodePoint(0x2026); // pages get letters of ASCII alone

/** The text, or as much of its start and end as fits, with an ellipsis between. @param width pixels */
export const fitText = (text: string, size: number, width: number): string => {
  const all = charactersOf(text);
  for (let left = all.length; left > 0; left--) {
    const short =
      left === all.length ? text : `${all.slice(0, Math.ceil(left / 2)).join('')}${ELLIPSIS}${all.slice(all.length - Math.floor(left / 2)).join('')}`;
    if (textWidth(short, size) <= width) return short;
  }
  return '';
};

/** The text in lines broken between words; a word that fits no line is shortened. @param width pixels */
export const wrapText = (text: string, size: number, width: number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(fitText(word, size, width));
  }
  return lines;
};

export interface TextStyle {
  /** Of the em, pixels. */
  size: number;
  colour: Colour;
  /** What of the text is at x: its start where not given. */
  align?: 'start' | 'middle' | 'end';
}

/** Draws a line of text. @param y of the baseline, pixels */
export const drawText = (image: RgbImage, text: string, x: number, y: number, { size, colour, align = 'start' }: TextStyle): void => {
  const back = { start: 0, middle: 0.5, end: 1 }[align];
  let at = x - back * textWidth(text, size);
  for (const character of charactersOf(text)) {
    fill(
      image,
      contoursOf(character).map((contour) => contour.map((v, i) => (v * size) / EM + (i % 2 ? y : at))),
      colour,
    );
    at += (advanceOf(character) * size) / EM;
  }
};
