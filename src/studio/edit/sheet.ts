/** A picture's regions while they are edited: the data, and what every operation asks of it. */
import { InputError, type LabelMap } from 'diffcut';

/** What a person says of a region; the rest follows from the labels. Never changed in place: steps hold it too. */
export interface Mark {
  classId?: number;
  name?: string;
  /** sRGB, 0..255. */
  colour?: readonly [number, number, number];
  hidden?: true;
  /** Its pixels stay as they are: nothing takes from it, and nothing gives to it. */
  locked?: true;
  /** Of the cut tree, while its pixels are those of the node. */
  node?: number;
}

/** A picture's regions, as they are being edited. Every pixel is in exactly one. */
export interface Sheet {
  width: number;
  height: number;
  /** The id of each pixel, row by row. Ids stay what they are while one edits. */
  data: Int32Array;
  /** By id; every id that occurs has one, and no other. */
  marks: Map<number, Mark>;
  /** The id that the next new region gets: above all that occur. */
  nextId: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Pixels, `[left, top, width, height]`. */
export type Box = [left: number, top: number, width: number, height: number];

/** Some pixels of a picture: those where the mask is not 0. The box may reach beyond the picture. */
export interface Area {
  box: Box;
  /** A byte a pixel of the box, row by row. */
  mask: Uint8Array;
}

/** A table of all ids is to stay small; what packs 8 bits each of red, green and blue into an id lies within. */
const MOST_IDS = 2 ** 24;
/** Pixels of a sheet: twice what the studio opens. */
const MOST_PIXELS = 2 ** 27;
const LONGEST_NAME = 1000;

export const isWhole = (value: unknown, from: number, to: number): value is number =>
  Number.isInteger(value) && Number(value) >= from && Number(value) <= to;

/** The sides of a picture that a sheet can be of. @throws InputError */
export const checkSides = ({ width, height }: Size): void => {
  if (!isWhole(width, 1, MOST_PIXELS) || !isWhole(height, 1, MOST_PIXELS) || width * height > MOST_PIXELS)
    throw new InputError(`Expected labels of 1 to ${MOST_PIXELS} pixels but these are of ${width} x ${height}`);
};

/** @returns the number above the highest id. @throws InputError for what is no label map, or has ids that are negative or too high */
export const checkLabels = (labels: LabelMap): number => {
  if (!(labels?.data instanceof Int32Array)) throw new InputError('Expected labels as { data: Int32Array, width, height }');
  checkSides(labels);
  const { data, width, height } = labels;
  if (data.length !== width * height)
    throw new InputError(`Expected ${width * height} labels for ${width} x ${height} pixels but there are ${data.length}`);
  let [low, high] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] < low) low = data[i];
    else if (data[i] > high) high = data[i];
  }
  if (low < 0 || high >= MOST_IDS) throw new InputError(`Expected ids from 0 to ${MOST_IDS - 1} but one is ${low < 0 ? low : high}`);
  return high + 1;
};

/** What each key of a mark may hold. */
const SAID: { [K in keyof Mark]-?: { what: string; isGood(value: unknown): boolean } } = {
  classId: { what: 'a whole number from 0 on', isGood: (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER) },
  name: { what: `a text of up to ${LONGEST_NAME} letters`, isGood: (value) => typeof value === 'string' && value.length <= LONGEST_NAME },
  colour: {
    what: 'three whole numbers from 0 to 255',
    isGood: (value) => Array.isArray(value) && value.length === 3 && value.every((part) => isWhole(part, 0, 255)),
  },
  hidden: { what: 'true or nothing', isGood: (value) => value === true },
  locked: { what: 'true or nothing', isGood: (value) => value === true },
  node: { what: 'a whole number from 0 on', isGood: (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER) },
};
const KEYS = Object.keys(SAID) as (keyof Mark)[];

const isSame = (a: unknown, b: unknown): boolean => a === b || (Array.isArray(a) && Array.isArray(b) && String(a) === String(b));

/**
 * A mark with changes: what is given as undefined, or as an empty name, is taken away. The same object where nothing changes.
 * @throws InputError for a value that a mark cannot hold
 */
export const changedMark = (mark: Mark, changes: { readonly [K in keyof Mark]?: Mark[K] | undefined }): Mark => {
  const out: Mark = { ...mark };
  let isChanged = false;
  for (const key of KEYS) {
    if (!(key in changes)) continue;
    const given = changes[key] === '' ? undefined : changes[key];
    if (given !== undefined && !SAID[key].isGood(given)) throw new InputError(`Expected ${SAID[key].what} for a region's ${key}`);
    isChanged ||= !isSame(given, mark[key]);
    if (given === undefined) delete out[key];
    else Object.assign(out, { [key]: given });
  }
  return isChanged ? out : mark;
};

/** A mark of a region whose pixels are no longer those of its node. */
export const withoutNode = (mark: Mark): Mark => changedMark(mark, { node: undefined });

/**
 * A sheet of labels as they were drawn or read; the labels are copied, and keep their ids.
 * @param nodes of the cut tree, by id; -1 where a region is none
 * @param marks what is known of regions, by id; those of ids that do not occur are passed over
 * @throws InputError for what is no label map, for ids below 0 or above 16,777,215, for a mark that cannot be
 */
export const sheetOf = (labels: LabelMap, nodes?: ArrayLike<number>, marks?: ReadonlyMap<number, Mark>): Sheet => {
  const nextId = checkLabels(labels);
  const { data, width, height } = labels;
  const occurs = new Uint8Array(nextId);
  for (let i = 0; i < data.length; i++) occurs[data[i]] = 1;
  const all = new Map<number, Mark>();
  for (let id = 0; id < nextId; id++) if (occurs[id]) all.set(id, changedMark({}, { ...marks?.get(id), ...nodeAt(nodes, id) }));
  return { width, height, data: data.slice(), marks: all, nextId };
};

/** What a list of nodes by label says of one; nothing without a list. */
export const nodeAt = (nodes: ArrayLike<number> | undefined, label: number): { node?: number | undefined } =>
  nodes ? { node: nodes[label] >= 0 ? nodes[label] : undefined } : {};

/** The region of a pixel; undefined outside of the picture. @param x column, pixels; what is between two is in the left one */
export const regionAt = ({ data, width, height }: Sheet, x: number, y: number): number | undefined =>
  x >= 0 && y >= 0 && x < width && y < height ? data[Math.floor(y) * width + Math.floor(x)] : undefined;

/** Whether a region is there, and its pixels may change. */
export const isOpen = ({ marks }: Sheet, id: number): boolean => marks.has(id) && !marks.get(id)?.locked;

/** A number for each id that occurs, by id; -1 for others. */
export const tableOf = ({ marks, nextId }: Sheet, numberOf: (mark: Mark, id: number) => number): Int32Array => {
  const out = new Int32Array(nextId).fill(-1);
  for (const [id, mark] of marks) out[id] = numberOf(mark, id);
  return out;
};

/** The smallest box around a region; undefined where it has no pixel. Reads what lies outside of it, not what is within. */
export const boxOf = ({ data, width }: Sheet, id: number): Box | undefined => {
  const first = data.indexOf(id);
  if (first < 0) return undefined;
  const top = Math.floor(first / width);
  const bottom = Math.floor(data.lastIndexOf(id) / width);
  let left = width - 1;
  let right = 0;
  for (let y = top; y <= bottom; y++) {
    const row = y * width;
    for (let x = 0; x < left; x++) if (data[row + x] === id) left = x;
    for (let x = width - 1; x > right; x--) if (data[row + x] === id) right = x;
  }
  return [left, top, right - left + 1, bottom - top + 1];
};

/** What of a box, with a margin around it, lies within a picture. */
export const clipped = ([left, top, width, height]: Box, size: Size, margin = 0): Box => {
  const from = [Math.max(0, left - margin), Math.max(0, top - margin)];
  const to = [Math.min(size.width, left + width + margin), Math.min(size.height, top + height + margin)];
  return [from[0], from[1], Math.max(0, to[0] - from[0]), Math.max(0, to[1] - from[1])];
};

/** The smallest box around two; one of no width counts for nothing. */
export const joined = (a: Box, b: Box): Box => {
  if (a[2] === 0 || b[2] === 0) return a[2] === 0 ? b : a;
  const [left, top] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  return [left, top, Math.max(a[0] + a[2], b[0] + b[2]) - left, Math.max(a[1] + a[3], b[1] + b[3]) - top];
};

/** A number a pixel of a box: its length is that of the box, whose sides are whole. @throws InputError */
export const checkBox = (box: Box, length: number): void => {
  const isBox = Array.isArray(box) && box.length === 4 && box.every((side) => isWhole(side, -MOST_PIXELS, MOST_PIXELS)) && box[2] >= 0 && box[3] >= 0;
  if (!isBox || box[2] * box[3] !== length) throw new InputError('Expected a box [left, top, width, height] of whole pixels with a value for each');
};
