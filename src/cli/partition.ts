/** `diffcut partition`: features to labels. */
import type { Command } from 'commander';
import {
  assign,
  type CutTree,
  type FeatureMap,
  type Granularity,
  granularityOf,
  type LabelMap,
  PRUNE_TREE_TAU,
  partition,
  pruneAt,
  settingsFor,
} from '../toolkit.ts';
import { OPTIONS } from './options.ts';
import { interruptible, say } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut partition features.npy -o labels.npy --tau 0.6
  $ diffcut partition features.npy -o labels.png --output-size 640x480 --json > tree.json

Alpha, price, ease, tau and parity: the encoder's own, which "diffcut encode" writes beside the
features (features.npy.json); the paper's (alpha 10, tau 0.5) for features without that.
The tree of --json: { encoder, width, height, alpha, tau or price and ease, parity, treeTau,
segments, nodes }, a node being { tokens: how many, ncut: value of its best cut (null: none),
parent: index or -1, children: two indices or null }. Parents come before children.`;

interface Asked {
  alpha?: number;
  tau?: number;
  price?: number;
  ease?: number;
  parity?: boolean;
}

/** Features as the solver ncut cuts them in `segment`. */
const cut = async (
  features: FeatureMap,
  { alpha, parity, ...asked }: Asked,
  signal: AbortSignal,
): Promise<{ labels: LabelMap; tree: CutTree; granularity: Granularity }> => {
  const own = settingsFor(features);
  const granularity = granularityOf(own, 'ncut', asked);
  const { tau, price, ease } = granularity;
  const settings = { alpha: alpha ?? own.alpha, tau: tau ?? PRUNE_TREE_TAU, parity: parity ?? own.parity };
  const { labels, tree } = await partition(features, { ...settings, signal });
  return { labels: price === null ? labels : pruneAt(tree, features, price, ease ?? 0), tree, granularity };
};

/** The tree without its tokens' positions, as `--json` prints it. */
const treeJson = (
  { width, height, alpha, parity, treeTau, nodes }: CutTree,
  labels: LabelMap,
  { tau, price, ease }: Granularity,
  encoder: string | null,
): object => ({
  encoder,
  width,
  height,
  alpha,
  ...(price === null ? { tau } : { price, ease }),
  parity,
  treeTau,
  segments: new Set(labels.data).size,
  nodes: nodes.map(({ tokens, ncut, parent, children }) => ({ tokens: tokens.length, ncut: Number.isFinite(ncut) ? ncut : null, parent, children })),
});

/** Whose settings were used, and that they are not all of it where they are not. */
const suited = (features: FeatureMap): string => {
  if (!features.origin) return '';
  const own = settingsFor(features).solver === 'merge' ? ': its own solver, merge, wants the picture' : '';
  return ` (ncut of ${features.origin.encoder}'s features${own})`;
};

/** Adds `diffcut partition`. */
export const partitionCommand = (program: Command): void => {
  program
    .command('partition')
    .summary('features to labels, by recursive normalized cut')
    .description('Cut features, float (height, width, channels), into segments: int32 (height, width).')
    .argument('<features.npy>', 'what "diffcut encode" or numpy.save wrote')
    .requiredOption('-o, --output <file>', 'where the labels go: .npy or .png')
    .addOption(OPTIONS.price())
    .addOption(OPTIONS.ease())
    .addOption(OPTIONS.tau())
    .addOption(OPTIONS.alpha())
    .option('--parity', "the reference's rule for exact zeros (default: the encoder's)")
    .option('--no-parity', 'the clean rule')
    .addOption(OPTIONS.outputSize())
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.json('print the tree of cuts, one object'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action((file: string, { output, outputSize, overwrite, json, quiet, ...asked }) =>
      interruptible(async (signal) => {
        const { checkLabelsName, checkNew, readFeatures, sayUnknown, writeLabels } = await import('./files.ts');
        checkLabelsName(output);
        await checkNew([output], overwrite);
        const features = await readFeatures(file);
        if (!quiet) sayUnknown(file, features);
        const { labels: coarse, tree, granularity } = await cut(features, asked, signal);
        const labels = outputSize ? await assign(coarse, features, { width: outputSize[0], height: outputSize[1], signal }) : coarse;
        await writeLabels(output, labels);
        if (json) process.stdout.write(`${JSON.stringify(treeJson(tree, coarse, granularity, features.origin?.encoder ?? null))}\n`);
        if (!quiet) say(`${output}: ${labels.width} x ${labels.height}, segments: ${new Set(coarse.data).size}${suited(features)}`);
      }),
    );
};
