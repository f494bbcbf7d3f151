/** What is like a marked place of another picture: the segments of all pictures, the likest first. */
import { join } from 'node:path';
import { toldPath } from '../jobs/inputs-node.ts';
import {
  type ConceptsRecord,
  checkQuery,
  type Encoder,
  joinVectors,
  placeSegments,
  type RgbImage,
  type SegmentVectors,
  sampleFeatures,
  unitTokens,
} from '../toolkit.ts';
import { type ConceptsOptions, type Kept, readingOf } from './concepts-segments.ts';
import { readPicture } from './files.ts';

/** A picture, by its likest segment. */
export interface FoundPicture {
  path: string;
  /** Its label map, and in it the concept of the segment. */
  labels: string;
  concept: number;
  name?: string;
  /** Its id among the picture's segments. */
  segment: number;
  cosine: number;
  /** The segment's share of the picture. */
  share: number;
}

/** A picture with marked places. */
export interface Reference {
  picture: RgbImage;
  points: readonly [x: number, y: number][];
}

/** The one that was asked for, if there is one. @throws InputError for a picture that cannot be read, or a place outside of it */
export const readReference = async (options: ConceptsOptions, signal: AbortSignal): Promise<Reference | undefined> => {
  const { reference, point: points = [] } = options;
  if (reference === undefined) return undefined;
  const picture = await readPicture(reference, readingOf(options), signal);
  for (const point of points) checkQuery(point, picture);
  return { picture, points };
};

/** The mean direction of the marked places. */
export const markedVector = async (encoder: Encoder, { picture, points }: Reference, signal: AbortSignal): Promise<SegmentVectors> => {
  const features = await encoder.encode(picture, { signal });
  const { channels } = features;
  const sum = new Float32Array(channels);
  sampleFeatures(features, picture, points).forEach((value, i) => {
    sum[i % channels] += value;
  });
  return { data: unitTokens({ data: sum, channels }), count: 1, channels };
};

/** Every picture, the likest first; equals in the order of the run. */
export const foundLike = async (
  marked: SegmentVectors,
  pictures: readonly Kept[],
  { concepts, pictures: told }: ConceptsRecord,
  signal: AbortSignal,
): Promise<FoundPicture[]> => {
  const { cosine } = await placeSegments(joinVectors(pictures.map(({ vectors }) => vectors)), marked, { signal });
  let at = 0;
  const found = told.map(({ path, labels, segments }): FoundPicture => {
    const likeness = cosine.subarray(at, at + segments.length);
    at += segments.length;
    const best = likeness.indexOf(Math.max(...likeness));
    const [segment, concept, share] = segments[best];
    const { name } = concepts[concept];
    return { path, labels, concept, ...(name && { name }), segment, cosine: Number(likeness[best].toPrecision(4)), share };
  });
  return found.sort((a, b) => b.cosine - a.cosine);
};

/** The file of what was found. */
export const foundText = ({ reference = '', point }: ConceptsOptions, found: readonly FoundPicture[]): string => {
  const lines = found.map((one) => `    ${JSON.stringify(one)}`).join(',\n');
  return `{\n  "reference": ${JSON.stringify(toldPath(reference))},\n  "points": ${JSON.stringify(point)},\n  "found": [\n${lines}\n  ]\n}\n`;
};

/** A line for those who read. */
export const foundLine = (output: string, { path, concept, name, cosine, labels }: FoundPicture): string =>
  `${cosine.toFixed(2)}  ${toldPath(path)}: ${name ?? `concept ${concept}`} of ${join(output, labels)}`;
