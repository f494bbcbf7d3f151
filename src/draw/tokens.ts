/** Coarse labels to the picture's own size, by name of the method. */

import { REFINE } from '../options/draw.ts';
import { resolveOptions } from '../options/spec.ts';
import { type RegionGraph, regionSettings, workSize } from '../regions/regions.ts';
import { tilesOf } from '../tensor/features.ts';
import { renamed } from '../tensor/ids.ts';
import { resizeArea, resizeLabels } from '../tensor/resize.ts';
import { breathe, pause } from '../tensor/watch.ts';
import type { CutTree, FeatureMap, LabelMap, RgbImage, Watch } from '../types.ts';
import { assign, scoreMaps } from './assign.ts';
import { keepLargest, mergeSmall, piecesOf, removeSpecks } from './components.ts';
import { CRF_SIDE, crfOfLabels, crfOfScores } from './crf.ts';
import { EDGES, REGION_SMOOTH, REGION_SPECK } from './edges.ts';
import { median3x3 } from './median.ts';
import { drawObjects } from './objects.ts';
import { pamr } from './pamr.ts';
import { drawAlongRegions } from './regions.ts';
import { smoothBorders } from './smooth.ts';
import { upsampleGuided } from './upsample.ts';
import { voteOfRegions } from './vote.ts';

type Method = 'edges' | 'vote' | 'pamr' | 'crf' | 'none';

/** PAMR's settings for open vocabulary in the reference, and the longest side it works on here; at least that of the regions. */
const PAMR = { iterations: 15, dilations: [1, 2, 4, 8, 12, 24, 32, 64], side: 1024 };

/** The CRF's, as published. */
const CRF = resolveOptions('refine', REFINE, {});

/** @param labelsAt gives the labels at a size, pixels */
const drawPamr = async (
  labelsAt: (size: { width: number; height: number }) => LabelMap | Promise<LabelMap>,
  picture: RgbImage,
  workSide: number,
  watch: Watch,
): Promise<LabelMap> => {
  const size = workSize(picture, Math.max(PAMR.side, workSide));
  const small = await resizeArea(picture, size, watch);
  const { iterations, dilations } = PAMR;
  const refined = await pamr(await labelsAt(size), small, { iterations, dilations }, watch);
  return upsampleGuided(await median3x3(refined, 'numeric', watch), picture, watch);
};

/**
 * @param regions of the picture, asked for only where there is a border to draw along them
 * @param tree that the labels are segments of, which may have scores of its own
 */
const drawTokenEdges = async (
  coarse: LabelMap,
  features: FeatureMap,
  picture: RgbImage,
  watch: Watch,
  regions: () => Promise<RegionGraph>,
  tree?: CutTree,
): Promise<LabelMap> => {
  const { width, height } = picture;
  if (coarse.data.every((id) => id === coarse.data[0])) return { data: new Int32Array(width * height).fill(coarse.data[0]), width, height };
  const drawn = await drawAlongRegions(coarse, features, await regions(), watch, EDGES, tree);
  const fine = await upsampleGuided(drawn, picture, watch);
  return fine === drawn ? drawn : removeSpecks(fine, (EDGES.speck * width * height) / tilesOf(features), watch);
};

/** Labels of tokens: the features say between them where a segment ends. */
export const drawTokens: Record<Method, typeof drawTokenEdges> = {
  edges: drawTokenEdges,
  vote: async (coarse, features, picture, watch, regions, tree) => {
    const voted = await voteOfRegions(coarse, features, await regions(), watch, tree);
    return upsampleGuided(voted, picture, watch);
  },
  pamr: (coarse, features, picture, watch, _, tree) =>
    drawPamr((size) => assign(coarse, features, { ...size, tree, ...watch }), picture, regionSettings(features).workSide, watch),
  crf: async (coarse, features, picture, watch, _, tree) =>
    crfOfScores(await scoreMaps(coarse, features, watch, tree), picture, CRF, Math.max(CRF_SIDE, regionSettings(features).workSide), watch),
  none: (coarse, features, { width, height }, watch, _, tree) => assign(coarse, features, { width, height, tree, ...watch }),
};

/** Labels of tokens that are objects and their ground, by the CRF: as published, each object by itself. */
export const drawMasks = (coarse: LabelMap, tree: CutTree, picture: RgbImage, watch: Watch): Promise<LabelMap> =>
  drawObjects(coarse, tree, picture, CRF, watch);

/** Labels of the picture's regions, at the work size: they lie on its edges already. */
export const drawRegions: Record<
  Exclude<Method, 'vote'>,
  (labels: LabelMap, picture: RgbImage, watch: Watch, regions: () => Promise<RegionGraph>) => Promise<LabelMap>
> = {
  edges: async (labels, picture, watch, regions) => {
    await breathe(watch, 'refine', 0, 1);
    const { components, idOf } = await piecesOf(labels, watch); // which stay whole, where a segment may be several
    const { lab, tiles = 1 } = await regions();
    const smooth = await keepLargest(await smoothBorders(components, lab, REGION_SMOOTH, watch), watch);
    const clean = await mergeSmall(smooth, (REGION_SPECK * labels.data.length) / tiles, watch);
    await breathe(watch, 'refine', 1, 1);
    const fine = await keepLargest(await upsampleGuided(clean, picture, watch), watch);
    await pause(watch);
    const isWhole = idOf.size === new Set(idOf.values()).size; // a piece is a segment, whatever it is called
    return isWhole ? fine : renamed(fine, (component) => idOf.get(component) as number);
  },
  pamr: (labels, picture, watch) => drawPamr((size) => resizeLabels(labels, size), picture, Math.max(labels.width, labels.height), watch),
  crf: (labels, picture, watch) => crfOfLabels(labels, picture, CRF, Math.max(CRF_SIDE, labels.width, labels.height), watch),
  none: async (labels, picture) => resizeLabels(labels, picture),
};
