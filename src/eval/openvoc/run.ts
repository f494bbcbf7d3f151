/**
 * Open vocabulary, as DiffCut publishes it (`eval_diffcut_openvoc.py` there): every segment gets a class by its name.
 *
 *   picture ─ centre square ─ segments at 1024 x 1024, PAMR ─ names ─► a class a pixel
 *   mask ──── centre square ─ 1024 nearest-exact, void is background ► a class a pixel ─► Jaccard of the picture, mean over pictures
 */
import type * as Library from '../../toolkit.ts';
import {
  type Encoder,
  encoderOptionsOf,
  InputError,
  isOfTokens,
  type LabelMap,
  NAMING,
  type Namer,
  type RgbImage,
  resizeBilinear,
  resizeLabels,
  unknown,
  VOCABULARIES,
} from '../../toolkit.ts';
import { type ClassRows, centreSquare, classRows, cropLabels, cropPicture } from '../class-protocol/protocol.ts';
import { type Item, resolveItems } from '../datasets.ts';
import { filesOf, openLedger, readPair } from '../disk.ts';
import { eachPicture, type Outcome } from '../each-picture.ts';
import { isDrawnWhole } from '../exam.ts';
import type { Form, Line, Settings } from '../ledger.ts';
import { ruledBy, type Stages } from '../measure.ts';
import { checkEvaluation, cuttingOf, datasetOptions, type EvaluateOptions, settingsOf } from '../settings.ts';
import { partOf } from '../shard.ts';
import { pictureJaccard } from './jaccard.ts';

/** Side of the maps that are compared, pixels. */
export const OPENVOC_SIDE = 1024;
/** PAMR's settings in this evaluation. */
export const OPENVOC_PAMR = { iterations: 15, dilations: [1, 2, 4, 8, 12, 24, 32, 64], median: 'numeric' } as const;

/** Sets that an open vocabulary is published for; all have "background" first among their names. */
const SETS = {
  voc2012: { vocabulary: 'voc' },
  context: { vocabulary: 'context' },
  'coco-object': { vocabulary: 'coco', scale: 2 },
} as const satisfies Record<string, { vocabulary: keyof typeof VOCABULARIES; scale?: number }>;

export interface OpenvocOptions extends Omit<EvaluateOptions, 'prices' | 'save' | 'overwrite' | 'jobs' | 'predictions' | 'dictionary'> {
  /** What names segments: of `NAMERS`, or a folder. */
  namesModel: string;
  /** How a vision transformer's last block is read. */
  dense?: 'values' | 'residual';
}

type OpenvocStages = Stages & Pick<typeof Library, 'openNamer' | 'findNamer'>;

/** What is kept of a picture. */
export interface OpenvocResult extends Line {
  jaccard: number;
  segments: number;
}

export interface Openvoc extends Outcome {
  settings: Settings;
  results: readonly OpenvocResult[];
}

export const openvocForm: Form<OpenvocResult> = {
  write: (result) => result,
  read: ({ id, at, ...line }) => {
    const { jaccard, segments } = line as Record<string, unknown>;
    if (!(typeof jaccard === 'number' && jaccard >= 0 && jaccard <= 1) || !Number.isInteger(segments)) throw new Error('no result');
    return { id, at, jaccard, segments: segments as number };
  },
};

interface Job {
  stages: OpenvocStages;
  encoder: Encoder;
  namer: Namer;
  options: OpenvocOptions;
  settings: Settings;
  rows: ClassRows;
  /** Class of each of the vocabulary's names. */
  classOf: ReadonlyMap<string, number>;
}

/** @throws InputError for a set or an option that the evaluation does not take */
export const checkOpenvoc = (options: OpenvocOptions): ClassRows => {
  if (!Object.hasOwn(SETS, options.dataset)) throw unknown('dataset of eval openvoc', options.dataset, Object.keys(SETS));
  const { table } = checkEvaluation(options);
  if (table?.background === undefined) throw new InputError(`The dataset ${options.dataset} has no background`);
  return classRows(table.classes, table.ignore, table.background);
};

/** Segments of the square, at 1024 x 1024. */
const segmentsOf = async ({ stages, encoder, options, settings }: Job, square: RgbImage): Promise<LabelMap> => {
  const { solver, alpha, granularities } = cuttingOf(settings);
  const { refine = 'pamr', signal } = options;
  const [granularity] = granularities;
  const size = { width: OPENVOC_SIDE, height: OPENVOC_SIDE };
  const analysis = await stages.analyse(square, { encoder, solver, alpha: alpha ?? undefined, ...granularity, signal });
  if (isDrawnWhole(refine)) return resizeLabels(await stages.draw(analysis, granularity, { refine, signal }), size);
  const coarse = await stages.cut(analysis.tree, analysis.features, granularity);
  const fine = isOfTokens(analysis.tree) ? await stages.assign(coarse, analysis.features, size) : resizeLabels(coarse, size);
  if (refine === 'none') return fine;
  const data = resizeBilinear(square.data, square.width, square.height, 3, OPENVOC_SIDE, OPENVOC_SIDE);
  return stages.refine(fine, { data, ...size }, { method: 'pamr', ...OPENVOC_PAMR, signal });
};

/** The mask of the square at 1024 x 1024, void counted as background. */
const truthOf = (mask: LabelMap, square: Parameters<typeof cropLabels>[1], { values, ignore }: ClassRows): Int32Array => {
  const background = values[values.length - 1];
  const { data } = resizeLabels(cropLabels(mask, square), { width: OPENVOC_SIDE, height: OPENVOC_SIDE });
  return data.map((value) => (value === ignore ? background : value));
};

const measure = async (item: Item, job: Job): Promise<OpenvocResult> => {
  const { stages, namer, options, rows, classOf } = job;
  const { image, masks } = await readPair(stages, item);
  const square = centreSquare(image.width, image.height);
  const picture = cropPicture(image, square);
  const labels = await segmentsOf(job, picture);
  const ids = [...new Set(labels.data)].sort((a, b) => a - b);
  const names = await namer.name(
    picture,
    labels,
    ids.map((id) => ({ id }) as never),
    { signal: options.signal },
  );
  const classes = new Map(ids.map((id, i) => [id, classOf.get(names[i]?.name ?? '') ?? 0]));
  const predicted = labels.data.map((id) => classes.get(id) as number);
  const jaccard = pictureJaccard(truthOf(masks[0], square, rows), predicted, rows.rows);
  return { id: item.id, at: item.at, jaccard, segments: ids.length };
};

/** The set's class of each name: the vocabulary has the background first, the set may have it last. */
const classesByName = (dataset: keyof typeof SETS, { rows, values }: ClassRows): Map<string, number> => {
  const background = values[values.length - 1];
  const list = VOCABULARIES[SETS[dataset].vocabulary];
  return new Map(list.map(([name], i) => [name, background === 0 ? i : (i - 1 + rows) % rows]));
};

/** The namer of a set's names, at the published size of its input. */
const openFor = async (stages: OpenvocStages, options: OpenvocOptions): Promise<{ namer: Namer; size: number | null }> => {
  const { namesModel, dense = NAMING.dense.default, threads, device, worker, signal } = options;
  const set: { vocabulary: string; scale?: number } = SETS[options.dataset as keyof typeof SETS];
  const side = stages.findNamer(namesModel)?.size;
  const size = side === undefined || set.scale === undefined ? undefined : side * set.scale;
  const namer = await stages.openNamer(namesModel, { vocabulary: set.vocabulary, dense, threads, device, worker, signal, size });
  return { namer, size: size ?? side ?? null };
};

/** How a run is told from others. */
const openvocSettings = (options: OpenvocOptions, encoder: Encoder, rows: ClassRows, namesSize: number | null): Settings => ({
  ...settingsOf(options, encoder, rows),
  kind: 'openvoc',
  namesModel: options.namesModel,
  namesSize,
  dense: options.dense ?? NAMING.dense.default,
});

/**
 * Segments and names every picture of a set, and scores it. A picture that cannot be read or scored is reported, left out and listed in
 * `failed`.
 * @throws InputError for options out of range, a set that is not whole, a resume file of another run
 */
export const evaluateOpenvoc = async (options: OpenvocOptions, stages: OpenvocStages): Promise<Openvoc> => {
  const rows = checkOpenvoc(options);
  const { row } = checkEvaluation(options);
  const { items, told } = partOf(await resolveItems(row, datasetOptions(options), filesOf(options.signal)), options);
  const { namer, size } = await openFor(stages, options);
  try {
    const opened = await stages.openEncoder(options.encoder ?? stages.DEFAULT_ENCODER, { ...encoderOptionsOf(options), signal: options.signal });
    try {
      const encoder = ruledBy(opened, options.parity);
      const settings = { ...openvocSettings(options, encoder, rows, size), ...told };
      const classOf = classesByName(options.dataset as keyof typeof SETS, rows);
      return await measureSet(items, { stages, encoder, namer, options, settings, rows, classOf });
    } finally {
      await opened.dispose();
    }
  } finally {
    await namer.dispose();
  }
};

const measureSet = async (items: readonly Item[], job: Job): Promise<Openvoc> => {
  const { options, settings } = job;
  const ledger = await openLedger(options.resume, { settings }, openvocForm, options.durable);
  const results: OpenvocResult[] = [];
  const outcome = await eachPicture<OpenvocResult, OpenvocResult>(items, {
    known: ledger.known,
    measure: (item) => measure(item, job),
    keep: async (result) => {
      await ledger.add(result);
      return result;
    },
    lose: ledger.add,
    take: (result) => results.push(result),
    signal: options.signal,
    onPicture: options.onPicture,
  });
  return { ...outcome, settings, results };
};
