/** What users are promised. What the command line and the measuring share beyond it: toolkit.ts. */
export { folderFiles } from '#files/source';
export { decodeImage, openPicture } from '#image/decode';
export { pullModel } from '#pull/pull-model';
export { pulledModels, removeModel, verifyModel } from '#store/models';
export { type Analysis, analyse, describe, type Segmentation } from './analysis.ts';
export type { ColormapName } from './coherence/colormap.ts';
export { drawHeatmap, type HeatmapOptions, type Range } from './coherence/heatmap.ts';
export { bestMatch, type Match, type Query, type SimilarityMap, type Size, similarity } from './coherence/similarity.ts';
export { type Concepts, conceptPrice, findConcepts } from './concepts/concepts.ts';
export { type Placed, placeSegments } from './concepts/place.ts';
export { cutTogether, type Together } from './concepts/together.ts';
export { joinVectors, type SegmentVectors, segmentVectors } from './concepts/vectors.ts';
export { assign } from './draw/assign.ts';
export { splitComponents } from './draw/components.ts';
export { refine } from './draw/refine.ts';
export { type Drawing, draw, superpixels, usedOptions } from './drawing.ts';
export type { Encoder } from './encode/encoder.ts';
export { describeEncoder, openEncoder } from './encode/open.ts';
export { encodeTiles, type InRows } from './encode/tiles.ts';
export { ERROR_CODES, type ErrorCode, InputError } from './errors.ts';
export * from './export/index.ts';
export { type ByteSource, blobFiles, type ModelFiles } from './files/source.ts';
export { type UrlOptions, urlFiles } from './files/url.ts';
export type { DecodeOptions, ImageDataLike, ImageSource, PictureFile } from './image/image.ts';
export type { Label } from './label/classify.ts';
export { type Namer, nameSegments } from './label/namer.ts';
export { openNamer } from './label/open.ts';
export { parseVocabulary, type Vocabulary } from './label/vocabulary.ts';
export type { AskedGranularity, ToldGranularity } from './models/granularity.ts';
export { DEFAULT_NAMER, NAMERS, type NamerRow } from './models/namers.ts';
export { DEFAULT_ENCODER, type EncoderRow, MODELS } from './models/table.ts';
export { SEGMENT as SEGMENT_OPTIONS } from './options/segment.ts';
export type { OptionSpec } from './options/spec.ts';
export type { RegionGraph } from './regions/regions.ts';
export { type AssetName, type Assets, setAssets } from './runtime/assets.ts';
export { segment } from './segment.ts';
export { type SegmentedOne, type SegmentManyOptions, segmentMany } from './segment-many.ts';
export type { DrawOptions, SegmentOptions } from './segment-options.ts';
export { merge } from './solve/merge/merge.ts';
export { partition } from './solve/ncut/partition.ts';
export { type Mask, nodeLike, splitNode } from './solve/nodes.ts';
export { type Solution, type SolverInput, solve } from './solve/solver.ts';
export { cut, elementsOf, nodesAt } from './solve/tree.ts';
export type { ModelOrigin, Pulled, PulledModel, PullModelOptions } from './store/pulled.ts';
export { featuresFromNpy, labelsFromNpy, type NpyArray, readNpy, writeNpy } from './tensor/npy.ts';
export type { AnyLabels, RunMap } from './tensor/runs.ts';
export type {
  ChosenNodes,
  Content,
  CutSettings,
  CutTree,
  FeatureMap,
  Features,
  FloatImage,
  GeoReference,
  Granularity,
  LabelMap,
  Noise,
  NoiseArray,
  Origin,
  PictureSource,
  Progress,
  RgbImage,
  Segment,
  Watch,
} from './types.ts';
