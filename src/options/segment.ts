/** Options of the whole path. */
import { CUTTING, GRANULARITY, SOLVERS, type SolverName } from './cut.ts';
import { DRAWING } from './draw.ts';
import { ENCODER } from './encoders.ts';
import { given, number, optional, type Unfilled } from './spec.ts';

/** Which features, and what cuts them. */
export const CHOICE = {
  /** which features (the name of an encoder) */
  encoder: optional<string>('the name of an encoder', (v) => typeof v === 'string' && v.length > 0, 'which features'),
  /** ncut: the paper's cut of tokens; merge: regions of the picture, joined (ncut or merge) */
  solver: optional<SolverName>(
    'ncut or merge',
    (v) => SOLVERS.includes(v as SolverName),
    "ncut: the paper's cut of tokens; merge: regions of the picture, joined",
  ),
};

/** What is read at all. */
export const LIMITS = {
  /** refuse larger pictures (a whole number from 1 to 4294967295; default: 268435456) */
  maxPixels: number(268_435_456, 1, 4_294_967_295, 'refuse larger pictures', true),
};

/**
 * `segment(image, options)`. The type names the tables instead of spelling them out: so their doc comments reach whoever
 * hovers over an option.
 */
export const SEGMENT: typeof CHOICE & typeof GRANULARITY & typeof CUTTING & Unfilled<typeof ENCODER> & typeof DRAWING & typeof LIMITS = {
  ...CHOICE,
  ...GRANULARITY,
  ...CUTTING,
  ...given(ENCODER),
  ...DRAWING,
  ...LIMITS,
};
