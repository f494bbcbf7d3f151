/** Label maps to files of other tools and back, without what makes them: what is promised of export/. */
export { encodeJpeg, encodePng } from '#export/encode';
export { cutout, maskOf, type Raster } from './cutouts.ts';
export { DEFAULT_FORMATS, FORMATS, type Format, type Made } from './formats.ts';
export { decodeLabelPng, encodeIndexedPng } from './indexed-png.ts';
export { encodeLabelTiff } from './label-tiff.ts';
export { drawOverlay } from './overlay.ts';
export { segmentPalette } from './palette.ts';

export { classesFromCoco, labelsFromCoco } from './read/coco.ts';
export { classesFromLabelme, labelsFromLabelme } from './read/labelme.ts';
export type { LabelClass, ReadLabels } from './read/values.ts';
export { type RecordParts, recordOf } from './record.ts';
export { type Renumbered, renumber } from './renumber.ts';
export { decodeRle, encodeAllRles, type PlainRle, type Rle } from './rle.ts';
