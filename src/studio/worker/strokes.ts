/** Brush, eraser and lasso: which pixels a stroke covers, what it holds to, and what it would take, lit before it is done. */
import { type LabelMap, superpixels } from 'diffcut';
import { type Area, type Point, polygonArea, type Sheet, type Size, type Snap, snapArea, strokeArea } from '../edit/index.ts';
import type { Frame, View } from '../types.ts';
import { analysisOf, type Open, picture } from './desk.ts';
import { CHOSEN, places, rgba } from './render.ts';
import type { Context } from './wire.ts';

/** Where a brush or a lasso went, in pixels of the picture. */
export type Stroke = { points: readonly Point[]; radius: number } | { polygon: readonly Point[] };

/** Superpixels of a picture, made when a brush first snaps to them. */
const superpixelsOf = async (open: Open, context: Context): Promise<LabelMap> => {
  const made = open.superpixels ?? analysisOf(open, open.row.settings, context).then((analysis) => superpixels(analysis));
  open.superpixels = made;
  made.catch(() => {
    open.superpixels = undefined; // another stroke may fare better
  });
  return made;
};

/** Share of a superpixel that a lasso must cover to take it whole; a brush takes what it touches. */
const LASSO_SHARE = 0.5;
const BRUSH_SHARE = 0.02;
const shareOf = (stroke: Stroke): number => ('polygon' in stroke ? LASSO_SHARE : BRUSH_SHARE);

/** The pixels that a stroke covers. */
export const areaOf = (size: Size, stroke: Stroke): Area =>
  'polygon' in stroke ? polygonArea(stroke.polygon, size) : strokeArea(stroke.points, stroke.radius, size);

/** What a stroke holds to, where it is to hold to edges. */
export const snapOf = async (open: Open, stroke: Stroke, isSnapped: boolean, context: Context): Promise<Snap> =>
  isSnapped ? { snap: await superpixelsOf(open, context), share: shareOf(stroke) } : {};

/** Longest side of the map on which it is found, while a stroke is drawn, what it touches: a long one in a large picture costs too much. */
const REDUCED = 1024;
interface Reduced extends LabelMap {
  /** Above all its ids. */
  count: number;
}
const reducedMaps = new WeakMap<LabelMap, Reduced>();

const reducedOf = (map: LabelMap): Reduced => {
  const found = reducedMaps.get(map);
  if (found) return found;
  const by = Math.min(1, REDUCED / Math.max(map.width, map.height));
  const [width, height] = [map.width, map.height].map((side) => Math.max(1, Math.round(side * by)));
  const columns = places(width, 0, 1, width, map.width);
  const rows = places(height, 0, 1, height, map.height);
  const data = new Int32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) for (let x = 0; x < width; x++) data[to++] = map.data[rows[y] * map.width + columns[x]];
  const made = { data, width, height, count: data.reduce((most, id) => Math.max(most, id), -1) + 1 };
  reducedMaps.set(map, made);
  return made;
};

/** The superpixels that a stroke takes, 1 by id. */
const touchedBy = (stroke: Stroke, map: LabelMap): Uint8Array => {
  const small = reducedOf(map);
  const by = small.width / map.width;
  const scaled = (points: readonly Point[]): Point[] => points.map(([x, y]) => [x * by, y * by]);
  const area = areaOf(
    small,
    'polygon' in stroke ? { polygon: scaled(stroke.polygon) } : { points: scaled(stroke.points), radius: stroke.radius * by },
  );
  const { box, mask } = snapArea(area, small, small, shareOf(stroke));
  const touched = new Uint8Array(small.count);
  for (let i = 0; i < mask.length; i++) if (mask[i]) touched[small.data[(box[1] + Math.floor(i / box[2])) * small.width + box[0] + (i % box[2])]] = 1;
  return touched;
};

const FILL = 0.62;

/** What lies on the screen of some superpixels, of the pixels that may be taken: coloured, within a line. */
const drawTouched = (touched: Uint8Array, map: LabelMap, sheet: Sheet, view: View, isTaken: (id: number) => boolean, colour: number): ImageData => {
  const { width, height } = view;
  const image = new ImageData(width, height);
  const out = new Uint32Array(image.data.buffer);
  const columns = places(width, view.x, view.scale, sheet.width, sheet.width);
  const rows = places(height, view.y, view.scale, sheet.height, sheet.height);
  const may = new Map<number, boolean>();
  const isFree = (id: number): boolean => may.get(id) ?? may.set(id, isTaken(id)).get(id) === true;
  const above = new Uint8Array(width);
  for (let py = 0, at = 0; py < height; py++) {
    let before = 0;
    for (let px = 0; px < width; px++, at++) {
      const pixel = rows[py] < 0 || columns[px] < 0 ? -1 : rows[py] * sheet.width + columns[px];
      const isIn = pixel >= 0 && touched[map.data[pixel]] === 1 && isFree(sheet.data[pixel]) ? 1 : 0;
      if (isIn !== before || isIn !== above[px]) out[at] = CHOSEN;
      else if (isIn) out[at] = colour;
      before = above[px] = isIn;
    }
  }
  return image;
};

/** A stroke that is being drawn. */
export interface UnderWay {
  id: string;
  kind: 'paint' | 'erase' | 'carve';
  /** The region that is painted or erased. */
  target: number | undefined;
  stroke: Stroke;
  view: View;
  /** Of what is lit. */
  colour: readonly [number, number, number];
}

export const strokeHandlers = {
  /** Makes what strokes of a picture snap to, before the first of them asks. */
  snapTo: async ({ id }: { id: string }, context: Context): Promise<void> => void (await superpixelsOf(await picture(id), context)),

  /** What a stroke that is being drawn would take as it snaps; nothing until it is known what it snaps to. */
  touched: async ({ id, kind, target, stroke, view, colour }: UnderWay, { transfer }: Context): Promise<Frame | undefined> => {
    const open = await picture(id);
    const map = await Promise.race([open.superpixels, undefined]);
    const { sheet } = open;
    if (!map || !sheet || map.width !== sheet.width || map.height !== sheet.height) return undefined;
    const isTaken = (of: number): boolean => {
      if (kind === 'erase') return of === target;
      const { locked, hidden } = sheet.marks.get(of) ?? {};
      return of !== target && !locked && !hidden;
    };
    const canvas = new OffscreenCanvas(view.width, view.height);
    canvas.getContext('2d')?.putImageData(drawTouched(touchedBy(stroke, map), map, sheet, view, isTaken, rgba(colour, FILL)), 0, 0);
    const bitmap = canvas.transferToImageBitmap();
    transfer(bitmap);
    return { view, bitmap };
  },
};
