/** Cut-outs for the page of concepts: few of each, read anew from their pictures. */
import type { Failure } from '../jobs/inputs-node.ts';
import { contentOf, toldPath } from '../jobs/inputs-node.ts';
import {
  type ConceptsRecord,
  conceptsPage,
  cutout,
  decodeImage,
  type Example,
  encodePng,
  type Given,
  type LabelMap,
  type READING,
  type RgbImage,
  reducePicture,
  resizeLabels,
} from '../toolkit.ts';
import { type Kept, readSegmentMap } from './concepts-segments.ts';

/** Cut-outs of a concept, and their longest side, pixels. */
const EXAMPLES = 8;
const SIDE = 88;

/** A segment that is to be seen. */
interface Wanted {
  concept: number;
  picture: number;
  segment: number;
  cosine: number;
}

/** The nearest segments of each concept, of as many pictures as there are. */
const wantedOf = ({ concepts, pictures }: ConceptsRecord): Wanted[] => {
  const all: Wanted[][] = concepts.map(() => []);
  for (const [picture, { segments }] of pictures.entries())
    for (const [segment, concept, , cosine] of segments) all[concept].push({ concept, picture, segment, cosine });
  return all.flatMap((one) => {
    one.sort((a, b) => b.cosine - a.cosine);
    const seen = new Set<number>();
    const firsts = one.filter(({ picture }) => !seen.has(picture) && seen.add(picture));
    return [...firsts, ...one.filter((other) => !firsts.includes(other))].slice(0, EXAMPLES);
  });
};

/** Where a segment lies. */
const boxOf = ({ data, width }: LabelMap, id: number): [left: number, top: number, width: number, height: number] => {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  data.forEach((one, i) => {
    if (one !== id) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), y];
  });
  return right < 0 ? [0, 0, 0, 0] : [left, top, right + 1 - left, bottom + 1 - top];
};

/** A segment as a small picture on a transparent ground; undefined where nothing is left of it. */
const thumbnail = async (image: RgbImage, labels: LabelMap, id: number): Promise<string | undefined> => {
  const [, , across, down] = boxOf(labels, id);
  const by = Math.min(1, SIDE / Math.max(across, down, 1));
  const size = { width: Math.max(1, Math.round(labels.width * by)), height: Math.max(1, Math.round(labels.height * by)) };
  const small = resizeLabels(labels, size);
  const boxXYWH = boxOf(small, id);
  if (boxXYWH[2] === 0) return undefined;
  const png = await encodePng(cutout(await reducePicture(image, size), small, { id, boxXYWH }));
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
};

/** The page of concepts. A picture that is gone meanwhile is told of as failed, and has no cut-outs. */
export const pageOf = async (
  pictures: readonly Kept[],
  record: ConceptsRecord,
  reading: Given<typeof READING>,
  failures: Failure[],
  signal: AbortSignal,
): Promise<string> => {
  const wanted = wantedOf(record);
  const examples: Example[][] = record.concepts.map(() => []);
  const found = new Map<Wanted, Example>();
  for (const [p, { job }] of pictures.entries()) {
    const here = wanted.filter(({ picture }) => picture === p);
    if (here.length === 0) continue;
    signal.throwIfAborted();
    try {
      const image = await decodeImage(await contentOf(job.picture, reading, signal), { ...reading, signal });
      const map = await readSegmentMap(job);
      const labels = map.width === image.width && map.height === image.height ? map : resizeLabels(map, image);
      for (const one of here) {
        const source = await thumbnail(image, labels, one.segment);
        if (source) found.set(one, { source, title: record.pictures[p].path });
      }
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ path: toldPath(job.picture.path), error });
    }
  }
  for (const one of wanted) {
    const example = found.get(one);
    if (example) examples[one.concept].push(example);
  }
  return conceptsPage(record, examples);
};
