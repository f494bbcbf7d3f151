/** The work of `diffcut partition`: features cut, labels and the tree of cuts told. */
import { checkNew } from '../jobs/outputs-node.ts';
import {
  type AskedGranularity,
  assign,
  type CutTree,
  cut,
  type FeatureMap,
  type Granularity,
  granularityOf,
  type LabelMap,
  partition,
  settingsFor,
  tilesOf,
  treeTauOf,
} from '../toolkit.ts';
import { checkLabelsName, readFeatures, sayUnknown, writeLabels } from './files.ts';
import { printJson, say } from './terminal.ts';

interface Asked extends AskedGranularity {
  alpha?: number;
  parity?: boolean;
}

interface Options extends Asked {
  output: string;
  outputSize?: [width: number, height: number];
  overwrite?: boolean;
  durable?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** Features as the solver ncut cuts them in `segment`. */
const cutFeatures = async (
  features: FeatureMap,
  { alpha, parity, ...asked }: Asked,
  signal: AbortSignal,
): Promise<{ labels: LabelMap; tree: CutTree; granularity: Granularity }> => {
  const own = settingsFor(features);
  const tiles = tilesOf(features);
  const granularity = granularityOf(own, 'ncut', asked, 'people', tiles);
  const settings = { alpha: alpha ?? own.alpha, parity: parity ?? own.parity, tau: treeTauOf(granularity, tiles) };
  const { tree } = await partition(features, { ...settings, signal });
  return { labels: await cut(tree, features, granularity), tree, granularity };
};

/** The tree without its tokens' positions, as `--json` prints it. */
const treeJson = (
  { cells, cut, from, to, parent, children }: CutTree,
  labels: LabelMap,
  granularity: Granularity,
  encoder: string | null,
): object => {
  const { alpha, parity, treeTau, ncut } = cut as NonNullable<typeof cut>;
  return {
    encoder,
    width: cells.width,
    height: cells.height,
    alpha,
    ...granularity,
    parity,
    treeTau,
    segments: new Set(labels.data).size,
    nodes: Array.from(from, (at, i) => ({
      tokens: to[i] - at,
      ncut: Number.isFinite(ncut[i]) ? ncut[i] : null,
      parent: parent[i],
      children: children[2 * i] < 0 ? null : [children[2 * i], children[2 * i + 1]],
    })),
  };
};

/** Whose settings were used, and that they are not all of it where they are not. */
const suited = (features: FeatureMap): string => {
  if (!features.origin) return '';
  const own = settingsFor(features).solver === 'merge' ? ': its own solver, merge, wants the picture' : '';
  return ` (ncut of ${features.origin.encoder}'s features${own})`;
};

/** @throws UsageError for labels of no kind; InputError for features that are none, or what cannot be written; the signal's reason once aborted */
export const runPartition = async (
  file: string,
  { output, outputSize, overwrite, durable, json, quiet, ...asked }: Options,
  signal: AbortSignal,
): Promise<void> => {
  checkLabelsName(output);
  await checkNew([output], overwrite, [file, `${file}.json`]);
  const features = await readFeatures(file, signal);
  if (!quiet) sayUnknown(file, features);
  const { labels: coarse, tree, granularity } = await cutFeatures(features, asked, signal);
  const labels = outputSize ? await assign(coarse, features, { width: outputSize[0], height: outputSize[1], signal }) : coarse;
  await writeLabels(output, labels, { replace: overwrite, durable, signal });
  if (json) printJson(treeJson(tree, coarse, granularity, features.origin?.encoder ?? null));
  if (!quiet) say(`${output}: ${labels.width} x ${labels.height}, segments: ${new Set(coarse.data).size}${suited(features)}`);
};
