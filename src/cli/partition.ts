/** `diffcut partition`: features to labels. */
import type { Command } from 'commander';
import { assign, type CutTree, cut, type FeatureMap, type LabelMap, partition, treeTauOf } from '../toolkit.ts';
import { OPTIONS } from './options.ts';
import { interruptible, say, UsageError } from './terminal.ts';

const EXAMPLE = `
Examples:
  $ diffcut partition features.npy -o labels.npy --tau 0.6
  $ diffcut partition features.npy -o labels.png --output-size 640x480 --json > tree.json

The tree of --json: { width, height, alpha, tau or price, parity, treeTau, segments, nodes }, a node
being { tokens: how many, ncut: value of its best cut (null: none), parent: index or -1, children:
two indices or null }. Parents come before children; node 0 is the whole picture.`;

interface Cutting {
  alpha?: number;
  tau?: number;
  price?: number;
  ease?: number;
  parity: boolean;
}

const cutFeatures = async (
  features: FeatureMap,
  { alpha, tau, price, ease, parity }: Cutting,
  signal: AbortSignal,
): Promise<{ labels: LabelMap; tree: CutTree }> => {
  if (price === undefined) return partition(features, { alpha, tau, parity, signal });
  const granularity = { price, ease };
  const { tree } = await partition(features, { alpha, parity, treeTau: treeTauOf(granularity), signal });
  return { labels: cut(tree, features, granularity), tree };
};

/** The tree without its tokens' positions, as `--json` prints it. */
const treeJson = ({ cells, cut, from, to, parent, children }: CutTree, labels: LabelMap, price: number | undefined): object => {
  const { alpha, parity, treeTau, ncut } = cut as NonNullable<typeof cut>;
  return {
    width: cells.width,
    height: cells.height,
    alpha,
    ...(price === undefined ? { tau: treeTau } : { price }),
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

/** Adds `diffcut partition`. */
export const partitionCommand = (program: Command): void => {
  program
    .command('partition')
    .summary('features to labels, by recursive normalized cut')
    .description('Cut features, float (height, width, channels), into segments: int32 (height, width).')
    .argument('<features.npy>', 'what "diffcut encode" or numpy.save wrote')
    .requiredOption('-o, --output <file>', 'where the labels go: .npy or .png')
    .addOption(OPTIONS.cutTau())
    .addOption(OPTIONS.cutPrice())
    .addOption(OPTIONS.cutEase())
    .addOption(OPTIONS.cutAlpha())
    .addOption(OPTIONS.noParity())
    .addOption(OPTIONS.outputSize())
    .addOption(OPTIONS.json('print the tree of cuts, one object'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action((file: string, { output, outputSize, json, quiet, ...granularity }) =>
      interruptible(async (signal) => {
        const { checkLabelsName, readFeatures, writeLabels } = await import('./files.ts');
        checkLabelsName(output);
        if (granularity.ease !== undefined && granularity.price === undefined) throw new UsageError('--ease goes with --price');
        const features = await readFeatures(file);
        const { labels: coarse, tree } = await cutFeatures(features, granularity, signal);
        const labels = outputSize ? await assign(coarse, features, { width: outputSize[0], height: outputSize[1], signal }) : coarse;
        await writeLabels(output, labels);
        if (json) process.stdout.write(`${JSON.stringify(treeJson(tree, coarse, granularity.price))}\n`);
        if (!quiet) say(`${output}: ${labels.width} x ${labels.height}, segments: ${new Set(coarse.data).size}`);
      }),
    );
};
