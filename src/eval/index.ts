/** The measures as pure functions of label maps, without anything that makes them: what is promised of eval/. */
export { mergeBackground } from './class-protocol/background.ts';
export { type Confusion, confusion } from './class-protocol/confusion.ts';
export { assignMaximum } from './class-protocol/matching.ts';
export { addCounts, type Counts, classIou, countMatched, meanIou, noCounts, pixelAccuracy } from './class-protocol/metrics.ts';
export { type BorderScore, scoreBorders } from './regions/borders.ts';
export { type BorderCounts, type BorderF, borderF, matchBorders } from './regions/one-to-one.ts';
export { type RegionScore, scoreRegions } from './regions/regions.ts';
