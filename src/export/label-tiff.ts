/**
 * Label maps as TIFF (revision 6.0) whose pixel values are the ids, in strips that the platform deflates one after the other;
 * with a picture's GeoTIFF tags, so that they lie where the picture lies.
 */
import { InputError } from '../errors.ts';
import { GEO_TAGS, geoAt } from '../geo.ts';
import { LABEL_TIFF } from '../options/export.ts';
import { checkWatch, type Given, resolveOptions } from '../options/spec.ts';
import { type AnyLabels, isRuns, rowReader, toRuns } from '../tensor/runs.ts';
import { pause } from '../tensor/watch.ts';
import type { GeoReference, Watch } from '../types.ts';
import { largestId } from './check.ts';
import type { LabelledPicture } from './labelled.ts';
import { segmentPalette } from './palette.ts';
import { checkPicture } from './set.ts';

/** Types of a tag's values, and the bytes of one. */
const [ASCII, SHORT, LONG, DOUBLE] = [2, 3, 4, 12];
const BYTES: Record<number, number> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

/** What is copied of a picture's georeference: all numbers but the keys are doubles. */
const geoType = (tag: number): number => (tag === GEO_TAGS.keys ? SHORT : DOUBLE);

const [STRIP_OFFSETS, GDAL_NODATA] = [273, 42113];
const [GREY, PALETTE] = [1, 3];
/** zlib's format. */
const DEFLATE = 8;

/** Bytes of a strip before it is deflated. */
const STRIP = 2 ** 19;

interface Tag {
  tag: number;
  type: number;
  values: readonly number[];
}

const textTag = (tag: number, text: string): Tag => ({ tag, type: ASCII, values: [...new TextEncoder().encode(text.replace(/\0*$/, '\0'))] });

const geoTags = ({ tags }: GeoReference): Tag[] =>
  Object.values(GEO_TAGS).flatMap((tag) => {
    const values = tags[tag];
    if (values === undefined || values.length === 0) return [];
    return typeof values === 'string' ? [textTag(tag, values)] : [{ tag, type: geoType(tag), values }];
  });

/** How ids are kept. */
interface Samples {
  bytes: 1 | 2 | 4;
  /** 4 bytes that are no whole number. */
  isFloat?: boolean;
}

/** Samples of ids, the lowest byte first. */
const samplesOf = (ids: Int32Array, { bytes, isFloat }: Samples): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(ids.length * bytes);
  const view = new DataView(out.buffer);
  if (bytes === 1) out.set(ids);
  else if (isFloat) for (let i = 0; i < ids.length; i++) view.setFloat32(4 * i, ids[i], true);
  else for (let i = 0, at = 0; i < ids.length; i++) for (let b = 0; b < bytes; b++) out[at++] = ids[i] >> (8 * b);
  return out;
};

const deflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer());

/** @throws InputError where a file would be too large for offsets of 32 bits */
export const stripOffsets = (from: number, lengths: readonly number[]): number[] => {
  let at = from;
  const offsets = lengths.map((length) => {
    at += length;
    return at - length;
  });
  if (at < 2 ** 32) return offsets;
  throw new InputError(`A TIFF holds 4 GB at most, and these labels take ${at} bytes: draw them smaller or write NPY`);
};

const SETTERS: Record<number, (view: DataView, at: number, value: number) => void> = {
  [ASCII]: (view, at, value) => view.setUint8(at, value),
  [SHORT]: (view, at, value) => view.setUint16(at, value, true),
  [LONG]: (view, at, value) => view.setUint32(at, value, true),
  [DOUBLE]: (view, at, value) => view.setFloat64(at, value, true),
};

/** Header, directory and its values, then the strips. */
const fileOf = (tags: readonly Tag[], strips: readonly Uint8Array[]): Uint8Array => {
  const sorted = [...tags, { tag: STRIP_OFFSETS, type: LONG, values: strips.map(() => 0) }].sort((a, b) => a.tag - b.tag);
  const sizes = sorted.map(({ type, values }) => BYTES[type] * values.length);
  const outside = sizes.map((size) => (size > 4 ? size + (size % 2) : 0)); // what does not fit an entry, on even places
  const places = stripOffsets(8 + 2 + 12 * sorted.length + 4, outside);
  const offsets = stripOffsets(
    places[0] + outside.reduce((a, b) => a + b, 0),
    strips.map(({ length }) => length),
  );
  const out = new Uint8Array(offsets[offsets.length - 1] + strips[strips.length - 1].length);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x002a4949, true); // II, 42
  view.setUint32(4, 8, true);
  view.setUint16(8, sorted.length, true);
  sorted.forEach(({ tag, type, values }, n) => {
    const entry = 10 + 12 * n;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, values.length, true);
    if (outside[n] > 0) view.setUint32(entry + 8, places[n], true);
    const from = outside[n] > 0 ? places[n] : entry + 8;
    (tag === STRIP_OFFSETS ? offsets : values).forEach((value, i) => SETTERS[type](view, from + i * BYTES[type], value));
  });
  strips.forEach((strip, n) => out.set(strip, offsets[n]));
  return out;
};

/** All of red, then green, then blue, in 16 bits. */
const colourMap = (palette: Uint8Array): number[] => Array.from({ length: 768 }, (_, i) => palette[(i % 256) * 3 + Math.floor(i / 256)] * 257);

/** Of a file: what its ids are kept as, and all that is not in every label TIFF. */
interface Kind extends Samples {
  /** Colours of ids of 8 bits; grey where there are none. */
  palette?: Uint8Array;
  more: readonly Tag[];
}

const LEAST: readonly Samples[] = [{ bytes: 1 }, { bytes: 2 }, { bytes: 4 }];

const tiffOf = async (labels: AnyLabels, { palette, more, ...samples }: Kind, watch: Watch): Promise<Uint8Array> => {
  const { width, height } = labels;
  const { bytes, isFloat } = samples;
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP / (width * bytes))));
  const strips: Uint8Array[] = [];
  const read = rowReader(labels);
  for (let top = 0; top < height; top += rows) {
    const ids = new Int32Array(Math.min(rows, height - top) * width);
    for (let at = 0; at < ids.length; at += width) read(top + at / width, ids.subarray(at, at + width));
    strips.push(await deflated(samplesOf(ids, samples)));
    await pause(watch);
  }
  const tags: Tag[] = [
    { tag: 256, type: LONG, values: [width] },
    { tag: 257, type: LONG, values: [height] },
    { tag: 258, type: SHORT, values: [8 * bytes] },
    { tag: 259, type: SHORT, values: [DEFLATE] },
    { tag: 262, type: SHORT, values: [palette ? PALETTE : GREY] },
    { tag: 277, type: SHORT, values: [1] }, // samples a pixel
    { tag: 278, type: LONG, values: [rows] }, // rows a strip
    { tag: 279, type: LONG, values: strips.map(({ length }) => length) },
    { tag: 339, type: SHORT, values: [isFloat ? 3 : 1] }, // samples are floats, or without a sign
    ...(palette ? [{ tag: 320, type: SHORT, values: colourMap(palette) }] : []),
    ...more,
  ];
  return fileOf(tags, strips);
};

/**
 * A TIFF of one band: 8 bits with the palette's colours up to id 255, 16 bits up to 65,535, 32 bits above. With `geo` it is a
 * GeoTIFF that lies where the picture lies; transparency (`keepAlpha`) is its GDAL_NODATA.
 * @param given see options/export.ts
 * @throws InputError for labels or an option that are none, and where the file would be over 4 GB; the signal's reason once aborted
 */
export const encodeLabelTiff = async (labels: AnyLabels, given?: Given<typeof LABEL_TIFF> & Watch): Promise<Uint8Array> => {
  const { geo, picture = labels, palette = segmentPalette(256), ...watch } = resolveOptions('encodeLabelTiff', LABEL_TIFF, given);
  const largest = largestId(labels);
  const { transparent } = labels;
  const samples = LEAST.find(({ bytes }) => largest < 2 ** (8 * bytes)) as Samples;
  const more = [
    ...(geo ? geoTags(geoAt(geo, picture, labels)) : []),
    ...(transparent === undefined ? [] : [textTag(GDAL_NODATA, String(transparent))]),
  ];
  return tiffOf(labels, { ...samples, ...(samples.bytes === 1 && { palette }), more }, watch);
};

/** Whole numbers that floats tell apart. */
const WHOLE = 2 ** 24;

/**
 * A TIFF of grey that ImageJ takes for a label image: 0 is what is no object (the background and what is transparent), a segment
 * its id and 1, or its id itself where the background is 0 already. 16 bits, and floats, as ImageJ has them, above 65,535.
 * @throws InputError for what is no labelled picture, an id that floats do not hold, and a file over 4 GB; the signal's reason once
 *   aborted
 */
export const encodeImagejLabels = async (picture: LabelledPicture, watch: Watch = {}): Promise<Uint8Array> => {
  checkWatch('encodeImagejLabels', watch);
  const { labels, background } = checkPicture(picture);
  const { transparent, ...runs } = isRuns(labels) ? labels : await toRuns(labels, watch);
  const first = background === 0 ? 0 : 1;
  const id = runs.id.map((one) => (one === background || one === transparent ? 0 : one + first));
  const largest = id.reduce((a, b) => Math.max(a, b), 0);
  if (largest > WHOLE) throw new InputError(`ImageJ holds label ids up to ${WHOLE} but one is ${largest}: renumber them`);
  return tiffOf({ ...runs, id }, { ...(largest < 2 ** 16 ? { bytes: 2 } : { bytes: 4, isFloat: true }), more: [] }, watch);
};
