/** Pictures whose objects are small against them: overlapping tiles are encoded at full detail, their tokens laid on one grid. */
import { expected } from '../errors.ts';
import type { PictureFile } from '../image/image.ts';
import { CHOICE } from '../options/segment.ts';
import { check, checkWatch } from '../options/spec.ts';
import { checkImage, unitFeatures } from '../tensor/features.ts';
import { pause } from '../tensor/watch.ts';
import type { FeatureMap, RgbImage, Watch } from '../types.ts';
import type { Encoder } from './encoder.ts';

/** Share of a tile that the next one has too, at least; within it the one's tokens fade into the other's. */
const OVERLAP = 1 / 4;
/** Numbers of the whole map, 256 MB: the grid of a larger one is coarser. */
const MOST_NUMBERS = 2 ** 26;

interface Size {
  width: number;
  height: number;
}

/** What is read a band of rows at a time: a picture's open file, or a picture. */
export type InRows =
  | RgbImage
  | (Pick<PictureFile, 'width' | 'height'> & { rows(...of: Parameters<PictureFile['rows']>): RgbImage | Promise<RgbImage> });

/** The size of all tiles; the picture's own where it is no larger than one. @param side pixels */
export const tileSize = ({ width, height }: Size, side: number): Size => ({ width: Math.min(width, side), height: Math.min(height, side) });

/** Where tiles begin on a side of the picture: the last one ends where the picture does. */
export const tileStarts = (length: number, tile: number): number[] => {
  const step = Math.ceil(tile * (1 - OVERLAP));
  return Array.from({ length: 1 + Math.ceil((length - tile) / step) }, (_, k) => Math.min(k * step, length - tile));
};

/**
 * Features of a picture's tiles as one map. Each tile goes to the encoder as a picture of its own; where tiles overlap the unit
 * vectors of their tokens are averaged, by weights that fall to zero at a tile's edge. The grid has the tiles' own step, or a
 * coarser one where the map would pass 256 MB. A picture that is no larger than a tile is encoded whole.
 * @param picture read a row of tiles at a time
 * @param side of the tiles, pixels, 64..4096
 * @returns unit tokens; their origin says what the tiles were
 * @throws InputError for a side out of range; the signal's reason once aborted
 */
export const encodeTiles = async (encoder: Encoder, picture: InRows, side: number, watch: Watch = {}): Promise<FeatureMap> => {
  if (typeof encoder?.encode !== 'function') throw expected('what openEncoder gave', 'encoder', encoder);
  if (typeof (picture as PictureFile | undefined)?.rows !== 'function') checkImage(picture as RgbImage, 'picture');
  check(CHOICE.tile, 'tile', side);
  checkWatch('encodeTiles', watch);
  const { signal, onProgress } = watch;
  const { width, height } = picture;
  const tile = tileSize(picture, side);
  const [xs, ys] = [tileStarts(width, tile.width), tileStarts(height, tile.height)];
  const total = xs.length * ys.length;
  if (total === 1) return encoder.encode(await rowsOf(picture, 0, height, signal), watch);
  let map: FeatureMap | undefined;
  let done = 0;
  for (const top of ys) {
    const band = await rowsOf(picture, top, top + tile.height, signal);
    for (const left of xs) {
      onProgress?.('encode', done++, total);
      await pause(watch);
      const features = await encoder.encode(cropped(band, left, tile.width), { signal });
      map ??= emptyMap(features, picture, tile);
      await pause(watch);
      lay(unitFeatures(features), map, { left, top, ...tile }, picture);
    }
  }
  const whole = map as FeatureMap;
  toUnit(whole.data, whole.channels);
  onProgress?.('encode', total, total);
  return whole;
};

const rowsOf = async (picture: InRows, top: number, bottom: number, signal: AbortSignal | undefined): Promise<RgbImage> => {
  if ('rows' in picture) return picture.rows(top, bottom, signal);
  const { width, data } = picture;
  return { data: data.subarray(top * width * 3, bottom * width * 3), width, height: bottom - top };
};

/** All rows of some columns. */
const cropped = ({ data, width, height }: RgbImage, left: number, columns: number): RgbImage => {
  const out = new Uint8Array(columns * height * 3);
  for (let y = 0; y < height; y++) out.set(data.subarray((y * width + left) * 3, (y * width + left + columns) * 3), y * columns * 3);
  return { data: out, width: columns, height };
};

/** Zeros on the grid of the whole picture. @param features of a tile */
const emptyMap = ({ width, height, channels, origin }: FeatureMap, picture: Size, tile: Size): FeatureMap => {
  const [across, down] = [(picture.width * width) / tile.width, (picture.height * height) / tile.height];
  const by = Math.min(1, Math.sqrt(MOST_NUMBERS / (across * down * channels)));
  const grid = { width: Math.max(1, Math.round(across * by)), height: Math.max(1, Math.round(down * by)) };
  const of: [number, number] = [picture.width, picture.height];
  const told = origin && { origin: { ...origin, picture: of, tile: { size: [tile.width, tile.height] as [number, number], of } } };
  return { data: new Float32Array(grid.width * grid.height * channels), ...grid, channels, isUnit: true, ...told };
};

/** Adds a tile's tokens, interpolated and weighted, to those of the map that lie in it. */
const lay = (features: FeatureMap, map: FeatureMap, at: { left: number; top: number } & Size, picture: Size): void => {
  const columns = places(map.width, picture.width, at.left, at.width, features.width);
  const rows = places(map.height, picture.height, at.top, at.height, features.height);
  for (const row of rows) for (const column of columns) add(features, map, row, column);
};

/** A token of the map within a tile: between which two of the tile's it lies, and how much the tile has to say. */
interface Place {
  index: number;
  first: number;
  second: number;
  /** Of the second, 0..1. */
  share: number;
  weight: number;
}

/** Along one side: the map's tokens whose centres lie in a tile. */
const places = (tokens: number, length: number, from: number, tile: number, own: number): Place[] => {
  const out: Place[] = [];
  for (let index = 0; index < tokens; index++) {
    const inside = ((index + 0.5) * length) / tokens - from;
    if (inside <= 0 || inside >= tile) continue;
    const at = Math.min(own - 1, Math.max(0, (inside * own) / tile - 0.5));
    const first = Math.floor(at);
    const weight = Math.min(1, Math.min(inside, tile - inside) / (OVERLAP * tile));
    out.push({ index, first, second: Math.min(first + 1, own - 1), share: at - first, weight });
  }
  return out;
};

const add = (features: FeatureMap, map: FeatureMap, row: Place, column: Place): void => {
  const { data, width, channels } = features;
  const by = row.weight * column.weight;
  const upper = by * (1 - row.share);
  const lower = by * row.share;
  let a = (row.first * width + column.first) * channels;
  let b = (row.first * width + column.second) * channels;
  let c = (row.second * width + column.first) * channels;
  let d = (row.second * width + column.second) * channels;
  const sums = map.data;
  let to = (row.index * map.width + column.index) * channels;
  const right = column.share;
  const left = 1 - right;
  for (let k = 0; k < channels; k++) sums[to++] += upper * (left * data[a++] + right * data[b++]) + lower * (left * data[c++] + right * data[d++]);
};

/** Rows to unit length, in place. */
const toUnit = (data: Float32Array, channels: number): void => {
  for (let from = 0; from < data.length; from += channels) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[from + c] ** 2;
    const by = 1 / Math.max(Math.sqrt(sum), 1e-12);
    for (let c = 0; c < channels; c++) data[from + c] *= by;
  }
};
