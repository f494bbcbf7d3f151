/** Segments of a set as a table. */
import { checkWatch } from '../options/spec.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { type LabelledPicture, objectsOf, type SetFile } from './labelled.ts';
import { hexColours } from './palette.ts';
import { checked, checkPictures, type Pictures, utf8, wholeName } from './set.ts';
import { shapesOfRuns } from './shape.ts';

const COLUMNS = [
  ...['picture', 'id', 'name', 'area', 'left', 'top', 'width', 'height'],
  ...['centroid_x', 'centroid_y', 'colour', 'perimeter', 'solidity', 'score'],
];

/**
 * `segments.csv` (RFC 4180, UTF-8, one line of headings), a line a segment by id. Lengths are pixels: the box's left, top, width and
 * height; the centroid in pixel centres, the first pixel being 0, 0. `colour` is the one that the segment is drawn in, `#rrggbb`.
 * `perimeter` is as scikit-image's with 4 neighbours, `solidity` the area's share of its convex hull's, `score` how
 * sure the name is, empty where nobody said. In front of a name that
 * a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, a tab or a line break first) stands a `'`.
 * @throws InputError, once it is read, for what is no labelled picture, and two of one name; the signal's reason once aborted
 */
export const encodeCsv = (pictures: Pictures, given: Watch = {}): AsyncIterable<SetFile> => {
  const watch = checkWatch('encodeCsv', given);
  return theFile(checkPictures(pictures), watch);
};

const theFile = async function* (pictures: Pictures, watch: Watch): AsyncGenerator<SetFile> {
  yield { path: 'segments.csv', content: utf8(textOf(pictures, watch)) };
};

const textOf = async function* (pictures: Pictures, watch: Watch): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const picture of checked(pictures, wholeName, watch)) yield* segmentLines(picture, watch);
};

/** A line with its end; texts in quotes where they need them. */
export const csvLine = (fields: readonly (string | number)[]): string =>
  `${fields.map((field) => (typeof field === 'string' ? quoted(field) : field)).join(',')}\r\n`;

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A text that no spreadsheet takes for a formula. */
export const harmless = (name: string): string => (/^[=+\-@\t\r\n]/.test(name) ? `'${name}` : name);

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const segmentLines = async function* (picture: LabelledPicture, watch: Watch): AsyncGenerator<string> {
  const { runs, segments } = await objectsOf(picture, watch);
  const shapes = await shapesOfRuns(runs, watch);
  const colourOf = hexColours(picture.colours);
  for (const { id, name, score, area, boxXYWH, centroidXY } of segments) {
    const { perimeter = 0, convexArea = area } = shapes.get(id) ?? {};
    yield csvLine([
      ...[harmless(picture.name), id, harmless(name), area, ...boxXYWH, ...centroidXY.map((v) => rounded(v, 3))],
      ...[colourOf(id), rounded(perimeter, 3), rounded(area / convexArea, 6), score === undefined ? '' : rounded(score, 6)],
    ]);
    await pause(watch);
  }
};
