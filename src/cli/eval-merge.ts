/** `diffcut eval merge`: the files of all shards of a run to the figures of the whole one. */
import type { Command } from 'commander';
import { arrangeHelp } from './help.ts';
import { OPTIONS } from './options.ts';
import { print, printJson, say } from './terminal.ts';

const EXAMPLE = `
Files of "eval", "eval coherence" or "tune", each of one shard, in any order. What is told is what
the run of the whole set tells, to the last digit; so is the exit code.

Example:
  $ for i in 1 2 3 4; do
      diffcut eval --dataset voc2012 --root VOC2012 --shard $i/4 --resume part$i.jsonl
    done
  $ diffcut eval merge part*.jsonl --json`;

/** Adds `diffcut eval merge`. Exit code 1 where a picture was left out. */
export const mergeCommand = (evaluation: Command): void => {
  const command = evaluation
    .command('merge')
    .description('Put the files of all shards of a run together, and tell what the whole run would.')
    .argument('<files...>', 'what --resume wrote, a file a shard')
    .option('-o, --output <file.jsonl>', 'write the file that --resume would have written of the whole set')
    .addOption(OPTIONS.overwrite())
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('one object, as the command of the shards prints it'))
    .addHelpText('after', EXAMPLE)
    .action(async (files: string[], { output, overwrite, durable, json }) => {
      const [{ mergeFiles }, { writeWhole }, { checkNew }] = await Promise.all([
        import('../eval/merge.ts'),
        import('../toolkit.ts'),
        import('../jobs/outputs-node.ts'),
      ]);
      if (output !== undefined) await checkNew([output], overwrite, files);
      const merged = await mergeFiles(files);
      if (output !== undefined) await writeWhole(output, merged.file(), { replace: overwrite, durable });
      for (const { id, problem } of merged.failed) say(`${id} left out: ${problem}`);
      if (json) printJson(merged.json);
      else print(merged.text);
      if (merged.failed.length > 0) process.exitCode = 1;
    });
  arrangeHelp(command);
};
