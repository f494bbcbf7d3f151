import { classIou, meanIou, pixelAccuracy } from '../class-protocol/metrics.ts';
import { type ClassRows, EVAL_SIDE } from '../class-protocol/protocol.ts';
import { DATASETS, datasetNotes } from '../datasets.ts';
import { DRAWN, isDrawnWhole } from '../exam.ts';
import type { Settings } from '../ledger.ts';
import { type DrawingScore, meanScore } from '../regions/drawings.ts';
import { drawingFrame, drawingJson, drawingLines, drawingProtocol, oneToOneJson, priceLines, pricesJson } from '../regions/report.ts';
import type { ClassScores, Evaluation } from '../run.ts';

/** What the protocol hangs on. */
type Scored = { classes?: { rows: ClassRows }; settings: Settings };

const isOneMatching = ({ settings }: Scored): boolean => settings.dictionary === 'set';

const harness = (scored: Scored): string =>
  isOneMatching(scored)
    ? `one matching over the set (not DiffCut's, which is one a picture), ${EVAL_SIDE}x${EVAL_SIDE}`
    : `DiffCut protocol, ${EVAL_SIDE}x${EVAL_SIDE}`;

const SUMMED = 'IoU over the set';

/** What of the protocol is everybody's: figures with two of these never belong in one table. */
export const protocolFrame = (scored: Scored): string => (scored.classes ? `${harness(scored)}, ${SUMMED}` : drawingFrame);

/** What of it is the set's own. */
export const setProtocol = (scored: Scored): string[] => {
  const { classes, settings } = scored;
  if (!classes) return [];
  const background = isOneMatching(scored) ? 'background one of the classes' : 'many-to-one background';
  return [classes.rows.background ? background : 'no background', ...datasetNotes(DATASETS[settings.dataset as string], settings)];
};

/** How the number was made: harnesses differ by more than methods do, so it is always printed beside it. */
export const protocolLine = (scored: Scored): string => {
  const { classes, settings } = scored;
  if (!classes) return drawingProtocol(settings);
  const [background, ...notes] = setProtocol(scored);
  return [harness(scored), DRAWN[settings.refine as keyof typeof DRAWN].told, background, SUMMED, ...notes].join(', ');
};

/** The encoder and its settings, or whose predictions, in words. */
export const settingsText = ({ encoder, settings }: Pick<Evaluation, 'encoder' | 'settings'>): string =>
  [
    encoder ?? `predictions ${settings.predictions}`,
    ...['solver', 'alpha', 'threshold', 'tau', 'price', 'prices', 'ease', 'join', 'parity', 'size', 'refine']
      .filter((key) => (settings[key] ?? null) !== null)
      .map((key) => `${key} ${settings[key]}`),
    ...(settings.shards === undefined ? [] : [`shard ${settings.shard}/${settings.shards} of the set`]),
  ].join(', ');

/** For people; a dash where there is none. */
export const percent = (share: number | null): string => (share === null ? '-' : (share * 100).toFixed(1));
const fixed = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits));

/** What a set calls the class that has this value in its masks. */
export const className = (names: readonly string[] | undefined, value: number): string => names?.[value] ?? String(value);

/** One row a class, in the order of the mask's values. */
export const perClass = ({ counts, rows, names }: ClassScores) => {
  const iou = classIou(counts);
  return rows.values
    .map((value, row) => ({
      class: value,
      name: className(names, value),
      iou: iou[row],
      tp: counts.tp[row],
      fp: counts.fp[row],
      fn: counts.fn[row],
    }))
    .sort((a, b) => a.class - b.class);
};

/** Means over the objects of a set, 0..1; null where it has none. */
const meanObjects = ({ objects: { count, best, union } }: ClassScores) => ({
  count,
  best: count > 0 ? best / count : null,
  union: count > 0 ? union / count : null,
});

const classLines = (classes: ClassScores, settings: Settings): string[] => {
  const table = perClass(classes);
  const width = Math.max(5, ...table.map(({ name }) => name.length));
  const { count, best, union } = meanObjects(classes);
  return [
    `${'class'.padEnd(width)}  IoU %`,
    ...table.map(({ name, iou }) => `${name.padEnd(width)}  ${percent(iou).padStart(5)}`),
    '',
    `mIoU            ${percent(meanIou(classes.counts))} %`,
    `pixel accuracy  ${percent(pixelAccuracy(classes.counts))} %`,
    `best segment    ${percent(best)} % IoU, mean over ${count} objects, ${isDrawnWhole(settings.refine as keyof typeof DRAWN) ? "at the square's own size" : `${EVAL_SIDE}x${EVAL_SIDE}`}`,
    `its segments    ${percent(union)} % IoU, all those together that lie in an object by more than half`,
  ];
};

/** The measures, a line each or a table. */
const scoreLines = ({ classes, drawings, settings }: Evaluation): string[] => {
  if (classes) return classLines(classes, settings);
  if (!drawings) return [];
  const { prices } = settings;
  return Array.isArray(prices) ? priceLines(drawings, prices) : drawingLines(drawings.map(([score]) => score));
};

const segmentsOf = ({ classes, drawings = [], settings }: Evaluation): string => {
  if (settings.prices) return '';
  const ids = classes?.ids === undefined ? '' : `ids in the set: ${classes.ids}; `;
  return `${ids}segments a picture: ${fixed(classes ? classes.segments : meanScore(drawings.map(([score]) => score)).segments, 1)}; `;
};

/** The result for people, without a line end at its end. */
export const reportText = (evaluation: Evaluation): string => {
  const { pictures, resumed, failed, dataset } = evaluation;
  return [
    ...scoreLines(evaluation),
    `${segmentsOf(evaluation)}pictures: ${pictures}${resumed > 0 ? ` (${resumed} resumed)` : ''}${failed.length > 0 ? `, left out: ${failed.length}` : ''}`,
    `${dataset}: ${protocolLine(evaluation)}`,
    settingsText(evaluation),
  ].join('\n');
};

/** For programs. */
export const toPercent = (share: number | null): number | null => (share === null ? null : share * 100);

const classJson = (classes: ClassScores): Record<string, unknown> => {
  const { count, best, union } = meanObjects(classes);
  return {
    mIoU: toPercent(meanIou(classes.counts)),
    pixelAccuracy: toPercent(pixelAccuracy(classes.counts)),
    objects: { count, bestSegment: toPercent(best), union: toPercent(union) },
    segmentsPerPicture: classes.segments,
    ...(classes.ids !== undefined && { ids: classes.ids }),
  };
};

const jsonOfOne = (scores: readonly DrawingScore[]) => ({ ...drawingJson(scores), oneToOne: oneToOneJson(scores) });

/** The measures as programs read them, without what was left out and how. */
export const scoreJson = ({ classes, drawings, settings }: Evaluation): Record<string, unknown> => {
  if (classes) return classJson(classes);
  if (!drawings) return {};
  const { prices } = settings;
  return Array.isArray(prices) ? pricesJson(drawings, prices) : jsonOfOne(drawings.map(([score]) => score));
};

/**
 * The result for programs: `mIoU`, `pixelAccuracy`, `objects` and each `iou` in percent; `precision`, `recall`, `covering`,
 * `pri` and `slivers` 0..1, `vi` in bits, `oneToOne` the benchmark's border measure; null where undefined. With a list of prices
 * these stand in `prices`, and `ods` and `ois` beside them.
 */
export const reportJson = (evaluation: Evaluation): Record<string, unknown> => {
  const { dataset, classes, pictures, resumed, failed, settings } = evaluation;
  return {
    dataset,
    ...scoreJson(evaluation),
    pictures,
    resumed,
    failed,
    protocol: protocolLine(evaluation),
    settings,
    ...(classes && { classes: perClass(classes).map((row) => ({ ...row, iou: toPercent(row.iou) })) }),
  };
};
