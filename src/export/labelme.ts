/** A labelled picture as a file of labelme. */
import { LABELME_FILE } from '../options/export.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { toBase64 } from '../tensor/bytes.ts';
import { pause } from '../tensor/watch.ts';
import type { Segment, Watch } from '../types.ts';
import type { Polygon } from './arcs.ts';
import { type LabelledPicture, type Objects, objectsOf } from './labelled.ts';
import { outlinesOf } from './outlines.ts';
import { type PngShape, smallPng, writePng } from './png.ts';
import { checkPicture } from './set.ts';
import { maskBits, type Spans, spansById } from './spans.ts';

/** Whose files these are like. */
const VERSION = '6.3.1';

/** Bytes of a mask that are deflated at once. */
const SMALL = 2 ** 16;

/** What a shape is by. */
type Kind = 'polygon' | 'mask';

const shapeOf = (label: string, shape_type: Kind, points: number[][], more: { group_id?: number; mask?: string } = {}) => ({
  label,
  points,
  group_id: null,
  description: '',
  shape_type,
  flags: {},
  mask: null,
  ...more,
});

const pointsOf = (ring: readonly number[]): number[][] => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]]);

const polygonShapes = ({ id, name }: Objects['segments'][number], pieces: readonly Polygon[]) =>
  pieces.map(({ outer }) => shapeOf(name, 'polygon', pointsOf(outer), pieces.length > 1 ? { group_id: id } : {}));

/** A PNG of one bit a pixel. */
const patchOf = (spans: Spans, box: Segment['boxXYWH'], watch: Watch): Uint8Array | Promise<Uint8Array> => {
  const [, , width, height] = box;
  const rowBytes = Math.ceil(width / 8);
  const bits = maskBits(spans, box);
  const shape: PngShape = { width, height, depth: 1, colour: 'grey', rowBytes };
  if (bits.length <= SMALL) return smallPng(shape, bits);
  return writePng(shape, (y, row) => row.set(bits.subarray(y * rowBytes, (y + 1) * rowBytes)), watch);
};

const maskShape = async ({ name, boxXYWH }: Objects['segments'][number], spans: Spans, watch: Watch) => {
  const [left, top, width, height] = boxXYWH;
  const corners = [
    [left, top],
    [left + width - 1, top + height - 1],
  ];
  return shapeOf(name, 'mask', corners, { mask: toBase64(await patchOf(spans, boxXYWH, watch)) });
};

const shapesOf = async function* (picture: LabelledPicture, shapes: Kind, tolerance: number, watch: Watch) {
  const { runs, segments } = await objectsOf(picture, watch);
  const spans = spansById(runs);
  const outlines = shapes === 'polygon' ? await outlinesOf(runs, tolerance, watch) : undefined;
  for (const segment of segments) {
    await pause(watch);
    const pieces = outlines?.get(segment.id);
    if (pieces?.every(({ holes }) => holes.length === 0)) yield* polygonShapes(segment, pieces);
    else yield await maskShape(segment, spans.get(segment.id) as Spans, watch);
  }
};

/**
 * The JSON of one picture, without the picture itself: `imagePath` is its name, as from the folder where the JSON will lie. Segments
 * without holes are polygons, in corner coordinates, one a piece under one `group_id`; those with holes, or all of them with
 * `shapes` "mask", are masks: a box, its last column and row included, and a PNG.
 *
 * labelme itself draws outlines, too, so that what it makes of polygons reaches about half a pixel further; masks are exact.
 * @throws InputError for what is no labelled picture; the signal's reason once aborted
 */
export const encodeLabelme = async (picture: LabelledPicture, given: Given<typeof LABELME_FILE> & Watch = {}): Promise<Uint8Array> => {
  const { shapes, tolerance, ...watch } = resolveOptions('encodeLabelme', LABELME_FILE, given);
  const { name, labels } = checkPicture(picture);
  const lines: string[] = [];
  for await (const shape of shapesOf(picture, shapes, tolerance, watch)) lines.push(`    ${JSON.stringify(shape)}`);
  const members = [
    `"version": "${VERSION}"`,
    '"flags": {}',
    lines.length > 0 ? `"shapes": [\n${lines.join(',\n')}\n  ]` : '"shapes": []',
    `"imagePath": ${JSON.stringify(name)}`,
    '"imageData": null',
    `"imageHeight": ${labels.height}`,
    `"imageWidth": ${labels.width}`,
  ];
  return new TextEncoder().encode(`{\n  ${members.join(',\n  ')}\n}\n`);
};
