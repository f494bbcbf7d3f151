/**
 * The library's options as options of the command line. A table's option gives its flags, its help with range
 * and default, the check and the error; what a terminal writes otherwise is a row of WRITTEN.
 */
import { statSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { nearest, unknown } from '../errors.ts';
import { isAbsent } from '../system-errors-node.ts';
import {
  ANY_ENCODER,
  DIFFUSION,
  ENCODER,
  type Given,
  JOBS,
  jointParts,
  kindsOf,
  MODELS,
  NAMINGS,
  type OptionSpec,
  READING,
  REFINE,
  SEGMENT,
  SOLVERS,
  type Specs,
  unknownEncoder,
  VIT,
} from '../tables.ts';
import { QUEUE } from './help.ts';

type Parse = (text: string) => unknown;

const number: Parse = (text) => (text.trim() === '' ? Number.NaN : Number(text));
const text: Parse = (value) => value;
const list: Parse = (value) => value.split(',').map(number);
const names: Parse = (value) => value.split(',').map((name) => name.trim());

/** `N` or `WxH`. */
const size: Parse = (value) => {
  const sides = value.toLowerCase().split('x').map(number);
  return sides.length === 1 ? sides[0] : sides;
};

/** What is there but cannot be seen counts as there: opening it says why. */
const isThere = (path: string): boolean => {
  try {
    statSync(path);
    return true;
  } catch (error) {
    return !isAbsent(error);
  }
};

const isKnown = (name: string): boolean => MODELS.some((model) => model.name === name) || isThere(name);

/** A row of the table, a path that is there, or several of these with "+" between. @throws InvalidArgumentError, with a guess */
export const encoderName = (name: string): string => {
  if (isKnown(name)) return name;
  try {
    const unknown = name.includes('+') ? jointParts(name).find((part) => !isKnown(part.name))?.name : name;
    if (unknown === undefined) return name;
    throw unknownEncoder(unknown);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** Several of them. @throws InvalidArgumentError, with a guess, or for one that is named twice */
const encoderNames = (value: string): string[] => {
  const all = value.split(',').map((name) => encoderName(name.trim()));
  const twice = all.find((name, at) => all.indexOf(name) < at);
  if (twice !== undefined) throw new InvalidArgumentError(`${twice} is named twice: leave one out.`);
  return all;
};

/** What a terminal writes otherwise than the table says. */
interface Written extends Partial<OptionSpec<unknown>> {
  /** What stands for the value in the help. */
  value?: string;
  parse?: Parse;
  /** What `false` means, where a flag may be given with --no- before it. */
  not?: string;
  conflicts?: string;
}

/** By the option's name, in whatever table. */
const WRITTEN: Record<string, Written> = {
  encoder: { value: 'name|path', parse: encoderName, help: 'which features: of "diffcut models", a folder, an .onnx, or several: a+b' },
  size: { value: 'N|WxH', parse: size, wanted: 'N or WxH, each from 32 to 4096' },
  keepRatio: { not: 'a square, whatever the picture' },
  noise: {
    value: 'kind',
    wanted: 'cuda:N, seed:N, zero or a file.npy',
    accepts: (v) => DIFFUSION.noise.accepts(v) || (typeof v === 'string' && v.endsWith('.npy')),
    help: `${DIFFUSION.noise.help}, or a file.npy`,
  },
  vae: { value: 'kind' },
  solver: { value: 'name', values: SOLVERS, help: "ncut (the paper's), merge, autosc, falcon, maskcut, tokencut or diffseg" },
  price: { help: 'share of the picture one more segment must explain; lower: more segments' },
  tau: { conflicts: 'price', help: 'ncut, instead of a price: threshold of a split; higher: more segments' },
  ease: { conflicts: 'tau' },
  join: { conflicts: 'tau', help: 'then join segments that are alike, while less than this is lost' },
  parity: { not: 'the clean rule for exact zeros of the affinity' },
  refine: { help: 'what draws full-size borders' },
  kMeans: { not: 'the maps that were found, as they are' },
  minArea: { value: 'pixels' },
  classes: { value: 'list', parse: names, help: 'what regions may be, with commas between; each gets the best name' },
  vocabulary: { value: 'name|file', help: 'voc, context, coco, ade20k or cityscapes, or a file with a class a line' },
  namesModel: { value: 'name|folder' },
  only: { value: 'list', parse: names },
  page: { value: 'N', parse: (given) => (given === 'all' ? given : number(given)) },
  shard: { value: 'i/n', conflicts: 'watch' },
  bands: { value: 'list', parse: list, wanted: `${READING.bands.wanted}, with commas between` },
  stretch: { value: 'how' },
  timeout: { value: 'seconds' },
  outputSize: { value: 'WxH', parse: size },
  dilations: { value: 'list', parse: list, wanted: `${REFINE.dilations.wanted}, with commas between` },
};

/** The help of an option: what it is, its names unless that says them, and its default. */
const helpOf = (name: string, { help, values = [], default: fallback }: OptionSpec<unknown>): string => {
  const names = values.every((value) => help.includes(value)) ? '' : `: ${values.join(', ')}`;
  const told = fallback === undefined || fallback === '' || fallback === 0 ? '' : ` (default: ${fallback})`;
  return `${kindsOf(name)}${help}${names}${told}`;
};

/** What stands for the value in the help: a number's range, unless nobody comes near its end. */
const placeholderOf = ({ value, range, values }: OptionSpec<unknown> & Written): string => {
  if (value) return value;
  if (range) return range[1] < 1e9 ? range.join('..') : 'number';
  return values ? 'name' : 'text';
};

export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The end of a sentence on a name that is none of these. */
const guessOf = (name: string, known: readonly string[] = []): string => {
  const guess = nearest(name, known);
  return guess === undefined ? '.' : `: did you mean "${guess}"?`;
};

/** `--name <value>`. It has no value where it is not given: the library fills in its default. */
const valueOption = (name: string, spec: OptionSpec<unknown> & Written): Option => {
  const { parse = spec.range ? number : text } = spec;
  const option = new Option(`${flagOf(name)} <${placeholderOf(spec)}>`, helpOf(name, spec)).argParser((given: string) => {
    const parsed = parse(given);
    if (!spec.accepts(parsed)) throw new InvalidArgumentError(`Expected ${spec.wanted}${guessOf(given, spec.values)}`);
    return parsed;
  });
  return spec.conflicts ? option.conflicts(spec.conflicts) : option;
};

/** `--name`, `--no-name`, or both where neither is the default. */
const flagOptions = (name: string, spec: OptionSpec<unknown> & Written): Option[] => [
  ...(spec.default === true ? [] : [new Option(flagOf(name), `${kindsOf(name)}${spec.help}`)]),
  ...(spec.default === false ? [] : [new Option(flagOf(`no-${name}`), spec.not)]),
];

/** The options of a table, made anew for the command that takes them; flags are those that may be `true`. */
export const optionsOf = (table: Specs): Option[] =>
  Object.entries(table).flatMap(([name, given]) => {
    const spec = { ...given, ...WRITTEN[name] };
    return spec.accepts(true) ? flagOptions(name, spec) : [valueOption(name, spec)];
  });

/** Adds the options of a table. */
export const addOptionsOf = (command: Command, table: Specs): Command => {
  for (const option of optionsOf(table)) command.addOption(option);
  return command;
};

const factories = <S extends Specs>(table: S) =>
  Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, () => optionsOf({ [name]: spec })[0]])) as { [K in keyof S]: () => Option };

/** What `openEncoder` takes, with the defaults of those encoders that take it. */
const ENCODING = { ...ANY_ENCODER, ...DIFFUSION, ...VIT };

/** Options of `segment` that stand apart, or say nothing where a picture is drawn once. */
type Apart = keyof typeof ENCODER | 'encoder' | 'treeTau';

/** What `segment` takes beside its encoder. */
export const SEGMENTING = Object.fromEntries(
  Object.entries(SEGMENT).filter(([name]) => name !== 'encoder' && name !== 'treeTau' && !Object.hasOwn(ENCODER, name)),
) as Omit<typeof SEGMENT, Apart>;

const OUTPUT_SIZE: OptionSpec<unknown> = {
  default: undefined,
  wanted: 'WxH, each a whole number from 1 to 65535',
  accepts: (v) => Array.isArray(v) && v.length === 2 && v.every((n) => Number.isInteger(n) && n >= 1 && n <= 65_535),
  help: 'labels of this size, pixels; one a token where not given',
};

/** Of `segment`, which takes several pages for several pictures. */
const PAGES: OptionSpec<unknown> = {
  ...READING.page,
  wanted: `${READING.page.wanted}, or all`,
  accepts: (v) => v === 'all' || READING.page.accepts(v),
  help: 'page or frame, from 1; all: each as a picture, a.p001.png',
};

/** One of a few words. @throws InvalidArgumentError, with a guess, for another */
export const oneOf = (flags: string, words: readonly string[], help: string): Option =>
  new Option(flags, help).argParser((value: string) => {
    if (!words.includes(value)) throw new InvalidArgumentError(`Expected one of ${words.join(', ')}${guessOf(value, words)}`);
    return value;
  });

/** Options one at a time, for commands that take some of a table, and those that are of no table. */
export const OPTIONS = {
  ...factories(ENCODING),
  ...factories(SEGMENTING),
  ...factories(REFINE),
  durable: factories(JOBS).durable,
  jobs: factories(JOBS).jobs,
  shard: factories(JOBS).shard,
  outputSize: factories({ outputSize: OUTPUT_SIZE }).outputSize,
  pages: factories({ page: PAGES }).page,
  naming: () => oneOf('--name <how>', NAMINGS, 'outputs by stem (a.png), full name (a.tif.png) or path (in/a.tif.png)'),
  encoder: factories({ encoder: SEGMENT.encoder }).encoder,
  encoders: () => new Option('--encoders <list>', 'which features, with commas between: see "diffcut models"').argParser(encoderNames),
  overwrite: (description = 'replace existing outputs, which are kept otherwise') => new Option('--overwrite', description),
  json: (what: string) => new Option('--json', what),
  queue: () => new Option('--queue <url>', 'where it is: redis://host:6379').env('DIFFCUT_QUEUE').makeOptionMandatory().helpGroup(QUEUE),
  quiet: () => new Option('--quiet', 'no progress, no summary; errors are still told'),
} as const;

/** Every option of `openEncoder`. @param which whether the command takes one encoder or several */
export const addEncoderOptions = (command: Command, which: 'encoder' | 'encoders' = 'encoder'): Command =>
  addOptionsOf(command.addOption(OPTIONS[which]()), ENCODING);

/** What `decodeImage` takes of a command's options. */
export const readingOptionsOf = (options: Record<string, unknown>): Given<typeof READING> =>
  Object.fromEntries(Object.keys(READING).map((key) => [key, options[key]]));

/** A list of names with commas between, each one known. @throws InvalidArgumentError, with a guess */
export const namesOf =
  (kind: string, known: readonly string[]) =>
  (value: string): string[] => {
    const names = value.split(',').map((name) => name.trim());
    for (const name of names) if (!known.includes(name)) throw new InvalidArgumentError(unknown(kind, name, known).message);
    return [...new Set(names)];
  };
