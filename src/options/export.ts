/** Options of what label maps are written as. */
import { kindOf } from '../errors.ts';
import type { GeoReference } from '../types.ts';
import { READING } from './segment.ts';
import { choice, flag, isWhole, number, type OptionSpec, optional } from './spec.ts';

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null;

const isTag = (v: unknown): boolean => typeof v === 'string' || (Array.isArray(v) && v.every((n) => typeof n === 'number'));

const isBytes = (v: unknown): v is Uint8Array => kindOf(v) === 'Uint8Array';

/** `drawOverlay(image, labels, options)`. */
export const OVERLAY = {
  /** colours of the ids; our own where not given (3 bytes for each id) */
  colours: optional<Uint8Array>(
    '3 bytes for each id',
    (v) => isBytes(v) && v.length > 0 && v.length % 3 === 0,
    'colours of the ids; our own where not given',
  ),
  /** what segments are, by id: written on the largest piece of each, where there is room (a list of texts) */
  names: optional<readonly (string | undefined)[]>(
    'a list of texts',
    (v) => Array.isArray(v) && v.every((name) => name === undefined || typeof name === 'string'),
    'what segments are, by id: written on the largest piece of each, where there is room',
  ),
  /** share of the colour in what is seen of a segment (a number from 0 to 1; default: 0.45) */
  tint: number(0.45, 0, 1, 'share of the colour in what is seen of a segment'),
};

/** `renumber(labels, options)`. */
export const NUMBERING = {
  /** id of the first segment (a whole number from 0 to 1000000; default: 0) */
  firstId: number(0, 0, 1_000_000, 'id of the first segment', true),
  /**
   * segments that are no objects and get 0: the largest one, all that touch the border, or what is 0 (one of none, largest,
   * border, zero; default: none)
   */
  background: choice(
    'none',
    ['none', 'largest', 'border', 'zero'],
    'segments that are no objects and get 0: the largest one, all that touch the border, or what is 0',
  ),
};

/** What is kept of a picture: rows of FORMATS. The JSON is last: where it lies, all is written. */
export const FORMAT_NAMES = [
  'labels',
  'geotiff',
  'overlay',
  'npy',
  'rle',
  'labelme',
  'geojson',
  'svg',
  'imagej',
  'imagej-labels',
  'masks',
  'cutouts',
  'json',
] as const;

/** Those that are written where none is named. */
export const DEFAULT_FORMATS: readonly string[] = ['labels', 'overlay', 'json'];

/** What is kept of a whole set of pictures: rows of SETS. */
export const SET_NAMES = ['coco', 'coco-panoptic', 'label-studio', 'cvat', 'yolo', 'voc', 'csv'] as const;

/** What formats of outlines and of sets take of a command's options, each what it has. */
export const EXPORTING = {
  /** outlines in the place of masks, for segments without holes (true or false; default: false) */
  polygons: flag(false, 'outlines in the place of masks, for segments without holes'),
  /** how far outlines are simplified, in pixels; the format's own where not given (a number from 0 to 1000) */
  tolerance: number(undefined, 0, 1000, "how far outlines are simplified, in pixels; the format's own where not given"),
  /** share of a set's pictures that are for validation; none where not given (a number from 0 to 1) */
  val: number(undefined, 0, 1, "share of a set's pictures that are for validation; none where not given"),
};

/** `labelsFromLabelme(json, options)`. */
export const LABELME = { maxPixels: READING.maxPixels };

/** `labelsFromCoco(json, options)`. */
export const COCO = {
  /** which picture of the file; its folder need not be said (its file_name) */
  fileName: optional<string>('its file_name', (v) => typeof v === 'string', 'which picture of the file; its folder need not be said'),
  /** which picture of the file, by its number (its id) */
  imageId: optional<number | string>('its id', (v) => typeof v === 'number' || typeof v === 'string', 'which picture of the file, by its number'),
  maxPixels: READING.maxPixels,
};

/** `encodeLabelTiff(labels, options)`. */
export const LABEL_TIFF = {
  /** where the picture lies on the earth: source.geo of a decoded picture ({ tags }, and crs and transform) */
  geo: optional<GeoReference>(
    '{ tags }, and crs and transform',
    (v) => isObject(v) && isObject(v.tags) && Object.values(v.tags).every(isTag),
    'where the picture lies on the earth: source.geo of a decoded picture',
  ),
  /** the picture that geo is of, for labels of another size ({ width, height } in pixels) */
  picture: optional<{ width: number; height: number }>(
    '{ width, height } in pixels',
    (v) => isObject(v) && isWhole(v.width, 1, 2 ** 31) && isWhole(v.height, 1, 2 ** 31),
    'the picture that geo is of, for labels of another size',
  ),
  /** colours of up to 256 ids; our own where not given (256 colours of 3 bytes) */
  palette: optional<Uint8Array>('256 colours of 3 bytes', (v) => isBytes(v) && v.length === 768, 'colours of up to 256 ids; our own where not given'),
};

const tolerance = number(0, 0, 1000, 'how far outlines are simplified, in pixels; 0 is as the pixels are');

const isText = (v: unknown): boolean => typeof v === 'string';
const text = (fallback: string, help: string): OptionSpec<string> => ({ default: fallback, wanted: 'a text', accepts: isText, help });

/** `encodeLabelme(picture, options)`. */
export const LABELME_FILE = {
  /** outlines, which can be edited, or masks; what has holes is always a mask (one of polygon, mask; default: polygon) */
  shapes: choice('polygon', ['polygon', 'mask'], 'outlines, which can be edited, or masks; what has holes is always a mask'),
  /** how far outlines are simplified, in pixels; 0 leaves them as the pixels are (a number from 0 to 1000; default: 1) */
  tolerance: number(1, 0, 1000, 'how far outlines are simplified, in pixels; 0 leaves them as the pixels are'),
};

/** `encodeLabelStudio(pictures, options)`. */
export const LABEL_STUDIO = {
  /** outlines in place of brushes for segments without holes (true or false; default: false) */
  polygons: flag(false, 'outlines in place of brushes for segments without holes'),
  tolerance: LABELME_FILE.tolerance,
  /** name of the BrushLabels in the labeling interface (a text; default: tag) */
  fromName: text('tag', 'name of the BrushLabels in the labeling interface'),
  /** name of the PolygonLabels in the labeling interface (a text; default: label) */
  polygonsFromName: text('label', 'name of the PolygonLabels in the labeling interface'),
  /** name of the Image in the labeling interface (a text; default: image) */
  toName: text('image', 'name of the Image in the labeling interface'),
  /** where Label Studio finds a picture; <name> becomes the picture's name (a text; default: /data/local-files/?d=<name>) */
  image: text('/data/local-files/?d=<name>', "where Label Studio finds a picture; <name> becomes the picture's name"),
  /** what made the predictions (a text; default: diffcut) */
  modelVersion: text('diffcut', 'what made the predictions'),
};

const areTexts = (v: unknown): boolean => Array.isArray(v) && v.every(isText);

const labels = optional<readonly string[]>('a list of texts', areTexts, 'names of the categories, in their order; others come behind them');

/** `encodeCvat(pictures, options)`. */
export const CVAT = {
  /** all names that segments have: with them the file is written while pictures come, without them once all are there (a list of texts) */
  labels: optional<readonly string[]>(
    'a list of texts',
    areTexts,
    'all names that segments have: with them the file is written while pictures come, without them once all are there',
  ),
};

/** `encodeImagejRois(picture, options)`. */
export const IMAGEJ_ROIS = { tolerance };

/** `labelsFromTiff(bytes, options)`. */
export const LABEL_TIFF_READING = { maxPixels: READING.maxPixels, page: READING.page };

/** `encodeCoco(pictures, options)`. */
export const COCO_SET = {
  /** outlines in place of run lengths for segments without holes (true or false; default: false) */
  polygons: flag(false, 'outlines in place of run lengths for segments without holes'),
  tolerance,
  labels,
};

/** `encodePanoptic(pictures, options)`. */
export const PANOPTIC_SET = { labels };

/** `encodeVoc(pictures, options)`. */
export const VOC_SET = {
  /** share of the pictures that are for validation (a number from 0 to 1; default: 0) */
  val: number(0, 0, 1, 'share of the pictures that are for validation'),
  labels,
};

/** `encodeYolo(pictures, options)`. */
export const YOLO_SET = {
  val: VOC_SET.val,
  labels,
  /** how far outlines are simplified, in pixels; 0 leaves them as the pixels are (a number from 0 to 1000; default: 1) */
  tolerance: number(1, 0, 1000, 'how far outlines are simplified, in pixels; 0 leaves them as the pixels are'),
};

/** `labelsFromPanoptic(png, json, options)`. */
export const PANOPTIC = { fileName: COCO.fileName, imageId: COCO.imageId, maxPixels: READING.maxPixels };

/** `encodeGeojson(picture, options)`. */
export const GEOJSON = {
  /** how far borders are simplified, in pixels; 0 leaves them as the pixels are (a number from 0 to 1000; default: 1) */
  tolerance: number(1, 0, 1000, 'how far borders are simplified, in pixels; 0 leaves them as the pixels are'),
};

/** `encodeSvg(picture, options)`. */
export const SVG = { tolerance: GEOJSON.tolerance };
