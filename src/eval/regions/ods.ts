/** A measure at several settings: what one setting for all pictures gives, and what the best of each picture would. */

/** Which values of a measure are better. */
export type Better = 'higher' | 'lower';

/** A measure's two summaries; null without pictures. */
export interface Optimal {
  /** Optimal data set scale: the best mean over the pictures at one setting, and that setting. */
  ods: { value: number; setting: number };
  /** Optimal image scale: the mean over the pictures of each one's best. */
  ois: number;
}

/** Place of the best value, the first of equal ones. */
const bestAt = (values: readonly number[], better: Better): number =>
  values.reduce((best, value, at) => ((better === 'higher' ? value > values[best] : value < values[best]) ? at : best), 0);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * @param pictures the measure of each picture at each setting, `[picture][setting]`
 * @param settings their values, in the same order; the first of equally good ones is told
 */
export const optimal = (pictures: readonly (readonly number[])[], settings: readonly number[], better: Better): Optimal | null => {
  if (pictures.length === 0) return null;
  const means = settings.map((_, at) => mean(pictures.map((values) => values[at])));
  const at = bestAt(means, better);
  return {
    ods: { value: means[at], setting: settings[at] },
    ois: mean(pictures.map((values) => values[bestAt(values, better)])),
  };
};
