import { areasOf } from '../tensor/ids.ts';
import { breathe } from '../tensor/watch.ts';
import type { FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';

/** Work pixels around a pixel that have a say: (2 r + 1) squared. */
const RADIUS = 2;
/** How much a work pixel's say fades with distance, work pixels, and with difference of colour, 0..255. */
const SPACE_SIGMA = 1;
const COLOUR_SIGMA = 12;

/**
 * Labels of a reduced picture to the picture's own size (joint bilateral upsampling, Kopf et al. 2007): near a
 * border each pixel takes the label that the work pixels around it, weighted by nearness and likeness of
 * colour, speak for; elsewhere the label of all of them.
 * @param small the reduced picture, of the labels' size
 */
export const upsampleGuided = async (labels: LabelMap, small: FloatImage, picture: RgbImage, watch: Watch = {}): Promise<LabelMap> => {
  const { width, height } = picture;
  if (labels.width === width && labels.height === height) return labels;
  const ids = [...areasOf(labels).keys()].sort((a, b) => a - b);
  const indexOf = new Map(ids.map((id, k) => [id, k]));
  const index = labels.data.map((id) => indexOf.get(id) as number);
  const mixed = nearBorder(labels);
  const columns = nearness(width, labels.width);
  const rows = nearness(height, labels.height);
  const votes = new Float64Array(ids.length);
  const out = new Int32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    if (y % 256 === 0) await breathe(watch, 'upsample', y, height);
    for (let x = 0; x < width; x++, at++) {
      const cell = rows.centre[y] * labels.width + columns.centre[x];
      if (mixed[cell]) {
        vote(index, small, picture.data, at * 3, columns, x, rows, y, votes);
        out[at] = ids[largest(votes)];
      } else out[at] = labels.data[cell];
    }
  }
  await breathe(watch, 'upsample', height, height);
  return { data: out, width, height };
};

const TAPS = 2 * RADIUS + 1;

interface Nearness {
  /** The work pixel that each pixel lies in. */
  centre: Int32Array;
  /** TAPS weights a pixel, of the work pixels from centre - RADIUS on; 0 outside the picture. */
  weight: Float32Array;
}

const nearness = (size: number, from: number): Nearness => {
  const centre = new Int32Array(size);
  const weight = new Float32Array(size * TAPS);
  for (let i = 0; i < size; i++) {
    const at = ((i + 0.5) * from) / size - 0.5;
    centre[i] = Math.min(from - 1, Math.max(0, Math.round(at)));
    for (let t = 0; t < TAPS; t++) {
      const cell = centre[i] - RADIUS + t;
      if (cell >= 0 && cell < from) weight[i * TAPS + t] = Math.exp(-((cell - at) ** 2) / (2 * SPACE_SIGMA ** 2));
    }
  }
  return { centre, weight };
};

/** Likeness by squared difference of colour, in whole steps; what lies past the end is all but nothing, not nothing. */
const LIKENESS = Float32Array.from({ length: 20 * 2 * COLOUR_SIGMA ** 2 }, (_, d) => Math.exp(-d / (2 * COLOUR_SIGMA ** 2)));

const vote = (
  index: Int32Array,
  { data, width }: FloatImage,
  picture: Uint8Array,
  at: number,
  columns: Nearness,
  x: number,
  rows: Nearness,
  y: number,
  votes: Float64Array,
): void => {
  votes.fill(0);
  const [r, g, b] = [picture[at], picture[at + 1], picture[at + 2]];
  for (let v = 0; v < TAPS; v++) {
    const down = rows.weight[y * TAPS + v];
    if (down === 0) continue;
    const row = (rows.centre[y] - RADIUS + v) * width + columns.centre[x] - RADIUS;
    for (let u = 0; u < TAPS; u++) {
      const across = columns.weight[x * TAPS + u];
      if (across === 0) continue;
      const from = (row + u) * 3;
      const colour = (r - data[from]) ** 2 + (g - data[from + 1]) ** 2 + (b - data[from + 2]) ** 2;
      votes[index[row + u]] += across * down * LIKENESS[Math.min(LIKENESS.length - 1, Math.floor(colour))];
    }
  }
};

const largest = (votes: Float64Array): number => {
  let best = 0;
  for (let k = 1; k < votes.length; k++) if (votes[k] > votes[best]) best = k;
  return best;
};

/** 1 where the labels within RADIUS are not all the same. */
const nearBorder = ({ data, width, height }: LabelMap): Uint8Array => {
  const out = new Uint8Array(data.length);
  const mark = (x: number, y: number) => {
    for (let v = Math.max(0, y - RADIUS); v <= Math.min(height - 1, y + RADIUS); v++)
      out.fill(1, v * width + Math.max(0, x - RADIUS), v * width + Math.min(width, x + RADIUS + 1));
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const id = data[y * width + x];
      const differs = (other: number) => data[other] !== id;
      if (
        (x > 0 && differs(y * width + x - 1)) ||
        (x < width - 1 && differs(y * width + x + 1)) ||
        (y > 0 && differs((y - 1) * width + x)) ||
        (y < height - 1 && differs((y + 1) * width + x))
      )
        mark(x, y);
    }
  }
  return out;
};
