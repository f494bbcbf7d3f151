/** What is said of a run whose settings look as if they were not meant. */
import { EVAL_SIDE } from './class-protocol/protocol.ts';
import type { Evaluation } from './run.ts';

/** Share of all pixels from which on a class is what lies around the others. */
const MOSTLY = 0.5;

/** Masks as VOC has them, 0 around the classes and some pixels without one, in a run where 0 is a class like the others. */
const hasBackground = ({ classes, settings, pictures }: Evaluation): boolean => {
  if (!classes || settings.kind !== 'classes' || settings.dataset !== 'folder' || settings.background !== null) return false;
  const { tp, fn, pixels } = classes.counts;
  const row = classes.rows.values.indexOf(0);
  return tp[row] + fn[row] > MOSTLY * pixels && pixels < pictures * EVAL_SIDE ** 2;
};

/** A line for people; none where all is as usual. */
export const hintOf = (evaluation: Evaluation): string | undefined =>
  hasBackground(evaluation)
    ? `Most of the masks is 0, and some is ${evaluation.settings.ignore}: where 0 is the background, give --background 0, which many segments may share`
    : undefined;
