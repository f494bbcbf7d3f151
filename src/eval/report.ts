import { classIou, meanIou, pixelAccuracy } from './class-protocol/metrics.ts';
import { type ClassRows, EVAL_PAMR, EVAL_SIDE } from './class-protocol/protocol.ts';
import type { Settings } from './ledger.ts';
import { meanScore } from './regions/drawings.ts';
import { drawingJson, drawingLines, drawingProtocol, priceLines, pricesJson } from './regions/report.ts';
import type { ClassScores, Evaluation } from './run.ts';
import type { EvaluateOptions } from './settings.ts';

/** What draws the borders under the class protocol. */
const DRAWN: Readonly<Record<NonNullable<EvaluateOptions['refine']>, string>> = {
  pamr: `PAMR ${EVAL_PAMR.iterations};${EVAL_PAMR.dilations.join(',')}`,
  none: 'no PAMR',
  edges: 'drawn by edges at its own size, no PAMR',
  vote: 'drawn by vote at its own size, no PAMR',
};

/** How the number was made: harnesses differ by more than methods do, so it is always printed beside it. */
export const protocolLine = ({ classes, settings }: { classes?: { rows: ClassRows }; settings: Settings }): string => {
  if (!classes) return drawingProtocol(settings);
  const background = classes.rows.background ? 'many-to-one background' : 'no background';
  return `DiffCut protocol, ${EVAL_SIDE}x${EVAL_SIDE}, ${DRAWN[settings.refine as keyof typeof DRAWN]}, ${background}, IoU over the set`;
};

/** The encoder and its settings, in words. */
export const settingsText = ({ encoder, settings }: Pick<Evaluation, 'encoder' | 'settings'>): string =>
  [
    encoder,
    ...['solver', 'alpha', 'tau', 'price', 'prices', 'ease', 'join', 'parity', 'size', 'refine']
      .filter((key) => (settings[key] ?? null) !== null)
      .map((key) => `${key} ${settings[key]}`),
    ...(settings.shards === undefined ? [] : [`shard ${settings.shard}/${settings.shards} of the set`]),
  ].join(', ');

/** For people; a dash where there is none. */
export const percent = (share: number | null): string => (share === null ? '-' : (share * 100).toFixed(1));
const fixed = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits));

/** One row a class, in the order of the mask's values. */
const perClass = ({ counts, rows, names }: ClassScores) => {
  const iou = classIou(counts);
  return rows.values
    .map((value, row) => ({
      class: value,
      name: names?.[value] ?? String(value),
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
    `best segment    ${percent(best)} % IoU, mean over ${count} objects, ${settings.refine === 'edges' ? "at the square's own size" : `${EVAL_SIDE}x${EVAL_SIDE}`}`,
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
  return `segments a picture: ${fixed(classes ? classes.segments : meanScore(drawings.map(([score]) => score)).segments, 1)}; `;
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
  };
};

const scoreJson = ({ classes, drawings, settings }: Evaluation): Record<string, unknown> => {
  if (classes) return classJson(classes);
  if (!drawings) return {};
  const { prices } = settings;
  return Array.isArray(prices) ? pricesJson(drawings, prices) : drawingJson(drawings.map(([score]) => score));
};

/**
 * The result for programs: `mIoU`, `pixelAccuracy`, `objects` and each `iou` in percent; `precision`, `recall`, `covering`,
 * `pri` and `slivers` 0..1, `vi` in bits; null where undefined. With a list of prices these stand in `prices`, and `ods`
 * and `ois` beside them.
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
