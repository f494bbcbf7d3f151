/** Brush, eraser and lasso: which pixels a stroke takes, and how that looks before it is done. */
import { type LabelMap, superpixels } from 'diffcut';
import type { Area, Sheet } from '../edit/index.ts';
import type { Frame, View } from '../types.ts';
import { analysisOf, type Open, picture } from './desk.ts';
import { covered, HELD, heldArea, heldBy, type Stroke } from './hold.ts';
import { CHOSEN, places, rgba } from './render.ts';
import type { Context } from './wire.ts';

/** Superpixels of a picture, made when a brush first snaps to them. */
const superpixelsOf = async (open: Open, context: Context): Promise<LabelMap> => {
  const made = open.superpixels ?? analysisOf(open, open.row.settings, context).then((analysis) => superpixels(analysis));
  open.superpixels = made;
  made.catch(() => {
    open.superpixels = undefined; // another stroke may fare better
  });
  return made;
};

/** The pixels that a stroke takes. @param snaps whether it holds to the picture's edges */
export const areaOf = async (open: Open & { sheet: Sheet }, stroke: Stroke, snaps: boolean, context: Context): Promise<Area> =>
  snaps ? heldArea(stroke, await superpixelsOf(open, context)) : covered(stroke, open.sheet);

/** Longest side of the map on which it is found, while a stroke is drawn, what it takes: a long one in a large picture costs too much. */
const REDUCED = 1024;
const reducedMaps = new WeakMap<LabelMap, LabelMap>();

const reducedOf = (map: LabelMap): LabelMap => {
  const by = Math.min(1, REDUCED / Math.max(map.width, map.height));
  const found = by === 1 ? map : reducedMaps.get(map);
  if (found) return found;
  const [width, height] = [map.width, map.height].map((side) => Math.max(1, Math.round(side * by)));
  const columns = places(width, 0, 1, width, map.width);
  const rows = places(height, 0, 1, height, map.height);
  const data = new Int32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) for (let x = 0; x < width; x++) data[to++] = map.data[rows[y] * map.width + columns[x]];
  const made = { data, width, height };
  reducedMaps.set(map, made);
  return made;
};

const scaled = (stroke: Stroke, by: number): Stroke => {
  const at = (points: readonly (readonly [number, number])[]) => points.map(([x, y]) => [x * by, y * by] as const);
  return 'polygon' in stroke ? { polygon: at(stroke.polygon) } : { points: at(stroke.points), radius: stroke.radius * by };
};

/** Whether a stroke would take a pixel of the picture. */
const takenBy = (stroke: Stroke, map: LabelMap): ((x: number, y: number) => boolean) => {
  const small = reducedOf(map);
  const by = small.width / map.width;
  const own = scaled(stroke, by);
  const area = covered(own, small);
  const held = heldBy(own, small, area);
  const [left, top, columns, rows] = area.box;
  const isCovered = (x: number, y: number): boolean => {
    const [column, row] = [Math.floor(x * by) - left, Math.floor(y * by) - top];
    return column >= 0 && row >= 0 && column < columns && row < rows && area.mask[row * columns + column] === 1;
  };
  return (x, y) => {
    const how = held[map.data[y * map.width + x]];
    return how === HELD.whole || (how === HELD.covered && isCovered(x, y));
  };
};

const OPACITY = 0.62;

/** What lies on the screen of some pixels: coloured, within a line. */
const drawTaken = (view: View, { width, height }: Sheet, isTaken: (x: number, y: number) => boolean, colour: number): ImageData => {
  const image = new ImageData(view.width, view.height);
  const out = new Uint32Array(image.data.buffer);
  const columns = places(view.width, view.x, view.scale, width, width);
  const rows = places(view.height, view.y, view.scale, height, height);
  const above = new Uint8Array(view.width);
  for (let py = 0, at = 0; py < view.height; py++) {
    let before = 0;
    for (let px = 0; px < view.width; px++, at++) {
      const isIn = rows[py] >= 0 && columns[px] >= 0 && isTaken(columns[px], rows[py]) ? 1 : 0;
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
    if (!map || !sheet) return undefined;
    const may = new Map<number, boolean>();
    for (const [of, { locked, hidden }] of sheet.marks) may.set(of, kind === 'erase' ? of === target : of !== target && !locked && !hidden);
    const isHeld = takenBy(stroke, map);
    const isTaken = (x: number, y: number): boolean => isHeld(x, y) && may.get(sheet.data[y * sheet.width + x]) === true;
    const canvas = new OffscreenCanvas(view.width, view.height);
    canvas.getContext('2d')?.putImageData(drawTaken(view, sheet, isTaken, rgba(colour, OPACITY)), 0, 0);
    const bitmap = canvas.transferToImageBitmap();
    transfer(bitmap);
    return { view, bitmap };
  },
};
