import { reducePicture, resizeArea } from '../tensor/resize.ts';
import { breathe, inBands, pause } from '../tensor/watch.ts';
import type { FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';

/** Pixels of the step before, around a pixel, that have a say: (2 r + 1) squared. */
const RADIUS = 1;
/** How much a say fades with distance, pixels of the step before, and with difference of colour, 0..255. */
const SPACE_SIGMA = 1;
const COLOUR_SIGMA = 20;
/** Say of a pixel of quite another colour, 0..1: noise does not fray a border. */
const LEAST_SAY = 0.1;
const TAPS = 2 * RADIUS + 1;

/**
 * Labels of a reduced picture to the picture's own size (joint bilateral upsampling, Kopf et al. 2007), in steps of at
 * most two: near a border each pixel takes the label that the pixels of the step before around it, weighted by nearness and
 * likeness of colour, speak for; elsewhere the label of all of them. A step moves a border by little, so that texture a long
 * way from it has no say.
 * @param labels of the picture brought down
 */
export const upsampleGuided = async (labels: LabelMap, picture: RgbImage, watch: Watch = {}): Promise<LabelMap> => {
  if (labels.width === picture.width && labels.height === picture.height) return labels;
  const total = stepsBetween(labels, picture);
  await breathe(watch, 'upsample', 0, total);
  const guides = await pyramid(picture, labels, total, watch);
  let now = labels;
  let below: FloatImage | RgbImage = await resizeArea(guides[0], labels, watch);
  for (const [level, guide] of guides.entries()) {
    now = await enlarged(now, below, guide, watch, (share) => breathe(watch, 'upsample', level + share, total));
    below = guide;
  }
  return now;
};

/**
 * The last step of `upsampleGuided` alone, a band of the picture at a time, for pictures that never stand in memory whole.
 * @param labels, small of about half the size
 * @param rows gives rows of the picture @param take is given the labels of these rows, which are overwritten afterwards
 */
export const upsampleInBands = async (
  labels: LabelMap,
  small: RgbImage,
  { width, height }: { width: number; height: number },
  bandPixels: number,
  rows: (top: number, bottom: number) => Promise<RgbImage>,
  take: (labels: Int32Array, band: RgbImage, top: number) => void,
  watch: Watch = {},
): Promise<void> => {
  const mixed = await nearBorder(labels, watch);
  const columnCells = cells(width, labels.width);
  const rowCells = cells(height, labels.height);
  const most = Math.max(1, Math.floor((bandPixels * labels.height) / (width * height))); // rows of the step before
  for (let row = 0; row < labels.height; row += most) {
    await breathe(watch, 'upsample', row, labels.height);
    const end = Math.min(labels.height, row + most);
    const [top, bottom] = [rowCells.start[row], rowCells.start[end]];
    if (top === bottom) continue;
    const band = await rows(top, bottom);
    const out = new Int32Array((bottom - top) * width);
    const voter = voterOf(labels, small, band, top, columnCells, rowCells);
    for (let y = row; y < end; y++) {
      await pause(watch);
      enlargeRow(voter, y, mixed, out);
    }
    take(out, band, top);
  }
  await breathe(watch, 'upsample', labels.height, labels.height);
};

/** Steps of about two between two sizes. */
const stepsBetween = (from: { width: number; height: number }, to: { width: number; height: number }): number =>
  Math.max(1, Math.ceil(Math.log2(Math.max(to.width / from.width, to.height / from.height)) - 0.1));

/** The picture at each step's size, the smallest first. @param from the size that the first step starts at */
const pyramid = async (picture: RgbImage, from: { width: number; height: number }, steps: number, watch: Watch): Promise<RgbImage[]> => {
  const guides = [picture];
  for (let step = steps - 1; step > 0; step--) {
    const at = (side: 'width' | 'height') => Math.round(from[side] * (picture[side] / from[side]) ** (step / steps));
    guides.unshift(await reducePicture(guides[0], { width: at('width'), height: at('height') }, watch));
  }
  return guides;
};

/** One step, of the whole picture. @param tell how much of it is done, 0..1 */
export const enlarged = async (
  labels: LabelMap,
  small: FloatImage | RgbImage,
  picture: RgbImage,
  watch: Watch,
  tell: (share: number) => Promise<void>,
): Promise<LabelMap> => {
  const { width, height } = picture;
  // 1. Where labels differ nearby: elsewhere there is nothing to decide
  const mixed = await nearBorder(labels, watch);
  const columns = cells(width, labels.width);
  const rows = cells(height, labels.height);
  const voter = voterOf(labels, small, picture, 0, columns, rows);
  // 2. The pixels of each pixel of the step before
  const out = new Int32Array(width * height);
  for (let row = 0; row < labels.height; row++) {
    if (row > 0 && row % 128 === 0) await tell(row / labels.height);
    else await pause(watch);
    enlargeRow(voter, row, mixed, out);
  }
  await tell(1);
  return { data: out, width, height };
};

/** The pixels of one row of the step before. @param mixed 1 where there is something to decide */
const enlargeRow = (voter: Voter, row: number, mixed: Uint8Array, out: Int32Array): void => {
  const { labels, columns, rows, top } = voter;
  const { width } = voter.picture;
  for (let column = 0; column < labels.width; ) {
    const from = column++;
    const cell = row * labels.width + from;
    if (mixed[cell]) {
      vote(voter, from, row, out);
      continue;
    }
    // A run of pixels that are not mixed: none has another label beside it, so all of the run have one, and are drawn at once.
    while (column < labels.width && !mixed[row * labels.width + column]) column++;
    for (let y = rows.start[row]; y < rows.start[row + 1]; y++)
      out.fill(labels.data[cell], (y - top) * width + columns.start[from], (y - top) * width + columns.start[column]);
  }
};

interface Cells {
  /** First pixel whose centre lies in each pixel of the step before, and the end. */
  start: Int32Array;
  /** TAPS weights a pixel, of those of the step before from RADIUS before its own on; 0 outside the picture. */
  weight: Float64Array;
}

const cells = (size: number, from: number): Cells => {
  const start = new Int32Array(from + 1);
  const weight = new Float64Array(size * TAPS);
  for (let i = 0; i < size; i++) {
    const at = ((i + 0.5) * from) / size - 0.5;
    const own = Math.min(from - 1, Math.max(0, Math.round(at)));
    start[own + 1] = i + 1;
    for (let t = 0; t < TAPS; t++) {
      const cell = own - RADIUS + t;
      if (cell >= 0 && cell < from) weight[i * TAPS + t] = Math.exp(-((cell - at) ** 2) / (2 * SPACE_SIGMA ** 2));
    }
  }
  return { start, weight };
};

/** Say by squared difference of colour, in whole steps. */
const SAY = Float64Array.from({ length: 20 * COLOUR_SIGMA ** 2 + 1 }, (_, d) => LEAST_SAY + (1 - LEAST_SAY) * Math.exp(-d / (2 * COLOUR_SIGMA ** 2)));
const LAST = SAY.length - 1;

/** What the pixels of the step before are asked with, and what those around one of them are: looked up once for all its pixels. */
interface Voter {
  labels: LabelMap;
  small: FloatImage | RgbImage;
  picture: RgbImage;
  /** The row that the picture begins with, where it is a band of one. */
  top: number;
  columns: Cells;
  rows: Cells;
  /** The labels around, in order of appearance. */
  ids: Int32Array;
  /** Index into them of each pixel around. */
  choice: Uint8Array;
  colour: Float64Array;
  votes: Float64Array;
}

const voterOf = (labels: LabelMap, small: FloatImage | RgbImage, picture: RgbImage, top: number, columns: Cells, rows: Cells): Voter => {
  const taps = TAPS * TAPS;
  const scratch = { ids: new Int32Array(taps), choice: new Uint8Array(taps), colour: new Float64Array(taps * 3), votes: new Float64Array(taps) };
  return { labels, small, picture, top, columns, rows, ...scratch };
};

/** Writes the labels of the pixels of one pixel of the step before. */
const vote = (voter: Voter, column: number, row: number, out: Int32Array): void => {
  const { columns, rows, picture, top } = voter;
  const count = look(voter, column, row);
  for (let y = rows.start[row]; y < rows.start[row + 1]; y++)
    for (let x = columns.start[column]; x < columns.start[column + 1]; x++) out[(y - top) * picture.width + x] = poll(voter, x, y, count);
};

/** @returns how many labels there are around */
const look = ({ labels, small, ids, choice, colour }: Voter, column: number, row: number): number => {
  let count = 0;
  for (let v = 0, tap = 0; v < TAPS; v++) {
    const y = Math.min(labels.height - 1, Math.max(0, row - RADIUS + v)); // one beyond the edge has no weight
    for (let u = 0; u < TAPS; u++, tap++) {
      const cell = y * labels.width + Math.min(labels.width - 1, Math.max(0, column - RADIUS + u));
      colour[tap * 3] = small.data[cell * 3];
      colour[tap * 3 + 1] = small.data[cell * 3 + 1];
      colour[tap * 3 + 2] = small.data[cell * 3 + 2];
      const id = labels.data[cell];
      let k = 0;
      while (k < count && ids[k] !== id) k++;
      if (k === count) ids[count++] = id;
      choice[tap] = k;
    }
  }
  return count;
};

/** Adds up what each label is worth to a pixel, and takes the best. */
const poll = ({ picture, top, columns, rows, ids, choice, colour, votes }: Voter, x: number, y: number, count: number): number => {
  const from = ((y - top) * picture.width + x) * 3;
  const r = picture.data[from];
  const g = picture.data[from + 1];
  const b = picture.data[from + 2];
  let first = 0;
  let second = 0;
  for (let k = 2; k < count; k++) votes[k] = 0;
  for (let v = 0, tap = 0, at = 0; v < TAPS; v++) {
    const down = rows.weight[y * TAPS + v];
    for (let u = 0, across = x * TAPS; u < TAPS; u++, across++, tap++, at += 3) {
      const dr = r - colour[at];
      const dg = g - colour[at + 1];
      const db = b - colour[at + 2];
      const difference = dr * dr + dg * dg + db * db;
      const say = columns.weight[across] * down * SAY[difference < LAST ? difference | 0 : LAST];
      const k = choice[tap];
      if (k === 0)
        first += say; // nearly everywhere there are but two
      else if (k === 1) second += say;
      else votes[k] += say;
    }
  }
  votes[0] = first;
  votes[1] = second;
  let best = 0;
  for (let k = 1; k < count; k++) if (votes[k] > votes[best] || (votes[k] === votes[best] && ids[k] < ids[best])) best = k;
  return ids[best];
};

/** 1 where the labels within RADIUS are not all the same. */
const nearBorder = async (labels: LabelMap, watch: Watch): Promise<Uint8Array> => {
  const out = new Uint8Array(labels.data.length);
  await inBands(labels.height, Math.ceil(2 ** 17 / labels.width), watch, (top, bottom) => markRows(labels, out, top, bottom));
  return out;
};

/** Marks around the borders of some rows' pixels with their right and lower neighbours. */
const markRows = ({ data, width, height }: LabelMap, out: Uint8Array, top: number, bottom: number): void => {
  for (let y = top, i = top * width; y < bottom; y++) {
    const isLast = y === height - 1;
    for (let x = 0; x < width; x++, i++) {
      if (x < width - 1 && data[i] !== data[i + 1]) mark(out, width, height, x, y, x + 1, y);
      if (!isLast && data[i] !== data[i + width]) mark(out, width, height, x, y, x, y + 1);
    }
  }
};

/** Around a pixel and its neighbour to the right, or below. */
const mark = (out: Uint8Array, width: number, height: number, x: number, y: number, toX: number, toY: number): void => {
  const from = Math.max(0, x - RADIUS);
  const to = Math.min(width, toX + RADIUS + 1);
  for (let v = Math.max(0, y - RADIUS); v <= Math.min(height - 1, toY + RADIUS); v++) out.fill(1, v * width + from, v * width + to);
};
