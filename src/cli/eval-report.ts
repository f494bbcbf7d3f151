/** `diffcut eval report`: runs side by side, with published figures beside them. */
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { whole } from './dataset.ts';
import { arrangeHelp } from './help.ts';
import { OPTIONS } from './options.ts';
import { print, UsageError } from './terminal.ts';

const EXAMPLE = `
Files of "eval --resume" and "eval merge", or those of all shards of a run. Every figure has its protocol,
settings and 95 % interval. Without -o the report is printed, as Markdown.

Example:
  $ diffcut eval --dataset voc2012 --root VOC2012 --resume merge.jsonl --save predictions
  $ diffcut eval --dataset voc2012 --root VOC2012 --solver ncut --resume ncut.jsonl
  $ diffcut eval report merge.jsonl ncut.jsonl -o report.html`;

/** Pictures in each list, where nothing else is asked for. */
const PICTURES = 6;

/** Adds `diffcut eval report`. */
export const reportCommand = (evaluation: Command): void => {
  const command = evaluation
    .command('report')
    .description('Put runs side by side in a table, with intervals, differences and published figures.')
    .argument('<ledgers...>', 'what --resume wrote')
    .option('-o, --output <file>', 'write it: report.html, with pictures, report.md or report.csv, by the ending')
    .option('--thumbnails <count>', `worst pictures of each run, and as many of the best; 0: none (default: ${PICTURES})`, whole)
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addHelpText('after', EXAMPLE)
    .action(async (ledgers: string[], { output, thumbnails, overwrite, durable }) => {
      const [{ reportFormat }, { runsOf }, { reportOf }, { addThumbnails }, { InputError, writeWhole }, { checkNew, makeFolder }] = await Promise.all(
        [
          import('../eval/report/formats.ts'),
          import('../eval/report/runs.ts'),
          import('../eval/report/report.ts'),
          import('../eval/report/thumbnails.ts'),
          import('../toolkit.ts'),
          import('../jobs/outputs-node.ts'),
        ],
      );
      const format = ((): ReturnType<typeof reportFormat> => {
        try {
          return reportFormat(output);
        } catch (error) {
          throw error instanceof InputError ? new UsageError(error.message) : error;
        }
      })();
      if (thumbnails !== undefined && format.pictures === 'none') throw new UsageError('A .csv has no pictures: leave --thumbnails out');
      if (output !== undefined) await checkNew([output], overwrite, ledgers);
      const runs = await runsOf(ledgers);
      const report = reportOf(runs, format.pictures === 'none' ? 0 : (thumbnails ?? PICTURES));
      if (format.pictures === 'shown') await addThumbnails(report, runs);
      const text = format.write(report);
      if (output === undefined) return print(text.trimEnd());
      await makeFolder(dirname(output), durable);
      await writeWhole(output, new TextEncoder().encode(text), { replace: overwrite, durable });
    });
  arrangeHelp(command);
};
