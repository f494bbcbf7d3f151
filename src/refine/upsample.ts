import type { FloatImage, LabelMap, RgbImage } from '../types.ts';

/** Work pixels around a pixel that have a say: (2 r + 1) squared. */
const RADIUS = 2;
/** How much a work pixel's say fades with distance, work pixels, and with difference of colour, 0..255. */
const SPACE_SIGMA = 1;
const COLOUR_SIGMA = 12;

/** The picture's size brought down to a longest side; never enlarged. */
export const workSize = ({ width, height }: { width: number; height: number }, side: number): { width: number; height: number } => {
  const by = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
};

/**
 * Labels of a reduced picture to the picture's own size (joint bilateral upsampling, Kopf et al. 2007): near a
 * border each pixel takes the label that the work pixels around it, weighted by nearness and likeness of
 * colour, speak for; elsewhere the label of all of them.
 * @param small the reduced picture, of the labels' size
 */
export const upsampleGuided = (labels: LabelMap, small: FloatImage, picture: RgbImage): LabelMap => {
  const { width, height } = picture;
  if (labels.width === width && labels.height === height) return labels;
  const ids = [...new Set(labels.data)].sort((a, b) => a - b);
  const indexOf = new Map(ids.map((id, k) => [id, k]));
  const index = labels.data.map((id) => indexOf.get(id) as number);
  const mixed = nearBorder(labels);
  const votes = new Float64Array(ids.length);
  const out = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    const fy = ((y + 0.5) * labels.height) / height - 0.5;
    const cy = Math.min(labels.height - 1, Math.max(0, Math.round(fy)));
    for (let x = 0; x < width; x++) {
      const fx = ((x + 0.5) * labels.width) / width - 0.5;
      const cx = Math.min(labels.width - 1, Math.max(0, Math.round(fx)));
      const at = y * width + x;
      out[at] = mixed[cy * labels.width + cx]
        ? ids[vote(index, small, picture.data, at * 3, fx, fy, cx, cy, votes)]
        : labels.data[cy * labels.width + cx];
    }
  }
  return { data: out, width, height };
};

const vote = (
  index: Int32Array,
  { data, width, height }: FloatImage,
  picture: Uint8Array,
  at: number,
  fx: number,
  fy: number,
  cx: number,
  cy: number,
  votes: Float64Array,
): number => {
  votes.fill(0);
  for (let y = Math.max(0, cy - RADIUS); y <= Math.min(height - 1, cy + RADIUS); y++) {
    for (let x = Math.max(0, cx - RADIUS); x <= Math.min(width - 1, cx + RADIUS); x++) {
      const from = (y * width + x) * 3;
      const colour = (picture[at] - data[from]) ** 2 + (picture[at + 1] - data[from + 1]) ** 2 + (picture[at + 2] - data[from + 2]) ** 2;
      const space = (y - fy) ** 2 + (x - fx) ** 2;
      votes[index[y * width + x]] += Math.exp(-space / (2 * SPACE_SIGMA ** 2) - colour / (2 * COLOUR_SIGMA ** 2)) + 1e-12;
    }
  }
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
