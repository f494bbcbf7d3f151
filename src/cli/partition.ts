/** `diffcut partition`: features to labels. */
import type { Command } from 'commander';
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
import { arrangeHelp } from './help.ts';
import { OPTIONS } from './options.ts';
import { interruptible, printJson, say } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut partition features.npy -o labels.npy --tau 0.6
  $ diffcut partition features.npy -o labels.png --output-size 640x480 --json > tree.json

Alpha, price, ease, tau and parity: the encoder's own, which "diffcut encode" writes beside the
features (features.npy.json); the paper's (alpha 10, tau 0.5) for features without that.
The tree of --json: { encoder, width, height, alpha, tau or price, ease and join, parity, treeTau,
segments, nodes }, a node being { tokens: how many, ncut: value of its best cut (null: none),
parent: index or -1, children: two indices or null }. Parents come before children.`;

interface Asked extends AskedGranularity {
  alpha?: number;
  parity?: boolean;
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

/** Adds `diffcut partition`. */
export const partitionCommand = (program: Command): void => {
  const command = program
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
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('print the tree of cuts, one object'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action((file: string, { output, outputSize, overwrite, durable, json, quiet, ...asked }) =>
      interruptible(async (signal) => {
        const { checkLabelsName, readFeatures, sayUnknown, writeLabels } = await import('./files.ts');
        const { checkNew } = await import('../jobs/outputs-node.ts');
        checkLabelsName(output);
        await checkNew([output], overwrite, [file, `${file}.json`]);
        const features = await readFeatures(file, signal);
        if (!quiet) sayUnknown(file, features);
        const { labels: coarse, tree, granularity } = await cutFeatures(features, asked, signal);
        const labels = outputSize ? await assign(coarse, features, { width: outputSize[0], height: outputSize[1], signal }) : coarse;
        await writeLabels(output, labels, { replace: overwrite, durable, signal });
        if (json) printJson(treeJson(tree, coarse, granularity, features.origin?.encoder ?? null));
        if (!quiet) say(`${output}: ${labels.width} x ${labels.height}, segments: ${new Set(coarse.data).size}${suited(features)}`);
      }),
    );
  arrangeHelp(command);
};
