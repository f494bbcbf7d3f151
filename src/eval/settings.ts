/** What an evaluation is asked to do, checked before anything is opened, and what of it decides the numbers. */
import { resolve } from 'node:path';
import {
  check,
  ENCODER,
  type Encoder,
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
  type Watch,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import type { ClassRows } from './class-protocol/protocol.ts';
import { classTable, DATASETS, findDataset, ruleOf } from './datasets.ts';
import type { Settings } from './ledger.ts';
import type { ClassTable, DatasetOptions, DatasetRow } from './sets/row.ts';

/** What is evaluated, on what, and where it goes. */
export interface EvaluateOptions extends DatasetOptions, Watch, Given<typeof ENCODER> {
  dataset: string;
  encoder?: string;
  solver?: SolverName;
  alpha?: number;
  tau?: number;
  price?: number;
  ease?: number;
  join?: number;
  /** Instead of one granularity each of these, from one analysis a picture; of sets that are scored by annotators. */
  prices?: readonly number[];
  /** The reference's rule for exact zeros; the encoder's own choice where not given. */
  parity?: boolean;
  /**
   * How borders are drawn. By classes: `pamr` (where not given) and `none` at 128 x 128, `edges` as `segment` does at the
   * square's own size. By annotators: what `segment` does, `edges` where not given.
   */
  refine?: 'edges' | 'vote' | 'pamr' | 'none';
  /** Pictures at a time, as with `segment`: as cores and memory allow where not given. */
  jobs?: number;
  /** Only the first so many pictures. */
  limit?: number;
  /** `i/n`: of these only every n-th, from the i-th on; `eval merge` puts the files of all shards together. */
  shard?: string;
  /** Folder for each prediction, `ID.npy`, int32 (128, 128), as it enters the matching. */
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

/** The part of the options that is about the encoder. */
export const encoderOptions = (options: EvaluateOptions): Given<typeof ENCODER> =>
  Object.fromEntries(Object.keys(ENCODER).map((key) => [key, options[key as keyof typeof ENCODER]]));

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
};

const checkPart = ({ jobs, limit, shard, resume }: EvaluateOptions): void => {
  if (jobs !== undefined) check(JOBS.jobs, 'jobs', jobs);
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1))
    throw new InputError(`Expected a whole number of 1 and up for limit but received ${limit}`);
  if (shard === undefined) return;
  check(JOBS.shard, 'shard', shard);
  if (resume === undefined) throw new InputError('What a shard finds is put together with the others from its file: give --resume FILE with --shard');
};

/**
 * What can be said of the options before anything is opened.
 * @returns the set's row, and its classes where it is scored by classes
 * @throws InputError for an unknown set, an option missing, not taken or out of range
 */
export const checkEvaluation = (options: EvaluateOptions): { row: DatasetRow; table?: ClassTable } => {
  const { dataset, solver, alpha, tau, price, ease, join, prices, parity, save } = options;
  const given = datasetOptions(options);
  const row = findDataset(dataset, given);
  if (tau !== undefined && price !== undefined) throw new InputError('Give tau or price, not both: each sets the granularity');
  for (const [name, value] of Object.entries({ solver, alpha, tau, price, ease, join, ...encoderOptions(options) })) {
    if (value !== undefined) check(SEGMENT[name as 'alpha'], name, value);
  }
  if (solver) solverOf(MODELS[0], options); // whatever the encoder: what excludes each other
  if (solver && solver !== 'ncut' && parity !== undefined)
    throw new InputError(`Both the solver ${solver} and parity were given, and parity is of the solver ncut: leave one out`);
  if (prices) checkPrices(prices, { tau, price });
  checkPart(options);
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
const evalSolver = (row: Encoder['row'], { solver, tau, alpha, parity, refine }: EvaluateOptions) =>
  solverOf(row, { solver: solver ?? (parity === undefined ? undefined : 'ncut'), tau, alpha, refine });

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

/** Everything that changes a number. */
export const settingsOf = (options: EvaluateOptions, encoder: Pick<Encoder, 'name' | 'row'>, rows: ClassRows | undefined): Settings => {
  const { alpha, tau, price, ease, join, prices, refine } = options;
  const { row } = encoder;
  const solver = evalSolver(row, options);
  const isCut = solver === 'ncut';
  return {
    ...runSettings(rows ? 'classes' : 'drawings', options),
    classes: rows?.rows ?? null,
    background: rows?.background ? rows.values[rows.rows - 1] : null,
    ignore: rows?.ignore ?? null,
    encoder: encoder.name,
    solver,
    alpha: isCut ? (alpha ?? row.alpha) : null,
    ...toldGranularity(granularityOf(row, solver, { tau, price: prices?.[0] ?? price, ease, join }, rows ? 'protocol' : 'people')),
    ...(prices && { price: null, prices }),
    parity: isCut ? (options.parity ?? row.parity) : null,
    ...Object.fromEntries(NUMBERS.map((key) => [key, options[key] ?? null])),
    refine: refine ?? (rows ? 'pamr' : SEGMENT.refine.default),
  };
};

/** How what was asked for is cut, as the settings tell it. */
interface Cutting {
  solver: SolverName;
  /** Null with the solver `merge`, as is the parity. */
  alpha: number | null;
  parity: boolean | null;
  /** Each price of a list, or the one granularity that was asked for. */
  granularities: Granularity[];
}

export const cuttingOf = (settings: Settings): Cutting => {
  const { solver, alpha, parity, tau, price, ease, join, prices } = settings as unknown as Omit<Cutting, 'granularities'> &
    Record<'tau' | 'price', number | null> &
    Record<'ease' | 'join', number> & { prices?: readonly number[] };
  const at = (value: number): Granularity => ({ price: value, ease, join });
  const granularities = prices ? prices.map(at) : [price === null ? { tau: tau as number } : at(price)];
  return { solver, alpha, parity, granularities };
};
