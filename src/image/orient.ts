/** EXIF's eight orientations: which part of what is stored shows as certain rows, and how that is turned. */
import { inBands } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

/** A part of a picture as it is stored, pixels. */
export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Size {
  width: number;
  height: number;
}

/** By orientation, from 1: rows are stored columns; stored columns run backwards; stored rows do. */
const TURNS: readonly (readonly [swaps: boolean, backX: boolean, backY: boolean])[] = [
  [false, false, false],
  [false, true, false],
  [false, true, true],
  [false, false, true],
  [true, false, false],
  [true, false, true],
  [true, true, true],
  [true, true, false],
];

const turnOf = (orientation: number) => TURNS[orientation - 1] ?? TURNS[0];

/** An orientation that is one of the eight; any other counts as 1. */
export const orientationOf = (tag: unknown): number => (TURNS[(tag as number) - 1] ? (tag as number) : 1);

/** The size of the upright picture, or of the stored one of an upright. */
export const turnedSize = ({ width, height }: Size, orientation: number): Size =>
  turnOf(orientation)[0] ? { width: height, height: width } : { width, height };

/** Where the upright picture's rows from `top` to before `bottom` are stored. */
export const storedRegion = ({ width, height }: Size, orientation: number, top: number, bottom: number): Region => {
  const [swaps, backX, backY] = turnOf(orientation);
  const size = bottom - top;
  if (swaps) return { left: backX ? width - bottom : top, top: 0, width: size, height };
  return { left: 0, top: backY ? height - bottom : top, width, height: size };
};

/** Pixels between two pauses. */
const BAND = 2 ** 19;

/** Stored pixels the right way up. @param channels numbers a pixel */
export const turned = async (
  data: Uint8Array,
  { width, height }: Size,
  channels: number,
  orientation: number,
  watch: Watch = {},
): Promise<Uint8Array> => {
  if (orientation === 1) return data;
  const [swaps, backX, backY] = turnOf(orientation);
  const acrossX = backX ? -1 : 1; // what a step along the stored row, and to the next row, adds
  const acrossY = backY ? -width : width;
  const first = (backX ? width - 1 : 0) + (backY ? (height - 1) * width : 0);
  const size = turnedSize({ width, height }, orientation);
  const out = new Uint8Array(data.length);
  const [along, down] = swaps ? [acrossY, acrossX] : [acrossX, acrossY];
  await inBands(size.height, Math.ceil(BAND / size.width), watch, (from, to) =>
    turnRows(data, out, channels, size.width, first, along, down, from, to),
  );
  return out;
};

const turnRows = (
  data: Uint8Array,
  out: Uint8Array,
  channels: number,
  width: number,
  first: number,
  along: number,
  down: number,
  from: number,
  to: number,
): void => {
  for (let y = from, o = from * width * channels; y < to; y++) {
    for (let x = 0, at = first + y * down; x < width; x++, at += along) {
      for (let c = 0, i = at * channels; c < channels; c++) out[o++] = data[i++];
    }
  }
};
