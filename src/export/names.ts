/** Names of segments on a picture: plates in the segments' colours, each at the most inner place of the segment's largest piece. */
import { type Colour, fill, rectangle } from '../figure/canvas.ts';
import { drawText, fitText, isReadable, textWidth } from '../figure/text.ts';
import { resizeLabels } from '../tensor/resize.ts';
import { componentsOfRuns, type RunMap, toRuns } from '../tensor/runs.ts';
import { pause } from '../tensor/watch.ts';
import type { LabelMap, RgbImage, Watch } from '../types.ts';

/** Longer side of the map that places are looked for on, pixels. */
const SIDE = 512;
/** Pictures whose longer side is below have no room for names. */
const SMALLEST = 128;
/** Letters of a name that are looked at. */
const LONGEST = 200;
/** Inner places of a piece that are tried. */
const TRIES = 12;

/** Sizes in ems. */
const [PAD, HEIGHT, BASE, RIM, LEAST_WIDTH] = [0.4, 1.5, 1.08, 0.1, 7.5];

const emOf = ({ width, height }: LabelMap): number => Math.max(10, Math.max(width, height) / 42);

/** Steps to pixels above and to the left, and how far they are in thirds of a pixel: Borgefors' chamfer distance. */
const [ACROSS, UP, FAR] = [
  [-1, -1, 0, 1],
  [0, -1, -1, -1],
  [3, 4, 3, 4],
];

/** How far each pixel lies within its piece, in thirds of a pixel; outside the picture is outside of all. */
const depthsOf = ({ data, width, height }: LabelMap): Int32Array => {
  const depths = new Int32Array(data.length).fill(2 ** 30);
  const look = (x: number, y: number, by: 1 | -1): void => {
    const at = y * width + x;
    for (let step = 0; step < FAR.length; step++) {
      const u = x + by * ACROSS[step];
      const v = y + by * UP[step];
      const isInside = u >= 0 && v >= 0 && u < width && v < height && data[v * width + u] === data[at];
      depths[at] = Math.min(depths[at], FAR[step] + (isInside ? depths[v * width + u] : 0));
    }
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) look(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) look(x, y, -1);
  return depths;
};

/** A segment's largest piece: its pixels' places in the map. */
interface Piece {
  id: number;
  pixels: number[];
}

/** Of each id that is asked for, the largest first. */
const largestPieces = (labels: RunMap, pieces: RunMap, isAsked: (id: number) => boolean): Piece[] => {
  const all = new Map<number, Piece>();
  for (let y = 0; y < labels.height; y++)
    for (let run = labels.rowStart[y], x = 0; run < labels.rowStart[y + 1]; x = labels.end[run++]) {
      if (!isAsked(labels.id[run])) continue;
      const piece = all.get(pieces.id[run]) ?? { id: labels.id[run], pixels: [] };
      all.set(pieces.id[run], piece);
      for (let u = x; u < labels.end[run]; u++) piece.pixels.push(y * labels.width + u);
    }
  const largest = new Map<number, Piece>();
  for (const piece of all.values()) if (piece.pixels.length > (largest.get(piece.id)?.pixels.length ?? 0)) largest.set(piece.id, piece);
  return [...largest.values()].sort((a, b) => b.pixels.length - a.pixels.length || a.id - b.id);
};

/** The deepest places of a piece that are `apart` from each other, the deepest first. @param apart pixels */
const innerPlaces = ({ pixels }: Piece, depths: Int32Array, width: number, apart: number): [x: number, y: number][] => {
  const most = pixels.reduce((deepest, at) => Math.max(deepest, depths[at]), 0);
  const inner = pixels.filter((at) => 2 * depths[at] >= most).sort((a, b) => depths[b] - depths[a]); // the sort is stable
  const places: [number, number][] = [];
  for (const at of inner) {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (places.every(([u, v]) => Math.hypot(u - x, v - y) >= apart)) places.push([x, y]);
    if (places.length === TRIES) break;
  }
  return places;
};

/** Pixels to the left and to the right of a place that are of its segment. */
const spanAt = ({ data, width }: LabelMap, x: number, y: number): number => {
  const [from, id] = [y * width, data[y * width + x]];
  let [left, right] = [x, x];
  while (left > 0 && data[from + left - 1] === id) left--;
  while (right < width - 1 && data[from + right + 1] === id) right++;
  return right - left + 1;
};

/** A name where it is written, in pixels of the picture. */
export interface Plate {
  id: number;
  text: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

type Box = Omit<Plate, 'id'>;

const touch = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const areaOf = ({ left, top, right, bottom }: Box): number => (right - left) * (bottom - top);

/** A plate around a place, moved as far as it takes to be within the picture. @param room pixels for it */
const plateAt = (x: number, y: number, name: string, room: number, em: number, { width, height }: LabelMap): Box | undefined => {
  const gap = em * RIM;
  const text = fitText(name, em, Math.min(Math.max(room, LEAST_WIDTH * em), width - 2 * gap) - 2 * PAD * em);
  const [wide, high] = [textWidth(text, em) + 2 * PAD * em, HEIGHT * em];
  if (!isReadable(text) || high > height - 2 * gap) return undefined;
  const left = Math.min(Math.max(x - wide / 2, gap), width - gap - wide);
  const top = Math.min(Math.max(y - high / 2, gap), height - gap - high);
  return { text, left, top, right: left + wide, bottom: top + high };
};

const light = (value: number): number => (value <= 10 ? value / 3295 : ((value / 255 + 0.055) / 1.055) ** 2.4);

/** Black or white, whichever contrasts more (WCAG). */
const inkOn = ([red, green, blue]: Colour): Colour =>
  0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue) > 0.179 ? [0, 0, 0] : [255, 255, 255];

const drawPlate = (image: RgbImage, { text, left, top, right, bottom }: Box, em: number, colour: Colour): void => {
  const ink = inkOn(colour);
  const rim = em * RIM;
  fill(image, [rectangle(left - rim, top - rim, right + rim, bottom + rim)], ink);
  fill(image, [rectangle(left, top, right, bottom)], colour);
  drawText(image, text, left + PAD * em, top + BASE * em, { size: em, colour: ink });
};

/**
 * Where names are written, those of large pieces first. Left out is a name that finds no place free of others, one of a piece that it
 * would hide (less than half as large as its plate), and one that no letter of ours can write.
 * @param labels of the picture's size
 * @param names by id
 * @throws the signal's reason once aborted
 */
export const placeNames = async (labels: LabelMap, names: readonly (string | undefined)[], watch: Watch = {}): Promise<Plate[]> => {
  const side = Math.max(labels.width, labels.height);
  const isNamed = (id: number): boolean => names[id] !== undefined && id !== labels.transparent;
  if (side < SMALLEST || !names.some((_, id) => isNamed(id))) return [];
  const scale = Math.max(1, side / SIDE);
  const small = resizeLabels(labels, { width: Math.ceil(labels.width / scale), height: Math.ceil(labels.height / scale) });
  const [across, down] = [labels.width / small.width, labels.height / small.height];
  const runs = await toRuns(small, watch);
  const depths = depthsOf(small);
  const em = emOf(labels);
  const plates: Plate[] = [];
  for (const piece of largestPieces(runs, componentsOfRuns(runs), isNamed)) {
    await pause(watch);
    const name = (names[piece.id] as string).slice(0, LONGEST).trim();
    const room = 2 * piece.pixels.length * across * down;
    const free = innerPlaces(piece, depths, small.width, em / scale)
      .map(([x, y]) => plateAt((x + 0.5) * across, (y + 0.5) * down, name, spanAt(small, x, y) * across, em, labels))
      .find((plate) => plate && areaOf(plate) <= room && !plates.some((other) => touch(plate, other)));
    if (free) plates.push({ ...free, id: piece.id });
  }
  return plates;
};

/** Writes names on a picture. @param image drawn on @throws the signal's reason once aborted */
export const drawNames = async (
  image: RgbImage,
  labels: LabelMap,
  names: readonly (string | undefined)[],
  colourOf: (id: number) => Uint8Array,
  watch: Watch,
): Promise<void> => {
  const em = emOf(labels);
  for (const plate of await placeNames(labels, names, watch)) {
    const [red, green, blue] = colourOf(plate.id);
    drawPlate(image, plate, em, [red, green, blue]);
  }
};
