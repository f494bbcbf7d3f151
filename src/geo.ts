/** Where on the earth a picture lies, by the tags of GeoTIFF (OGC 19-008r4), read as GDAL reads them; the same at another size. */
import type { GeoReference } from './types.ts';

/** A TIFF's tags by number. */
export type Tags = (tag: number) => unknown;

interface Size {
  width: number;
  height: number;
}

/** The tags, annex B: where the pixels lie, then the keys, with the numbers and the text that these point to. */
export const GEO_TAGS = { scale: 33550, tiepoints: 33922, matrix: 34264, keys: 34735, doubles: 34736, text: 34737 };

/** The key that says whether whole coordinates are corners of pixels (1) or their centres (2). */
const RASTER_TYPE = 1025;
const CENTRES = 2;
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
  const [scaleX, scaleY] = numbersOf(tags(GEO_TAGS.scale));
  const tie = numbersOf(tags(GEO_TAGS.tiepoints));
  const matrix = numbersOf(tags(GEO_TAGS.matrix));
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
  for (const tag of Object.values(GEO_TAGS)) {
    const value = tags(tag);
    if (value !== undefined) found[String(tag)] = typeof value === 'string' ? value.replace(/\0+$/, '') : numbersOf(value);
  }
  if (Object.keys(found).length === 0) return undefined;
  const keys = numbersOf(tags(GEO_TAGS.keys));
  const code = CODES.map((key) => keyOf(keys, key)).find((value) => value !== undefined && value > 0 && value !== USER_DEFINED);
  const transform = isUpright ? transformOf(tags, keyOf(keys, RASTER_TYPE) === CENTRES) : undefined;
  return { ...(code !== undefined && { crs: `EPSG:${code}` }), ...(transform && { transform }), tags: found };
};

/** How a tag's numbers change where a pixel becomes as wide as `x` and as high as `y` of them, whole coordinates lying `half` before its centre. */
const RESIZED: Record<number, (values: number[], x: number, y: number, half: number) => number[]> = {
  [GEO_TAGS.scale]: ([across, down, ...rest], x, y) => [across * x, down * y, ...rest],
  [GEO_TAGS.tiepoints]: (values, x, y, half) =>
    values.map((value, i) => (i % 6 === 0 ? (value + half) / x - half : i % 6 === 1 ? (value + half) / y - half : value)),
  [GEO_TAGS.matrix]: (m, x, y, half) =>
    m.flatMap((_, i) => {
      if (i % 4 > 0) return [];
      const [column, row, ...rest] = m.slice(i, i + 3);
      return [column * x, row * y, ...rest, m[i + 3] + half * (column * (x - 1) + row * (y - 1))];
    }),
};

/** The georeference of the same picture at another size. */
export const geoAt = (geo: GeoReference, from: Size, to: Size): GeoReference => {
  if (from.width === to.width && from.height === to.height) return geo;
  const [x, y] = [from.width / to.width, from.height / to.height];
  const half = keyOf(numbersOf(geo.tags[GEO_TAGS.keys]), RASTER_TYPE) === CENTRES ? 0.5 : 0;
  const tags = Object.fromEntries(
    Object.entries(geo.tags).map(([tag, values]) => [tag, Array.isArray(values) ? (RESIZED[Number(tag)]?.(values, x, y, half) ?? values) : values]),
  );
  const t = geo.transform;
  return { ...geo, ...(t && { transform: [t[0], t[1] * x, t[2] * y, t[3], t[4] * x, t[5] * y] }), tags };
};

/** What a JSON tells of it. */
export const toldGeo = ({ crs, transform }: GeoReference): Pick<GeoReference, 'crs' | 'transform'> => ({
  ...(crs !== undefined && { crs }),
  ...(transform && { transform }),
});
