/** What the page of concepts shows: cut-outs and whole pictures, read anew from their files. */
import { contentOf, type Failure, toldPath } from '../jobs/inputs-node.ts';
import { loadSharp } from '../sharp-node.ts';
import {
  type ConceptsRecord,
  type Cutout,
  conceptsPage,
  cutout,
  decodeImage,
  encodeIndexedPng,
  type LabelMap,
  type LookedFor,
  type PageContent,
  type RgbImage,
  reducePicture,
  renamed,
  resizeLabels,
  type WholePicture,
} from '../toolkit.ts';
import type { FoundPicture } from './concepts-found.ts';
import { type ConceptsOptions, type Kept, readingOf } from './concepts-segments.ts';
import { readPicture } from './files.ts';

/** Longest sides, pixels: of a cut-out, of a whole picture, and of what cut-outs are cut from. */
const SIDES = { cutout: 88, whole: 640, work: 1024 } as const;

/** A page of thousands of pictures would not open: about 3 KB a cut-out and 40 KB a picture, 30 MB in all. */
const MOST = { cutouts: 4000, wholes: 400 } as const;

const WEBP = { quality: 80, effort: 3 } as const;

/** A segment that is to be seen, and how near it is to its concept. */
interface Wanted {
  concept: number;
  picture: number;
  segment: number;
  cosine: number;
}

/** The segments of each concept, the nearest first, but one of each of its pictures before the others. */
const byNearness = ({ concepts, pictures }: ConceptsRecord): Wanted[][] => {
  const all: Wanted[][] = concepts.map(() => []);
  for (const [picture, { segments }] of pictures.entries())
    for (const [segment, concept, , cosine] of segments) all[concept].push({ concept, picture, segment, cosine });
  return all.map((one) => {
    one.sort((a, b) => b.cosine - a.cosine);
    const seen = new Set<number>();
    const firsts = new Set(one.filter(({ picture }) => !seen.has(picture) && seen.add(picture)));
    return [...firsts, ...one.filter((other) => !firsts.has(other))];
  });
};

/** Of all lists the first ones, then the second ones, and so on. */
const inTurns = <T>(lists: readonly (readonly T[])[], most: number): T[] => {
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0);
  const out: T[] = [];
  for (let rank = 0; rank < longest && out.length < most; rank++) for (const list of lists) if (rank < list.length) out.push(list[rank]);
  return out.slice(0, most);
};

const dataUrl = (type: string, bytes: Uint8Array): string => `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`;

const webp = async ({ data, width, height }: { data: Uint8Array; width: number; height: number }): Promise<string> => {
  const sharp = await loadSharp();
  const channels = data.length === 4 * width * height ? 4 : 3;
  return dataUrl('webp', await sharp(data, { raw: { width, height, channels } }).webp(WEBP).toBuffer());
};

/** A picture and its segments at a longest side. */
const reduced = async (image: RgbImage, labels: LabelMap, side: number): Promise<[RgbImage, LabelMap]> => {
  const by = Math.min(1, side / Math.max(image.width, image.height));
  const size = { width: Math.max(1, Math.round(image.width * by)), height: Math.max(1, Math.round(image.height * by)) };
  return [by < 1 ? await reducePicture(image, size) : image, resizeLabels(labels, size)];
};

type Box = [left: number, top: number, width: number, height: number];

/** Where each segment lies. */
const boxesOf = ({ data, width, height }: LabelMap): Map<number, Box> => {
  const ends = new Map<number, [left: number, top: number, right: number, bottom: number]>();
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const end = ends.get(data[i]);
      if (!end) ends.set(data[i], [x, y, x, y]);
      else {
        end[0] = Math.min(end[0], x);
        end[2] = Math.max(end[2], x);
        end[3] = y;
      }
    }
  return new Map([...ends].map(([id, [left, top, right, bottom]]) => [id, [left, top, right + 1 - left, bottom + 1 - top]]));
};

/** Part of a picture and its segments. */
const cropped = (image: RgbImage, labels: LabelMap, [left, top, width, height]: Box): [RgbImage, LabelMap] => {
  const pixels = new Uint8Array(3 * width * height);
  const ids = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * labels.width + left;
    pixels.set(image.data.subarray(3 * from, 3 * (from + width)), 3 * width * y);
    ids.set(labels.data.subarray(from, from + width), width * y);
  }
  return [
    { data: pixels, width, height },
    { data: ids, width, height },
  ];
};

/** A segment as a small picture on a transparent ground; undefined where nothing is left of it at that size. */
const thumbnail = async (image: RgbImage, labels: LabelMap, id: number, box: Box | undefined): Promise<string | undefined> => {
  if (!box) return undefined;
  const [small, own] = await reduced(...cropped(image, labels, box), SIDES.cutout);
  return own.data.includes(id) ? webp(cutout(small, own, { id, boxXYWH: [0, 0, own.width, own.height] })) : undefined;
};

/** For the page: of each pixel its concept, as grey. */
const GREYS = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));

const wholeOf = async (image: RgbImage, labels: LabelMap, conceptOf: ReadonlyMap<number, number>): Promise<WholePicture> => {
  const [small, own] = await reduced(image, labels, SIDES.whole);
  const map = await encodeIndexedPng(
    renamed(own, (id) => conceptOf.get(id) ?? 0),
    GREYS,
  );
  return { source: await webp(small), map: dataUrl('png', map) };
};

/** What is asked of one picture. */
interface Asked {
  cutouts: readonly Wanted[];
  isWhole: boolean;
}

/** @returns the sources of the cut-outs, and the picture whole where it is wanted */
const seenOf = async (
  { job, map }: Kept,
  segments: ConceptsRecord['pictures'][number]['segments'],
  { cutouts, isWhole }: Asked,
  options: ConceptsOptions,
  signal: AbortSignal,
): Promise<{ sources: (string | undefined)[]; whole: WholePicture | null }> => {
  const reading = readingOf(options);
  const { data, width, height } = await decodeImage(await contentOf(job.picture, reading, signal), { ...reading, signal });
  const [image, labels] = await reduced({ data, width, height }, await map(), SIDES.work);
  const boxes = boxesOf(labels);
  const sources: (string | undefined)[] = [];
  for (const { segment } of cutouts) sources.push(await thumbnail(image, labels, segment, boxes.get(segment)));
  const conceptOf = new Map(segments.map(([id, concept]) => [id, concept]));
  return { sources, whole: isWhole ? await wholeOf(image, labels, conceptOf) : null };
};

/** The picture that was looked for, small, with its marks. */
const lookedFor = async (options: ConceptsOptions, signal: AbortSignal): Promise<Omit<LookedFor, 'cutouts'>> => {
  const { data, width, height } = await readPicture(options.reference as string, readingOf(options), signal);
  const [small] = await reduced({ data, width, height }, { data: new Int32Array(width * height), width, height }, 2 * SIDES.cutout);
  const points = (options.point ?? []).map(([x, y]): [number, number] => [(x + 0.5) / width, (y + 0.5) / height]);
  return { title: toldPath(options.reference as string), source: await webp(small), points };
};

/** What the page is to show: of each concept, and of the ranking, the first ones. */
const wantedOf = (record: ConceptsRecord, found: readonly FoundPicture[]): { lists: Wanted[][]; all: Set<Wanted>; whole: Set<number> } => {
  const placeOf = new Map(record.pictures.map(({ labels }, p) => [labels, p]));
  const ranked = found.map(({ labels, segment, concept, cosine }): Wanted => ({ picture: placeOf.get(labels) as number, segment, concept, cosine }));
  const lists = [...byNearness(record), ranked];
  const all = inTurns(lists, MOST.cutouts);
  const whole = new Set<number>();
  for (const { picture } of all) if (whole.size < MOST.wholes) whole.add(picture);
  return { lists, all: new Set(all), whole };
};

/** The page of concepts. A picture that is gone meanwhile is told of as failed, and is not seen. */
export const pageOf = async (
  pictures: readonly Kept[],
  record: ConceptsRecord,
  found: readonly FoundPicture[],
  options: ConceptsOptions,
  failures: Failure[],
  signal: AbortSignal,
): Promise<string> => {
  const { lists, all, whole } = wantedOf(record, found);
  const sources = new Map<Wanted, string>();
  const wholes: PageContent['wholes'][number][] = record.pictures.map(() => null);
  const byPicture: Wanted[][] = pictures.map(() => []);
  for (const one of all) byPicture[one.picture].push(one);
  for (const [p, kept] of pictures.entries()) {
    const cutouts = byPicture[p];
    if (cutouts.length === 0) continue;
    signal.throwIfAborted();
    try {
      const seen = await seenOf(kept, record.pictures[p].segments, { cutouts, isWhole: whole.has(p) }, options, signal);
      wholes[p] = seen.whole;
      for (const [i, source] of seen.sources.entries()) if (source) sources.set(cutouts[i], source);
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ path: toldPath(kept.job.picture.path), error });
    }
  }
  const shown = lists.map((list) =>
    list.flatMap(({ picture, concept, cosine }, i): Cutout[] => {
      const source = sources.get(list[i]);
      return source ? [{ source, picture, concept, ...(list === lists.at(-1) && { cosine }) }] : [];
    }),
  );
  const ranking = shown.pop() as Cutout[];
  const reference = options.reference === undefined ? undefined : { ...(await lookedFor(options, signal)), cutouts: ranking };
  return conceptsPage(record, { cutouts: shown, wholes, ...(reference && { reference }) });
};
