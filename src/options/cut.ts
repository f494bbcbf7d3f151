/** Options of cutting: features to a tree, and how fine its segments are. */
import { flag, number } from './spec.ts';

const TAU_HELP = 'keep a split while its normalized cut is below this; higher: more segments';
const PRICE_HELP = 'share of the picture that one more segment must explain; lower: more segments';
const EASE_HELP = 'how much cheaper small segments are: price x (share of the picture) ^ ease';
const JOIN_HELP = 'then join segments that are alike, touching or not, while less than this is lost';
export const ALPHA_HELP = 'exponent of the affinity; higher makes unlike tokens count less';

/** `partition(features, options)`. */
export const PARTITION = {
  /** exponent of the affinity; higher makes unlike tokens count less (a number from 0.1 to 50; default: 10) */
  alpha: number(10, 0.1, 50, ALPHA_HELP),
  /** keep a split while its normalized cut is below this; higher: more segments (a number from 0 to 2; default: 0.5) */
  tau: number(0.5, 0, 2, TAU_HELP),
  /** the reference's rule for exact zeros of the affinity; false: the clean rule (true or false; default: true) */
  parity: flag(true, "the reference's rule for exact zeros of the affinity; false: the clean rule"),
  /** how loose the tree is built; tau where not given (a number from 0 to 2) */
  treeTau: number(undefined, 0, 2, 'how loose the tree is built; tau where not given'),
};

/** `pruneAt(tree, features, price)`. */
export const PRICE = number(0.04, 0, 1, PRICE_HELP);

export const EASE = number(0, 0, 1, EASE_HELP);

export const JOIN = number(0, 0, 1, JOIN_HELP);

/** How fine the segments are; the encoder's own where nothing is given. */
export const GRANULARITY = {
  /** share of the picture that one more segment must explain; lower: more segments (a number from 0 to 1) */
  price: number(undefined, 0, 1, PRICE_HELP),
  /** how much cheaper small segments are: price x (share of the picture) ^ ease (a number from 0 to 1) */
  ease: number(undefined, 0, 1, EASE_HELP),
  /** then join segments that are alike, touching or not, while less than this is lost (a number from 0 to 1) */
  join: number(undefined, 0, 1, JOIN_HELP),
  /** ncut, instead of a price: keep a split while its normalized cut is below this; higher: more segments (a number from 0 to 2) */
  tau: number(undefined, 0, 2, `ncut, instead of a price: ${TAU_HELP}`),
};
