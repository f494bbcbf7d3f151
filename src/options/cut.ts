/** Options of cutting: features to a tree, and how fine its segments are. */
import { flag, number } from './spec.ts';

const TAU_HELP = 'keep a split while its normalized cut is below this; higher: more segments';
const PRICE_HELP = 'share of the picture that one more segment must explain; lower: more segments';
const EASE_HELP = 'how much cheaper small segments are: price x (share of the picture) ^ ease';
const JOIN_HELP = 'then join segments that are alike, touching or not, while less than this is lost';
const ALPHA_HELP = 'exponent of the affinity; higher makes unlike tokens count less';

const TREE_TAU_HELP = 'how loose the tree of cuts is built; as the granularity wants it where not given';

/** What turns features into a tree of segments. */
export const SOLVERS = ['ncut', 'merge'] as const;
export type SolverName = (typeof SOLVERS)[number];

/** `partition(features, options)`. */
export const PARTITION = {
  alpha: number(10, 0.1, 50, ALPHA_HELP),
  tau: number(0.5, 0, 2, TAU_HELP),
  parity: flag(true, "the reference's rule for exact zeros of the affinity; false: the clean rule"),
  treeTau: number(undefined, 0, 2, TREE_TAU_HELP),
};

/** Of the solver `ncut`, whose tree any granularity up to its `treeTau` is a walk over. */
export const NCUT = { alpha: PARTITION.alpha, parity: PARTITION.parity, treeTau: number(0.75, 0, 2, TREE_TAU_HELP) };

/** How fine the segments are; the encoder's own where nothing is given. */
export const GRANULARITY = {
  tau: number(undefined, 0, 2, TAU_HELP),
  price: number(undefined, 0, 1, PRICE_HELP),
  ease: number(undefined, 0, 1, EASE_HELP),
  join: number(undefined, 0, 1, JOIN_HELP),
};

/** Exponent and depth of the cut; the encoder's own where nothing is given. */
export const CUTTING = { alpha: number(undefined, 0.1, 50, ALPHA_HELP), treeTau: PARTITION.treeTau };
