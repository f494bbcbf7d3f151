/** How calm a drawing is, whatever it shows: in how few pieces, how few slivers, how much border. */
import { type LabelMap, splitComponents } from '../../toolkit.ts';
import { borderPixels, dilateDisc } from './borders.ts';

/** How far the window of the majority vote reaches from its middle, pixels: 5 x 5. */
const REACH = 2;

/** Of one picture. */
export interface Cleanliness {
  /** Connected components (4 neighbours) a segment, 1 and up. */
  pieces: number;
  /** Share of the border that a 5 x 5 majority takes away: none is left within a pixel. 0..1; 0 without a border. */
  slivers: number;
  /** Pixels that a 5 x 5 majority changes, a border pixel; 0 without a border. */
  roughness: number;
  /** Border pixels, in units of the mean over the annotators; null where none of them drew a border. */
  borderLength: number | null;
}

/** Connected components a segment. */
export const piecesPerSegment = async (labels: LabelMap): Promise<number> => {
  const pieces = (await splitComponents(labels)).data.reduce((most, id) => Math.max(most, id + 1), 0);
  return pieces / new Set(labels.data).size;
};

/**
 * The label with the most pixels in the 5 x 5 window around each pixel, clipped at the picture's edge; on a tie a pixel
 * keeps its own if that is among them, else the lowest wins.
 */
export const majority = (labels: LabelMap): LabelMap => {
  const { data, width, height } = labels;
  const near = dilateDisc(borderPixels(labels), width, height, 2 * REACH); // elsewhere a window holds one label
  const out = data.slice();
  const votes = new Map<number, number>();
  for (let p = 0; p < data.length; p++) {
    if (near[p] === 0) continue;
    const x = p % width;
    const y = (p - x) / width;
    votes.clear();
    for (let row = Math.max(0, y - REACH); row <= Math.min(height - 1, y + REACH); row++) {
      for (let column = Math.max(0, x - REACH); column <= Math.min(width - 1, x + REACH); column++) {
        const id = data[row * width + column];
        votes.set(id, (votes.get(id) ?? 0) + 1);
      }
    }
    let most = votes.get(data[p]) as number;
    for (const [id, count] of votes) {
      if (count < most || (count === most && (out[p] === data[p] || id > out[p]))) continue;
      most = count;
      out[p] = id;
    }
  }
  return { data: out, width, height };
};

/** What a 5 x 5 majority does to a map, in units of its border pixels; 0 and 0 without a border. */
export const majorityShares = (labels: LabelMap): { slivers: number; roughness: number } => {
  const { width, height } = labels;
  const border = borderPixels(labels);
  const filtered = majority(labels);
  const left = dilateDisc(borderPixels(filtered), width, height, Math.SQRT2); // 3 x 3
  let [all, away, changed] = [0, 0, 0];
  for (let p = 0; p < border.length; p++) {
    all += border[p];
    away += border[p] & (left[p] ^ 1);
    if (filtered.data[p] !== labels.data[p]) changed++;
  }
  return all > 0 ? { slivers: away / all, roughness: changed / all } : { slivers: 0, roughness: 0 };
};

const borderCount = (labels: LabelMap): number => borderPixels(labels).reduce((sum, mark) => sum + mark, 0);

/** Border pixels in units of what the annotators drew on average; null where they drew none. */
export const relativeBorder = (prediction: LabelMap, annotators: readonly LabelMap[]): number | null => {
  const drawn = annotators.reduce((sum, map) => sum + borderCount(map), 0) / annotators.length;
  return drawn > 0 ? borderCount(prediction) / drawn : null;
};

export const scoreCleanliness = async (prediction: LabelMap, annotators: readonly LabelMap[]): Promise<Cleanliness> => ({
  pieces: await piecesPerSegment(prediction),
  ...majorityShares(prediction),
  borderLength: relativeBorder(prediction, annotators),
});
