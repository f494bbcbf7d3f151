/** What runs of a set have more than the first of them. */
import type { Entry } from './entries.ts';
import { type Difference, differences } from './figures.ts';
import { grouped } from './grouped.ts';

/** Of two drawings of one set: what the first has more than the second. */
export interface Comparison {
  set: string;
  /** Places among the report's runs. */
  run: number;
  from: number;
  differences: Difference[];
}

/** Comparisons of a set, at most: each with the first drawing that was given. */
const MOST_COMPARED = 24;

/** Which differences there are, by name. */
const comparedOf = ({ figures }: Entry): string =>
  [...figures.keys()]
    .filter((measure) => measure.compared)
    .map(({ name }) => name)
    .join();

/** @param entries a run each, no price against a price @returns also what is left out, in words */
export const comparisonsOf = (entries: readonly Entry[]): { comparisons: Comparison[]; notes: string[] } => {
  const comparisons: Comparison[] = [];
  const notes: string[] = [];
  for (const [first, ...others] of grouped(entries, (entry) => `${entry.frame} ${entry.place} ${comparedOf(entry)}`)) {
    if (others.length > MOST_COMPARED)
      notes.push(`Of ${first.set} the first ${MOST_COMPARED} of ${others.length} differences are told: give fewer files for the others`);
    for (const { run, drawing, set } of others.slice(0, MOST_COMPARED)) {
      const found = differences(drawing, first.drawing);
      if (found.length > 0) comparisons.push({ set, run, from: first.run, differences: found });
    }
  }
  return { comparisons, notes };
};
