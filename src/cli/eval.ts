import type { Command } from 'commander';
import { unknown } from '../errors.ts';
import { SEGMENT } from '../tables.ts';
import { addDatasetOptions, brief, listOption, pictureTeller, RESUME, resumable } from './dataset.ts';
import { coherenceCommand } from './eval-coherence.ts';
import { mergeCommand } from './eval-merge.ts';
import { openvocCommand } from './eval-openvoc.ts';
import { reportCommand } from './eval-report.ts';
import { arrangeHelp, ENCODER_DETAILS, HELP, helpOption } from './help.ts';
import { addEncoderOptions, OPTIONS } from './options.ts';
import { print, printJson, say, UsageError, usageIfOption } from './terminal.ts';

const EXAMPLE = `
Example:
  $ diffcut eval --dataset voc2012 --root VOCdevkit/VOC2012 --json
  $ diffcut eval --dataset bsds500 --images jpg --masks png --prices 0.03,0.04,0.06
Solver, price, ease, join, alpha, size: the encoder's own where not given.`;

/** Adds `diffcut eval` and its own commands; without the name of one it scores segments, and so does its help. */
export const evalCommand = (program: Command): void => {
  const command = program
    .command('eval')
    .description('Score the segments, or the encoders by themselves, against a labelled data set.')
    .helpOption(false) // the default command's help is told instead
    .helpCommand(false)
    .hook('preSubcommand', ({ args: [word], commands }) => {
      const names = commands.map((known) => known.name());
      // words end at the first option: this one is meant as a command
      if (word !== undefined && !word.startsWith('-') && !names.includes(word)) throw new UsageError(unknown('command of eval', word, names).message);
    });
  segmentsCommand(command);
  coherenceCommand(command);
  openvocCommand(command);
  mergeCommand(command);
  reportCommand(command);
  for (const own of command.commands) {
    const words = own.name() === 'segments' ? 'eval' : `eval ${own.name()}`;
    own.addHelpOption(helpOption()).showHelpAfterError(`Run "diffcut ${words} --help" for all options.`);
  }
};

/** Adds `diffcut eval segments`, the default. Exit code 1 where a picture was left out. */
const segmentsCommand = (evaluation: Command): void => {
  const command = addEncoderOptions(evaluation.command('segments', { isDefault: true })).description(
    'Score segments against a labelled set. Also: eval coherence, openvoc (names), merge, report.',
  );
  addDatasetOptions(command, 'folder, bsds500', 'labels, ID.png; bsds500: ID.mat, or ID_*.png, one an annotator')
    .addOption(OPTIONS.solver())
    .addOption(brief(OPTIONS.price(), 'price of a segment; lower gives more segments'))
    .addOption(listOption('--prices <list>', SEGMENT.price, 'bsds500: each of these prices from one analysis, and the best'))
    .addOption(brief(OPTIONS.ease(), 'how much cheaper a small segment is'))
    .addOption(OPTIONS.join())
    .addOption(brief(OPTIONS.tau(), 'ncut, instead of a price: threshold of a split; higher gives more'))
    .addOption(brief(OPTIONS.alpha(), 'ncut: exponent of the affinity'))
    .addOption(brief(OPTIONS.threshold(), 'diffseg: distance below which two attention maps are one (default: 1.1)'))
    .addOption(OPTIONS.kMeans())
    .option('--parity', "the reference's rule for exact zeros (default: the encoder's)")
    .option('--no-parity', 'the clean rule')
    .addOption(brief(OPTIONS.refine(), 'edges, vote, pamr, crf or none (default: pamr; bsds500: edges)'))
    .option('--predictions <dir>', 'score these label maps, ID.npy or ID.png, not segments made here')
    .option('--dictionary <which>', 'one matching a picture (default), or set: one for all predictions')
    .addOption(OPTIONS.jobs())
    .option('--save <folder>', 'write each 128x128 prediction as it enters the matching, not refined yet, ID.npy')
    .option('--resume <file>', RESUME)
    .addOption(OPTIONS.overwrite('replace predictions that are there already'))
    .addOption(OPTIONS.durable())
    .addOption(OPTIONS.json('last line of standard output: one object, mIoU in percent'))
    .addOption(OPTIONS.quiet())
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, quiet, ...given }) => {
      const [stages, { checkEvaluation }, { evaluate }, { reportJson, reportText }, { hintOf }] = await Promise.all([
        import('../toolkit.ts'),
        import('../eval/settings.ts'),
        import('../eval/run.ts'),
        import('../eval/report/evaluation.ts'),
        import('../eval/hints.ts'),
      ]);
      const { encoderOptionsOf, withNoise } = await import('./files.ts');
      const options = { ...given, ...(await withNoise(encoderOptionsOf(given))) };
      try {
        checkEvaluation(options);
      } catch (error) {
        throw error instanceof stages.InputError ? new UsageError(error.message) : error;
      }
      const result = await resumable(given.resume, (signal) =>
        evaluate({ ...options, signal, onPicture: pictureTeller(quiet === true) }, stages).catch(usageIfOption),
      );
      if (json) printJson(reportJson(result));
      else print(reportText(result));
      const hint = hintOf(result);
      if (hint !== undefined && !quiet) say(hint);
      if (result.failed.length > 0) process.exitCode = 1;
    });
  arrangeHelp(command, [
    ...ENCODER_DETAILS,
    'ease',
    'join',
    'tau',
    'alpha',
    'threshold',
    'kMeans',
    'dictionary',
    'parity',
    'list',
    'ignore',
    'rule',
    'save',
    'overwrite',
    'durable',
  ]).configureHelp({
    ...HELP,
    commandUsage: () => 'diffcut eval [options]',
  });
};
