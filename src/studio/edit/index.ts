/** Editing regions: a sheet, operations that compute steps, and the history that they make. Pure: no DOM, no worker, no I/O. */
export { type Point, polygonArea, strokeArea } from './area.ts';
export { applyStep, type History, type MarkChange, newHistory, revertStep, type Step, type StepName } from './history.ts';
export { classify, hide, lock, type MarkChanges, recolour, rename, setMarks, suggest } from './marks.ts';
export { merge } from './merge.ts';
export { maskOf, type Neighbour, neighboursOf } from './neighbours.ts';
export { type PackedLabels, type PackedSheet, packLabels, packSheet, unpackLabels, unpackSheet } from './pack.ts';
export { carve, erase, paint, type Snap } from './paint.ts';
export type { Patch } from './patch.ts';
export { replaceLabels } from './replace.ts';
export { type Area, type Box, boxOf, type Mark, regionAt, type Sheet, type Size, sheetOf, tableOf } from './sheet.ts';
export { snapArea } from './snap.ts';
export { type Parts, splitByLabels, splitParts } from './split.ts';
export { splitByLine } from './split-line.ts';
export { type RegionStats, statsOf } from './stats.ts';
