/** What `--help` shows: options in groups, those that few want left to `--help-all`, so that a screen is enough. */
import { type Command, Help, type HelpConfiguration, Option } from 'commander';
import { ENCODER, NAMES, READING, REFINE, SERVE, WORK } from '../tables.ts';

/** Columns; as wide as a terminal may be before lines are hard to read. */
const WIDTH = 100;

const ENCODER_NAMES = ['encoder', 'encoders', 'tile', ...Object.keys(ENCODER)];

const SERVED = Object.keys(SERVE).filter((name) => name !== 'jobs'); // which batches have, too

/** Of the option `queue` too, which the server has for something else. */
export const QUEUE = 'Queue:';

/** Headings, in order, with the options below each; all others are of the output. */
const GROUPS: readonly (readonly [heading: string, names: readonly string[]])[] = [
  [
    'Input:',
    ['recursive', 'watch', 'shard', 'features', ...Object.keys(READING), 'dataset', 'root', 'images', 'masks', 'predictions', 'list', 'limit'],
  ],
  ['Concepts:', ['together', 'assign', 'k']],
  ['Looked for:', ['reference', 'point', 'box', 'mask', 'label']],
  [
    'Segments:',
    ['methods', 'solver', 'price', 'prices', 'ease', 'join', 'tau', 'alpha', 'parity', 'threshold', 'kMeans', 'minArea', 'split', 'keepAlpha'],
  ],
  ['Classes:', [...Object.keys(NAMES), 'background', 'ignore', 'rule', 'dictionary']],
  ['Searched:', ['alphas', 'taus']],
  ['Borders:', ['refine', ...Object.keys(REFINE)]],
  ['Served:', ['host', 'port', 'token', 'labelStudioUrl', 'labelStudioToken', 'open', 'folder', ...SERVED]],
  [QUEUE, Object.keys(WORK).filter((name) => name !== 'jobs')],
  ['Output:', []],
  ['Encoder:', ENCODER_NAMES],
  ['Help:', ['help', 'helpAll']],
];
const OTHERS = 'Output:';

const headingOf = (option: Option): string =>
  option.helpGroupHeading ?? GROUPS.find(([, names]) => names.includes(option.attributeName()))?.[0] ?? OTHERS;
const placeOf = (option: Option): number => GROUPS.findIndex(([heading]) => heading === headingOf(option));

/** All of the encoder's, but which one and how large. */
export const ENCODER_DETAILS = ENCODER_NAMES.slice(4);
export const READING_DETAILS = Object.keys(READING).filter((name) => name !== 'page');

/** Groups stand without blank lines between; arguments and commands as usual. */
const formatItemList: Help['formatItemList'] = (heading, items, helper) => {
  if (!GROUPS.some(([known]) => known === heading)) return Help.prototype.formatItemList.call(helper, heading, items, helper);
  return items.length > 0 ? [helper.styleTitle(heading), ...items] : [];
};

export const HELP: HelpConfiguration = { helpWidth: Math.min(process.stdout.columns ?? WIDTH, WIDTH), formatItemList };

export const helpOption = (): Option => new Option('-h, --help', 'print this help').helpGroup('Help:');

/**
 * Puts the command's options into groups.
 * @param details names of those that only `--help-all` shows
 */
export const arrangeHelp = (command: Command, details: readonly string[] = []): Command => {
  if (details.length > 0) {
    command.addOption(new Option('--help-all', 'print this help with all options, those of the encoder among them'));
    command.on('option:help-all', () => {
      for (const option of command.options) option.hideHelp(false);
      command.help();
    });
  }
  for (const option of command.options) option.helpGroup(headingOf(option)).hideHelp(details.includes(option.attributeName()));
  (command.options as Option[]).sort((a, b) => placeOf(a) - placeOf(b));
  return command;
};
