/** What turns features into segments, by name. */
import { expected, InputError, kindOf, unknown } from '../errors.ts';
import { checkImage } from '../image/image.ts';
import { AUTOSC, DIFFSEG, MASKCUT, SOLVERS as NAMES, NCUT, type SolverName, TOKENCUT } from '../options/cut.ts';
import { type Given, type Resolved, resolveOptions, type Specs } from '../options/spec.ts';
import { type RegionGraph, regionGraph } from '../regions/regions.ts';
import { checkFeatures, unitFeatures } from '../tensor/features.ts';
import type { CutTree, FeatureMap, Features, LabelMap, RgbImage, Watch } from '../types.ts';
import { diffSeg } from './diffseg/diffseg.ts';
import { autoSc } from './k-way/autosc.ts';
import { falcon } from './k-way/falcon.ts';
import { mergeRegions } from './merge/merge.ts';
import { recursiveCut } from './ncut/recursive-cut.ts';
import { maskCut, tokenCut } from './objects/maskcut.ts';

/** The tap that every encoder has: what its own documentation calls its features. */
export const FEATURES = 'features';
/** Self-attention of a diffusion UNet: a channel for each token, the share of its attention that goes there. */
export const ATTENTION = 'attention';

/** What a solver may look at. */
export interface SolverInput {
  /** By tap. Tokens need no grid for `ncut`: a set of them has height 1. */
  features: Features;
  /** For solvers that look at it. */
  picture?: RgbImage | undefined;
  /** The picture's, where they are known already. */
  regions?: RegionGraph | undefined;
}

/** A tree, which any granularity is a walk over, or labels where a solver knows one answer only. */
export type Solution = { tree: CutTree } | { labels: LabelMap };

/** One way from features to segments. Every one passes the suite of solver.cases.ts. */
export interface Solver<S extends Specs = Specs> {
  name: SolverName;
  /** What it is called in progress and timings. */
  stage: string;
  needs: { taps: readonly string[]; picture: boolean };
  options: S;
  /** @throws the signal's reason once aborted */
  solve(input: SolverInput, options: Resolved<S>, watch: Watch): Promise<Solution>;
}

const ncut: Solver<typeof NCUT> = {
  name: 'ncut',
  stage: 'partition',
  needs: { taps: [FEATURES], picture: false },
  options: NCUT,
  solve: async ({ features }, options, watch) => ({ tree: await recursiveCut(features[FEATURES], options, watch) }),
};

const merge: Solver<Record<string, never>> = {
  name: 'merge',
  stage: 'merge',
  needs: { taps: [FEATURES], picture: true },
  options: {},
  solve: async ({ features, picture, regions }, _, watch) => {
    const graph = regions ?? (await regionGraph(picture as RgbImage, features[FEATURES], watch));
    return { tree: await mergeRegions(graph, features[FEATURES], watch) };
  },
};

/** One that looks at tokens alone, and finds them all at once. */
const ofTokens = <S extends Specs>(
  name: SolverName,
  options: S,
  find: (tokens: FeatureMap, options: Resolved<S>, watch: Watch) => Promise<CutTree>,
  tap = FEATURES,
): Solver<S> => ({
  name,
  stage: name,
  needs: { taps: [tap], picture: false },
  options,
  solve: async ({ features }, settings, watch) => ({ tree: await find(features[tap], settings, watch) }),
});

/** The table of solvers. */
export const SOLVERS = {
  ncut,
  merge,
  autosc: ofTokens('autosc', AUTOSC, autoSc),
  falcon: ofTokens('falcon', {}, (tokens, _, watch) => falcon(tokens, watch)),
  maskcut: ofTokens('maskcut', MASKCUT, maskCut),
  tokencut: ofTokens('tokencut', TOKENCUT, tokenCut),
  diffseg: ofTokens('diffseg', DIFFSEG, diffSeg, ATTENTION),
} as unknown as { [name in SolverName]: Solver };

/** Whether the segments are of tokens, which have to be drawn; else of small regions of the picture, which lie on its edges already. */
export const isOfTokens = ({ solver }: CutTree): boolean => !SOLVERS[solver as SolverName].needs.picture;

/**
 * Features to segments by any solver.
 * @param features one map, or several by tap
 * @param given the solver's own options, and `picture` for one that looks at it
 * @throws InputError for an unknown solver or option, and for what the solver needs and was not given
 */
export const solve = async (
  name: SolverName,
  features: FeatureMap | Features,
  given: Given<typeof NCUT & typeof AUTOSC & typeof MASKCUT & typeof DIFFSEG> & Watch & { picture?: RgbImage } = {},
): Promise<Solution> => {
  if (typeof name !== 'string') throw expected(`one of ${NAMES.join(', ')}`, 'the solver', name);
  if (!NAMES.includes(name)) throw unknown('solver', name, NAMES);
  if (kindOf(given) !== 'Object') throw expected('an object', `the options of the solver ${name}`, given);
  const { needs, options, solve } = SOLVERS[name];
  const { picture, ...own } = given;
  if (!needs.picture && picture !== undefined)
    throw new InputError(`The solver ${name} does not look at the picture: leave it out`, { code: 'E_OPTION' });
  const { signal, onProgress, ...settings } = resolveOptions(`the solver ${name}`, options, own);
  const taps: Features = ArrayBuffer.isView(features?.data) ? { [needs.taps[0]]: features as FeatureMap } : (features as Features);
  for (const tap of needs.taps) if (!taps?.[tap]) throw expected(`features with the tap ${tap}`, 'features', features);
  const unit = Object.fromEntries(needs.taps.map((tap) => [tap, unitFeatures(checkFeatures(taps[tap]))]));
  return solve({ features: unit, ...(needs.picture && { picture: checkImage(picture as RgbImage) }) }, settings, { signal, onProgress });
};
