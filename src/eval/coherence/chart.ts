/**
 * The encoders side by side, as an SVG: a row an encoder, a panel for each kind of pairs.
 *
 *              within a picture        across pictures
 *   encoder   |    ├─●─┤              |  ├─●─┤            ● AUC
 *             |  ├─◆─┤                | ├─◆─┤             ◆ average precision
 *             0.5 … 1                 0.5 … 1
 *
 * Dots, not bars: the axis begins at chance (or below the lowest whisker), and a bar's length would lie about that.
 */
import type { Figure } from '../bootstrap.ts';
import type { Coherence } from './figures.ts';
import { SCOPES } from './pairs.ts';
import { coherenceLine, PLACE, SCOPE_NAMES } from './report.ts';
import type { Scores } from './score.ts';

const WIDTH = 960;
const MARGIN = 20;
const NAMES = 190;
/** Of a panel: its axis, and the column of numbers beside it. */
const AXIS = 290;
const NUMBERS = 44;
const GAP = 22;
const TOP = 118;
const ROW = 44;
/** Of the two figures of a row from its middle, pixels. */
const OFFSET = 9;
const LINE = 16;
/** Letters of a name, and of a line of notes. */
const NAME_LETTERS = 23;
const NOTE_LETTERS = 150;

/** Told apart by shape and lightness too, for who sees or prints no colours. */
const FIGURES = [
  { key: 'auc', text: 'AUC', colour: '#0a5ea8', offset: -OFFSET, mark: (x: number, y: number) => `<circle cx="${x}" cy="${y}" r="4.5"/>` },
  {
    key: 'ap',
    text: 'average precision',
    colour: '#d9730d',
    offset: OFFSET,
    mark: (x: number, y: number) => `<path d="M${x - 5} ${y}L${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}Z"/>`,
  },
] as const;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`).replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '\ufffd');

/** One place after the point is a tenth of a pixel. */
const rounded = (value: number): number => Math.round(value * 10) / 10;

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${rounded(x)}" y="${rounded(y)}"${more}>${escaped(content)}</text>`;
const line = (x1: number, y1: number, x2: number, y2: number, more: string): string =>
  `<path d="M${rounded(x1)} ${rounded(y1)}L${rounded(x2)} ${rounded(y2)}"${more}/>`;

/** A long name keeps its beginning and its end. */
const shortened = (name: string): string =>
  name.length <= NAME_LETTERS ? name : `${name.slice(0, NAME_LETTERS / 2)}…${name.slice(-Math.floor(NAME_LETTERS / 2))}`;

const wrapped = (words: string): string[] =>
  words.match(new RegExp(`.{1,${NOTE_LETTERS}}(?= |$)|\\S{${NOTE_LETTERS}}`, 'g'))?.map((part) => part.trim()) ?? [];

interface Row extends Scores {
  name: string;
}

/** Where a value stands in a panel. */
interface Axis {
  low: number;
  left: number;
}
const placeOf = ({ low, left }: Axis, value: number): number => left + ((value - low) / (1 - low)) * AXIS;

/** Tenths from chance, or from below all that is drawn, to 1. */
const lowestTenth = (rows: readonly Row[]): number => {
  const values = rows.flatMap((row) => SCOPES.flatMap((scope) => FIGURES.flatMap(({ key }) => [row[scope][key].low, row[scope][key].value])));
  return Math.floor(Math.min(5, ...values.flatMap((value) => (value === null ? [] : [value * 10])))) / 10;
};

const drawFigure = (axis: Axis, { value, low, high }: Figure, y: number, mark: (x: number, y: number) => string): string => {
  if (value === null) return '';
  const [from, to] = [placeOf(axis, low ?? value), placeOf(axis, high ?? value)];
  const caps = low === null ? '' : line(from, y - 4, from, y + 4, '') + line(to, y - 4, to, y + 4, '');
  return `${line(from, y, to, y, '')}${caps}${mark(rounded(placeOf(axis, value)), rounded(y))}`;
};

const drawPanel = (scope: (typeof SCOPES)[number], rows: readonly Row[], axis: Axis): string => {
  const bottom = TOP + rows.length * ROW;
  const tenths = Array.from({ length: Math.round((1 - axis.low) * 10) + 1 }, (_, i) => Math.round(axis.low * 10 + i) / 10);
  const grid = tenths.map(
    (value) =>
      line(placeOf(axis, value), TOP, placeOf(axis, value), bottom, ' class="grid"') +
      text(placeOf(axis, value), bottom + LINE, value.toFixed(1), ' class="small" text-anchor="middle"'),
  );
  const chance = placeOf(axis, 0.5);
  const figures = rows.flatMap((row, i) =>
    FIGURES.map(({ key, colour, offset, mark }) => {
      const y = TOP + (i + 0.5) * ROW + offset;
      const { value } = row[scope][key];
      const number = text(axis.left + AXIS + 10, y + 4, value === null ? '–' : value.toFixed(3), ' class="small" stroke="none"');
      return `<g fill="${colour}" stroke="${colour}" stroke-width="1.6">${drawFigure(axis, row[scope][key], y, mark)}${number}</g>`;
    }),
  );
  return [
    text(axis.left, TOP - 24, SCOPE_NAMES[scope], ' font-weight="600"'),
    ...grid,
    line(chance, TOP - 4, chance, bottom, ' stroke="#555" stroke-width="1.5" stroke-dasharray="4 3"'),
    text(chance, TOP - 8, 'chance', ' class="small" text-anchor="middle"'),
    ...figures,
  ].join('\n');
};

const drawNames = (rows: readonly Row[]): string =>
  rows
    .map(({ name }, i) => {
      const y = TOP + (i + 0.5) * ROW;
      const band = i % 2 === 0 ? `<path d="M${MARGIN} ${TOP + i * ROW}h${WIDTH - 2 * MARGIN}v${ROW}H${MARGIN}Z" fill="#f5f6f8"/>` : '';
      const shown = text(MARGIN + NAMES - 10, y + 4, shortened(name), ` text-anchor="end"${name === PLACE.name ? ' font-style="italic"' : ''}`);
      return `${band}<g><title>${escaped(name)}</title>${shown}</g>`;
    })
    .join('\n');

const drawLegend = (): string =>
  FIGURES.map(({ text: name, colour, mark }, i) => {
    const x = MARGIN + NAMES + 6 + i * 80;
    return `<g fill="${colour}">${mark(x, 62)}${text(x + 12, 66, name, ' class="small"')}</g>`;
  }).join('');

/** Each note once, with those that it is about, then how all of it was made. */
const noteLines = (coherence: Coherence): string[] => {
  const by = new Map<string, string[]>();
  for (const { name, note } of [...coherence.encoders, PLACE]) by.set(note, [...(by.get(note) ?? []), name]);
  return [...[...by].map(([note, names]) => `${names.join(', ')}: ${note}.`), `${coherenceLine(coherence)}.`].flatMap(wrapped);
};

/** An SVG document, the encoders in the order given; last what the pixels' places alone give. */
export const coherenceChart = (coherence: Coherence): string => {
  const rows: Row[] = [...coherence.encoders, { name: PLACE.name, ...coherence.place }];
  const low = lowestTenth(rows);
  const panels = SCOPES.map((scope, i) => drawPanel(scope, rows, { low, left: MARGIN + NAMES + i * (AXIS + NUMBERS + GAP) }));
  const notes = noteLines(coherence);
  const bottom = TOP + rows.length * ROW + 2 * LINE;
  const height = bottom + (notes.length + 1.5) * LINE;
  const title = 'Is it the same class? How well the cosine of two features tells';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#1b1b1b">
<title>${escaped(title)}</title>
<style>.small{font-size:11px}.grid{stroke:#dcdfe4}</style>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${text(MARGIN, 30, title, ' font-size="17" font-weight="600"')}
${text(MARGIN, 50, `${coherence.dataset}: ${coherence.pictures} pictures; whiskers: 95 % intervals over pictures`, ' class="small"')}
${drawLegend()}
${drawNames(rows)}
${panels.join('\n')}
${notes.map((note, i) => text(MARGIN, bottom + (i + 1) * LINE, note, ' class="small" fill="#444"')).join('\n')}
</svg>
`;
};
