import { BORDER_TOLERANCE } from './borders.ts';
import type { Settings } from './ledger.ts';
import { classIou, meanIou, pixelAccuracy } from './metrics.ts';
import { type ClassRows, EVAL_PAMR, EVAL_SIDE } from './protocol.ts';
import type { Evaluation } from './run.ts';

/** How the number was made: harnesses differ by more than methods do, so it is always printed beside it. */
export const protocolLine = ({ classes, settings }: { classes?: { rows: ClassRows }; settings: Settings }): string => {
  if (!classes) return `borders at the picture's own size, within ${BORDER_TOLERANCE} pixels, mean over pictures`;
  const refined = settings.refine === 'pamr' ? `PAMR ${EVAL_PAMR.iterations};${EVAL_PAMR.dilations.join(',')}` : 'no PAMR';
  const background = classes.rows.background ? 'many-to-one background' : 'no background';
  return `DiffCut protocol, ${EVAL_SIDE}x${EVAL_SIDE}, ${refined}, ${background}, IoU over the set`;
};

/** The encoder and its settings, in words. */
export const settingsText = ({ encoder, settings }: Pick<Evaluation, 'encoder' | 'settings'>): string =>
  [
    encoder,
    ...['solver', 'alpha', 'tau', 'price', 'ease', 'join', 'parity', 'size', 'refine']
      .filter((key) => (settings[key] ?? null) !== null)
      .map((key) => `${key} ${settings[key]}`),
  ].join(', ');

/** For people; a dash where there is none. */
export const percent = (share: number | null): string => (share === null ? '-' : (share * 100).toFixed(1));
const fixed = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits));

/** One row a class, in the order of the mask's values. */
const perClass = ({ counts, rows, names }: NonNullable<Evaluation['classes']>) => {
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

const classLines = (classes: NonNullable<Evaluation['classes']>): string[] => {
  const table = perClass(classes);
  const width = Math.max(5, ...table.map(({ name }) => name.length));
  return [
    `${'class'.padEnd(width)}  IoU %`,
    ...table.map(({ name, iou }) => `${name.padEnd(width)}  ${percent(iou).padStart(5)}`),
    '',
    `mIoU            ${percent(meanIou(classes.counts))} %`,
    `pixel accuracy  ${percent(pixelAccuracy(classes.counts))} %`,
  ];
};

const borderLines = ({ precision, recall }: NonNullable<Evaluation['borders']>): string[] => [
  `precision  ${fixed(precision, 3)}`,
  `recall     ${fixed(recall, 3)}`,
];

/** The result for people, without a line end at its end. */
export const reportText = (evaluation: Evaluation): string => {
  const { classes, borders, pictures, resumed, failed, segments, dataset } = evaluation;
  return [
    ...(classes ? classLines(classes) : []),
    ...(borders ? borderLines(borders) : []),
    `segments a picture: ${fixed(segments, 1)}; pictures: ${pictures}${resumed > 0 ? ` (${resumed} resumed)` : ''}${failed.length > 0 ? `, left out: ${failed.length}` : ''}`,
    `${dataset}: ${protocolLine(evaluation)}`,
    settingsText(evaluation),
  ].join('\n');
};

/** For programs. */
export const toPercent = (share: number | null): number | null => (share === null ? null : share * 100);

/** The result for programs: `mIoU`, `pixelAccuracy` and each `iou` in percent, `precision` and `recall` 0..1; null where undefined. */
export const reportJson = (evaluation: Evaluation): Record<string, unknown> => {
  const { dataset, classes, borders, pictures, resumed, failed, segments, settings } = evaluation;
  return {
    dataset,
    ...(classes && { mIoU: toPercent(meanIou(classes.counts)), pixelAccuracy: toPercent(pixelAccuracy(classes.counts)) }),
    ...borders,
    segmentsPerPicture: segments,
    pictures,
    resumed,
    failed,
    protocol: protocolLine(evaluation),
    settings,
    ...(classes && { classes: perClass(classes).map((row) => ({ ...row, iou: toPercent(row.iou) })) }),
  };
};
