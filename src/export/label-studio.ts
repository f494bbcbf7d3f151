/** A set as tasks of Label Studio with predictions: brushes, or polygons. */
import { LABEL_STUDIO } from '../options/export.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Polygon } from './arcs.ts';
import { encodeBrush } from './brush-rle.ts';
import { type LabelledPicture, type Objects, objectsOf, type SetFile } from './labelled.ts';
import { outlinesOf } from './outlines.ts';
import { checked, checkPicture, checkPictures, listTexts, type Pictures, utf8, wholeName } from './set.ts';
import { type Spans, spansById } from './spans.ts';

type Options = Resolved<typeof LABEL_STUDIO> & Watch;

/** A region of a prediction, as Label Studio's JSON has it. */
export interface StudioRegion {
  id: string;
  type: 'brushlabels' | 'polygonlabels';
  from_name: string;
  to_name: string;
  original_width: number;
  original_height: number;
  image_rotation: 0;
  /** How sure the name is, 0..1, where that is known. */
  score?: number;
  value:
    | { format: 'rle'; rle: number[]; brushlabels: [name: string] }
    /** Percent of the picture's width and height. */
    | { points: [x: number, y: number][]; closed: true; polygonlabels: [name: string] };
}

type Common = Pick<StudioRegion, 'to_name' | 'original_width' | 'original_height' | 'image_rotation' | 'score'>;
type Named = Objects['segments'][number];

const brushRegion = ({ id, name }: Named, spans: Spans, { fromName }: Options, common: Common): StudioRegion => {
  const size = { width: common.original_width, height: common.original_height };
  const value = { format: 'rle' as const, rle: Array.from(encodeBrush(spans, size)), brushlabels: [name] as [string] };
  return { id: `segment-${id}`, type: 'brushlabels', from_name: fromName, ...common, value };
};

/** A region a piece: Label Studio's polygons have one outline each. */
const polygonRegions = ({ id, name }: Named, pieces: readonly Polygon[], { polygonsFromName }: Options, common: Common): StudioRegion[] =>
  pieces.map(({ outer }, i) => {
    const points = Array.from({ length: outer.length / 2 }, (_, k): [number, number] => [
      (100 * outer[2 * k]) / common.original_width,
      (100 * outer[2 * k + 1]) / common.original_height,
    ]);
    const value = { points, closed: true as const, polygonlabels: [name] as [string] };
    return { id: `segment-${id}-${i + 1}`, type: 'polygonlabels', from_name: polygonsFromName, ...common, value };
  });

const regionsOf = async function* (picture: LabelledPicture, options: Options): AsyncGenerator<StudioRegion> {
  const { runs, segments } = await objectsOf(picture, options);
  const spans = spansById(runs);
  const outlines = options.polygons ? await outlinesOf(runs, options.tolerance, options) : undefined;
  const common: Common = { to_name: options.toName, original_width: runs.width, original_height: runs.height, image_rotation: 0 };
  for (const segment of segments) {
    await pause(options);
    const pieces = outlines?.get(segment.id);
    const own = { ...common, ...(segment.score !== undefined && { score: segment.score }) };
    if (pieces?.every(({ holes }) => holes.length === 0)) yield* polygonRegions(segment, pieces, options, own);
    else yield brushRegion(segment, spans.get(segment.id) as Spans, options, own);
  }
};

/**
 * The `result` of a prediction for one picture, as `encodeLabelStudio` writes it and a machine learning backend answers it.
 * @throws InputError for what is no labelled picture; the signal's reason once aborted
 */
export const labelStudioResult = async (picture: LabelledPicture, given: Given<typeof LABEL_STUDIO> & Watch = {}): Promise<StudioRegion[]> => {
  const options = resolveOptions('labelStudioResult', LABEL_STUDIO, given);
  const regions: StudioRegion[] = [];
  for await (const region of regionsOf(checkPicture(picture), options)) regions.push(region);
  return regions;
};

/** Halves of pairs, which no address holds. */
const HALVES = /\p{Cs}/gu;

/** Of a path in an address: what has a meaning there is escaped, but for the `/` between folders. */
const escaped = (name: string): string => name.replace(HALVES, '_').split('/').map(encodeURIComponent).join('/');

const tasksOf = async function* (pictures: Pictures, options: Options): AsyncGenerator<string> {
  let before = '[\n';
  for await (const picture of checked(pictures, wholeName, options)) {
    const image = options.image.split('<name>').join(escaped(picture.name));
    yield `${before}{"data": {"image": ${JSON.stringify(image)}}, "predictions": [{"model_version": ${JSON.stringify(options.modelVersion)}, "result": `;
    const scores: number[] = [];
    yield* listTexts(linesOf(picture, scores, options));
    yield scores.length > 0 ? `, "score": ${scores.reduce((a, b) => a + b) / scores.length}}]}` : '}]}';
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
};

/** @param scores gets those of the regions */
const linesOf = async function* (picture: LabelledPicture, scores: number[], options: Options): AsyncGenerator<string> {
  for await (const region of regionsOf(picture, options)) {
    if (region.score !== undefined) scores.push(region.score);
    yield JSON.stringify(region);
  }
};

const theFile = async function* (pictures: Pictures, options: Options): AsyncGenerator<SetFile> {
  yield { path: 'label-studio.json', content: utf8(tasksOf(pictures, options)) };
};

/**
 * `label-studio.json`: a list of tasks to import, each a picture's address (`image`, in which `<name>` becomes its name) with one
 * prediction. A segment is a brush over the whole picture (`format: "rle"`); with `polygons` those without holes are polygons in
 * percent, one a piece. A region has its name's score where there is one, and a prediction their mean. Brushes and polygons belong to tags of their own in the labeling interface: `fromName` and
 * `polygonsFromName`, as Label Studio's templates call them. Held in memory is one picture at a time.
 * @throws InputError, once it is read, for what is no labelled picture, and two of one name; the signal's reason once aborted
 */
export const encodeLabelStudio = (pictures: Pictures, given: Given<typeof LABEL_STUDIO> & Watch = {}): AsyncIterable<SetFile> => {
  const options = resolveOptions('encodeLabelStudio', LABEL_STUDIO, given);
  return theFile(checkPictures(pictures), options);
};
