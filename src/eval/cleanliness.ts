/** How calm a drawing is, whatever it shows: in how few pieces, how few slivers, how much border. */
import { type LabelMap, splitComponents } from '../index.ts';
import { borderPixels } from './borders.ts';

/** How far the window of the majority vote reaches from its middle, pixels: 5 x 5. */
const REACH = 2;

/** Of one picture. */
export interface Cleanliness {
  /** Connected components (4 neighbours) a segment, 1 and up. */
  pieces: number;
  /** Share of the border pixels that a 5 x 5 majority takes away, 0..1; 0 without a border. */
  slivers: number;
  /** Border pixels, in units of the mean over the annotators; null where none of them drew a border. */
  borderLength: number | null;
}

/** Connected components a segment. */
export const piecesPerSegment = (labels: LabelMap): number => {
  const pieces = splitComponents(labels).data.reduce((most, id) => Math.max(most, id + 1), 0);
  return pieces / new Set(labels.data).size;
};

/** Whether any of a pixel's 4 neighbours has another label. */
const touchesOther = ({ data, width, height }: LabelMap, x: number, y: number): boolean => {
  const p = y * width + x;
  const id = data[p];
  return (
    (x > 0 && data[p - 1] !== id) ||
    (x + 1 < width && data[p + 1] !== id) ||
    (y > 0 && data[p - width] !== id) ||
    (y + 1 < height && data[p + width] !== id)
  );
};

/**
 * Whether another label has more pixels than a pixel's own in the 5 x 5 window around it, clipped at the picture's
 * edge. On a tie a pixel keeps its label, so which of several others wins does not matter here.
 */
const isOutvoted = ({ data, width, height }: LabelMap, x: number, y: number): boolean => {
  const own = data[y * width + x];
  const votes = new Map<number, number>();
  for (let row = Math.max(0, y - REACH); row <= Math.min(height - 1, y + REACH); row++) {
    for (let column = Math.max(0, x - REACH); column <= Math.min(width - 1, x + REACH); column++) {
      const id = data[row * width + column];
      votes.set(id, (votes.get(id) ?? 0) + 1);
    }
  }
  const ownVotes = votes.get(own) as number;
  for (const count of votes.values()) if (count > ownVotes) return true;
  return false;
};

/** Share of the pixels beside another label (any of 4 neighbours) whose own label a 5 x 5 majority replaces, 0..1; 0 without a border. */
export const sliverShare = (labels: LabelMap): number => {
  let border = 0;
  let slivers = 0;
  for (let y = 0; y < labels.height; y++) {
    for (let x = 0; x < labels.width; x++) {
      if (!touchesOther(labels, x, y)) continue;
      border++;
      if (isOutvoted(labels, x, y)) slivers++;
    }
  }
  return border > 0 ? slivers / border : 0;
};

const borderCount = (labels: LabelMap): number => borderPixels(labels).reduce((sum, mark) => sum + mark, 0);

/** Border pixels in units of what the annotators drew on average; null where they drew none. */
export const relativeBorder = (prediction: LabelMap, annotators: readonly LabelMap[]): number | null => {
  const drawn = annotators.reduce((sum, map) => sum + borderCount(map), 0) / annotators.length;
  return drawn > 0 ? borderCount(prediction) / drawn : null;
};

export const scoreCleanliness = (prediction: LabelMap, annotators: readonly LabelMap[]): Cleanliness => ({
  pieces: piecesPerSegment(prediction),
  slivers: sliverShare(prediction),
  borderLength: relativeBorder(prediction, annotators),
});
