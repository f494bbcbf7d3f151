/** Marks on a panel: what is looked for, in red, and the best match. All in proportion to the size of text. */

import { blend, type Colour, circle, fill, hole, type Polygon, rectangle, stroke } from '../figure/canvas.ts';
import { drawText } from '../figure/text.ts';
import type { RgbImage } from '../types.ts';
import type { Match, Query, Size } from './similarity.ts';

const RED: Colour = [227, 6, 19];
const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];

/** Width of a line and of its casing, the rim that keeps it visible on every ground; in sizes of text. */
const LINE = 0.16;
const CASING = 0.36;
const RING = 0.55;
const CROSS = 0.5;

const ring = (x: number, y: number, radius: number, width: number): Polygon[] => [
  circle(x, y, radius + width / 2),
  hole(circle(x, y, radius - width / 2)),
];

/** A ring with a dot, so that the place itself stays visible. */
export const drawRing = (image: RgbImage, x: number, y: number, size: number): void => {
  fill(image, ring(x, y, RING * size, CASING * size), WHITE);
  fill(image, ring(x, y, RING * size, LINE * size), RED);
  fill(image, [circle(x, y, 0.14 * size)], WHITE);
  fill(image, [circle(x, y, 0.09 * size)], RED);
};

/** A white cross with a dark casing: on jet, red would vanish where cosines are high. */
export const drawCross = (image: RgbImage, x: number, y: number, size: number): void => {
  const cross = (reach: number, width: number): Polygon[] => [
    stroke(x - reach, y - reach, x + reach, y + reach, width),
    stroke(x - reach, y + reach, x + reach, y - reach, width),
  ];
  fill(image, cross((CROSS + 0.08) * size, CASING * size), BLACK);
  fill(image, cross(CROSS * size, LINE * size), WHITE);
};

const frame = (left: number, top: number, right: number, bottom: number, width: number): Polygon[] => {
  const by = width / 2;
  const outer = rectangle(left - by, top - by, right + by, bottom + by);
  const isOpen = right - left > width && bottom - top > width;
  return isOpen ? [outer, hole(rectangle(left + by, top + by, right - by, bottom - by))] : [outer];
};

/** Pixels of the panel that a label's pixels touch, 1 each: a line of the picture is not lost however small the panel. */
const touched = ({ labels, id }: Extract<Query, { id: number }>, { width, height }: Size): Uint8Array => {
  const inside = new Uint8Array(width * height);
  const span = (at: number, from: number, to: number): [number, number] => {
    const first = Math.floor((at * to) / from);
    return [first, Math.max(first + 1, Math.ceil(((at + 1) * to) / from))];
  };
  const columns = Array.from({ length: labels.width }, (_, x) => span(x, labels.width, width));
  for (let y = 0, i = 0; y < labels.height; y++) {
    const [top, bottom] = span(y, labels.height, height);
    for (let x = 0; x < labels.width; x++, i++) {
      if (labels.data[i] !== id) continue;
      for (let row = top; row < bottom; row++) inside.fill(1, row * width + columns[x][0], row * width + columns[x][1]);
    }
  }
  return inside;
};

/** Pixels of a mask with a neighbour outside of it, as x, y, x, y, ... */
const borderOf = (inside: Uint8Array, { width, height }: Size): number[] => {
  const out: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!inside[i]) continue;
      const isEdge = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      if (isEdge || !(inside[i - 1] && inside[i + 1] && inside[i - width] && inside[i + width])) out.push(x, y);
    }
  }
  return out;
};

/** A line along pixels: the union of discs around them, anti-aliased. */
const trace = (image: RgbImage, points: readonly number[], lineWidth: number, colour: Colour): void => {
  const cover = new Map<number, number>();
  const reach = Math.ceil(lineWidth / 2);
  for (let i = 0; i < points.length; i += 2) {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const share = Math.min(1, lineWidth / 2 + 0.5 - Math.hypot(dx, dy));
        const at = (points[i + 1] + dy) * image.width + points[i] + dx;
        if (share > (cover.get(at) ?? 0)) cover.set(at, share);
      }
    }
  }
  for (const [at, share] of cover) blend(image, at % image.width, Math.floor(at / image.width), colour, share);
};

/** Where a panel lies in the figure, pixels. Marks at its edge reach over it, so that they stay whole. */
export interface Place extends Size {
  left: number;
  top: number;
}

/** A number in a red disc, up and right of a place; on the other side where it would leave the panel. */
const drawBadge = (image: RgbImage, label: string, [x, y]: Spot, panel: Place, size: number): void => {
  const radius = 0.62 * size;
  const cx = x + (x + 1.5 * size + radius > panel.left + panel.width ? -1.5 : 1.5) * size;
  const cy = y + (y - 1.2 * size - radius < panel.top ? 1.2 : -1.2) * size;
  fill(image, [circle(cx, cy, radius + 1)], WHITE);
  fill(image, [circle(cx, cy, radius)], RED);
  drawText(image, label, cx, cy + 0.3 * size, { size: 0.85 * size, colour: WHITE, align: 'middle' });
};

type Spot = [x: number, y: number];

/** Draws, and says where a number belongs. @param scale panel pixels a picture pixel, both axes */
type Draw<Q> = (image: RgbImage, query: Q, panel: Place, scale: Spot, size: number) => Spot;

const drawPoint: Draw<readonly [number, number]> = (image, [x, y], { left, top }, [sx, sy], size) => {
  const at: Spot = [left + (x + 0.5) * sx, top + (y + 0.5) * sy];
  drawRing(image, ...at, size);
  return at;
};

const drawBox: Draw<Extract<Query, { boxXYWH: unknown }>> = (image, { boxXYWH: [x, y, width, height] }, { left, top }, [sx, sy], size) => {
  const across = [x, x + width].map((v) => left + Math.round(v * sx));
  const down = [y, y + height].map((v) => top + Math.round(v * sy));
  for (const [line, colour] of [
    [CASING, WHITE],
    [LINE, RED],
  ] as const)
    fill(image, frame(across[0], down[0], across[1], down[1], line * size), colour);
  return [across[1] - size, down[0] + 0.6 * size];
};

const drawMask: Draw<Extract<Query, { id: number }>> = (image, query, panel, _, size) => {
  const border = borderOf(touched(query, panel), panel).map((v, i) => v + (i % 2 ? panel.top : panel.left));
  for (const [line, colour] of [
    [CASING, WHITE],
    [LINE, RED],
  ] as const)
    trace(image, border, line * size, colour);
  return [border[0], border[1]];
};

/**
 * Marks a query on a panel, in red: a point by a ring, a box by its frame, a label by its outline.
 * @param image the figure; drawn on
 * @param picture size of the picture that the query is in
 * @param size of text, pixels
 * @param label a number beside it, or nothing
 */
export const markQuery = (image: RgbImage, query: Query, panel: Place, picture: Size, size: number, label = ''): void => {
  const scale: Spot = [panel.width / picture.width, panel.height / picture.height];
  const draw = 'labels' in query ? drawMask : 'boxXYWH' in query ? drawBox : drawPoint;
  const spot = draw(image, query as never, panel, scale, size);
  if (label) drawBadge(image, label, spot, panel, size);
};

/** Marks a panel's best match. @param picture size of the picture that the match is in */
export const markMatch = (image: RgbImage, { x, y }: Match, panel: Place, picture: Size, size: number): void =>
  drawCross(image, panel.left + ((x + 0.5) * panel.width) / picture.width, panel.top + ((y + 0.5) * panel.height) / picture.height, size);
