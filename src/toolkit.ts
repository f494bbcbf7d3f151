/** What cli/, serve/ and eval/ work with: what users are promised, and what is no promise. */

export { openPicture } from '#image/decode';
export { memoryHere } from '#store/locate';
export { modelPath } from '#store/models';
export { writeWhole } from '#write-whole';
export { drawFigure, type FigurePanel, type FigureRow, panelImage, panelSize } from './coherence/figure.ts';
export { rangeOf, smooth } from './coherence/heatmap.ts';
export { checkQuery, sampleFeatures } from './coherence/similarity.ts';
export { comparisonSize, drawComparison, type Row } from './compare/figure.ts';
export { DEFAULT_METHODS, encoderText, isPublished, METHODS, withEncoder } from './compare/methods.ts';
export { comparing, type Result, type Shown, secondsOf, shownAs } from './compare/results.ts';
export { type Cutout, conceptsPage, type LookedFor, type PageContent, type WholePicture } from './concepts/page.ts';
export { dotRows } from './concepts/place.ts';
export {
  type ConceptNames,
  type ConceptsRecord,
  conceptColours,
  conceptsRecord,
  conceptsText,
  type Known,
  MOST_CONCEPTS,
  placeInKnown,
  readConceptNames,
  readConcepts,
  toldRow,
} from './concepts/record.ts';
export { MOST_TOGETHER } from './concepts/together.ts';
export { shareOptions } from './encode/open.ts';
export { expected, printable, unknown } from './errors.ts';
export { csvLine, harmless } from './export/csv.ts';
export { indexedPngPieces } from './export/indexed-png.ts';
export { type LabelledPicture, type SetFile, UNNAMED } from './export/labelled.ts';
export { mergeNamed, onlyNamed } from './export/named.ts';
export { coloursByName, hexColours } from './export/palette.ts';
export { labelsFromPanoptic } from './export/read/panoptic.ts';
export { labelsFromTiff } from './export/read/tiff.ts';
export { renumber, renumberSegments } from './export/renumber.ts';
export { encodeRle, rleArea, rleBox, rleFromMask } from './export/rle.ts';
export { describeSegments } from './export/segments.ts';
export { checkName as checkSetName, checkNames as checkSetNames } from './export/set.ts';
export { SETS } from './export/set-formats.ts';
export { escapedXml } from './export/xml.ts';
export { inTurn } from './files/in-turn.ts';
export { readPipe } from './image/bytes.ts';
export * from './index.ts';
export { openClip } from './label/clip.ts';
export { ADE20K_NAMES, CITYSCAPES_NAMES, VOCABULARIES } from './label/lists.ts';
export { locateNamer } from './label/open.ts';
export { listedVocabulary, namedVocabulary } from './label/vocabulary.ts';
export { askedSolver, granularityOf, solverOf, toldGranularity } from './models/granularity.ts';
export { checkOrigin, settingsFor } from './models/origin.ts';
export { fetchBytes } from './net/download.ts';
export { addressOf, badAddress } from './net/sentences.ts';
export { DEVICES } from './runtime/session.ts';
export { segmentFile } from './segment.ts';
export { encoderOptionsOf } from './segment-options.ts';
export { isOfTokens } from './solve/solver.ts';
export { treeTauOf } from './solve/tree.ts';
export * from './tables.ts';
export { tilesOf, unitTokens } from './tensor/features.ts';
export { areasOf, renamed } from './tensor/ids.ts';
export { reducePicture, resizeBilinear, resizeLabels } from './tensor/resize.ts';
export { isRuns, reduceRuns } from './tensor/runs.ts';
export { stopwatch, untilAborted } from './tensor/watch.ts';
export type { WriteOptions } from './types.ts';
export { openClipFiles } from './weights/clip-files.ts';
