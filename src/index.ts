export { encodeJpeg, encodePng, writeWhole } from '#export/encode';
export { folderFiles } from '#files/source';
export { decodeImage } from '#image/decode';
export { pullModel } from '#pull/pull-model';
export { modelPath, pulledModels, removeModel } from '#store/models';
export type { ColormapName } from './coherence/colormap.ts';
export { drawFigure, type FigurePanel, type FigureRow, panelImage, panelSize } from './coherence/figure.ts';
export { drawHeatmap, type HeatmapOptions, type Range, rangeOf, smooth } from './coherence/heatmap.ts';
export { bestMatch, checkQuery, type Match, type Query, type SimilarityMap, type Size, sampleFeatures, similarity } from './coherence/similarity.ts';
export { assign } from './draw/assign.ts';
export { splitComponents } from './draw/components.ts';
export { refine } from './draw/refine.ts';
export type { Encoder } from './encode/encoder.ts';
export { describeEncoder, openEncoder, shareOptions } from './encode/open.ts';
export { expected, InputError, unknown } from './errors.ts';
export { cutout, maskOf, type Raster } from './export/cutouts.ts';
export { decodeLabelPng, encodeIndexedPng } from './export/indexed-png.ts';
export { drawOverlay } from './export/overlay.ts';
export { segmentPalette } from './export/palette.ts';
export { decodeRle, encodeAllRles, encodeRle, type Rle, rleArea, rleBox, rleFromMask } from './export/rle.ts';
export { describeSegments } from './export/segments.ts';
export { type ByteSource, blobFiles, type ModelFiles, urlFiles } from './files/source.ts';
export type { ImageDataLike, ImageSource } from './image/image.ts';
export { type JointPart, jointParts } from './models/joint-name.ts';
export { DEFAULT_ENCODER, type EncoderRow, granularityOf, MODELS, solverOf, unknownEncoder } from './models/table.ts';
export { EASE, PARTITION, PRICE } from './options/cut.ts';
export { REFINE } from './options/draw.ts';
export { DIFFUSION, ENCODER, VIT } from './options/encoders.ts';
export { COHERENCE } from './options/figure.ts';
export { SEGMENT } from './options/segment.ts';
export { check, type Given, type OptionSpec } from './options/spec.ts';
export { DEVICES } from './runtime/session.ts';
export { type Analysis, analyse, type DrawOptions, describe, draw, type Segmentation, type SegmentOptions, segment } from './segment.ts';
export { cutAt } from './solve/cut-at.ts';
export { merge } from './solve/merge/merge.ts';
export { partition } from './solve/ncut/partition.ts';
export { PRUNE_TREE_TAU, pruneAt } from './solve/prune.ts';
export type { Pulled, PulledModel, PullModelOptions } from './store/pulled.ts';
export { featuresFromNpy, labelsFromNpy, readNpy, writeNpy } from './tensor/npy.ts';
export { resizeBilinear } from './tensor/resize.ts';
export type {
  CutNode,
  CutTree,
  FeatureMap,
  FloatImage,
  LabelMap,
  MergeTree,
  Noise,
  NoiseArray,
  Progress,
  RgbImage,
  Segment,
  Watch,
} from './types.ts';
