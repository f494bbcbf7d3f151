/**
 * The alpha and tau of an encoder, found on a labelled data set.
 *
 *   picture ─ features ─ alpha: one tree ─ cut at each tau and price ─ drawn ─ scored ─ sums of each half
 *
 * What is scored, and how, is the evaluation's own (run.ts): a cell of the grid is what `evaluate` gives there.
 */
import { type CutTree, type Encoder, type FeatureMap, InputError, type LabelMap, treeTauOf } from '../../toolkit.ts';
import { addCounts } from '../class-protocol/metrics.ts';
import { type ClassRows, classRows } from '../class-protocol/protocol.ts';
import { type ClassTable, type DatasetRow, type Item, resolveItems } from '../datasets.ts';
import { appendLine, filesOf, openLedger } from '../disk.ts';
import { type Exam, openExam } from '../exam.ts';
import { type PackedCounts, packCounts, type Settings, unpackCounts } from '../ledger.ts';
import { segmentCount } from '../regions/drawings.ts';
import { drawForExam, eachPicture, type Outcome, type Stages } from '../run.ts';
import { checkEvaluation, datasetOptions, type EvaluateOptions, encoderOptions, settingsOf } from '../settings.ts';
import { type Cell, checkGrid, emptyCells, type Grid, type GridOptions, gridFor, placesOf } from './grid.ts';

/** What is walked, on what: a set that is scored by classes. */
export type TuneOptions = Omit<
  EvaluateOptions,
  'solver' | 'alpha' | 'tau' | 'price' | 'prices' | 'join' | 'save' | 'overwrite' | 'durable' | 'refine'
> &
  GridOptions & { refine?: 'pamr' | 'none' };

/** The library's functions that tuning runs; a test may give its own. */
export type TuneStages = Omit<Stages, 'analyse' | 'draw' | 'writeNpy'>;

/** What came out. */
export interface Tuning extends Outcome {
  dataset: string;
  encoder: string;
  settings: Settings;
  grid: Grid;
  rows: ClassRows;
  /** Alpha by alpha, the taus before the prices. */
  cells: Cell[];
}

/** A picture's scores: those of its different cuts, and which of them each place of the grid has. */
interface PictureScores {
  id: string;
  cells: number[];
  scores: (PackedCounts & { segments: number })[];
}

/** With the solver that has a grid, and without the lists, which are the grid's. */
const asEvaluation = (options: TuneOptions): EvaluateOptions => ({ ...options, solver: 'ncut', prices: undefined });

/**
 * What can be said of the options before anything is opened.
 * @throws InputError as for an evaluation, for a grid out of range, and for a set that is scored by annotators
 */
export const checkTuning = (options: TuneOptions): { row: DatasetRow; table: ClassTable } => {
  const { row, table } = checkEvaluation(asEvaluation(options));
  checkGrid(options);
  if (!table) {
    throw new InputError(`The dataset ${options.dataset} is scored by annotators, and alpha and tau are tuned by classes: give another dataset`);
  }
  return { row, table };
};

/** The tree as it would be, had it been built down to `treeTau` only: what pruning may choose from depends on it. */
const tightened = (tree: CutTree, treeTau: number): CutTree => {
  const { cut, children } = tree;
  if (!cut || cut.treeTau <= treeTau) return tree;
  return { ...tree, cut: { ...cut, treeTau }, children: children.map((child, i) => (cut.ncut[i >> 1] < treeTau ? child : -1)) };
};

interface Job {
  stages: TuneStages;
  encoder: Encoder;
  options: TuneOptions;
  parity: boolean;
  grid: Grid;
  rows: ClassRows;
}

/** Segments of every tau and every price, in the order of the grid, from one tree. */
const cutsOf = async (features: FeatureMap, alpha: number, { stages, options, parity, grid }: Job): Promise<LabelMap[]> => {
  const { taus, prices, ease } = grid;
  const priced = prices.map((price) => ({ price, ease }));
  const wanted = Math.max(0, ...priced.map((granularity) => treeTauOf(granularity)));
  const tau = Math.max(...taus, wanted);
  const { tree } = await stages.partition(features, { alpha, tau, parity, signal: options.signal });
  const pruned = tightened(tree, wanted);
  return Promise.all([
    ...taus.map((value) => stages.cut(tree, features, { tau: value })),
    ...priced.map((price) => stages.cut(pruned, features, price)),
  ]);
};

/** Scores cuts of one picture, each different one once: neighbouring places of the grid often have the same. */
const scorer = (stages: TuneStages, { score }: Exam, features: FeatureMap) => {
  const seen = new Map<string, number>();
  const scores: PictureScores['scores'] = [];
  const scored = async (cut: LabelMap): Promise<number> => {
    const key = cut.data.join();
    const known = seen.get(key);
    if (known !== undefined) return known;
    const prediction = await drawForExam(stages, cut, features);
    seen.set(key, scores.length);
    return scores.push({ segments: segmentCount(prediction), ...packCounts(await score(prediction)) }) - 1;
  };
  return { scores, scored };
};

const measure = async (item: Item, job: Job): Promise<PictureScores> => {
  const { stages, encoder, options, grid, rows } = job;
  const { signal } = options;
  const exam = await openExam(stages, item, rows, options);
  const features = await encoder.encode(exam.image, { signal });
  const { scores, scored } = scorer(stages, exam, features);
  const cells: number[] = [];
  for (const alpha of grid.alphas) {
    for (const cut of await cutsOf(features, alpha, job)) {
      signal?.throwIfAborted();
      cells.push(await scored(cut));
    }
  }
  return { id: item.id, cells, scores };
};

/** A line of the resume file. @throws Error for anything else */
const readScores = (line: Record<string, unknown>, places: number, rows: number): PictureScores => {
  const { id, cells, scores } = line as Record<keyof PictureScores, unknown>;
  if (typeof id !== 'string' || !Array.isArray(cells) || !Array.isArray(scores)) throw new Error('no scores');
  if (cells.length !== places || !cells.every((at) => Number.isInteger(at) && at >= 0 && at < scores.length)) throw new Error('no cells');
  for (const score of scores as PictureScores['scores']) {
    unpackCounts(score, rows);
    if (!Number.isInteger(score.segments)) throw new Error('no segments');
  }
  return { id, cells, scores };
};

const addPicture = (sums: Cell[], { cells, scores }: PictureScores, half: 0 | 1): void => {
  const counts = scores.map((score) => unpackCounts(score, sums[0].halves[0].tp.length));
  for (const [place, at] of cells.entries()) {
    addCounts(sums[place].halves[half], counts[at]);
    sums[place].segments += scores[at].segments;
  }
};

const walk = async (items: readonly Item[], job: Job, settings: Settings): Promise<Outcome & { cells: Cell[] }> => {
  const { options, grid, rows } = job;
  const { resume, signal, onPicture } = options;
  const places = placesOf(grid).length;
  const ledger = resume === undefined ? undefined : await openLedger(resume, settings, (line) => readScores(line, places, rows.rows));
  const cells = emptyCells(grid, rows.rows);
  const outcome = await eachPicture<PictureScores, PictureScores>(items, {
    known: (id) => ledger?.results.get(id),
    measure: (item) => measure(item, job),
    keep: async (scores) => {
      if (resume !== undefined) await appendLine(resume, `${JSON.stringify(scores)}\n`);
      return scores;
    },
    take: (scores, at) => addPicture(cells, scores, at % 2 === 0 ? 0 : 1),
    signal,
    onPicture,
  });
  return { ...outcome, cells };
};

/** Everything that changes a number: the evaluation's, with lists where that has one value. */
const tuneSettings = (options: TuneOptions, encoder: Encoder, rows: ClassRows, { alphas, taus, prices, ease }: Grid): Settings => ({
  ...settingsOf(asEvaluation(options), encoder, rows),
  alpha: null,
  tau: null,
  price: null,
  ease: prices.length > 0 ? ease : null,
  alphas,
  taus,
  prices,
});

/**
 * Scores every place of a grid over alpha and tau (and price): each picture is encoded once, and each alpha's tree is
 * built once. Pictures that cannot be read or scored are reported, left out and listed in `failed`.
 * @param stages the library's own functions
 * @throws InputError for options out of range, a set that is not whole or not scored by classes, a resume file of
 *   another run or one that cannot be written; the signal's reason once aborted
 */
export const tune = async (options: TuneOptions, stages: TuneStages): Promise<Tuning> => {
  const { row, table } = checkTuning(options);
  const { dataset, limit } = options;
  const rows = classRows(table.classes, table.ignore, table.background);
  const items = (await resolveItems(row, datasetOptions(options), filesOf(options.signal))).slice(0, limit);
  const encoder = await stages.openEncoder(options.encoder ?? stages.DEFAULT_ENCODER, encoderOptions(options));
  try {
    const grid = gridFor(options, encoder.row);
    const settings = tuneSettings(options, encoder, rows, grid);
    const parity = options.parity ?? encoder.row.parity;
    const { cells, ...outcome } = await walk(items, { stages, encoder, options, parity, grid, rows }, settings);
    return { dataset, encoder: encoder.name, settings, grid, rows, ...outcome, cells };
  } finally {
    await encoder.dispose();
  }
};
