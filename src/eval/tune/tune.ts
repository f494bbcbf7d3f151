/**
 * The alpha and tau of an encoder, found on a labelled data set.
 *
 *   picture ─ features ─ alpha: one tree ─ cut at each tau and price ─ drawn ─ scored ─ sums of each half
 *
 * What is scored, and how, is the evaluation's own (run.ts): a cell of the grid is what `evaluate` gives there.
 */
import { isWhole } from '../../options/spec.ts';
import { type CutTree, type Encoder, encoderOptionsOf, type FeatureMap, InputError, type LabelMap, treeTauOf } from '../../toolkit.ts';
import { addCounts } from '../class-protocol/metrics.ts';
import { type ClassRows, classRows } from '../class-protocol/protocol.ts';
import { type Item, resolveItems } from '../datasets.ts';
import { filesOf, openLedger } from '../disk.ts';
import { eachPicture, type Outcome } from '../each-picture.ts';
import { type Exam, openExam } from '../exam.ts';
import { type Form, type Line, type PackedCounts, packCounts, type Settings, unpackCounts } from '../ledger.ts';
import { drawForExam, type Stages } from '../measure.ts';
import { segmentCount } from '../regions/drawings.ts';
import { rowsOf } from '../run.ts';
import type { ClassTable, DatasetRow } from '../sets/row.ts';
import { checkEvaluation, datasetOptions, type EvaluateOptions, settingsOf } from '../settings.ts';
import { partOf } from '../shard.ts';
import { type Cell, checkGrid, emptyCells, type Grid, type GridOptions, gridFor, placesOf } from './grid.ts';

/** What is walked, on what: a set that is scored by classes. */
export type TuneOptions = Omit<
  EvaluateOptions,
  | 'solver'
  | 'alpha'
  | 'threshold'
  | 'kMeans'
  | 'tau'
  | 'price'
  | 'prices'
  | 'join'
  | 'save'
  | 'overwrite'
  | 'durable'
  | 'refine'
  | 'jobs'
  | 'predictions'
  | 'dictionary'
> &
  GridOptions & { refine?: 'pamr' | 'crf' | 'none' };

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
export interface PictureScores extends Line {
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
  return { id: item.id, at: item.at, cells, scores };
};

/** Lines of the resume file. @param settings of the run */
export const scoresForm = (settings: Settings): Form<PictureScores> => {
  const { rows } = rowsOf(settings);
  const places = placesOf(gridOf(settings)).length;
  return {
    write: (scores) => scores,
    read: (line) => {
      const { id, at, cells, scores } = line as Line & Record<'cells' | 'scores', unknown>;
      if (!Array.isArray(cells) || !Array.isArray(scores)) throw new Error('no scores');
      if (cells.length !== places || !cells.every((cell) => isWhole(cell, 0, scores.length - 1))) throw new Error('no cells');
      for (const score of scores as PictureScores['scores']) {
        unpackCounts(score, rows);
        if (!Number.isInteger(score.segments)) throw new Error('no segments');
      }
      return { id, at, cells, scores };
    },
  };
};

const addPicture = (sums: Cell[], { at, cells, scores }: PictureScores): void => {
  const counts = scores.map((score) => unpackCounts(score, sums[0].halves[0].tp.length));
  for (const [place, cell] of cells.entries()) {
    addCounts(sums[place].halves[at % 2], counts[cell]);
    sums[place].segments += scores[cell].segments;
  }
};

/** What the scores of a set come to. */
export const tuningOf = (settings: Settings, { results, ...outcome }: Outcome & { results: readonly PictureScores[] }): Tuning => {
  const { dataset, encoder } = settings as { dataset: string; encoder: string };
  const [grid, rows] = [gridOf(settings), rowsOf(settings)];
  const cells = emptyCells(grid, rows.rows);
  for (const scores of results) addPicture(cells, scores);
  return { dataset, encoder, settings, grid, rows, ...outcome, cells };
};

const walk = async (items: readonly Item[], job: Job, settings: Settings): Promise<Outcome & { results: PictureScores[] }> => {
  const { resume, signal, onPicture } = job.options;
  const ledger = await openLedger(resume, { settings }, scoresForm(settings));
  const results: PictureScores[] = [];
  const outcome = await eachPicture<PictureScores, PictureScores>(items, {
    known: ledger.known,
    measure: (item) => measure(item, job),
    keep: async (scores) => {
      await ledger.add(scores);
      return scores;
    },
    lose: ledger.add,
    take: (scores) => results.push(scores),
    signal,
    onPicture,
  });
  return { ...outcome, results };
};

/** Everything that changes a number: the evaluation's, with lists where that has one value. */
const tuneSettings = (options: TuneOptions, encoder: Encoder, rows: ClassRows, { alphas, taus, prices, ease }: Grid): Settings => ({
  ...settingsOf(asEvaluation(options), encoder, rows),
  kind: 'tune',
  alpha: null,
  tau: null,
  price: null,
  ease: prices.length > 0 ? ease : null,
  alphas,
  taus,
  prices,
});

/** The grid that the settings tell of. Without prices their ease is nobody's. */
const gridOf = ({ alphas, taus, prices, ease }: Settings): Grid => ({ alphas, taus, prices, ease: ease ?? 0 }) as Grid;

/**
 * Scores every place of a grid over alpha and tau (and price): each picture is encoded once, and each alpha's tree is
 * built once. Pictures that cannot be read or scored are reported, left out and listed in `failed`.
 * @param stages the library's own functions
 * @throws InputError for options out of range, a set that is not whole or not scored by classes, a resume file of
 *   another run or one that cannot be written; the signal's reason once aborted
 */
export const tune = async (options: TuneOptions, stages: TuneStages): Promise<Tuning> => {
  const { row, table } = checkTuning(options);
  const rows = classRows(table.classes, table.ignore, table.background);
  const { items, told } = partOf(await resolveItems(row, datasetOptions(options), filesOf(options.signal)), options);
  const encoder = await stages.openEncoder(options.encoder ?? stages.DEFAULT_ENCODER, { ...encoderOptionsOf(options), signal: options.signal });
  try {
    const grid = gridFor(options, encoder.row);
    const settings: Settings = { ...tuneSettings(options, encoder, rows, grid), ...told };
    const parity = options.parity ?? encoder.row.parity;
    return tuningOf(settings, await walk(items, { stages, encoder, options, parity, grid, rows }, settings));
  } finally {
    await encoder.dispose();
  }
};
