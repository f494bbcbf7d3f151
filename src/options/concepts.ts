/** Options of concepts: segments of many pictures, or tokens of a few, that are the same thing. */
import { number } from './spec.ts';

/** `findConcepts(segments, options)`. */
export const CONCEPTS = {
  /** how many concepts, instead of a price (a whole number from 1 to 256) */
  k: number(undefined, 1, 256, 'how many concepts, instead of a price', true),
  /** share of all segments' likeness that one more concept must explain; lower: more (a number from 0 to 1) */
  price: number(undefined, 0, 1, "share of all segments' likeness that one more concept must explain; lower: more"),
  /** exponent of the affinity; higher makes unlike segments count less (a number from 0.1 to 50; default: 2.5) */
  alpha: number(2.5, 0.1, 50, 'exponent of the affinity; higher makes unlike segments count less'),
};

/** `cutTogether(features, options)`. */
export const TOGETHER = {
  /** how many concepts, instead of a price (a whole number from 1 to 256) */
  k: CONCEPTS.k,
  /** share of all tokens' likeness that one more concept must explain; lower: more (a number from 0 to 1; default: 0.03) */
  price: number(0.03, 0, 1, "share of all tokens' likeness that one more concept must explain; lower: more"),
  /** exponent of the affinity; higher makes unlike segments count less (a number from 0.1 to 50; default: 2.5) */
  alpha: CONCEPTS.alpha,
};
