/** A picture as it was scored: what of it and of its mask counts, and what its predicted segments were matched with. */

import type { LabelMap, RgbImage } from '../../toolkit.ts';
import * as library from '../../toolkit.ts';
import { matchDictionary } from '../class-protocol/dictionary.ts';
import { rankIds, rowsOfSegments } from '../class-protocol/score.ts';
import type { Item } from '../datasets.ts';
import { predictionPath, readPair } from '../disk.ts';
import { type Exam, openExam } from '../exam.ts';
import type { Result } from '../ledger.ts';
import { squarePrediction, wholePrediction } from '../predictions.ts';
import { contingency } from '../regions/contingency.ts';
import { segmentCount } from '../regions/drawings.ts';
import { rowsOf } from '../run.ts';
import type { EvaluateOptions } from '../settings.ts';
import type { Matched } from './paint.ts';
import type { Run } from './runs.ts';

/** A picture of a run. */
export interface Scored {
  picture: RgbImage;
  mask: LabelMap;
  /** Segments as they are scored; none where the run kept nothing, or what is there is no longer of it. */
  prediction?: Matched;
}

/** By class, the segment that was given to it: the mask's value of each segment. */
const valuesOf = (run: Run, rowOf: ReadonlyMap<number, number>): Map<number, number> => {
  const { values } = rowsOf(run.settings);
  return new Map([...rowOf].map(([id, row]) => [id, values[row]]));
};

const dictionaries = new WeakMap<Run, Map<number, number>>();

/** Of one matching over the set: once a run. */
const dictionaryOf = (run: Run): Map<number, number> => {
  const known = dictionaries.get(run);
  if (known) return known;
  const overlaps = run.results.flatMap((result) => ('overlaps' in result ? result.overlaps : []));
  const { ids, ...match } = matchDictionary(overlaps, rowsOf(run.settings).rows);
  const made = valuesOf(run, new Map([...rowsOfSegments(match)].map(([column, row]) => [ids[column], row])));
  dictionaries.set(run, made);
  return made;
};

const matchClasses = async (run: Run, prediction: LabelMap, exam: Exam): Promise<Matched> => {
  if (run.settings.kind === 'dictionary') return { labels: await exam.drawn(prediction), classOf: dictionaryOf(run) };
  const match = await exam.match(rankIds(prediction, prediction));
  return { labels: match.labels, classOf: valuesOf(run, rowsOfSegments(match)) };
};

/** Segments with the regions of a mask that they share most pixels with, each once. */
export const matchRegions = (labels: LabelMap, mask: LabelMap): Matched => {
  const { ids, overlaps } = contingency(labels.data, mask.data);
  const classOf = new Map<number, number>();
  const taken = new Set<number>();
  for (const { first, second } of overlaps.sort((a, b) => b.pixels - a.pixels)) {
    if (classOf.has(ids.first[first]) || taken.has(second)) continue;
    classOf.set(ids.first[first], ids.second[second]);
    taken.add(second);
  }
  return { labels, classOf };
};

const segmentsIn = (result: Result | undefined): number | undefined =>
  result && ('segments' in result ? result.segments : result.drawings[0].segments);

/** The prediction that the run kept or was given. */
const predictionOf = async ({ save, results }: Run, item: Item, read: (path: string) => Promise<LabelMap>): Promise<LabelMap | undefined> => {
  const path = item.predictionPath ?? (save && predictionPath(save, item.id));
  const found = path === undefined ? undefined : await read(path).catch(() => undefined); // gone, or another's: the picture stands alone
  return found && segmentCount(found) === segmentsIn(results.find(({ id }) => id === item.id)) ? found : undefined;
};

const ofRegions = async (run: Run, item: Item): Promise<Scored> => {
  const {
    image: picture,
    masks: [mask],
  } = await readPair(library, item);
  const found = await predictionOf(run, item, (path) => wholePrediction(path, picture, library));
  return { picture, mask, ...(found && { prediction: matchRegions(found, mask) }) };
};

const ofClasses = async (run: Run, item: Item): Promise<Scored> => {
  const refine = run.settings.refine as EvaluateOptions['refine'];
  const exam = await openExam(library, item, rowsOf(run.settings), { refine });
  const { image: picture, mask, size, square } = exam;
  const found = await predictionOf(run, item, (path) => squarePrediction(path, size, square, library));
  return { picture, mask, ...(found && { prediction: await matchClasses(run, found, exam) }) };
};

/** @throws InputError for a picture or a mask that cannot be read */
export const scoredPicture = (run: Run, item: Item): Promise<Scored> =>
  run.settings.kind === 'drawings' ? ofRegions(run, item) : ofClasses(run, item);
