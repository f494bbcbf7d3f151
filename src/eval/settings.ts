/** What an evaluation is asked to do, checked before anything is opened, and what of it decides the numbers. */
import { resolve } from 'node:path';
import {
  askedSolver,
  check,
  DIFFSEG,
  ENCODER,
  type Encoder,
  encoderOptionsOf,
  type Given,
  type Granularity,
  granularityOf,
  InputError,
  JOBS,
  MODELS,
  SEGMENT,
  type SolverName,
  solverOf,
  toldGranularity,
  unknown,
  type Watch,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import type { ClassRows } from './class-protocol/protocol.ts';
import { classTable, DATASETS, findDataset, ruleOf } from './datasets.ts';
import { isDrawnWhole } from './exam.ts';
import type { Settings } from './ledger.ts';
import type { ClassTable, DatasetOptions, DatasetRow } from './sets/row.ts';

/** What is evaluated, on what, and where it goes. */
export interface EvaluateOptions extends DatasetOptions, Watch, Given<typeof ENCODER> {
  dataset: string;
  encoder?: string;
  solver?: SolverName;
  alpha?: number;
  threshold?: number;
  kMeans?: boolean;
  tau?: number;
  price?: number;
  ease?: number;
  join?: number;
  /** Instead of one granularity each of these, from one analysis a picture; of sets that are scored by annotators. */
  prices?: readonly number[];
  /** The reference's rule for exact zeros; the encoder's own choice where not given. */
  parity?: boolean;
  /**
   * How borders are drawn. By classes: `pamr` (where not given), `crf` in its place, and `none` at 128 x 128, `edges` as
   * `segment` does at the square's own size. By annotators: what `segment` does, `edges` where not given.
   */
  refine?: 'edges' | 'vote' | 'pamr' | 'crf' | 'none';
  /** Pictures at a time, as with `segment`: as cores and memory allow where not given. */
  jobs?: number;
  /** Folder of label maps, `ID.npy` or `ID.png`, that are scored in the place of segments made here: of the picture's size, or as `save` writes them. */
  predictions?: string;
  /** One matching a picture (where not given), or one for the whole set: of predictions whose ids mean the same in all pictures. */
  dictionary?: 'picture' | 'set';
  /** Only the first so many pictures. */
  limit?: number;
  /** `i/n`: of these only every n-th, from the i-th on; `eval merge` puts the files of all shards together. */
  shard?: string;
  /** Folder for each prediction, `ID.npy`, int32 (128, 128), as it enters the matching: before PAMR or the CRF. */
  save?: string;
  /** Predictions that are there already are replaced, whosever they are. */
  overwrite?: boolean;
  /** Predictions and finished pictures outlast a loss of power. */
  durable?: boolean;
  /** File that remembers finished pictures. */
  resume?: string;
  /** Told of every finished picture; `problem` for one that was left out. */
  onPicture?: (done: number, total: number, id: string, problem?: string) => void;
}

/** The part of the options that is about the data set. */
export const datasetOptions = ({ root, images, masks, list, classes, background, ignore, rule }: EvaluateOptions): DatasetOptions => ({
  root,
  images,
  masks,
  list,
  classes,
  background,
  ignore,
  rule,
});

const checkPrices = (prices: readonly number[], others: Pick<EvaluateOptions, 'tau' | 'price'>): void => {
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) throw new InputError(`Give prices or ${name}, not both: each sets the granularity`);
  }
  if (prices.length === 0) throw new InputError('Expected at least one price');
  for (const price of prices) check(SEGMENT.price, 'prices', price);
  const repeated = prices.find((price, at) => prices.indexOf(price) < at);
  if (repeated !== undefined) throw new InputError(`The price ${repeated} is given twice in prices: leave one out`);
};

const checkPart = ({ jobs, limit, shard, resume }: EvaluateOptions): void => {
  if (jobs !== undefined) check(JOBS.jobs, 'jobs', jobs);
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1))
    throw new InputError(`Expected a whole number of 1 and up for limit but received ${limit}`);
  if (shard === undefined) return;
  check(JOBS.shard, 'shard', shard);
  if (resume === undefined) throw new InputError('What a shard finds is put together with the others from its file: give --resume FILE with --shard');
};

const DICTIONARIES = ['picture', 'set'];

/** Options of segments that are made here. */
const MAKING = ['encoder', 'solver', 'alpha', 'threshold', 'kMeans', 'tau', 'price', 'ease', 'join', 'prices', 'parity', 'save', 'jobs'] as const;

const checkPredicted = (options: EvaluateOptions, { scores }: DatasetRow): void => {
  const { predictions, dictionary, refine } = options;
  if (dictionary !== undefined && !DICTIONARIES.includes(dictionary)) throw unknown('dictionary', dictionary, DICTIONARIES);
  if (dictionary !== undefined && scores !== 'classes')
    throw new InputError(`The dataset ${options.dataset} takes no --dictionary: there is no matching`);
  if (predictions === undefined) {
    if (dictionary !== 'set') return;
    throw new InputError(
      'One matching over the set needs ids that mean the same in all pictures, and those of segments made here do not: give --predictions DIR with label maps whose ids do, or leave --dictionary set out',
    );
  }
  const odd = [...MAKING, ...(Object.keys(ENCODER) as (keyof typeof ENCODER)[])].find((name) => options[name] !== undefined);
  if (odd) throw new InputError(`Both predictions and ${odd} were given, and ${odd} is of segments that are made here: leave one out`);
  if (refine !== undefined && (scores !== 'classes' || isDrawnWhole(refine)))
    throw new InputError(
      `Predictions are drawn already, so they take no --refine ${refine}${scores === 'classes' ? ': give pamr, crf or none' : ''}`,
    );
};

/**
 * What can be said of the options before anything is opened.
 * @returns the set's row, and its classes where it is scored by classes
 * @throws InputError for an unknown set, an option missing, not taken or out of range
 */
export const checkEvaluation = (options: EvaluateOptions): { row: DatasetRow; table?: ClassTable } => {
  const { dataset, solver, alpha, threshold, kMeans, tau, price, ease, join, prices, parity, save } = options;
  const given = datasetOptions(options);
  const row = findDataset(dataset, given);
  if (tau !== undefined && price !== undefined) throw new InputError('Give tau or price, not both: each sets the granularity');
  for (const [name, value] of Object.entries({ solver, alpha, threshold, kMeans, tau, price, ease, join, ...encoderOptionsOf(options) })) {
    if (value !== undefined) check(SEGMENT[name as 'alpha'], name, value);
  }
  if (askedSolver(options)) solverOf(MODELS[0], options); // whatever the encoder: what excludes each other
  const asked = askedSolver(options);
  if (asked && asked !== 'ncut' && parity !== undefined)
    throw new InputError(`Both the solver ${asked} and parity were given, and parity is of the solver ncut: leave one out`);
  if (prices) checkPrices(prices, { tau, price });
  checkPart(options);
  checkPredicted(options, row);
  if (row.scores === 'classes') {
    if (prices) throw new InputError(`The dataset ${dataset} takes no --prices: "diffcut tune" walks them by classes`);
    return { row, table: classTable(row, given) };
  }
  if (save !== undefined) throw new InputError(`The dataset ${dataset} takes no --save: there is no matching`);
  return { row };
};

/** Options of the encoder that change a number. */
export const NUMBERS = ['size', 'keepRatio', 'timestep', 'noise', 'prompt', 'vae', 'layer', 'tap'] as const;

/** The solver that was asked for, by name or by one of its own options; else the encoder's. */
const evalSolver = (row: Encoder['row'], { solver, tau, alpha, threshold, kMeans, parity, refine }: EvaluateOptions) =>
  solverOf(row, { solver: solver ?? (parity === undefined ? undefined : 'ncut'), tau, alpha, threshold, kMeans, refine });

const full = (path: string | undefined): string | null => (path === undefined ? null : resolve(path));

/** Which run a file is of, in full paths, so that it may go on from another folder. */
export const runSettings = (kind: string, { dataset, root, images, masks, list, rule }: EvaluateOptions): Settings => ({
  kind,
  version: VERSION,
  dataset,
  root: full(root),
  images: full(images),
  masks: full(masks),
  list: full(list),
  rule: ruleOf(DATASETS[dataset], rule),
});

/** What of the options makes the segments. */
const making = (options: EvaluateOptions, { name, row }: Pick<Encoder, 'name' | 'row'>, rows: ClassRows | undefined): Settings => {
  const { alpha, tau, price, ease, join, prices } = options;
  const solver = evalSolver(row, options);
  const isCut = solver === 'ncut';
  return {
    encoder: name,
    solver,
    alpha: isCut ? (alpha ?? row.alpha) : null,
    ...toldGranularity(granularityOf(row, solver, { tau, price: prices?.[0] ?? price, ease, join }, rows ? 'protocol' : 'people')),
    ...(prices && { price: null, prices }),
    parity: isCut ? (options.parity ?? row.parity) : null,
    ...(solver === 'diffseg' && { threshold: options.threshold ?? DIFFSEG.threshold.default, kMeans: options.kMeans ?? DIFFSEG.kMeans.default }),
    ...Object.fromEntries(NUMBERS.map((key) => [key, encoderOptionsOf(options)[key] ?? null])),
  };
};

const KINDS = { picture: 'classes', set: 'dictionary' } as const;

/** How borders are drawn where nobody says: predictions as they are. */
const usualRefine = ({ predictions }: EvaluateOptions, rows: ClassRows | undefined): string =>
  predictions !== undefined ? 'none' : rows ? 'pamr' : SEGMENT.refine.default;

/** Everything that changes a number. @param encoder none where predictions are given */
export const settingsOf = (options: EvaluateOptions, encoder: Pick<Encoder, 'name' | 'row'> | undefined, rows: ClassRows | undefined): Settings => {
  const { predictions, dictionary = 'picture', refine } = options;
  return {
    ...runSettings(rows ? KINDS[dictionary] : 'drawings', options),
    classes: rows?.rows ?? null,
    background: rows?.background ? rows.values[rows.rows - 1] : null,
    ignore: rows?.ignore ?? null,
    ...(encoder ? making(options, encoder, rows) : { predictions: full(predictions), ...(rows && { dictionary }) }),
    refine: refine ?? usualRefine(options, rows),
  };
};

/** How what was asked for is cut, as the settings tell it. */
interface Cutting {
  solver: SolverName;
  /** Null with the solver `merge`, as is the parity. */
  alpha: number | null;
  parity: boolean | null;
  /** Only with the solver `diffseg`. */
  threshold?: number;
  kMeans?: boolean;
  /** Each price of a list, or the one granularity that was asked for. */
  granularities: Granularity[];
}

export const cuttingOf = (settings: Settings): Cutting => {
  const { solver, alpha, parity, threshold, kMeans, tau, price, ease, join, prices } = settings as unknown as Omit<Cutting, 'granularities'> &
    Record<'tau' | 'price', number | null> &
    Record<'ease' | 'join', number> & { prices?: readonly number[] };
  const at = (value: number): Granularity => ({ price: value, ease, join });
  const granularities = prices ? prices.map(at) : [price === null ? { tau: tau as number } : at(price)];
  return { solver, alpha, parity, ...(threshold !== undefined && { threshold, kMeans: kMeans as boolean }), granularities };
};
