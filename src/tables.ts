/** What the command line is made of before anything works: tables of options, models, methods and formats, and no more than they need. */

export { type Method, methodOf } from './compare/methods.ts';
export { type JointPart, jointParts } from './models/joint-name.ts';
export { DEFAULT_NAMER, findNamer, NAMERS, type NamerRow, unknownNamer } from './models/namers.ts';
export { DEFAULT_ENCODER, type EncoderRow, MODELS, PAPER, unknownEncoder } from './models/table.ts';
export { CONCEPTS, TOGETHER } from './options/concepts.ts';
export { DIFFSEG, GRANULARITY, PARTITION, SOLVERS, type SolverName } from './options/cut.ts';
export { DRAWING, REFINE, REFINED_BY } from './options/draw.ts';
export { ANY_ENCODER, DIFFUSION, ENCODER, VIT } from './options/encoders.ts';
export { DEFAULT_FORMATS, EXPORTING, FORMAT_NAMES, NUMBERING, SET_NAMES } from './options/export.ts';
export { COHERENCE, COMPARE } from './options/figure.ts';
export { JOBS, NAMINGS } from './options/jobs.ts';
export { kindsOf } from './options/kinds.ts';
export { NAMES, NAMING } from './options/names.ts';
export { WORK } from './options/queue.ts';
export { READING, SEGMENT } from './options/segment.ts';
export { SERVE } from './options/serve.ts';
export { check, type Given, type OptionSpec, type Resolved, type Specs } from './options/spec.ts';
