import { pixelAccuracy } from '../class-protocol/metrics.ts';
import { percent, protocolLine, settingsText, toPercent } from '../report/evaluation.ts';
import { bestCell, type Cell, cellIou, crossCheck, type Edge, edgesOf, type HalfChoice, type Kind, type Place, wholeCounts } from './grid.ts';
import type { Tuning } from './tune.ts';

const KINDS: readonly Kind[] = ['tau', 'price'];

const placeText = ({ alpha, kind, value }: Place): string => `alpha ${alpha}, ${kind} ${value}`;

/** The part of a row of src/models/table.ts. A price found here is the protocol's, not the one that `segment` uses. */
const rowText = ({ alpha, kind, value }: Place, ease: number): string =>
  kind === 'tau' ? `alpha: ${alpha}, tau: ${value},` : `alpha: ${alpha}, protocolPrice: ${value}, ease: ${ease},`;

const flagsText = ({ alpha, kind, value }: Place, ease: number): string =>
  `--alpha ${alpha} --${kind} ${value}${kind === 'price' ? ` --ease ${ease}` : ''}`;

const COLUMN = 7;

/** mIoU by alpha and tau (or price); a star marks the best. */
const table = (cells: readonly Cell[], kind: Kind, best: Cell | undefined): string[] => {
  const alphas = [...new Set(cells.map(({ alpha }) => alpha))];
  const values = cells.filter(({ alpha }) => alpha === alphas[0]).map(({ value }) => value);
  const head = `alpha \\ ${kind}`;
  return [
    `${head} ${values.map((value) => `${value} `.padStart(COLUMN)).join('')}`,
    ...alphas.map((alpha) => {
      const row = cells.filter((cell) => cell.alpha === alpha);
      return `${String(alpha).padStart(head.length)} ${row.map((cell) => `${percent(cellIou(cell))}${cell === best ? '*' : ' '}`.padStart(COLUMN)).join('')}`;
    }),
  ].map((line) => line.trimEnd());
};

const halfText = ({ chosenOn, place, own, other, otherBest }: HalfChoice): string =>
  `${chosenOn.padEnd(8)}  pictures alone choose ${placeText(place)} (${percent(own)}): ${percent(other)} on the others, whose own best is ${percent(otherBest)}`;

const edgeText = ({ list, end, value, next }: Edge): string => `edge      ${value} is the ${end} of --${list}: widen the grid, say by ${next}`;

/** What is found along one kind: table, best, how it goes into use, and how far it can be trusted. */
const kindLines = (kind: Kind, tuning: Tuning): string[] => {
  const { grid, pictures } = tuning;
  const cells = tuning.cells.filter((cell) => cell.kind === kind);
  if (cells.length === 0) return [];
  const best = bestCell(cells);
  const lines = table(cells, kind, best);
  if (!best) return [...lines, ''];
  return [
    ...lines,
    '',
    `best      ${placeText(best)}: mIoU ${percent(cellIou(best))} %, pixel accuracy ${percent(pixelAccuracy(wholeCounts(best)))} %, ${(best.segments / pictures).toFixed(1)} segments a picture`,
    `row       ${rowText(best, grid.ease)}`,
    `segment   ${flagsText(best, grid.ease)}`,
    ...crossCheck(cells).map(halfText),
    ...edgesOf(grid, best).map(edgeText),
    '',
  ];
};

const FLATTERED = [
  'Each best is chosen on the pictures that it is scored on, which flatters it: compare what one half of',
  "the pictures chooses for the other with that other half's own best.",
];
const FOR_PEOPLE = [
  "The price is this protocol's (protocolPrice). People want more segments: the row's own price is lower,",
  'and a row with a tau is cut at that.',
];

/** The result for people, without a line end at its end. */
export const tuneText = (tuning: Tuning): string => {
  const { pictures, resumed, failed, dataset, rows, settings, grid } = tuning;
  return [
    'mIoU in percent, * the best',
    '',
    ...KINDS.flatMap((kind) => kindLines(kind, tuning)),
    ...(pictures > 0 ? [...FLATTERED, ...(grid.prices.length > 0 ? FOR_PEOPLE : []), ''] : []),
    `pictures: ${pictures}${resumed > 0 ? ` (${resumed} resumed)` : ''}${failed.length > 0 ? `, left out: ${failed.length}` : ''}`,
    `${dataset}: ${protocolLine({ classes: { rows }, settings })}`,
    settingsText(tuning),
  ].join('\n');
};

const placeJson = ({ alpha, kind, value }: Place) => ({ alpha, [kind]: value });

const kindJson = (kind: Kind, { cells, grid }: Tuning) => {
  const own = cells.filter((cell) => cell.kind === kind);
  const best = bestCell(own);
  if (!best) return null;
  return {
    ...placeJson(best),
    ...(kind === 'price' && { ease: grid.ease }),
    mIoU: toPercent(cellIou(best)),
    row: rowText(best, grid.ease),
    flags: flagsText(best, grid.ease),
    halves: crossCheck(own).map(({ chosenOn, place, own, other, otherBest }) => ({
      chosenOn,
      ...placeJson(place),
      mIoU: toPercent(own),
      other: toPercent(other),
      otherBest: toPercent(otherBest),
    })),
    edges: edgesOf(grid, best),
  };
};

/** The result for programs: every place of the grid, mIoU and pixel accuracy in percent, null where nothing was scored. */
export const tuneJson = (tuning: Tuning): Record<string, unknown> => {
  const { dataset, encoder, cells, pictures, resumed, failed, rows, settings } = tuning;
  return {
    dataset,
    encoder,
    pictures,
    resumed,
    failed,
    protocol: protocolLine({ classes: { rows }, settings }),
    settings,
    best: Object.fromEntries(KINDS.map((kind) => [kind, kindJson(kind, tuning)])),
    grid: cells.map((cell) => ({
      ...placeJson(cell),
      mIoU: toPercent(cellIou(cell)),
      pixelAccuracy: toPercent(pixelAccuracy(wholeCounts(cell))),
      segmentsPerPicture: pictures > 0 ? cell.segments / pictures : null,
      even: toPercent(cellIou(cell, 0)),
      odd: toPercent(cellIou(cell, 1)),
    })),
  };
};
