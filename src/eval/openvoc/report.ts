/** What an evaluation of names tells. */
import { DATASETS, datasetNotes } from '../datasets.ts';
import type { Settings } from '../ledger.ts';
import { percent, settingsText, toPercent } from '../report/evaluation.ts';
import { OPENVOC_PAMR, OPENVOC_SIDE, type Openvoc } from './run.ts';

const DRAWN: Readonly<Record<string, string>> = {
  pamr: `PAMR ${OPENVOC_PAMR.iterations};${OPENVOC_PAMR.dilations.join(',')}`,
  none: 'no PAMR',
  edges: 'drawn by edges, no PAMR',
  vote: 'drawn by vote, no PAMR',
};

/** How the number was made: it is always printed beside it. */
const protocolOf = (settings: Settings): string =>
  [
    `DiffCut's open vocabulary, ${OPENVOC_SIDE}x${OPENVOC_SIDE}`,
    DRAWN[settings.refine as string],
    'void is background',
    'mean over pictures of the Jaccard index of each',
    ...datasetNotes(DATASETS[settings.dataset as string], settings),
  ].join(', ');

const namerOf = ({ namesModel, namesSize, dense }: Settings): string =>
  `names by ${namesModel}${namesSize === null ? '' : `, size ${namesSize}`}, dense ${dense}`;

const meanOf = (values: readonly number[]): number | null => (values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null);

/** For people, without a line end at its end. */
export const openvocText = ({ results, settings, pictures, resumed, failed }: Openvoc): string => {
  const segments = meanOf(results.map((one) => one.segments));
  return [
    `mean Jaccard    ${percent(meanOf(results.map(({ jaccard }) => jaccard)))} %`,
    `segments a picture: ${segments === null ? '-' : segments.toFixed(1)}; pictures: ${pictures}${resumed > 0 ? ` (${resumed} resumed)` : ''}${failed.length > 0 ? `, left out: ${failed.length}` : ''}`,
    `${settings.dataset}: ${protocolOf(settings)}`,
    `${settingsText({ encoder: settings.encoder as string, settings })}; ${namerOf(settings)}`,
  ].join('\n');
};

/** For programs: `jaccard` in percent, null without pictures. */
export const openvocJson = ({ results, settings, pictures, resumed, failed }: Openvoc): Record<string, unknown> => ({
  dataset: settings.dataset,
  jaccard: toPercent(meanOf(results.map(({ jaccard }) => jaccard))),
  segmentsPerPicture: meanOf(results.map((one) => one.segments)),
  pictures,
  resumed,
  failed,
  protocol: protocolOf(settings),
  settings,
});
