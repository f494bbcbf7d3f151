/** Options of cutting: features to a tree, and how fine its segments are. */
import { choice, flag, number, optional } from './spec.ts';

const TAU_HELP = 'keep a split while its normalized cut is below this; higher: more segments';
const PRICE_HELP = 'share of the picture (of a tile with tiles) that one more segment must explain; lower: more';
const EASE_HELP = 'how much cheaper small segments are: price x (share of the picture) ^ ease';
const JOIN_HELP = 'then join segments that are alike, touching or not, while less than this is lost';
const ALPHA_HELP = 'exponent of the affinity; higher makes unlike tokens count less';

const TREE_TAU_HELP = 'how loose the tree of cuts is built; as the granularity wants it where not given';

/** What turns features into a tree of segments. */
export const SOLVERS = ['ncut', 'merge', 'autosc', 'falcon', 'maskcut', 'tokencut', 'diffseg'] as const;
export type SolverName = (typeof SOLVERS)[number];

/** `partition(features, options)`. */
export const PARTITION = {
  /** exponent of the affinity; higher makes unlike tokens count less (a number from 0.1 to 50; default: 10) */
  alpha: number(10, 0.1, 50, ALPHA_HELP),
  /** keep a split while its normalized cut is below this; higher: more segments (a number from 0 to 2; default: 0.5) */
  tau: number(0.5, 0, 2, TAU_HELP),
  /** the reference's rule for exact zeros of the affinity; false: the clean rule (true or false; default: true) */
  parity: flag(true, "the reference's rule for exact zeros of the affinity; false: the clean rule"),
  /** how loose the tree of cuts is built; as the granularity wants it where not given (a number from 0 to 2) */
  treeTau: number(undefined, 0, 2, TREE_TAU_HELP),
};

/** Of the solver `ncut`, whose tree any granularity up to its `treeTau` is a walk over. */
export const NCUT = {
  /** exponent of the affinity; higher makes unlike tokens count less (a number from 0.1 to 50; default: 10) */
  alpha: PARTITION.alpha,
  /** the reference's rule for exact zeros of the affinity; false: the clean rule (true or false; default: true) */
  parity: PARTITION.parity,
  /** how loose the tree of cuts is built; as the granularity wants it where not given (a number from 0 to 2; default: 0.75) */
  treeTau: number(0.75, 0, 2, TREE_TAU_HELP),
};

/** Of the solver `autosc`. */
export const AUTOSC = {
  /** eigenvectors of the alpha that was chosen, or of the last one tried, as the published code does (one of own, last; default: own) */
  vectors: choice('own', ['own', 'last'], 'eigenvectors of the alpha that was chosen, or of the last one tried, as the published code does'),
};

const LIKE_HELP = 'cosine above which two tokens are alike';

/** Of the solver `maskcut`. */
export const MASKCUT = {
  /** cosine above which two tokens are alike (a number from -1 to 1; default: 0.15) */
  threshold: number(0.15, -1, 1, LIKE_HELP),
  /** objects that are looked for, one after the other (a whole number from 1 to 100; default: 3) */
  masks: number(3, 1, 100, 'objects that are looked for, one after the other', true),
};

/** Of the solver `tokencut`. */
export const TOKENCUT = {
  /** cosine above which two tokens are alike (a number from -1 to 1; default: 0.2) */
  threshold: number(0.2, -1, 1, LIKE_HELP),
};

const NEAR_HELP = 'distance below which two attention maps are one; 0.9 for streets (Cityscapes), lower: more segments';
const K_MEANS_HELP = 'all attention maps by k-means from those that were found, as its notebook does';

/** Of the solver `diffseg`. */
export const DIFFSEG = {
  /**
   * distance below which two attention maps are one; 0.9 for streets (Cityscapes), lower: more segments (a number from 0 to
   * 100; default: 1.1)
   */
  threshold: number(1.1, 0, 100, NEAR_HELP),
  /** all attention maps by k-means from those that were found, as its notebook does (true or false; default: false) */
  kMeans: flag(false, K_MEANS_HELP),
};

/** How fine the segments are; the encoder's own where nothing is given. */
export const GRANULARITY = {
  /** share of the picture (of a tile with tiles) that one more segment must explain; lower: more (a number from 0 to 1) */
  price: number(undefined, 0, 1, PRICE_HELP),
  /** how much cheaper small segments are: price x (share of the picture) ^ ease (a number from 0 to 1) */
  ease: number(undefined, 0, 1, EASE_HELP),
  /** then join segments that are alike, touching or not, while less than this is lost (a number from 0 to 1) */
  join: number(undefined, 0, 1, JOIN_HELP),
  /** ncut, instead of a price: keep a split while its normalized cut is below this; higher: more segments (a number from 0 to 2) */
  tau: number(undefined, 0, 2, `ncut, instead of a price: ${TAU_HELP}`),
};

/** Of one solver each; the encoder's own, or the method's, where nothing is given. */
export const CUTTING = {
  /** ncut: exponent of the affinity; higher makes unlike tokens count less (a number from 0.1 to 50) */
  alpha: number(undefined, 0.1, 50, `ncut: ${ALPHA_HELP}`),
  /** ncut: how loose the tree of cuts is built; as the granularity wants it where not given (a number from 0 to 2) */
  treeTau: number(undefined, 0, 2, `ncut: ${TREE_TAU_HELP}`),
  /**
   * diffseg: distance below which two attention maps are one; 0.9 for streets (Cityscapes), lower: more segments (a number
   * from 0 to 100)
   */
  threshold: number(undefined, 0, 100, `diffseg: ${NEAR_HELP}`),
  /** diffseg: all attention maps by k-means from those that were found, as its notebook does (true or false) */
  kMeans: optional<boolean>('true or false', (v) => typeof v === 'boolean', `diffseg: ${K_MEANS_HELP}`),
};
