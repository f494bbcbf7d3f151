/** A labelled picture as GeoJSON (RFC 7946), a feature a segment, neighbours with one border between them. */
import { expected } from '../errors.ts';
import { GEOJSON, LABEL_TIFF } from '../options/export.ts';
import { check, type Given, resolveOptions } from '../options/spec.ts';
import { joined } from '../tensor/bytes.ts';
import { pause } from '../tensor/watch.ts';
import type { GeoReference, Watch } from '../types.ts';
import type { Polygon } from './arcs.ts';
import type { LabelledPicture } from './labelled.ts';
import { checkPicture, listTexts, utf8 } from './set.ts';
import { type Outlined, outlined } from './vectors.ts';

type Transform = NonNullable<GeoReference['transform']>;

const isTransform = (t: unknown): boolean =>
  Array.isArray(t) && t.length === 6 && t.every((v) => Number.isFinite(v)) && t[1] * t[5] - t[2] * t[4] !== 0;

/** @throws InputError for a georeference or a size that are none */
const checkPlace = ({ geo, picture }: LabelledPicture): void => {
  if (geo !== undefined) check(LABEL_TIFF.geo, 'geo', geo);
  if (picture !== undefined) check(LABEL_TIFF.picture, 'picture', picture);
  if (geo?.transform !== undefined && !isTransform(geo.transform))
    throw expected('six numbers [x0, x a column, x a row, y0, y a column, y a row] of a map that is not flat', 'geo.transform', geo.transform);
};

/** From corners of the labels to the map, or to pixels of the picture. */
const transformOf = ({ labels, geo, picture = labels }: LabelledPicture): Transform => {
  const [x, y] = [picture.width / labels.width, picture.height / labels.height];
  const [x0, xColumn, xRow, y0, yColumn, yRow] = geo?.transform ?? [0, 1, 0, 0, 0, 1];
  return [x0, xColumn * x, xRow * y, y0, yColumn * x, yRow * y];
};

/** A ring on the map, its first place again at the end. @param isMirrored the map has it the other way round */
const placesOf = (ring: readonly number[], t: Transform, isMirrored: boolean): number[][] => {
  const places: number[][] = [];
  for (let i = 0; i < ring.length; i += 2) places.push([t[0] + ring[i] * t[1] + ring[i + 1] * t[2], t[3] + ring[i] * t[4] + ring[i + 1] * t[5]]);
  if (isMirrored) places.reverse();
  return [...places, places[0]];
};

const geometryOf = (polygons: readonly Polygon[], t: Transform): object => {
  const isMirrored = t[1] * t[5] - t[2] * t[4] < 0; // as where y grows to the north
  const parts = polygons.map(({ outer, holes }) => [outer, ...holes].map((ring) => placesOf(ring, t, isMirrored)));
  return parts.length === 1 ? { type: 'Polygon', coordinates: parts[0] } : { type: 'MultiPolygon', coordinates: parts };
};

/** What the coordinates are, beside what the RFC knows: longitude and latitude. */
const spaceOf = ({ geo, labels, picture: { width, height } = labels }: LabelledPicture): object => {
  if (!geo?.transform) return { space: { units: 'pixels', origin: 'top left corner', x: 'right', y: 'down', width, height } };
  const code = /^EPSG:(\d+)$/.exec(geo.crs ?? '')?.[1];
  if (code === undefined) return { space: { units: 'map' } };
  return code === '4326' ? {} : { crs: { type: 'name', properties: { name: `urn:ogc:def:crs:EPSG::${code}` } } };
};

const featureTexts = async function* (segments: readonly Outlined[], t: Transform, picture: string, watch: Watch): AsyncGenerator<string> {
  for (const { id, name, score, area, colour, polygons } of segments) {
    const properties = { id, name, score, area, picture, fill: colour };
    yield JSON.stringify({ type: 'Feature', id, properties, geometry: geometryOf(polygons, t) });
    await pause(watch);
  }
};

const texts = async function* (picture: LabelledPicture, tolerance: number, watch: Watch): AsyncGenerator<string> {
  const head = JSON.stringify({ type: 'FeatureCollection', ...spaceOf(picture) });
  yield `${head.slice(0, -1)},\n"features": `;
  yield* listTexts(featureTexts(await outlined(picture, tolerance, watch), transformOf(picture), picture.name, watch));
  yield '}\n';
};

/**
 * A FeatureCollection: of each object its `id`, and as properties `id`, `name`, `score` (where its name has one), `area` (pixels
 * of the labels), `picture` and `fill` (its colour); a Polygon, or a MultiPolygon where it has several parts that touch at corners at most. Outer rings are
 * counterclockwise on the map, as the RFC wants it.
 *
 * Where the picture has a georeference coordinates are the map's, and a system other than EPSG:4326 is named by the member `crs` of
 * GeoJSON's first edition, which GDAL and QGIS read. Elsewhere they are pixels of the picture with y down, which the member `space`
 * says; rings are then counterclockwise where y is drawn upwards.
 * @throws InputError for what is no labelled picture or option; the signal's reason once aborted
 */
export const encodeGeojson = async (picture: LabelledPicture, given: Given<typeof GEOJSON> & Watch = {}): Promise<Uint8Array> => {
  const { tolerance, ...watch } = resolveOptions('encodeGeojson', GEOJSON, given);
  checkPlace(checkPicture(picture));
  return joined(utf8(texts(picture, tolerance, watch)));
};
