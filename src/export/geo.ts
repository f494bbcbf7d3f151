/** A picture's georeference, at other sizes and in few words. */
import type { GeoReference } from '../types.ts';

interface Size {
  width: number;
  height: number;
}

/** Tags of GeoTIFF (OGC 19-008r4, annex B) that say where the pixels lie. */
const [PIXEL_SCALE, TIEPOINTS, TRANSFORMATION, KEYS] = [33550, 33922, 34264, 34735];

/** The key that says whether whole coordinates are corners of pixels (1) or their centres (2). */
const RASTER_TYPE = 1025;
const CENTRES = 2;

const isOfCentres = (keys: number[] | string | undefined): boolean => {
  if (!Array.isArray(keys)) return false;
  for (let at = 4; at + 3 < keys.length; at += 4) if (keys[at] === RASTER_TYPE) return keys[at + 3] === CENTRES;
  return false;
};

/** How a tag's numbers change where a pixel becomes as wide as `x` and as high as `y` of them, whole coordinates lying `half` before its centre. */
const RESIZED: Record<number, (values: number[], x: number, y: number, half: number) => number[]> = {
  [PIXEL_SCALE]: ([across, down, ...rest], x, y) => [across * x, down * y, ...rest],
  [TIEPOINTS]: (values, x, y, half) =>
    values.map((value, i) => (i % 6 === 0 ? (value + half) / x - half : i % 6 === 1 ? (value + half) / y - half : value)),
  [TRANSFORMATION]: (m, x, y, half) =>
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
  const half = isOfCentres(geo.tags[KEYS]) ? 0.5 : 0;
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
