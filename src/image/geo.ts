/** Where on the earth a picture lies, by the tags of GeoTIFF (OGC 19-008r4), read as GDAL reads them. */
import type { GeoReference } from '../types.ts';

/** A TIFF's tags by number. */
export type Tags = (tag: number) => unknown;

const TAGS = { scale: 33550, tiepoint: 33922, matrix: 34264, keys: 34735, doubles: 34736, text: 34737 };
const RASTER_TYPE = 1025;
const PIXEL_IS_POINT = 2;
/** Keys that name a code of EPSG: projected, then geographic; 32767 says that the system is described instead. */
const CODES = [3072, 2048];
const USER_DEFINED = 32767;

const numbersOf = (value: unknown): number[] => (typeof value === 'number' ? [value] : Array.from((value as ArrayLike<number>) ?? []));

/** A short key's value, from the directory: four numbers a key after four of its own. */
const keyOf = (keys: readonly number[], wanted: number): number | undefined => {
  for (let i = 4; i + 3 < keys.length; i += 4) if (keys[i] === wanted && keys[i + 1] === 0) return keys[i + 3];
  return undefined;
};

const transformOf = (tags: Tags, isPoint: boolean): GeoReference['transform'] => {
  const [scaleX, scaleY] = numbersOf(tags(TAGS.scale));
  const tie = numbersOf(tags(TAGS.tiepoint));
  const matrix = numbersOf(tags(TAGS.matrix));
  let t: NonNullable<GeoReference['transform']>;
  if (scaleX && scaleY && tie.length >= 6) {
    t = [tie[3] - tie[0] * scaleX, scaleX, 0, tie[4] + tie[1] * Math.abs(scaleY), 0, -Math.abs(scaleY)];
  } else if (matrix.length === 16) t = [matrix[3], matrix[0], matrix[1], matrix[7], matrix[4], matrix[5]];
  else return undefined;
  if (isPoint) {
    t[0] -= (t[1] + t[2]) / 2; // the tags are of the middles of pixels
    t[3] -= (t[4] + t[5]) / 2;
  }
  return t;
};

/** The georeference of a TIFF; undefined where it has none. @param isUpright its pixels are stored as they are shown */
export const geoOf = (tags: Tags, isUpright: boolean): GeoReference | undefined => {
  const found: GeoReference['tags'] = {};
  for (const tag of Object.values(TAGS)) {
    const value = tags(tag);
    if (value !== undefined) found[String(tag)] = typeof value === 'string' ? value.replace(/\0+$/, '') : numbersOf(value);
  }
  if (Object.keys(found).length === 0) return undefined;
  const keys = numbersOf(tags(TAGS.keys));
  const code = CODES.map((key) => keyOf(keys, key)).find((value) => value !== undefined && value > 0 && value !== USER_DEFINED);
  const transform = isUpright ? transformOf(tags, keyOf(keys, RASTER_TYPE) === PIXEL_IS_POINT) : undefined;
  return { ...(code !== undefined && { crs: `EPSG:${code}` }), ...(transform && { transform }), tags: found };
};
