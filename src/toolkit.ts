/** What cli/ and eval/ work with: what users are promised, and what is no promise. */

export { writeWhole } from '#export/encode';
export { modelPath } from '#store/models';
export { drawFigure, type FigurePanel, type FigureRow, panelImage, panelSize } from './coherence/figure.ts';
export { rangeOf, smooth } from './coherence/heatmap.ts';
export { checkQuery, sampleFeatures } from './coherence/similarity.ts';
export { shareOptions } from './encode/open.ts';
export { expected, unknown } from './errors.ts';
export { DEFAULT_FORMATS, FORMATS, type Format, type Made } from './export/formats.ts';
export { segmentPalette } from './export/palette.ts';
export { encodeRle, rleArea, rleBox, rleFromMask } from './export/rle.ts';
export { describeSegments } from './export/segments.ts';
export * from './index.ts';
export { granularityOf, solverOf, toldGranularity } from './models/granularity.ts';
export { type JointPart, jointParts } from './models/joint-name.ts';
export { checkOrigin, settingsFor } from './models/origin.ts';
export { PAPER, unknownEncoder } from './models/table.ts';
export { PARTITION, type SolverName } from './options/cut.ts';
export { REFINE } from './options/draw.ts';
export { ANY_ENCODER, DIFFUSION, ENCODER, VIT } from './options/encoders.ts';
export { COHERENCE } from './options/figure.ts';
export { kindsOf } from './options/kinds.ts';
export { SEGMENT } from './options/segment.ts';
export { check, type Given, type OptionSpec, type Specs } from './options/spec.ts';
export { DEVICES } from './runtime/session.ts';
export { treeTauOf } from './solve/tree.ts';
export { tilesOf } from './tensor/features.ts';
export { resizeBilinear } from './tensor/resize.ts';
