/** Options of what label maps are written as. */
import { kindOf } from '../errors.ts';
import type { GeoReference } from '../types.ts';
import { READING } from './segment.ts';
import { choice, isWhole, number, optional } from './spec.ts';

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
  /** share of the colour in what is seen of a segment (a number from 0 to 1; default: 0.45) */
  tint: number(0.45, 0, 1, 'share of the colour in what is seen of a segment'),
};

/** `renumber(labels, options)`. */
export const NUMBERING = {
  /** id of the first segment (a whole number from 0 to 1000000; default: 0) */
  firstId: number(0, 0, 1_000_000, 'id of the first segment', true),
  /**
   * segments that are no objects and get 0: none, the largest one, or all that touch the border (one of none, largest,
   * border; default: none)
   */
  background: choice(
    'none',
    ['none', 'largest', 'border'],
    'segments that are no objects and get 0: none, the largest one, or all that touch the border',
  ),
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
