/** What a brush and a lasso cover. Points are in pixels of the picture: its first pixel reaches from 0, 0 to 1, 1. */
import { InputError } from 'diffcut';
import { type Area, type Box, clipped, type Size } from './sheet.ts';

export type Point = readonly [x: number, y: number];

/** Further from the picture than anyone can point; beyond it squares lose their last digits. */
const FURTHEST = 2 ** 24;
/** Half the diagonal of a pixel: a thinner stroke would miss the centres of pixels that it goes through. */
const THINNEST = Math.SQRT1_2;

const isNear = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= FURTHEST;

const checkPoints = (points: readonly Point[]): void => {
  const isGood = Array.isArray(points) && points.every((point) => Array.isArray(point) && isNear(point[0]) && isNear(point[1]));
  if (!isGood) throw new InputError('Expected points [x, y] in pixels of the picture, near it');
};

/** The pixels that points, with what lies `radius` around them, can cover of a box. */
const around = (points: readonly Point[], radius: number, [left, top, width, height]: Box): Box => {
  if (points.length === 0) return [left, top, 0, 0];
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    west = Math.min(west, x);
    north = Math.min(north, y);
    east = Math.max(east, x);
    south = Math.max(south, y);
  }
  const [fromX, fromY] = [Math.floor(west - radius), Math.floor(north - radius)];
  const [toX, toY] = [Math.ceil(east + radius), Math.ceil(south + radius)];
  const [x, y, columns, rows] = clipped([fromX - left, fromY - top, toX - fromX, toY - fromY], { width, height });
  return columns > 0 && rows > 0 ? [x + left, y + top, columns, rows] : [left, top, 0, 0];
};

/**
 * What a round brush covers that is led along points: the pixels whose centres lie within its radius, and at least those
 * that it goes through.
 * @param radius pixels
 * @param size of the picture: what lies outside is left out
 * @throws InputError for points or a radius that are no numbers, or far from any picture
 */
export const strokeArea = (points: readonly Point[], radius: number, { width, height }: Size): Area =>
  strokeWithin(points, radius, [0, 0, width, height]);

/** The same, of a box. */
export const strokeWithin = (points: readonly Point[], radius: number, within: Box): Area => {
  checkPoints(points);
  if (!isNear(radius) || radius <= 0) throw new InputError('Expected a size of the stroke in pixels, above 0');
  const reach = Math.max(radius, THINNEST);
  const box = around(points, reach, within);
  const mask = new Uint8Array(box[2] * box[3]);
  if (mask.length > 0)
    for (let k = 0; k < points.length; k++) if (k > 0 || points.length === 1) addCapsule(mask, box, points[Math.max(0, k - 1)], points[k], reach);
  return { box, mask };
};

/** All within `radius` of the line from a to b: convex, so it covers one stretch of a row. */
const addCapsule = (mask: Uint8Array, [left, top, width, height]: Box, a: Point, b: Point, radius: number): void => {
  const corners = bandOf(a, b, radius);
  const from = Math.max(0, Math.floor(Math.min(a[1], b[1]) - radius) - top);
  const to = Math.min(height, Math.ceil(Math.max(a[1], b[1]) + radius) - top);
  for (let row = from; row < to; row++) {
    const y = top + row + 0.5;
    let [low, high] = [Infinity, -Infinity];
    const cover = (x: number, half: number): void => {
      low = Math.min(low, x - half);
      high = Math.max(high, x + half);
    };
    for (const [x, centre] of [a, b]) {
      const rest = radius * radius - (y - centre) * (y - centre);
      if (rest >= 0) cover(x, Math.sqrt(rest));
    }
    for (let k = 0; k < corners.length; k++) {
      const [x0, y0] = corners[k];
      const [x1, y1] = corners[(k + 1) % corners.length];
      if (y0 !== y1 && y >= Math.min(y0, y1) && y <= Math.max(y0, y1)) cover(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0), 0);
    }
    const start = Math.max(0, Math.ceil(low - 0.5) - left);
    const end = Math.min(width, Math.floor(high - 0.5) + 1 - left);
    if (start < end) mask.fill(1, row * width + start, row * width + end);
  }
};

/** The corners of the band between the two ends of a stroke, in turn; none where both are one point. */
const bandOf = ([ax, ay]: Point, [bx, by]: Point, radius: number): Point[] => {
  const length = Math.hypot(bx - ax, by - ay);
  if (length === 0) return [];
  const [u, v] = [((by - ay) / length) * radius, ((ax - bx) / length) * radius];
  return [
    [ax + u, ay + v],
    [bx + u, by + v],
    [bx - u, by - v],
    [ax - u, ay - v],
  ];
};

/**
 * What a lasso holds: the pixels whose centres lie inside by the even-odd rule, so that where it crosses itself twice round it
 * is out again. The last point is joined to the first.
 * @param size of the picture: what lies outside is left out
 * @throws InputError for points that are no numbers, or far from any picture
 */
export const polygonArea = (points: readonly Point[], { width, height }: Size): Area => {
  checkPoints(points);
  const box = around(points, 0, [0, 0, width, height]);
  const [left, top, columns, rows] = box;
  const mask = new Uint8Array(columns * rows);
  if (mask.length === 0) return { box, mask };
  // 1. Where a row's centre crosses an edge, all to the right of it change sides
  for (let k = 0; k < points.length; k++) {
    const [a, b] = [points[k], points[(k + 1) % points.length]];
    const [[x0, y0], [x1, y1]] = a[1] < b[1] ? [a, b] : [b, a];
    const from = Math.max(0, Math.ceil(y0 - 0.5) - top);
    const to = Math.min(rows, Math.ceil(y1 - 0.5) - top);
    for (let row = from; row < to; row++) {
      const x = x0 + ((top + row + 0.5 - y0) / (y1 - y0)) * (x1 - x0);
      const column = Math.max(0, Math.ceil(x - 0.5) - left);
      if (column < columns) mask[row * columns + column] ^= 1;
    }
  }
  // 2. From left to right
  for (let row = 0, i = 0; row < rows; row++) for (let x = 0, side = 0; x < columns; x++, i++) mask[i] = side ^= mask[i];
  return { box, mask };
};
