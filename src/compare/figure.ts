/**
 * The comparison as one picture: a row a picture, a column a method, the picture itself first.
 *
 *               DiffCut        merge
 *               ssd-1b         embedded encoder
 *   [ picture ] [ segments ]   [ segments ]
 *   horses.jpg  12 seg.  4 s   9 seg.  0.4 s
 *   what the numbers mean
 */

import { InputError } from '../errors.ts';
import { blank, type Colour, fill, place, rectangle } from '../figure/canvas.ts';
import { drawText, fitText, type TextStyle, textWidth, wrapText } from '../figure/text.ts';
import { COMPARE } from '../options/figure.ts';
import { SEGMENT } from '../options/segment.ts';
import { check } from '../options/spec.ts';
import type { RgbImage } from '../types.ts';

/** A column's head. */
export interface Head {
  title: string;
  /** Whose features. */
  encoder: string;
}

/** What a method found, drawn at the size of its row's image, or why there is nothing. */
export type Cell = { image: RgbImage; segments: number; seconds: number } | { problem: string };

/** A picture as `shownAs` made it with what the methods found, one cell a column; or why it could not be read. */
export type Row = { caption: string; image: RgbImage; cells: readonly Cell[] } | { caption: string; problem: string };

const WHITE: Colour = [255, 255, 255];
const INK: Colour = [25, 25, 25];
const GREY: Colour = [95, 95, 95];
const PALE: Colour = [240, 240, 240];

/** Distances in pixels, all from a cell's width: figures are looked at much smaller than they are. */
interface Layout {
  cell: number;
  title: number;
  text: number;
  gap: number;
  margin: number;
  /** From one baseline to the next. */
  line: number;
}

const layoutOf = (cell: number): Layout => {
  const share = (part: number, least: number): number => Math.max(least, Math.round(cell * part));
  const text = share(1 / 17, 11);
  return { cell, title: share(1 / 12, 13), text, gap: share(1 / 36, 5), margin: share(1 / 18, 11), line: Math.round(text * 1.4) };
};

const headHeight = ({ title, line, gap }: Layout): number => title + line + 2 * gap;
/** Of what stands under a row of pictures, and the distance to the next row. */
const captionHeight = ({ line, gap }: Layout): number => line + 3 * gap;

/** Lines of a picture's problem. */
const PROBLEM_LINES = 3;
const rowHeight = (layout: Layout, row: Row): number => ('image' in row ? row.image.height : (PROBLEM_LINES + 1) * layout.line);

const columnLeft = ({ margin, cell, gap }: Layout, column: number): number => margin + column * (cell + gap);

/**
 * Size of the figure, pixels.
 * @param columns methods
 * @param heights of the rows' images, pixels
 * @param cell width of a cell, pixels
 * @throws InputError where it would have over 268 million pixels
 */
export const comparisonSize = (columns: number, heights: readonly number[], cell: number): { width: number; height: number } => {
  const layout = layoutOf(cell);
  const width = columnLeft(layout, columns) + cell + layout.margin;
  const rows = heights.reduce((sum, height) => sum + height + captionHeight(layout), 0);
  const height = 2 * layout.margin + headHeight(layout) + rows + layout.line;
  if (width * height > SEGMENT.maxPixels.default)
    throw new InputError(`The figure would be ${width} x ${height} pixels: compare fewer pictures at once, or make the cells smaller (--width)`);
  return { width, height };
};

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A text in a pale box, in its middle where it is as narrow as a cell. */
const drawProblem = (image: RgbImage, problem: string, box: Box, layout: Layout): void => {
  const { left, top, width, height } = box;
  const { text, line, cell } = layout;
  fill(image, [rectangle(left, top, left + width, top + height)], PALE);
  const lines = wrapText(problem, text, width - 2 * text).slice(0, Math.max(1, Math.floor(height / line)));
  const style: TextStyle = { size: text, colour: GREY, align: width > cell ? 'start' : 'middle' };
  const first = top + (height - lines.length * line) / 2 + text;
  for (const [i, told] of lines.entries()) drawText(image, told, width > cell ? left + text : left + width / 2, first + i * line, style);
};

const count = (segments: number): string => `${segments} ${segments === 1 ? 'segment' : 'segments'}`;

/** A decimal below ten. */
const secondsText = (seconds: number): string => `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} s`;

const drawCell = (figure: RgbImage, cell: Cell, box: Box, below: number, layout: Layout): void => {
  if ('problem' in cell) {
    drawProblem(figure, cell.problem, box, layout);
    return;
  }
  const { text: size } = layout;
  const found = count(cell.segments);
  place(figure, cell.image, box.left, box.top);
  drawText(figure, found, box.left, below, { size, colour: INK });
  drawText(figure, secondsText(cell.seconds), box.left + textWidth(found, size) + size, below, { size, colour: GREY });
};

const drawRow = (figure: RgbImage, row: Row, top: number, layout: Layout): void => {
  const { cell, text, gap, margin } = layout;
  const below = top + rowHeight(layout, row) + gap + text;
  const whole = figure.width - 2 * margin;
  drawText(figure, fitText(row.caption, text, 'image' in row ? cell : whole), margin, below, { size: text, colour: INK });
  if ('problem' in row) {
    drawProblem(figure, row.problem, { left: margin, top, width: whole, height: rowHeight(layout, row) }, layout);
    return;
  }
  const { width, height } = row.image;
  place(figure, row.image, margin, top);
  for (const [i, one] of row.cells.entries()) drawCell(figure, one, { left: columnLeft(layout, i + 1), top, width, height }, below, layout);
};

const drawHeads = (figure: RgbImage, heads: readonly Head[], layout: Layout): void => {
  const { title: size, text, line, margin, cell } = layout;
  for (const [i, { title, encoder }] of heads.entries()) {
    const left = columnLeft(layout, i + 1);
    drawText(figure, fitText(title, size, cell), left, margin + size, { size, colour: INK });
    drawText(figure, fitText(encoder, text, cell), left, margin + size + line, { size: text, colour: GREY });
  }
};

const NOTE = 'seconds: reading, encoding, cutting and drawing, as if no other method had been there';

/**
 * Draws the comparison.
 * @param heads one a method
 * @param width of a cell, pixels
 * @throws InputError for a row without a cell a method, or wider than that; a figure over 268 million pixels
 */
export const drawComparison = (heads: readonly Head[], rows: readonly Row[], width: number = COMPARE.width.default): RgbImage => {
  const layout = layoutOf(check(COMPARE.width, 'width', width));
  if (heads.length === 0 || rows.length === 0) throw new InputError('A comparison has one method and one picture at least');
  for (const row of rows) {
    if ('image' in row && (row.cells.length !== heads.length || row.image.width > width))
      throw new InputError(`The row ${JSON.stringify(row.caption)} does not fit: give a picture of at most ${width} pixels, and a cell a method`);
  }
  const heights = rows.map((row) => rowHeight(layout, row));
  const size = comparisonSize(heads.length, heights, width);
  const figure = blank(size.width, size.height, WHITE);
  drawHeads(figure, heads, layout);
  let top = layout.margin + headHeight(layout);
  for (const [i, row] of rows.entries()) {
    drawRow(figure, row, top, layout);
    top += heights[i] + captionHeight(layout);
  }
  const style: TextStyle = { size: layout.text, colour: GREY };
  drawText(figure, fitText(NOTE, layout.text, size.width - 2 * layout.margin), layout.margin, top + layout.text, style);
  return figure;
};
