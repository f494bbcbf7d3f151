/** Features of ours beside those that another program saved of the same picture. */
import { type FeatureMap, InputError, type LabelMap, partition } from '../toolkit.ts';
import { assignMaximum } from './class-protocol/matching.ts';

/** Centred error up to which features are the same: what half precision costs the reference, and room to spare. */
export const SAME_WITHIN = 0.02;

export interface FeatureComparison {
  /** |ours - theirs| / |theirs| over all numbers. */
  error: number;
  /** The same with the mean over tokens taken off each: what all tokens share hides what tells them apart. */
  centredError: number;
  /** Share of tokens in the same segment, segments matched one to one so that it is largest. */
  sameTokens: number;
  /** Ours and theirs. */
  segments: [number, number];
  /** Whether the centred error is at most SAME_WITHIN. */
  same: boolean;
}

const relativeError = (ours: Float32Array, theirs: Float32Array): number => {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < theirs.length; i++) {
    difference += (ours[i] - theirs[i]) ** 2;
    size += theirs[i] ** 2;
  }
  return Math.sqrt(difference / size);
};

const centred = ({ data, channels }: FeatureMap): Float32Array => {
  const mean = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) mean[i % channels] += data[i];
  return data.map((value, i) => value - (mean[i % channels] * channels) / data.length);
};

const countOf = ({ data }: LabelMap): number => data.reduce((most, id) => Math.max(most, id + 1), 0);

/** Share of cells with the same id, after the one-to-one renaming of ids that makes it largest. */
const sameShare = (a: LabelMap, b: LabelMap): number => {
  const [few, many] = countOf(a) <= countOf(b) ? [a, b] : [b, a];
  const columns = countOf(many);
  const overlaps = new Float64Array(countOf(few) * columns);
  few.data.forEach((id, i) => {
    overlaps[id * columns + many.data[i]]++;
  });
  const columnOf = assignMaximum(overlaps, countOf(few), columns);
  return columnOf.reduce((sum, column, row) => sum + overlaps[row * columns + column], 0) / a.data.length;
};

const sizeOf = ({ width, height, channels }: FeatureMap): string => `${width} x ${height} tokens of ${channels} channels`;

/**
 * @param cut how both are partitioned
 * @throws InputError where they are not of one size
 */
export const compareFeatures = async (
  ours: FeatureMap,
  theirs: FeatureMap,
  cut: { alpha: number; tau: number; parity: boolean },
): Promise<FeatureComparison> => {
  if (sizeOf(ours) !== sizeOf(theirs))
    throw new InputError(`The model gives ${sizeOf(ours)} and the saved features are ${sizeOf(theirs)}: they are of another model`);
  const centredError = relativeError(centred(ours), centred(theirs));
  const [a, b] = [(await partition(ours, cut)).labels, (await partition(theirs, cut)).labels];
  return {
    error: relativeError(ours.data, theirs.data),
    centredError,
    sameTokens: sameShare(a, b),
    segments: [countOf(a), countOf(b)],
    same: centredError <= SAME_WITHIN,
  };
};
