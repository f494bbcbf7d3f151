/**
 * The file behind `--resume`: JSON lines, first the settings, then a line a picture. A run that was cut off may have
 * left half a line at the end; whatever stands before it counts.
 */
import { parseJson } from '../json.ts';
import { InputError } from '../toolkit.ts';
import { type Counts, noCounts } from './class-protocol/metrics.ts';
import { type DrawingScore, MEASURES } from './regions/drawings.ts';
import type { ObjectSums } from './regions/objects.ts';

/** What was measured of one picture under the class protocol. */
export interface ClassResult {
  id: string;
  /** Segments of the prediction. */
  segments: number;
  counts: Counts;
  objects: ObjectSums;
}

/** What was measured of one picture against its annotators: of its drawing, or of those at each price. */
export interface DrawingResult {
  id: string;
  drawings: DrawingScore[];
}

export type Result = ClassResult | DrawingResult;

/** What must be equal for results to be added up. */
export interface Settings {
  [name: string]: string | number | boolean | readonly number[] | null;
}

/** One more where a line's numbers change: what an older file lacks cannot be made up for. */
const FORMAT = 2;

/** First line of the file, with its line end. */
export const settingsLine = (settings: Settings): string => `${JSON.stringify({ diffcutEval: FORMAT, settings })}\n`;

/** Counts as a file keeps them: `[row, tp, fp, fn]` of each class that has any. */
export interface PackedCounts {
  pixels: number;
  classes: number[][];
}

/** Leaves out the classes without pixels. */
export const packCounts = ({ tp, fp, fn, pixels }: Counts): PackedCounts => {
  const classes: number[][] = [];
  tp.forEach((hits, row) => {
    if (hits + fp[row] + fn[row] > 0) classes.push([row, hits, fp[row], fn[row]]);
  });
  return { pixels, classes };
};

/** @throws Error for what `packCounts` of a set of so many classes did not give */
export const unpackCounts = ({ pixels, classes }: PackedCounts, rows: number): Counts => {
  const counts = noCounts(rows);
  counts.pixels = pixels;
  for (const [row, tp, fp, fn] of classes) {
    if (!(row >= 0 && row < rows) || ![tp, fp, fn, pixels].every(Number.isFinite)) throw new Error('no counts');
    counts.tp[row] = tp;
    counts.fp[row] = fp;
    counts.fn[row] = fn;
  }
  return counts;
};

/** A picture's line, with its line end. */
export const resultLine = (result: Result): string => {
  if ('drawings' in result) return `${JSON.stringify(result)}\n`;
  const { counts, ...rest } = result;
  return `${JSON.stringify({ ...rest, ...packCounts(counts) })}\n`;
};

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

/** A line of the class protocol, read again. @param rows classes of the set @throws Error for anything else */
export const readClassResult = (line: Record<string, unknown>, rows: number): ClassResult => {
  const { id, segments, pixels, classes, objects } = line as Record<string, never>;
  if (typeof id !== 'string' || ![segments, pixels].every(isNumber) || !Array.isArray(classes)) throw new Error('no result');
  const { count, best, union }: ObjectSums = objects ?? {};
  if (![count, best, union].every(isNumber)) throw new Error('no objects');
  return { id, segments, counts: unpackCounts({ pixels, classes }, rows), objects: { count, best, union } };
};

/** A line of drawings, read again. @param places how many drawings a picture has @throws Error for anything else */
export const readDrawingResult = (line: Record<string, unknown>, places: number): DrawingResult => {
  const { id, drawings } = line;
  if (typeof id !== 'string' || !Array.isArray(drawings) || drawings.length !== places) throw new Error('no result');
  for (const drawing of drawings as Record<string, unknown>[]) {
    // nobody's border has no length to compare with
    if (!MEASURES.every((measure) => isNumber(drawing[measure]) || (measure === 'borderLength' && drawing[measure] === null)))
      throw new Error('no measures');
  }
  return { id, drawings };
};

const differing = (a: Settings, b: Settings): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => JSON.stringify(a[key] ?? null) !== JSON.stringify(b[key] ?? null));

/** What a file holds: its results, and how many characters of it are whole lines. */
export interface Ledger<T> {
  results: Map<string, T>;
  whole: number;
}

const parseLine = <T>(line: string, number: number, file: string, parse: (value: Record<string, unknown>) => T): T => {
  try {
    return parse(parseJson(line) as Record<string, unknown>);
  } catch (error) {
    throw new InputError(`Line ${number} of ${file} is not one of an evaluation: give another file, or delete this one`, { cause: error });
  }
};

/**
 * @param text the file as it was found; half a last line is left out
 * @param readLine makes a result of a picture's line, or throws
 * @throws InputError where another run's settings, or something that is no such file, stands in it
 */
export const readLedger = <T extends { id: string }>(
  text: string,
  settings: Settings,
  readLine: (line: Record<string, unknown>) => T,
  file: string,
): Ledger<T> => {
  const whole = text.lastIndexOf('\n') + 1;
  const lines = text.slice(0, whole).split('\n').slice(0, -1);
  const results = new Map<string, T>();
  if (lines.length === 0) {
    // Half a first line is what is left of a run cut off at once; anything else is somebody's file.
    if (!settingsLine(settings).startsWith(text))
      throw new InputError(`${file} is not the file of an evaluation with these settings: give another file`);
    return { results, whole: 0 };
  }
  const { format, made } = parseLine(lines[0], 1, file, ({ diffcutEval, settings }) => {
    if (typeof diffcutEval !== 'number' || typeof settings !== 'object' || settings === null) throw new Error('no settings');
    return { format: diffcutEval, made: settings as Settings };
  });
  if (format !== FORMAT) throw new InputError(`${file} was made by another version of diffcut, which measured other things: give another file`);
  const unequal = differing(made, settings);
  if (unequal.length > 0) {
    const list = unequal.map((key) => `${key} ${JSON.stringify(made[key] ?? null)}, now ${JSON.stringify(settings[key] ?? null)}`).join('; ');
    throw new InputError(`${file} was made with other settings (${list}): give another file, or the same settings`);
  }
  lines.slice(1).forEach((line, at) => {
    const result = parseLine(line, at + 2, file, readLine);
    results.set(result.id, result);
  });
  return { results, whole };
};
