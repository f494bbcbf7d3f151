/**
 * The file behind `--resume`: JSON lines, first the settings, then a line a picture: what was measured, or why nothing
 * could be. Of several lines about one picture the last counts. A run that was cut off may have left half a line at the
 * end; whatever stands before it counts.
 */
import { parseJson } from '../json.ts';
import { isWhole } from '../options/spec.ts';
import { InputError } from '../toolkit.ts';
import type { Overlap } from './class-protocol/dictionary.ts';
import { type Counts, noCounts } from './class-protocol/metrics.ts';
import { type DrawingScore, MEASURES } from './regions/drawings.ts';
import type { ObjectSums } from './regions/objects.ts';
import { areBorderCounts } from './regions/one-to-one.ts';

/** What every line says. */
export interface Line {
  id: string;
  /** Place in the whole set, from 0, whatever shard of it was measured. */
  at: number;
  /** Of coherence: the encoder that saw the picture. */
  encoder?: string;
}

/** A picture that was left out. The next run tries it again. */
export interface Failure extends Line {
  problem: string;
}

export const isFailure = (line: Line): line is Failure => 'problem' in line;

/** How the results of a kind of run stand in its file. */
export interface Form<T extends Line> {
  /** Plain data. */
  write(result: T): object;
  /** @param line with an id and a place @throws Error for what `write` did not give */
  read(line: Line & Record<string, unknown>): T;
}

/** What was measured of one picture under the class protocol. */
export interface ClassResult extends Line {
  /** Segments of the prediction. */
  segments: number;
  counts: Counts;
  objects: ObjectSums;
}

/** What was measured of one picture against its annotators: of its drawing, or of those at each price. */
export interface DrawingResult extends Line {
  drawings: DrawingScore[];
}

/** What was measured of one picture for one matching over the set. */
export interface DictionaryResult extends Line {
  segments: number;
  overlaps: Overlap[];
  objects: ObjectSums;
}

export type Result = ClassResult | DictionaryResult | DrawingResult;

/** What must be equal for results to be added up. */
export interface Settings {
  [name: string]: string | number | boolean | readonly (number | string)[] | null;
}

/** One more where what a line holds changes: what an older file lacks cannot be made up for. */
const FORMAT = 4;

/** What the first line says. */
export interface Head {
  settings: Settings;
  /** Folder of the predictions, in full, where the run that began the file kept them. */
  save?: string;
}

/** First line of the file, with its line end. */
export const headLine = ({ settings, save }: Head): string => `${JSON.stringify({ diffcutEval: FORMAT, settings, save })}\n`;

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

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

const readObjects = (objects: unknown): ObjectSums => {
  const { count, best, union } = (objects ?? {}) as ObjectSums;
  if (![count, best, union].every(isNumber)) throw new Error('no objects');
  return { count, best, union };
};

/** Lines of the class protocol. @param rows classes of the set */
export const classForm = (rows: number): Form<ClassResult> => ({
  write: ({ counts, ...rest }) => ({ ...rest, ...packCounts(counts) }),
  read: ({ id, at, ...line }) => {
    const { segments, pixels, classes, objects } = line as Record<string, never>;
    if (![segments, pixels].every(isNumber) || !Array.isArray(classes)) throw new Error('no result');
    return { id, at, segments, counts: unpackCounts({ pixels, classes }, rows), objects: readObjects(objects) };
  },
});

const isOverlap = (one: unknown, rows: number): one is Overlap =>
  Array.isArray(one) && one.length === 3 && isWhole(one[0], 0, rows - 1) && isWhole(one[1], 0, 2 ** 31) && isWhole(one[2], 1, 2 ** 31);

/** Lines of one matching over the set. @param rows classes of the set */
export const dictionaryForm = (rows: number): Form<DictionaryResult> => ({
  write: (result) => result,
  read: ({ id, at, segments, overlaps, objects }) => {
    if (!isNumber(segments) || !Array.isArray(overlaps) || !overlaps.every((one) => isOverlap(one, rows))) throw new Error('no result');
    return { id, at, segments: segments as number, overlaps, objects: readObjects(objects) };
  },
});

/** Lines of sets that are scored by annotators. @param places how many drawings a picture has */
export const drawingForm = (places: number): Form<DrawingResult> => ({
  write: (result) => result,
  read: ({ id, at, drawings }) => {
    if (!Array.isArray(drawings) || drawings.length !== places) throw new Error('no result');
    for (const drawing of drawings as Record<string, unknown>[]) {
      // nobody's border has no length to compare with
      if (!MEASURES.every((measure) => isNumber(drawing[measure]) || (measure === 'borderLength' && drawing[measure] === null)))
        throw new Error('no measures');
      if (!areBorderCounts(drawing.oneToOne)) throw new Error('no counts');
    }
    return { id, at, drawings };
  },
});

/** A line, with its line end. */
export const lineOf = <T extends Line>(line: NoInfer<T> | Failure, { write }: Form<T>): string =>
  `${JSON.stringify(isFailure(line) ? line : write(line))}\n`;

/** What a line is about. */
export const keyOf = ({ id, encoder = '' }: Pick<Line, 'id' | 'encoder'>): string => `${encoder}\0${id}`;

/** Names of settings that differ. */
export const differing = (a: Settings, b: Settings): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => JSON.stringify(a[key] ?? null) !== JSON.stringify(b[key] ?? null));

/** What a file holds: its lines by what they are about, and how many characters of it are whole lines. */
export interface Ledger<T extends Line> {
  lines: Map<string, T | Failure>;
  whole: number;
}

const parseLine = <T>(line: string, number: number, file: string, parse: (value: Record<string, unknown>) => T): T => {
  try {
    return parse(parseJson(line) as Record<string, unknown>);
  } catch (error) {
    throw new InputError(`Line ${number} of ${file} is not one of an evaluation: give another file`, { cause: error });
  }
};

/** A file's whole lines; half a last one is left out. */
const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);

/** A file's first line. @throws InputError for one that is none, or of another version */
const readHead = (line: string, file: string): Head => {
  const { format, ...head } = parseLine(line, 1, file, ({ diffcutEval, settings, save }) => {
    if (typeof diffcutEval !== 'number' || typeof settings !== 'object' || settings === null) throw new Error('no settings');
    return { format: diffcutEval, settings: settings as Settings, ...(typeof save === 'string' && { save }) };
  });
  if (format !== FORMAT) throw new InputError(`${file} was made by another version of diffcut, which measured other things: give another file`);
  return head;
};

/** The lines after the first. @throws InputError for one that is none */
const readBody = <T extends Line>(lines: readonly string[], { read }: Form<T>, file: string): Map<string, T | Failure> => {
  const out = new Map<string, T | Failure>();
  lines.forEach((text, index) => {
    const line = parseLine<T | Failure>(text, index + 2, file, (value) => {
      const { id, at, encoder, problem } = value;
      if (typeof id !== 'string' || !isWhole(at, 0, Number.MAX_SAFE_INTEGER)) throw new Error('no picture');
      if (encoder !== undefined && typeof encoder !== 'string') throw new Error('no encoder');
      const line = value as Line & Record<string, unknown>;
      return typeof problem === 'string' ? { id, at: line.at, ...(encoder !== undefined && { encoder }), problem } : read(line);
    });
    out.set(keyOf(line), line);
  });
  return out;
};

/**
 * @param text the file as it was found; half a last line is left out
 * @param now what its first line would say if it were begun now; another folder of predictions changes no result
 * @throws InputError where another run's settings, or something that is no such file, stands in it
 */
export const readLedger = <T extends Line>(text: string, now: Head, form: Form<T>, file: string): Ledger<T> => {
  const [head, ...body] = wholeLines(text);
  if (head === undefined) {
    // Half a first line is what is left of a run cut off at once; anything else is somebody's file.
    if (!headLine(now).startsWith(text)) throw new InputError(`${file} is not the file of an evaluation with these settings: give another file`);
    return { lines: new Map(), whole: 0 };
  }
  const { settings } = now;
  const { settings: made } = readHead(head, file);
  const unequal = differing(made, settings);
  if (unequal.length > 0) {
    const list = unequal.map((key) => `${key} ${JSON.stringify(made[key] ?? null)}, now ${JSON.stringify(settings[key] ?? null)}`).join('; ');
    throw new InputError(`${file} was made with other settings (${list}): give another file, or the same settings`);
  }
  return { lines: readBody(body, form, file), whole: text.lastIndexOf('\n') + 1 };
};

/**
 * A file of whatever kind and settings.
 * @param formOf the form of its lines, by its settings; throws for settings that no run has
 */
export const readAnyLedger = <T extends Line>(
  text: string,
  formOf: (settings: Settings) => Form<T>,
  file: string,
): Head & { lines: Map<string, T | Failure> } => {
  const [head, ...body] = wholeLines(text);
  if (head === undefined) throw new InputError(`${file} is not the file of an evaluation: give another file`);
  const told = readHead(head, file);
  return {
    ...told,
    lines: readBody(
      body,
      parseLine(head, 1, file, () => formOf(told.settings)),
      file,
    ),
  };
};
