/** A picture and its regions as the formats of the package want them: what `diffcut segment` makes of it, or what a person made of that. */
import {
  DEFAULT_ENCODER,
  describe,
  type LabelMap,
  type Made,
  openPicture,
  type RgbImage,
  recordOf,
  SEGMENT_OPTIONS,
  type Segment,
  segment,
} from 'diffcut';
import { measured, runsOf } from '../edit/enlarge.ts';
import type { Sheet } from '../edit/index.ts';
import type { ClassRow, Drawn, PictureRow, Settings } from '../types.ts';
import { VERSION } from '../version.ts';
import type { Open } from './desk.ts';
import { sourceFor } from './encoders.ts';
import { colourOf, inForce } from './regions.ts';
import type { Context } from './wire.ts';

/** Pictures of more pixels the package never has in memory whole: their labels are runs, and the overlay is of a smaller one. */
const MOST_WHOLE = 24 * 2 ** 20;
const MOST_REDUCED = 2 ** 24;
/** A pixel of the picture is transparent below this. */
const OPAQUE = 128;

/** Whether any pixel is in another region than the drawing put it. */
export const isEdited = (open: Open): boolean => {
  const drawn = inForce(open);
  const { steps, at } = open.history;
  return !drawn || drawn.isMixed === true || steps.slice(drawn.at, at).some(({ patch }) => patch !== undefined);
};

/** Regions of the sheet by the id of the segment that each one is. */
const regionsOf = (sheet: Sheet, labels: LabelMap, count: number): Int32Array => {
  const out = new Int32Array(count).fill(-1);
  for (let i = 0; i < labels.data.length; i++) out[labels.data[i]] = sheet.data[i];
  return out;
};

/** The region of the transparent pixels, where the drawing kept them apart. */
const transparentOf = ({ data }: Sheet, { alpha }: RgbImage, drawn: Drawn | undefined): number | undefined => {
  if (!alpha || !drawn?.settings.keepAlpha) return undefined;
  const clear = new Map<number, number>();
  for (let i = 0; i < data.length; i++) if (alpha[i] < OPAQUE) clear.set(data[i], (clear.get(data[i]) ?? 0) + 1);
  return [...clear].sort((a, b) => b[1] - a[1])[0]?.[0];
};

/** What was asked for, as the command line tells it: only what is not the default. */
const askedOf = ({ encoder = DEFAULT_ENCODER, ...settings }: Settings): object => {
  const names = Object.keys(SEGMENT_OPTIONS) as (keyof typeof SEGMENT_OPTIONS)[];
  const given = names.map((name) => [name, settings[name as keyof typeof settings]] as const);
  return { encoder, ...Object.fromEntries(given.filter(([name, value]) => value !== undefined && value !== SEGMENT_OPTIONS[name].default)) };
};

/** What is known of the file. */
const fileOf = ({ name, blob }: PictureRow) => ({
  name,
  bytes: blob.size,
  ...(blob instanceof File && { modified: new Date(blob.lastModified).toISOString() }),
});

/** The file's name, as other tools are to find it. */
const baseOf = ({ name }: PictureRow): string => name.split(/[\\/]/).at(-1) ?? name;

/** What a person said of each segment. */
const toldSegments = (
  segments: readonly Segment[],
  regions: Int32Array,
  { marks }: Sheet,
  classes: readonly ClassRow[],
): (Segment & { class?: string })[] =>
  segments.map((one) => {
    const { name, classId } = marks.get(regions[one.id]) ?? {};
    const of = classes.find(({ id }) => id === classId)?.name;
    return { ...one, ...(name !== undefined && { name }), ...(of !== undefined && { class: of }) };
  });

/** Whether anybody named, classed or coloured a region. */
const isSaid = ({ marks }: Sheet): boolean =>
  [...marks.values()].some(({ name, classId, colour }) => name !== undefined || classId !== undefined || colour !== undefined);

/** A picture's regions as they are now: whoever edits them meanwhile does not change what is written. */
export const heldStill = (open: Open): Open => {
  const { data, marks, ...rest } = open.sheet as Sheet;
  return { ...open, sheet: { ...rest, data: data.slice(), marks: new Map(marks) } };
};

/** The labels of the sheet, numbered by area as the package does it, and the regions that they are. */
export const numbered = async (open: Open, { signal }: Context) => {
  const sheet = open.sheet as Sheet;
  const transparent = transparentOf(sheet, open.image, inForce(open));
  const { data, width, height } = sheet;
  const { labels, segments } = await describe({ data, width, height, ...(transparent !== undefined && { transparent }) }, open.image, { signal });
  return { labels, segments, regions: regionsOf(sheet, labels, segments.length) };
};

/** Colours of segments as they are seen; undefined where nobody changed anything: the package's own. */
export const coloursOf = (sheet: Sheet, regions: Int32Array, classes: readonly ClassRow[], isOwn: boolean): Uint8Array | undefined =>
  isOwn || isSaid(sheet) ? Uint8Array.from([...regions].flatMap((id) => [...colourOf(id, sheet, classes)])) : undefined;

/** What files are made of. */
export interface Ready extends Made {
  /** The class of each segment, 0 for none. */
  classOf: Int32Array;
}

/** What a file holds of a picture, beside the record. */
type Parts = Omit<Made, 'record'> & { lost?: number; options?: object; timings?: Record<string, number> };

/** The picture brought down to what the package draws its overlay at, with what is known of its file. */
const reducedTo = async (file: Awaited<ReturnType<typeof openPicture>>, signal: AbortSignal): Promise<RgbImage> => {
  let by = 2;
  while ((file.width / by) * (file.height / by) > MOST_REDUCED) by *= 2;
  return file.reduced({ width: Math.max(1, Math.round(file.width / by)), height: Math.max(1, Math.round(file.height / by)) }, signal);
};

/** A picture that is worked on brought down, segmented anew at its own size. */
const drawnWhole = async ({ row, image }: Open, { settings }: Drawn, context: Context): Promise<Parts> => {
  const { signal, onProgress } = context;
  const { encoder: _, where: __, size: ___, ...asked } = settings;
  const blob = new File([row.blob], row.name);
  const made = await segment(blob, { ...asked, ...(await sourceFor(settings, image, signal)), signal, onProgress });
  const { labels, segments, lost, options, timings } = made;
  const file = await openPicture(blob, { signal });
  const isWhole = file.width * file.height <= MOST_WHOLE;
  const rows = (top: number, bottom: number) => file.rows(top, bottom, signal);
  const given = { segments, lost, options, timings };
  return isWhole
    ? { image: await rows(0, file.height), labels, ...given }
    : { image: await reducedTo(file, signal), labels: runsOf(labels, labels), rows, ...given };
};

/** A picture that is worked on brought down: its regions enlarged to its own size. */
const enlarged = async (
  { row, image }: Open,
  { labels, segments }: { labels: LabelMap; segments: Segment[] },
  signal: AbortSignal,
): Promise<Parts> => {
  const file = await openPicture(new File([row.blob], row.name), { signal });
  const runs = runsOf(labels, { width: file.width, height: file.height });
  return { image, labels: runs, segments: measured(runs, segments), rows: (top, bottom) => file.rows(top, bottom, signal) };
};

/** What the JSON tells: the package's own members, then what a person made of it. */
const recordAs = ({ row, image }: Open, parts: Parts, drawn: Drawn | undefined, isOwn: boolean, classes: readonly ClassRow[]): object => {
  const { lost = drawn?.told.lost, options = drawn?.told.options ?? {}, timings = drawn?.told.timings } = parts;
  const { segments, ...record } = recordOf({
    picture: { width: row.width ?? image.width, height: row.height ?? image.height, ...(image.source && { source: image.source }) },
    file: fileOf(row),
    options,
    ...(lost !== undefined && { lost }),
    ...(drawn && { asked: askedOf(drawn.settings) }),
    version: VERSION,
    ...(timings && { timings }),
    segments: parts.segments,
  });
  const isClassed = parts.segments.some((segment) => 'class' in segment);
  const told = isClassed && { classes: classes.map(({ id, name, colour }) => ({ id, name, colour })) };
  return { ...record, ...(isOwn && { edited: true }), ...told, segments };
};

/** What the formats make their files of. @throws InputError for a picture that cannot be read any more, the signal's reason once aborted */
export const madeOf = async (live: Open, classes: readonly ClassRow[], context: Context): Promise<Ready> => {
  const open = heldStill(live);
  const { row, image } = open;
  const sheet = open.sheet as Sheet;
  const drawn = inForce(open);
  const isOwn = isEdited(open);
  const isReduced = (row.width ?? 0) * (row.height ?? 0) > image.width * image.height;
  if (isReduced && drawn && !isOwn && !isSaid(sheet)) {
    const parts = await drawnWhole(open, drawn, context);
    return { ...parts, name: baseOf(row), record: recordAs(open, parts, drawn, false, classes), classOf: new Int32Array(parts.segments.length) };
  }
  const { labels, segments, regions } = await numbered(open, context);
  const parts: Parts = isReduced ? await enlarged(open, { labels, segments }, context.signal) : { image, labels, segments };
  const told = { ...parts, segments: toldSegments(parts.segments, regions, sheet, classes) };
  const colours = coloursOf(sheet, regions, classes, isOwn);
  const classOf = regions.map((id) => classes.find((one) => one.id === sheet.marks.get(id)?.classId)?.id ?? 0);
  const names = told.segments.map(({ name, class: of }) => of ?? name);
  return { ...told, name: baseOf(row), names, ...(colours && { colours }), record: recordAs(open, told, drawn, isOwn, classes), classOf };
};
