import { type Command, InvalidArgumentError, Option } from 'commander';
import { addEncoderOptions, encoderOptionsOf, OPTIONS } from './options.ts';
import { interruptible, say, UsageError } from './terminal.ts';

const whole = (text: string): number => {
  if (!/^\d+$/.test(text.trim())) throw new InvalidArgumentError('Expected a whole number of 0 and up.');
  return Number(text);
};

const EXAMPLE = `
Example:
  $ diffcut eval --dataset voc2012 --root VOCdevkit/VOC2012 --json
  $ diffcut eval --dataset folder --images jpg --masks png --classes 27 --limit 50
  $ diffcut eval --dataset bsds500 --images jpg --masks png

More options of encoders (--device, --vae, --prompt, ...): diffcut encode --help.`;

/** Tells of pictures on standard error: a line that is rewritten on a terminal, else every tenth; those left out always. */
const pictureTeller = (quiet: boolean) => {
  const terminal = process.stderr.isTTY === true && !quiet;
  const clear = terminal ? '\r\x1b[K' : '';
  return (done: number, total: number, id: string, problem?: string): void => {
    if (problem !== undefined) say(`${clear}${id} left out: ${problem}`);
    if (terminal) process.stderr.write(`${clear}${done < total ? `${done}/${total} ${id}` : ''}`);
    else if (!quiet && problem === undefined && (done % 10 === 0 || done === total)) say(`${done}/${total} ${id}`);
  };
};

/** Adds `diffcut eval`. Exit code 1 where a picture was left out. */
export const evalCommand = (program: Command): void => {
  addEncoderOptions(program.command('eval'), 2)
    .description('Score the segments against a labelled data set.')
    .requiredOption('--dataset <name>', 'voc2012, folder or bsds500')
    .option('--root <folder>', "the data set's own folder (voc2012)")
    .option('--images <folder>', 'pictures, ID.jpg (folder, bsds500)')
    .option('--masks <folder>', 'labels, ID.png; ID_*.png, one an annotator, with bsds500')
    .option('--list <file>', 'only these IDs, one a line')
    .option('--classes <count>', 'how many classes: mask values 0 to count-1', whole)
    .option('--background <class>', 'class that many segments may share', whole)
    .option('--ignore <value>', 'mask value of unlabelled pixels (default: 255)', whole)
    .addOption(OPTIONS.alpha())
    .addOption(OPTIONS.tau())
    .addOption(OPTIONS.price())
    .addOption(OPTIONS.ease())
    .option('--parity', "the reference's rule for exact zeros (default: the encoder's)")
    .option('--no-parity', 'the clean rule')
    .addOption(new Option('--refine <method>', 'refinement at 128x128 (default: pamr)').choices(['pamr', 'none']))
    .option('--limit <count>', 'only the first pictures', whole)
    .option('--save <folder>', 'write each 128x128 prediction as it enters the matching, ID.npy')
    .option('--resume <file>', 'remember finished pictures in this file, go on from there')
    .addOption(OPTIONS.json('last line of standard output: one object, mIoU in percent'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, quiet, ...given }) => {
      const [stages, { checkEvaluation }, { evaluate }, { reportJson, reportText }] = await Promise.all([
        import('../index.ts'),
        import('../eval/settings.ts'),
        import('../eval/run.ts'),
        import('../eval/report.ts'),
      ]);
      const { withNoise } = await import('./files.ts');
      const options = { ...given, ...(await withNoise(encoderOptionsOf(given))) };
      try {
        checkEvaluation(options);
      } catch (error) {
        throw error instanceof stages.InputError ? new UsageError(error.message) : error;
      }
      const result = await interruptible((signal) => evaluate({ ...options, signal, onPicture: pictureTeller(quiet === true) }, stages));
      process.stdout.write(`${json ? JSON.stringify(reportJson(result)) : reportText(result)}\n`);
      if (result.failed.length > 0) process.exitCode = 1;
    });
};
