/**
 * The overlay of what lies on the screen: one pass over the screen's pixels, whatever the picture's size. Each screen
 * pixel takes the label under it; where that differs from the one to the left or above stands a line.
 */
import type { Look, View } from '../types.ts';

interface Size {
  width: number;
  height: number;
}

export interface Labels extends Size {
  data: Int32Array;
}

/** What is lit, by labels of its own. */
export interface Light {
  labels: Labels;
  /** 1 for each id that is inside. */
  isIn: Uint8Array;
}

/** How a region is drawn, by id. */
export interface Paint {
  colour: readonly [number, number, number];
  hidden?: boolean;
  locked?: boolean;
}

/** Little-endian RGBA, as canvases want it. */
export const rgba = ([r, g, b]: readonly number[], alpha: number): number => ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;

const LINE = rgba([255, 255, 255], 0.95);
export const CHOSEN = rgba([255, 214, 10], 1);
const RIM = rgba([0, 0, 0], 0.6);
const SHADE = rgba([0, 0, 0], 0.6);

/** Which pixels of a 12 x 12 cell a pattern darkens: stripes and dots that are told apart without colour. */
const PATTERNS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 12 < 3,
  (x, y) => (x - y + 120) % 12 < 3,
  (_, y) => y % 12 < 3,
  (x) => x % 12 < 3,
  (x, y) => x % 12 < 4 && y % 12 < 4,
  (x, y) => x % 12 < 2 !== y % 12 < 2,
];
const CELL = 12;
const masks = PATTERNS.map((isDark) => Uint8Array.from({ length: CELL * CELL }, (_, i) => (isDark(i % CELL, Math.floor(i / CELL)) ? 1 : 0)));
/** Of what is only proposed: dots. */
const PROPOSED = Uint8Array.from({ length: CELL * CELL }, (_, i) => (Math.hypot((i % 6) - 2.5, (Math.floor(i / CELL) % 6) - 2.5) < 1.6 ? 1 : 0));
const LOCKED = Uint8Array.from({ length: CELL * CELL }, (_, i) => (((i % CELL) + Math.floor(i / CELL)) % 6 === 0 ? 1 : 0));

/** The label column or row of each screen pixel; -1 outside of the picture. @param size of the picture, along the axis @param cells of the labels */
export const places = (count: number, start: number, scale: number, size: number, cells: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => {
    const at = start + (i + 0.5) / scale;
    return at < 0 || at >= size ? -1 : Math.min(cells - 1, Math.floor((at * cells) / size));
  });

/** @param picture the size that the view's coordinates are of; labels of another size are stretched to it */
export const renderRegions = (labels: Labels, picture: Size, view: View, look: Look, paintOf: (id: number) => Paint, light?: Light): ImageData => {
  const { width, height } = view;
  const columns = places(width, view.x, view.scale, picture.width, labels.width);
  const rows = places(height, view.y, view.scale, picture.height, labels.height);
  const selected = new Set(look.selected);
  const lit = new Set(look.lit ?? []);
  const proposed = new Set(look.proposed ?? []);
  const fills = new Map<number, { fill: number; dark: number; mask?: Uint8Array }>();
  const fillOf = (id: number) => {
    const known = fills.get(id);
    if (known) return known;
    const { colour, hidden, locked } = paintOf(id);
    const isLit = id === look.hover || lit.has(id) || selected.has(id);
    const tint = hidden ? 0 : Math.min(1, look.tint * (isLit ? 1.5 : 1));
    const mask = hidden ? undefined : proposed.has(id) ? PROPOSED : locked ? LOCKED : look.patterns ? masks[id % masks.length] : undefined;
    const made = {
      fill: rgba(colour, tint),
      dark: rgba(
        colour.map((c) => c * 0.35),
        Math.min(1, tint + 0.25),
      ),
      ...(mask && { mask }),
    };
    fills.set(id, made);
    return made;
  };

  const image = new ImageData(width, height);
  const out = new Uint32Array(image.data.buffer);
  const above = new Int32Array(width).fill(-1);
  const marks = new Uint8Array(width * height); // 1 where a line is
  const lines: Lines = { marks, thin: [], wide: [], dashed: [] };
  const mark = (at: number, kind: 'thin' | 'wide' | 'dashed'): void => {
    marks[at] = 1;
    lines[kind].push(at);
  };
  for (let py = 0, at = 0; py < height; py++) {
    const row = rows[py];
    if (row < 0) {
      above.fill(-1);
      at += width;
      continue;
    }
    const offset = row * labels.width;
    let last = -1; // the id of the pixel before
    let lastFill = fillOf(-1);
    for (let px = 0; px < width; px++, at++) {
      const column = columns[px];
      const id = column < 0 ? -1 : labels.data[offset + column];
      const up = above[px];
      above[px] = id;
      if (id !== last || id !== up) {
        const isEdge = (id !== last && last >= 0 && id >= 0) || (id !== up && up >= 0 && id >= 0);
        if (isEdge)
          mark(
            at,
            isChosen(id) || isChosen(last) || isChosen(up) ? 'wide' : proposed.has(id) || proposed.has(last) || proposed.has(up) ? 'dashed' : 'thin',
          );
        else if (id >= 0 && isChosen(id))
          mark(at, 'wide'); // at the picture's own border
        else if (proposed.has(id)) mark(at, 'dashed');
        if (id !== last) lastFill = fillOf(id);
        last = id;
      }
      if (id < 0) continue;
      const { mask } = lastFill;
      out[at] = mask?.[(py % CELL) * CELL + (px % CELL)] ? lastFill.dark : lastFill.fill;
    }
  }
  function isChosen(id: number): boolean {
    return id >= 0 && (selected.has(id) || id === look.hover || lit.has(id));
  }
  if (light) drawLight(out, lines, light, picture, view);
  drawLines(out, lines, width, height, look);
  return image;
};

/** What is not lit lies in the shade; a line stands around what is. */
const drawLight = (out: Uint32Array, { marks, wide }: Lines, { labels, isIn }: Light, picture: Size, view: View): void => {
  const columns = places(view.width, view.x, view.scale, picture.width, labels.width);
  const rows = places(view.height, view.y, view.scale, picture.height, labels.height);
  const above = new Uint8Array(view.width);
  for (let py = 0, at = 0; py < view.height; py++) {
    let last = 0;
    for (let px = 0; px < view.width; px++, at++) {
      const isInside = columns[px] >= 0 && rows[py] >= 0;
      const isLit = isInside ? isIn[labels.data[rows[py] * labels.width + columns[px]]] : 0;
      if (isLit !== last || isLit !== above[px]) {
        marks[at] = 2;
        wide.push(at);
      } else if (isInside && !isLit) out[at] = SHADE;
      last = above[px] = isLit;
    }
  }
};

/** Where lines are: a mark a pixel, and the pixels of each kind. */
interface Lines {
  marks: Uint8Array;
  thin: number[];
  wide: number[];
  dashed: number[];
}

/** Lines with a dark rim around them, so that they are seen on bright pictures too; those of chosen regions are wider. */
const drawLines = (out: Uint32Array, { marks, thin, wide, dashed }: Lines, width: number, height: number, { ratio, outlines }: Look): void => {
  const stamp = (at: number, reach: number, colour: number, over: boolean): void => {
    const px = at % width;
    const py = (at - px) / width;
    const [left, right] = [Math.max(-reach, -px), Math.min(reach, width - 1 - px)];
    for (let dy = Math.max(-reach, -py); dy <= Math.min(reach, height - 1 - py); dy++)
      for (let to = at + dy * width + left; to <= at + dy * width + right; to++) if (over || marks[to] === 0) out[to] = colour;
  };
  const draw = (pixels: number[], reach: number, colour: number): void => {
    for (const at of pixels) stamp(at, reach + 1, RIM, false);
    for (const at of pixels) stamp(at, reach, colour, true);
  };
  const [line, broad, dash] = [Math.max(0, Math.round(ratio) - 1), Math.max(1, Math.round(ratio)), Math.round(10 * ratio)];
  if (outlines) draw(thin, line, LINE);
  for (const at of dashed) stamp(at, broad + 1, RIM, false);
  for (const at of dashed) if (((at % width) + Math.floor(at / width)) % dash < 0.6 * dash) stamp(at, broad, CHOSEN, true);
  draw(wide, broad, CHOSEN);
};
