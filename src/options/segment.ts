/** Options of the whole path. */
import { CUTTING, GRANULARITY, SOLVERS, type SolverName } from './cut.ts';
import { DRAWING } from './draw.ts';
import { ENCODER } from './encoders.ts';
import { given, number, optional } from './spec.ts';

/** `segment(image, options)`. */
export const SEGMENT = {
  encoder: optional<string>('the name of an encoder', (v) => typeof v === 'string' && v.length > 0, 'which features'),
  solver: optional<SolverName>(
    'ncut or merge',
    (v) => SOLVERS.includes(v as SolverName),
    "ncut: the paper's cut of tokens; merge: regions of the picture, joined",
  ),
  ...GRANULARITY,
  ...CUTTING,
  ...given(ENCODER),
  ...DRAWING,
  maxPixels: number(268_435_456, 1, 4_294_967_295, 'refuse larger pictures', true),
};
