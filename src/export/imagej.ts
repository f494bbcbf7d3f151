/** A labelled picture as regions of interest of ImageJ: a ZIP of one file a segment, as ij.io.RoiEncoder writes them. */
import { zipSync } from 'fflate';
import { InputError } from '../errors.ts';
import { IMAGEJ_ROIS } from '../options/export.ts';
import { type Given, resolveOptions } from '../options/spec.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Polygon } from './arcs.ts';
import { type LabelledPicture, objectsOf } from './labelled.ts';
import { outlinesOf } from './outlines.ts';
import { segmentPalette } from './palette.ts';
import { checkPicture } from './set.ts';

/** Bytes of each of the two headers. */
const HEADER = 64;
const VERSION = 228;
const TYPES = { polygon: 0, rectangle: 1, traced: 8 };

/** Where numbers stand in the first header, and in the second, which lies behind the coordinates. */
const AT = { version: 4, type: 6, top: 8, left: 10, bottom: 12, right: 14, corners: 16, shapeSize: 36, colour: 40, second: 60 };
const SECOND = { name: 16, nameLength: 20 };

/** Segments of a path. */
const [MOVE, LINE, CLOSE] = [0, 1, 4];

/** Corners that a polygon may have. */
const MOST_CORNERS = 65_535;
/** The farthest that a coordinate of 16 bits is read as such. */
const FARTHEST = 60_535;
/** Files that a ZIP holds. */
const MOST_ROIS = 65_535;

interface Roi {
  name: string;
  /** Red, green and blue. */
  colour: Uint8Array;
  pieces: readonly Polygon[];
  /** Along pixels: ImageJ then knows how long it is. */
  isTraced: boolean;
}

const boundsOf = (pieces: readonly Polygon[]) => {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (const { outer } of pieces)
    for (let i = 0; i < outer.length; i += 2) {
      [left, right] = [Math.min(left, outer[i]), Math.max(right, outer[i])];
      [top, bottom] = [Math.min(top, outer[i + 1]), Math.max(bottom, outer[i + 1])];
    }
  return { left, top, right, bottom };
};

/** Commands and coordinates of a shape, which is inside by the even-odd rule. */
const pathOf = (pieces: readonly Polygon[]): number[] => {
  const path: number[] = [];
  for (const { outer, holes } of pieces)
    for (const ring of [outer, ...holes]) {
      for (let i = 0; i < ring.length; i += 2) path.push(i === 0 ? MOVE : LINE, ring[i], ring[i + 1]);
      path.push(CLOSE);
    }
  return path;
};

/** Both headers, with room for the coordinates between them and the name at the end. */
const frameOf = ({ name, colour, pieces }: Roi, type: keyof typeof TYPES, coordinates: number): { bytes: Uint8Array; view: DataView } => {
  const second = HEADER + coordinates;
  const bytes = new Uint8Array(second + HEADER + 2 * name.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x6f, 0x75, 0x74]); // Iout
  view.setInt16(AT.version, VERSION);
  bytes[AT.type] = TYPES[type];
  for (const [side, value] of Object.entries(boundsOf(pieces))) view.setUint16(AT[side as 'left'], value);
  view.setUint8(AT.colour, 255);
  bytes.set(colour, AT.colour + 1);
  view.setInt32(AT.second, second);
  view.setInt32(second + SECOND.name, second + HEADER);
  view.setInt32(second + SECOND.nameLength, name.length);
  for (let i = 0; i < name.length; i++) view.setUint16(second + HEADER + 2 * i, name.charCodeAt(i));
  return { bytes, view };
};

/** A polygon for one piece without holes, a path for all else. */
const roiBytes = (roi: Roi): Uint8Array => {
  const [{ outer, holes }, another] = roi.pieces;
  const corners = outer.length / 2;
  if (another || holes.length > 0 || corners > MOST_CORNERS) {
    const path = pathOf(roi.pieces);
    const { bytes, view } = frameOf(roi, 'rectangle', 4 * path.length);
    view.setInt32(AT.shapeSize, path.length);
    for (let i = 0; i < path.length; i++) view.setFloat32(HEADER + 4 * i, path[i]);
    return bytes;
  }
  const { bytes, view } = frameOf(roi, roi.isTraced ? 'traced' : 'polygon', 4 * corners);
  view.setUint16(AT.corners, corners);
  const { left, top } = boundsOf(roi.pieces);
  for (let i = 0; i < corners; i++) {
    view.setUint16(HEADER + 2 * i, outer[2 * i] - left);
    view.setUint16(HEADER + 2 * (corners + i), outer[2 * i + 1] - top);
  }
  return bytes;
};

/** What no file may be called by somewhere, and halves of pairs. */
const UNFIT = /[\p{Cc}\p{Cs}/\\:*?"<>|]/gu;
const LONGEST = 100;

/** What ImageJ lists a region as: the name of its file. */
const titleOf = (name: string, id: number): string => `${name.slice(0, LONGEST).replace(UNFIT, '_')}-${id}`;

/** In every time zone the same. */
const TIME = new Date(1980, 0, 1, 12);
/** Bytes that are stored as they are: to deflate them takes longer than it saves. */
const FEW = 512;

/**
 * A ZIP for ImageJ's ROI Manager, a region `<name>-<id>` for each segment, in its colour: what is of one piece without holes is a
 * polygon, all else a composite. With tolerance 0 ImageJ fills the segments' own pixels.
 * @throws InputError for what is no labelled picture, more than 65,535 segments, and a side of more than 60,535 pixels; the signal's
 *   reason once aborted
 */
export const encodeImagejRois = async (picture: LabelledPicture, given: Given<typeof IMAGEJ_ROIS> & Watch = {}): Promise<Uint8Array> => {
  const { tolerance, ...watch } = resolveOptions('encodeImagejRois', IMAGEJ_ROIS, given);
  const { labels, colours } = checkPicture(picture);
  if (Math.max(labels.width, labels.height) > FARTHEST)
    throw new InputError(`ImageJ's regions reach to ${FARTHEST} pixels and the labels are ${labels.width} x ${labels.height}: write a label TIFF`);
  const { runs, segments } = await objectsOf(picture, watch);
  if (segments.length > MOST_ROIS)
    throw new InputError(`A ZIP holds ${MOST_ROIS} regions of ImageJ and there are ${segments.length}: write a label TIFF`);
  const outlines = await outlinesOf(runs, tolerance, watch);
  const palette = segmentPalette(256);
  const files: Parameters<typeof zipSync>[0] = {};
  for (const { id, name } of segments) {
    const given = colours?.subarray(3 * id, 3 * id + 3);
    const colour = given?.length === 3 ? given : palette.subarray(3 * (id % 256), 3 * (id % 256) + 3);
    const title = titleOf(name, id);
    const bytes = roiBytes({ name: title, colour, pieces: outlines.get(id) as Polygon[], isTraced: tolerance === 0 });
    files[`${title}.roi`] = [bytes, { level: bytes.length > FEW ? 6 : 0 }];
    await pause(watch);
  }
  return zipSync(files, { mtime: TIME });
};
