/**
 * Label maps as TIFF (revision 6.0) whose pixel values are the ids, in strips that the platform deflates one after the other;
 * with a picture's GeoTIFF tags, so that they lie where the picture lies.
 */
import { InputError } from '../errors.ts';
import { GEO_TAGS, geoAt } from '../geo.ts';
import { LABEL_TIFF } from '../options/export.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { type AnyLabels, rowReader } from '../tensor/runs.ts';
import { pause } from '../tensor/watch.ts';
import type { GeoReference, Watch } from '../types.ts';
import { largestId } from './check.ts';
import { segmentPalette } from './palette.ts';

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

/** Samples of ids, the lowest byte first. */
const samplesOf = (ids: Int32Array, bytes: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(ids.length * bytes);
  if (bytes === 1) out.set(ids);
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

/**
 * A TIFF of one band: 8 bits with the palette's colours up to id 255, 16 bits up to 65,535, 32 bits above. With `geo` it is a
 * GeoTIFF that lies where the picture lies; transparency (`keepAlpha`) is its GDAL_NODATA.
 * @param given see options/export.ts
 * @throws InputError for labels or an option that are none, and where the file would be over 4 GB; the signal's reason once aborted
 */
export const encodeLabelTiff = async (labels: AnyLabels, given?: Given<typeof LABEL_TIFF> & Watch): Promise<Uint8Array> => {
  const { geo, picture = labels, palette = segmentPalette(256), ...watch } = resolveOptions('encodeLabelTiff', LABEL_TIFF, given);
  const largest = largestId(labels);
  const { width, height, transparent } = labels;
  const bytes = largest < 2 ** 8 ? 1 : largest < 2 ** 16 ? 2 : 4;
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP / (width * bytes))));
  const strips: Uint8Array[] = [];
  const read = rowReader(labels);
  for (let top = 0; top < height; top += rows) {
    const ids = new Int32Array(Math.min(rows, height - top) * width);
    for (let at = 0; at < ids.length; at += width) read(top + at / width, ids.subarray(at, at + width));
    strips.push(await deflated(samplesOf(ids, bytes)));
    await pause(watch);
  }
  const tags: Tag[] = [
    { tag: 256, type: LONG, values: [width] },
    { tag: 257, type: LONG, values: [height] },
    { tag: 258, type: SHORT, values: [8 * bytes] },
    { tag: 259, type: SHORT, values: [DEFLATE] },
    { tag: 262, type: SHORT, values: [bytes === 1 ? PALETTE : GREY] },
    { tag: 277, type: SHORT, values: [1] }, // samples a pixel
    { tag: 278, type: LONG, values: [rows] }, // rows a strip
    { tag: 279, type: LONG, values: strips.map(({ length }) => length) },
    { tag: 339, type: SHORT, values: [1] }, // samples without a sign
    ...(bytes === 1 ? [{ tag: 320, type: SHORT, values: colourMap(palette) }] : []),
    ...(geo ? geoTags(geoAt(geo, picture, labels)) : []),
    ...(transparent === undefined ? [] : [textTag(GDAL_NODATA, String(transparent))]),
  ];
  return fileOf(tags, strips);
};
