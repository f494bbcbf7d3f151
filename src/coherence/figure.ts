/**
 * The comparison as one picture: a column an encoder; for each query a block of rows, the reference with the red mark,
 * then the targets with their best matches.
 *
 *   dog.jpg, marked at 120, 80
 *   [ panel ] [ panel ]        as wide as was asked, however many there are
 *   0.12 ==== 0.87   best 0.86
 *   cat.jpg
 *   [ panel ] [ panel ]
 *    encoder · 36 × 24         under each column of a block
 *   what the marks and the colours mean
 */
import { InputError } from '../errors.ts';
import { blank, type Colour, fill, place, rectangle } from '../figure/canvas.ts';
import { drawText, fitText, type TextStyle, textWidth } from '../figure/text.ts';
import { COHERENCE } from '../options/figure.ts';
import { SEGMENT } from '../options/segment.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { resizeArea, resizeBilinear } from '../tensor/resize.ts';
import type { RgbImage } from '../types.ts';
import { type ColormapName, colormapTable } from './colormap.ts';
import { drawHeatmap, type Range, rangeOf } from './heatmap.ts';
import { drawCross, drawRing, markMatch, markQuery, type Place } from './marks.ts';
import type { Match, Query, SimilarityMap, Size } from './similarity.ts';

/** One encoder's map of one picture. */
export interface FigurePanel {
  /** Smoothed, of the size of its row's image. */
  map: SimilarityMap;
  /** Of the unsmoothed map, in pixels of the picture: marked, and its cosine told. */
  best?: Match;
}

/** One picture in all columns. */
export interface FigureRow {
  caption: string;
  /** The picture as `panelImage` made it. */
  image: RgbImage;
  /** Of the picture itself: what queries and matches are in. */
  size: Size;
  /** Marked in red. */
  query?: Query;
  /** One a column; undefined where there is none. */
  panels: readonly (FigurePanel | undefined)[];
}

type FigureOptions = Resolved<typeof COHERENCE>;

const WHITE: Colour = [255, 255, 255];
const INK: Colour = [25, 25, 25];
const GREY: Colour = [95, 95, 95];
const PALE: Colour = [236, 236, 236];

/** A panel is at most so many times as high as wide: taller pictures are narrower. */
const TALLEST = 2;
/** Text is this share of a panel's width, and never smaller than can be read. */
const TEXT_SHARE = 1 / 32;
const SMALLEST_TEXT = 11;

const textSizeOf = (panel: number): number => Math.max(SMALLEST_TEXT, Math.round(panel * TEXT_SHARE));

/** Of a picture within a panel, its ratio kept. @param panel width, pixels */
export const panelSize = ({ width, height }: Size, panel: number = COHERENCE.panel.default): Size => {
  const scale = Math.min(panel / width, (TALLEST * panel) / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
};

/** A picture at the size that it has in the figure. */
export const panelImage = async (image: RgbImage, panel?: number): Promise<RgbImage> => {
  const to = panelSize(image, panel);
  const data =
    to.width < image.width ? (await resizeArea(image, to)).data : resizeBilinear(image.data, image.width, image.height, 3, to.width, to.height);
  return { data: Uint8Array.from(data, Math.round), ...to };
};

/** Distances in pixels, all from the panel's width. */
interface Layout {
  panel: number;
  text: number;
  small: number;
  gap: number;
  margin: number;
  /** A line of text with its distance to the next. */
  line: number;
}

const layoutOf = (panel: number): Layout => {
  const text = textSizeOf(panel);
  return {
    panel,
    text,
    small: Math.max(SMALLEST_TEXT, Math.round(text * 0.85)),
    gap: text,
    margin: Math.round(text * 1.5),
    line: Math.round(text * 1.6),
  };
};

/** What a figure draws with. */
interface Drawing {
  image: RgbImage;
  layout: Layout;
  options: FigureOptions;
  range: Range | undefined;
}

/** With a minus as long as a plus; never minus zero. */
const numberText = (value: number): string => (Math.abs(value) < 0.005 ? 0 : value).toFixed(2).replace('-', '−');

/** A strip of the colours, lowest left. */
const drawColours = (image: RgbImage, colormap: ColormapName, left: number, top: number, width: number, height: number): void => {
  const table = colormapTable(colormap);
  const strip = blank(width, height, WHITE);
  for (let i = 0; i < width * height; i++) {
    const step = Math.floor(((i % width) * 256) / width);
    strip.data.set(table.subarray(step * 3, step * 3 + 3), i * 3);
  }
  place(image, strip, left, top);
};

/** The ends of a map's colours, with the colours between them where there is room. @param room pixels */
const drawRange = (drawing: Drawing, [low, high]: Range, left: number, baseline: number, room: number): void => {
  const { image, layout, options } = drawing;
  const style: TextStyle = { size: layout.small, colour: GREY };
  const ends = [numberText(low), numberText(high)];
  const space = layout.small * 0.4;
  const strip = Math.floor(Math.min(layout.small * 5, room - textWidth(ends.join(''), layout.small) - 2 * space));
  if (strip < layout.small) drawText(image, fitText(ends.join(' … '), layout.small, room), left, baseline, style);
  else {
    const height = Math.round(layout.small * 0.7);
    const at = Math.round(left + textWidth(ends[0], layout.small) + space);
    drawText(image, ends[0], left, baseline, style);
    drawColours(image, options.colormap, at, baseline - height, strip, height);
    drawText(image, ends[1], at + strip + space, baseline, style);
  }
};

/** Range of the colours and the best cosine, beneath a panel. */
const drawNumbers = (drawing: Drawing, { map, best }: FigurePanel, left: number, baseline: number): void => {
  const { image, layout, range } = drawing;
  const told = best ? `best ${numberText(best.cosine)}` : '';
  drawText(image, told, left + layout.panel, baseline, { size: layout.small, colour: GREY, align: 'end' });
  const room = layout.panel - (told ? textWidth(told, layout.small) + 2 * layout.small : 0);
  if (!range) drawRange(drawing, rangeOf([map]), left, baseline, room);
};

/** A picture under its map, with its marks; pale where there is no map. */
const drawPanel = (drawing: Drawing, row: FigureRow, panel: FigurePanel | undefined, at: Place, label: string): void => {
  const { image, layout, options, range } = drawing;
  const { colormap } = options;
  place(image, panel ? drawHeatmap(row.image, panel.map, { range, colormap }) : blank(at.width, at.height, PALE), at.left, at.top);
  if (!panel) return;
  if (row.query) markQuery(image, row.query, at, row.size, layout.text, label);
  if (panel.best) markMatch(image, panel.best, at, row.size, layout.text);
};

const columnLeft = ({ margin, panel, gap }: Layout, column: number): number => margin + column * (panel + gap);

const rowHeight = ({ line, gap }: Layout, { image }: FigureRow): number => line + image.height + line + gap;

const drawRow = (drawing: Drawing, row: FigureRow, top: number, label: string): void => {
  const { image, layout } = drawing;
  const { width, height } = row.image;
  const room = image.width - 2 * layout.margin;
  const heading = label && row.query ? `${label} · ${row.caption}` : row.caption;
  drawText(image, fitText(heading, layout.text, room), layout.margin, top + layout.text, { size: layout.text, colour: INK });
  const below = top + layout.line + height;
  for (const [column, panel] of row.panels.entries()) {
    const left = columnLeft(layout, column);
    const at = { left: left + Math.floor((layout.panel - width) / 2), top: top + layout.line, width, height };
    drawPanel(drawing, row, panel, at, label);
    if (panel) drawNumbers(drawing, panel, left, below + Math.round(layout.small * 1.3));
  }
};

const drawCaptions = ({ image, layout }: Drawing, columns: readonly string[], top: number): void => {
  for (const [i, caption] of columns.entries()) {
    const middle = columnLeft(layout, i) + layout.panel / 2;
    const style: TextStyle = { size: layout.text, colour: INK, align: 'middle' };
    drawText(image, fitText(caption, layout.text, layout.panel), middle, top + layout.text, style);
  }
};

/** A line of the legend. */
interface Key {
  height: number;
  draw(drawing: Drawing, top: number): void;
}

const key = (text: string, { line, text: size }: Layout, mark?: typeof drawRing): Key => ({
  height: line,
  draw: ({ image, layout }, top) => {
    mark?.(image, layout.margin + size * 0.8, top + size * 0.66, size);
    const left = layout.margin + (mark ? size * 2 : 0);
    const fitted = fitText(text, layout.small, image.width - layout.margin - left);
    drawText(image, fitted, left, top + size, { size: layout.small, colour: GREY });
  },
});

/** The colours of a shared scale, with numbers at its ends and quarters. */
const bar = ([low, high]: Range, { line, text, small }: Layout): Key => ({
  height: 2 * line,
  draw: ({ image, layout, options }, top) => {
    const width = Math.min(layout.panel, image.width - 2 * layout.margin);
    drawColours(image, options.colormap, layout.margin, top, width, text);
    const steps = width >= 16 * small ? 4 : 1;
    for (let i = 0; i <= steps; i++) {
      const at = layout.margin + (width * i) / steps;
      if (i > 0 && i < steps) fill(image, [rectangle(Math.round(at), top, Math.round(at) + 1, top + text)], WHITE);
      const align = i === 0 ? 'start' : i === steps ? 'end' : 'middle';
      drawText(image, numberText(low + ((high - low) * i) / steps), at, top + text + small * 1.3, { size: small, colour: GREY, align });
    }
  },
});

/** What the marks and the colours mean, top to bottom. */
const legendOf = (rows: readonly FigureRow[], layout: Layout, range: Range | undefined): Key[] => [
  ...(rows.some(({ query }) => query) ? [key('what is looked for', layout, drawRing)] : []),
  ...(rows.some(({ panels }) => panels.some((panel) => panel?.best)) ? [key('best match', layout, drawCross)] : []),
  ...(range
    ? [key('colours: cosine, one range for all maps', layout), bar(range, layout)]
    : [key("colours: each map's own range of cosines", layout)]),
];

const checkRows = (columns: readonly string[], rows: readonly FigureRow[], panel: number): void => {
  if (columns.length === 0 || rows.length === 0) throw new InputError('A figure has one column and one row at least');
  for (const { caption, panels, image } of rows) {
    const row = `The row ${JSON.stringify(caption)}`;
    if (panels.length !== columns.length)
      throw new InputError(`${row} has ${panels.length} panels but there are ${columns.length} columns: give one a column`);
    if (image.width > panel)
      throw new InputError(`${row} is ${image.width} pixels wide but a panel is ${panel}: make its image by panelImage(picture, ${panel})`);
  }
};

const checkArea = ({ width, height }: Size): void => {
  if (width * height <= SEGMENT.maxPixels.default) return;
  throw new InputError(`The figure would be ${width} x ${height} pixels: compare fewer pictures at once, or make the panels smaller`);
};

/**
 * Draws the comparison. It is as large as its parts: nothing is shrunk to fit.
 * @param columns their captions, such as "dinov2-b · 73 × 73"
 * @param blocks one a query; each its rows, the reference first. Several are numbered, and so are their marks
 * @throws InputError for options out of range, rows that do not fit the columns, and figures over 268 million pixels
 */
export const drawFigure = (columns: readonly string[], blocks: readonly (readonly FigureRow[])[], given: Given<typeof COHERENCE> = {}): RgbImage => {
  const options = resolveOptions('drawFigure', COHERENCE, given);
  const rows = blocks.flat();
  checkRows(columns, rows, options.panel);
  const layout = layoutOf(options.panel);
  const maps = rows.flatMap(({ panels }) => panels.flatMap((panel) => (panel ? [panel.map] : [])));
  const range = options.scale === 'shared' && maps.length > 0 ? rangeOf(maps) : undefined;
  const legend = legendOf(rows, layout, range);

  const { margin, panel, line } = layout;
  const blockHeights = blocks.map((block) => block.reduce((sum, row) => sum + rowHeight(layout, row), 2 * line));
  const size = {
    width: columnLeft(layout, columns.length - 1) + panel + margin,
    height: [...blockHeights, ...legend.map(({ height }) => height)].reduce((sum, height) => sum + height, 2 * margin),
  };
  checkArea(size);
  const drawing: Drawing = { image: blank(size.width, size.height, WHITE), layout, options, range };
  let top = margin;
  for (const [i, block] of blocks.entries()) {
    for (const row of block) {
      drawRow(drawing, row, top, blocks.length > 1 ? String(i + 1) : '');
      top += rowHeight(layout, row);
    }
    drawCaptions(drawing, columns, top);
    top += 2 * line;
  }
  for (const { height, draw } of legend) {
    draw(drawing, top);
    top += height;
  }
  return drawing.image;
};
