/** What a lane of the server does with a picture, and what goes back to whoever asked. */
import { zipSync } from 'fflate';
import { coloursOf, type NamedSegments, named } from '../../jobs/labelling-node.ts';
import type { Work } from '../../lanes/lanes.ts';
import {
  type Analysis,
  analyse,
  encodeAllRles,
  FORMATS,
  labelStudioResult,
  type Made,
  openPicture,
  READING,
  recordOf,
  renumber,
  renumberSegments,
  type SegmentOptions,
  segmentFile,
  stopwatch,
} from '../../toolkit.ts';
import type { Content, Watch } from '../../types.ts';
import { VERSION } from '../../version-node.ts';
import type { Finish } from './asked-node.ts';

export type PlainOptions = Omit<SegmentOptions, 'encoder' | 'features' | 'signal' | 'onProgress'>;

/** The controls of a labeling interface that predictions are for. */
export interface Control {
  fromName: string;
  polygonsFromName: string;
  toName: string;
  polygons: boolean;
  /** There is a control for brushes: segments with holes can be told. */
  brushes: boolean;
  /** What its segments are called. */
  label: string;
}

interface Asked {
  /** The picture's file, or a text of it in base64. */
  source: Uint8Array;
  options: PlainOptions;
  maxPixels: number;
}

export type ApiTask = Asked & ({ kind: 'file'; name?: string; finish: Finish } | { kind: 'predict'; control: Control } | { kind: 'analyse' });

/** A file that goes back. */
export interface Sent {
  bytes: Uint8Array;
  /** Of the file's name. */
  suffix: string;
  width: number;
  height: number;
  segments: number;
}

export type ApiResult = { large: [width: number, height: number] } | { sent: Sent } | { regions: object[] } | { analysis: Analysis };

const bytesOf = async (content: Content): Promise<Uint8Array> => {
  if (content instanceof Uint8Array) return content;
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
};

/** A file a segment, as `diffcut segment` names them, in a ZIP. */
const zipped = async (made: Made, each: (segment: Made['segments'][number]) => Content | Promise<Content>): Promise<Uint8Array> => {
  const files: Record<string, Uint8Array> = {};
  for (const segment of made.segments) files[`${String(segment.id).padStart(3, '0')}.png`] = await bytesOf(await each(segment));
  return zipSync(files, { level: 0 }); // PNGs are compressed
};

/** The record of the JSON, each segment with its mask. */
const withMasks = async ({ record, segments, labels }: Made): Promise<object> => {
  const rles = await encodeAllRles(labels);
  return { ...record, segments: segments.map((segment) => ({ ...segment, segmentation: rles.get(segment.id) })) };
};

/** The same under other ids. */
const numbered = async (made: Made, numbering: Finish['numbering'], { signal }: Watch): Promise<Made> => {
  const { labels, ids, background } = await renumber(made.labels, { ...numbering, signal });
  const segments = renumberSegments(made.segments, ids);
  return { ...made, labels, segments, record: { ...made.record, segments }, ...(background !== undefined && { background }) };
};

/** What is made, as a file of a format; segments under other ids where that is asked for, and in the colours of their names. */
export const fileOf = async (segmented: Made, { format, exporting, numbering, labelling }: Finish, watch: Watch): Promise<Sent> => {
  const isNumbered = Object.keys(numbering).length > 0;
  const under = isNumbered ? await numbered(segmented, numbering, watch) : segmented;
  const made: Made = { ...under, exporting, ...(labelling && { colours: coloursOf(under.segments, labelling) }) };
  const { labels, segments } = made;
  const { width, height } = labels;
  const row = FORMATS[format];
  const told = { suffix: row.suffix, width, height, segments: segments.length };
  if ('each' in row) {
    const { each, isShown = () => true } = row;
    const shown = { ...made, segments: segments.filter(isShown) };
    return { ...told, suffix: `${row.suffix}.zip`, bytes: await zipped(shown, (segment) => each(made, segment)) };
  }
  return { ...told, bytes: await bytesOf(await row.bytes(format === 'json' ? { ...made, record: await withMasks(made) } : made)) };
};

/** A picture to a file, to regions of Label Studio, or to what any granularity of it is drawn from. */
export const apiWork: Work<ApiTask, ApiResult> = async (task, encoder, watch) => {
  const { source, options, maxPixels } = task;
  const { page, bands, stretch, allowDamaged, ...rest } = options;
  const reading = { page, bands, stretch, allowDamaged, maxPixels: Math.max(maxPixels, READING.maxPixels.default), signal: watch.signal };
  const file = await openPicture(source, reading);
  if (file.width * file.height > maxPixels) return { large: [file.width, file.height] };
  const given = { ...rest, ...watch, encoder };
  if (task.kind === 'analyse') return { analysis: await analyse(await file.rows(0, file.height, watch.signal), given) };
  const { picture: image, lost, timings, options: used, ...segmented } = await segmentFile(file, given);
  const { labels, segments } = segmented;
  if (task.kind === 'predict') {
    const { label, brushes, ...control } = task.control;
    const names = segments.reduce<string[]>((all, { id }) => Object.assign(all, { [id]: label }), []);
    const regions = await labelStudioResult({ name: 'picture', labels, names }, { ...control, signal: watch.signal });
    return { regions: regions.filter(({ type }) => brushes || type !== 'brushlabels') };
  }
  const { name, finish } = task;
  const { labelling } = finish;
  const told: NamedSegments = labelling ? await stopwatch(timings, watch.signal)('name', () => named(segmented, image, labelling, watch)) : segmented;
  const about = { file: { name, bytes: source.length }, options: used, lost, version: VERSION, timings, segments: told.segments };
  const record = recordOf({ picture: file, ...about });
  const rows = (top: number, bottom: number) => file.rows(top, bottom, watch.signal);
  return { sent: await fileOf({ ...(name !== undefined && { name }), image, ...told, record, rows }, finish, watch) };
};
