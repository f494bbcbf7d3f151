/** `diffcut refine`: labels drawn to the edges of their picture. */
import type { Command } from 'commander';
import { type Given, READING, type REFINE, REFINED_BY } from '../tables.ts';
import { arrangeHelp, READING_DETAILS } from './help.ts';
import { addOptionsOf, flagOf, OPTIONS, readingOptionsOf } from './options.ts';
import { interruptible, say, UsageError } from './terminal.ts';

/** Of the CRF alone. */
const CRF_OPTIONS = REFINED_BY.crf.filter((name) => name !== 'iterations');

const EXAMPLE = `
Examples:
  $ diffcut refine photo.jpg labels.png -o refined.png --iterations 15 --dilations 1,2,4,8,12,24
  $ diffcut refine photo.jpg labels.png -o refined.png --method crf --confidence 0.5
  $ diffcut refine photo.jpg tokens.npy -o refined.png --method edges --features features.npy
PAMR and the CRF want labels of the picture's size; edges (along the picture's regions) and vote
(each region takes the segment that it is most like) a label a token, as "diffcut partition" writes
them.`;

interface Asked extends Omit<Given<typeof REFINE>, 'features'> {
  features?: string;
}

type Method = keyof typeof REFINED_BY;

/** What is of another method, and what is missing. */
const checkMethod = ({ method = 'pamr', ...own }: Asked): void => {
  const takes = (of: Method, name: string): boolean => (REFINED_BY[of] as readonly string[]).includes(name);
  if (takes(method, 'features') && own.features === undefined)
    throw new UsageError(`--method ${method} wants --features, the file that the labels were cut from`);
  const foreign = Object.keys(own).find((name) => !takes(method, name));
  if (foreign === undefined) return;
  const methods = (Object.keys(REFINED_BY) as Method[]).filter((one) => takes(one, foreign));
  throw new UsageError(`${flagOf(foreign)} goes with --method ${methods.join(' or ')}`);
};

/** Adds `diffcut refine`. */
export const refineCommand = (program: Command): void => {
  const command = program
    .command('refine')
    .summary("labels drawn to their picture's edges")
    .description('Draw the borders of labels to the edges of the picture: PAMR and a 3x3 median, a CRF, or along its regions.')
    .argument('<picture>', 'its file or http(s) address; - reads standard input')
    .argument('<labels>', 'label map: .npy (integers) or .png (palette or grey)')
    .requiredOption('-o, --output <file>', 'where the labels go: .npy or .png')
    .addOption(OPTIONS.method())
    .option('--features <file.npy>', 'edges, vote: the features that the labels were cut from')
    .addOption(OPTIONS.iterations())
    .addOption(OPTIONS.dilations())
    .addOption(OPTIONS.median());
  for (const name of CRF_OPTIONS) command.addOption(OPTIONS[name]());
  addOptionsOf(command, READING)
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action((picture: string, labelsFile: string, { output, overwrite, durable, quiet, ...options }) =>
      interruptible(async (signal) => {
        const [{ refine }, { checkLabelsName, readFeatures, readLabels, readPicture, sayNotes, writeLabels }, { checkNew }] = await Promise.all([
          import('../toolkit.ts'),
          import('./files.ts'),
          import('../jobs/outputs-node.ts'),
        ]);
        const asked: Asked = Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(READING, name)));
        checkLabelsName(output);
        checkMethod(asked);
        await checkNew([output], overwrite, [picture, labelsFile, ...(asked.features ? [asked.features] : [])]);
        const labels = await readLabels(labelsFile, signal);
        const features = asked.features === undefined ? undefined : await readFeatures(asked.features, signal);
        const image = await readPicture(picture, readingOptionsOf(options), signal);
        if (!quiet) sayNotes(picture, image);
        const refined = await refine(labels, image, { ...asked, features, signal });
        await writeLabels(output, refined, { replace: overwrite, durable, signal });
        if (!quiet) say(`${output}: ${refined.width} x ${refined.height}, segments: ${new Set(refined.data).size}`);
      }),
    );
  arrangeHelp(command, [...READING_DETAILS, ...CRF_OPTIONS, 'durable']);
};
