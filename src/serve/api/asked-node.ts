/** What a request asks for: the library's options as texts, each checked by its table. */
import { expected, InputError, unknown } from '../../errors.ts';
import { asksNames, type Labelling, labellingFor } from '../../jobs/labelling-node.ts';
import {
  DRAWING,
  ENCODER,
  EXPORTING,
  FORMATS,
  type Given,
  GRANULARITY,
  listedVocabulary,
  NAMES,
  NUMBERING,
  namedVocabulary,
  type OptionSpec,
  SEGMENT,
  type Specs,
} from '../../toolkit.ts';
import type { PlainOptions } from './work-node.ts';

/** The server's own: what opens an encoder, and the limits. */
const OWN = ['encoder', 'maxPixels', 'maxBytes', 'timeout', 'allowPrivate', ...Object.keys(ENCODER)];

const without = (table: Specs, names: readonly string[]): Specs =>
  Object.fromEntries(Object.entries(table).filter(([name]) => !names.includes(name)));

/** What comes back. */
const FORMAT: OptionSpec<string | undefined> = {
  default: undefined,
  wanted: `one of ${Object.keys(FORMATS).join(', ')}`,
  accepts: (v) => typeof v === 'string' && Object.hasOwn(FORMATS, v),
  values: Object.keys(FORMATS),
  help: 'what comes back; labels where neither this nor the header Accept says',
};

/** Options of exporting that a format takes. */
const takenBy = (format: string): Specs => {
  const row = FORMATS[format];
  return ('options' in row && row.options) || {};
};
const takersOf = (option: string): string[] => Object.keys(FORMATS).filter((format) => Object.hasOwn(takenBy(format), option));

const OUTLINES = without(
  EXPORTING,
  Object.keys(EXPORTING).filter((name) => takersOf(name).length === 0), // those of sets
);

/** Options of a request, by route. */
export const SEGMENTING: Specs = without(SEGMENT, OWN);
export const DRAWN: Specs = { ...GRANULARITY, ...DRAWING };
export const FINISHING: Specs = { ...OUTLINES, ...NUMBERING, format: FORMAT };

const { namesModel: _, ...OF_NAMES } = NAMES;
/** Of a server that names segments: a list has commas between. */
export const NAMED: Specs = OF_NAMES;

type Read = (text: string) => unknown;

/** How a value is read from text, by what the option is. */
const READ: readonly (readonly [is: (spec: OptionSpec<unknown>) => boolean, read: Read])[] = [
  [({ accepts }) => accepts(true), (text) => ({ true: true, false: false })[text] ?? text],
  [({ range }) => range !== undefined, (text) => (text.trim() === '' ? Number.NaN : Number(text))],
  [({ accepts }) => accepts([1, 2, 3]), (text) => text.split(',').map(Number)],
  [({ accepts }) => accepts(['name']), (text) => text.split(',').map((name) => name.trim())],
];

const readValue = (name: string, spec: OptionSpec<unknown>, text: string): unknown => {
  const value = (READ.find(([is]) => is(spec))?.[1] ?? String)(text);
  if (!spec.accepts(value)) throw expected(spec.wanted, name, text);
  return value;
};

/** The values of a table among texts. @throws InputError for a name that is none, or is there twice, and a value out of range */
export const valuesOf = (of: string, table: Specs, given: URLSearchParams): Record<string, unknown> => {
  const out: Record<string, unknown> = {};
  for (const [name, text] of given) {
    if (!Object.hasOwn(table, name)) throw unknown(`option of ${of}`, name, Object.keys(table));
    if (Object.hasOwn(out, name)) throw expected('one value', name, [out[name], text]);
    out[name] = readValue(name, table[name], text);
  }
  return out;
};

/** Of a server: what names segments, and how it is opened. */
export interface NamesModel {
  model: string;
  options: Labelling['options'];
}

/** How a request has segments named, where it asks for that. @throws InputError for what does not go together, or names there are not */
const labellingOf = (values: Given<typeof OF_NAMES & typeof NUMBERING>, names: NamesModel): Labelling | undefined => {
  if (!asksNames(values, values, String)) return undefined;
  const { classes, vocabulary = '' } = values;
  return labellingFor(names.model, classes ? listedVocabulary(classes) : namedVocabulary(vocabulary), values, names.options);
};

/** What is made of a segmented picture. */
export interface Finish {
  labelling?: Labelling;
  /** A name of `FORMATS`. */
  format: string;
  exporting: Given<typeof EXPORTING>;
  numbering: Given<typeof NUMBERING>;
}

const among = (table: Specs, values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(table, name)));

/** By the media types that a client would have, the first that is known; labels where it takes anything. */
const formatBy = (accept: string): string => {
  const types = accept.split(',').map((part) => part.split(';')[0].trim().toLowerCase());
  return types.find((type) => type === 'application/json' || type === 'image/png') === 'application/json' ? 'json' : 'labels';
};

/** @throws InputError for options of names, which only some servers take, and only for one route */
const checkNamed = (given: URLSearchParams): void => {
  const odd = Object.keys(NAMED).find((name) => given.has(name));
  if (odd === undefined) return;
  throw new InputError(`${odd} is of names, which /segment gives where the server was started with --names-model`, { code: 'E_OPTION' });
};

/**
 * @param table what the route takes beside what `FINISHING` has
 * @param names of a route that names segments, where the server does
 * @throws InputError for options that cannot be used, or not together
 */
export const askedOf = (
  of: string,
  table: Specs,
  given: URLSearchParams,
  accept: string,
  names?: NamesModel,
): { options: PlainOptions; finish: Finish } => {
  if (!names) checkNamed(given);
  const values = valuesOf(of, { ...table, ...(names && NAMED), ...FINISHING }, given);
  const format = (values.format as string | undefined) ?? formatBy(accept);
  const exporting = among(OUTLINES, values);
  const idle = Object.keys(exporting).find((name) => !Object.hasOwn(takenBy(format), name));
  if (idle) throw new InputError(`${idle} goes with ${takersOf(idle).join(', ')}: the format is ${format}`, { code: 'E_OPTION' });
  const labelling = names && labellingOf(values, names);
  return { options: among(table, values), finish: { format, exporting, numbering: among(NUMBERING, values), ...(labelling && { labelling }) } };
};
