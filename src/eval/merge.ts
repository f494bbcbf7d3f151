/**
 * The files of all shards of a run, put together: what the whole run would have written, and what it would have told.
 *
 *   files ─ one run's, every shard once, each finished ─ lines in the set's order ─ the kind's own report
 */
import { isShard } from '../options/shard.ts';
import { isWhole } from '../options/spec.ts';
import { notRead, textIfThere } from '../system-errors-node.ts';
import { InputError } from '../toolkit.ts';
import { coherenceOf } from './coherence/figures.ts';
import { type CoherenceLine, coherenceForm, ofFirst, type PickedPicture, type PointFeatures } from './coherence/lines.ts';
import { coherenceJson, coherenceText } from './coherence/report.ts';
import { DATASETS } from './datasets.ts';
import type { Outcome } from './each-picture.ts';
import {
  classForm,
  dictionaryForm,
  differing,
  drawingForm,
  type Failure,
  type Form,
  type Head,
  headLine,
  isFailure,
  keyOf,
  type Line,
  lineOf,
  readAnyLedger,
  type Settings,
} from './ledger.ts';
import { openvocJson, openvocText } from './openvoc/report.ts';
import { type OpenvocResult, openvocForm } from './openvoc/run.ts';
import { reportJson, reportText } from './report/evaluation.ts';
import { classEvaluation, dictionaryEvaluation, drawingEvaluation, type Evaluation, placesIn, rowsOf } from './run.ts';
import { tuneJson, tuneText } from './tune/report.ts';
import { scoresForm, tuningOf } from './tune/tune.ts';

/** What is told of a run, for people and for programs. */
interface Told {
  text: string;
  json: Record<string, unknown>;
  failed: Outcome['failed'];
}

/** A kind of run. */
interface Kind<T extends Line> {
  form(settings: Settings): Form<T>;
  /** Passes over the set, in turn; each but the first is an encoder's. */
  passes(settings: Settings): readonly string[];
  tell(settings: Settings, lines: readonly (T | Failure)[]): Told | Promise<Told>;
}

const ONE_PASS = (): string[] => [''];

const failuresIn = (lines: readonly Line[]): Outcome['failed'] => lines.filter(isFailure).map(({ id, problem }) => ({ id, problem }));
const resultsIn = <T extends Line>(lines: readonly (T | Failure)[]): T[] => lines.filter((line): line is T => !isFailure(line));

/** As a run has it in the end. */
const outcomeOf = <T extends Line>(lines: readonly (T | Failure)[]) => {
  const results = resultsIn(lines);
  return { pictures: results.length, resumed: 0, failed: failuresIn(lines), results };
};

const tellEvaluation = (evaluation: Evaluation): Told => ({ text: reportText(evaluation), json: reportJson(evaluation), failed: evaluation.failed });

/** What an encoder saw, from its lines in the place of an open one. */
const tellCoherence = async (settings: Settings, lines: readonly (CoherenceLine | Failure)[]): Promise<Told> => {
  const of = (name?: string) => lines.filter(({ encoder }) => encoder === name);
  const coherence = await coherenceOf(
    settings,
    { pictures: resultsIn(of()) as PickedPicture[], failed: failuresIn(of()) },
    async (name, left, most) => {
      const pictures = new Map(left.map((picture) => [picture.id, picture]));
      const seen = resultsIn(of(name)) as PointFeatures[];
      return {
        features: new Map(seen.map((one) => [one.id, ofFirst(one, pictures.get(one.id) as PickedPicture, most)])),
        failed: failuresIn(of(name)),
      };
    },
  );
  return { text: coherenceText(coherence), json: coherenceJson(coherence), failed: coherence.failed };
};

const kind = <T extends Line>(row: Kind<T>): Kind<Line> => row as unknown as Kind<Line>;

/** By the name that the first line of a file has. */
const KINDS: Readonly<Record<string, Kind<Line>>> = {
  classes: kind({
    form: (settings) => classForm(rowsOf(settings).rows),
    passes: ONE_PASS,
    tell: (settings, lines) => tellEvaluation(classEvaluation(settings, outcomeOf(lines))),
  }),
  dictionary: kind({
    form: (settings) => dictionaryForm(rowsOf(settings).rows),
    passes: ONE_PASS,
    tell: (settings, lines) => tellEvaluation(dictionaryEvaluation(settings, outcomeOf(lines))),
  }),
  drawings: kind({
    form: (settings) => drawingForm(placesIn(settings)),
    passes: ONE_PASS,
    tell: (settings, lines) => tellEvaluation(drawingEvaluation(settings, outcomeOf(lines))),
  }),
  tune: kind({
    form: scoresForm,
    passes: ONE_PASS,
    tell: (settings, lines) => {
      const tuning = tuningOf(settings, outcomeOf(lines));
      return { text: tuneText(tuning), json: tuneJson(tuning), failed: tuning.failed };
    },
  }),
  openvoc: kind<OpenvocResult>({
    form: () => openvocForm,
    passes: ONE_PASS,
    tell: (settings, lines) => {
      const openvoc = { ...outcomeOf(lines), settings };
      return { text: openvocText(openvoc), json: openvocJson(openvoc), failed: openvoc.failed };
    },
  }),
  coherence: kind({ form: () => coherenceForm, passes: ({ encoders }) => ['', ...(encoders as string[])], tell: tellCoherence }),
};

const kindOf = ({ kind }: Settings): Kind<Line> => KINDS[String(kind)];

/** @throws Error for settings that no run has */
const formOf = (settings: Settings): Form<Line> => {
  const { kind, dataset, encoders = [] } = settings;
  if (!Object.hasOwn(KINDS, String(kind)) || !Object.hasOwn(DATASETS, String(dataset)) || !Array.isArray(encoders)) throw new Error('no run');
  return kindOf(settings).form(settings);
};

type Lines = Map<string, Line | Failure>;

/** The file of a run, or of a shard of one. */
export interface RunFile extends Head {
  file: string;
  lines: Lines;
}

/** The file of a shard. */
interface ShardFile extends RunFile {
  /** From 1 to `shards`. */
  shard: number;
  shards: number;
  /** Of the whole set. */
  pictures: number;
}

/** @throws InputError for a file that is none */
export const readRun = (text: string, file: string): RunFile => ({ file, ...readAnyLedger(text, formOf, file) });

/** @throws InputError for the file of a whole run */
const shardOf = (run: RunFile): ShardFile => {
  const { shard, shards, pictures } = run.settings as Record<'shard' | 'shards' | 'pictures', number>;
  if (!isShard(`${shard}/${shards}`) || !isWhole(pictures, 0, 2 ** 31))
    throw new InputError(`${run.file} is not of a shard: give the files of runs with --shard`);
  return { ...run, shard, shards, pictures };
};

/** What must be the same of all shards. */
const sharedOf = ({ settings: { shard: _, ...shared } }: ShardFile): Settings => shared;

const checkAlike = (first: ShardFile, other: ShardFile): void => {
  const [a, b] = [sharedOf(first), sharedOf(other)];
  const list = differing(a, b).map((key) => `${key} ${JSON.stringify(b[key] ?? null)}, there ${JSON.stringify(a[key] ?? null)}`);
  if (list.length > 0)
    throw new InputError(`${other.file} was made with other settings than ${first.file} (${list.join('; ')}): give the files of one run`);
};

/** The lines that count, pass after pass, in the set's order, and how many pictures lack one. */
const inOrder = (settings: Settings, places: ReadonlyMap<number, string>, lines: Lines): { ordered: Line[]; lacking: number } => {
  const ordered: Line[] = [];
  const lacking = new Set<string>();
  const lost = new Set<string>();
  const ids = [...places].sort(([a], [b]) => a - b).map(([, id]) => id);
  for (const pass of kindOf(settings).passes(settings)) {
    for (const id of ids.filter((one) => !lost.has(one))) {
      const line = lines.get(keyOf({ id, encoder: pass }));
      if (!line) lacking.add(id);
      else ordered.push(line);
      if (line && isFailure(line)) lost.add(id);
    }
  }
  return { ordered, lacking: lacking.size };
};

/** Which picture stands at each place of a finished shard. @throws InputError for one that is not finished, or of two states of a set */
const placesOf = ({ file, settings, shard, shards, pictures, lines }: ShardFile): Map<number, string> => {
  const places = new Map<number, string>();
  for (const { id, at, encoder } of lines.values()) {
    if (encoder !== undefined) continue;
    if (places.has(at) || at >= pictures || at % shards !== shard - 1)
      throw new InputError(
        `${file} holds ${JSON.stringify(id)}, which has no place in its shard: the set was changed between two runs, so make it anew`,
      );
    places.set(at, id);
  }
  const all = Math.ceil((pictures - shard + 1) / shards);
  const lacking = all - places.size + inOrder(settings, places, lines).lacking;
  if (lacking > 0)
    throw new InputError(
      `${file} is not finished: ${lacking} of the ${all} pictures of shard ${shard}/${shards} are missing, so run it again with --resume`,
    );
  return places;
};

/** What a shard found, as text. */
const resultsOf = (shard: ShardFile): string => {
  const { settings, lines } = shard;
  const form = formOf(settings);
  return inOrder(settings, placesOf(shard), lines)
    .ordered.map((line) => lineOf(line, form))
    .join('');
};

/** Every shard once. @throws InputError for files of several runs, one shard with two results, or shards that are missing */
const allShards = (files: readonly ShardFile[]): ShardFile[] => {
  const [first] = files;
  const found = new Map<number, ShardFile>();
  for (const one of files) {
    checkAlike(first, one);
    const twin = found.get(one.shard);
    if (twin && resultsOf(twin) !== resultsOf(one))
      throw new InputError(`${twin.file} and ${one.file} are both of shard ${one.shard}/${one.shards}, with different results: give one of them`);
    found.set(one.shard, twin ?? one);
  }
  const missing = Array.from({ length: first.shards }, (_, i) => i + 1).filter((shard) => !found.has(shard));
  if (missing.length > 0)
    throw new InputError(
      `The files of ${missing.length} of ${first.shards} shards are missing (${missing.slice(0, 20).join(', ')}${missing.length > 20 ? ', …' : ''}): give those, too`,
    );
  return [...found.values()];
};

/** The folder of the predictions, where all shards kept them in one. */
const sameSave = ([{ save }, ...others]: readonly RunFile[]): Pick<Head, 'save'> =>
  save !== undefined && others.every((one) => one.save === save) ? { save } : {};

/** A whole run. */
export interface Merged extends Told, Head {
  /** Those that count, in the set's order. */
  lines: readonly (Line | Failure)[];
  /** Its file, as the whole run would have written it. */
  file(): AsyncGenerator<Uint8Array>;
}

/**
 * Puts the files of all shards together.
 * @throws InputError for what `allShards` refuses, a shard that is not finished, or a set that was not the same for all
 */
export const mergeShards = async (files: readonly RunFile[]): Promise<Merged> => {
  const shards = allShards(files.map(shardOf));
  const { shard: _shard, shards: _shards, pictures: _pictures, ...settings } = shards[0].settings;
  const places = new Map<number, string>();
  const lines: Lines = new Map();
  const homes = new Map<string, string>();
  for (const one of shards) {
    for (const [at, id] of placesOf(one)) {
      const other = homes.get(id);
      if (other !== undefined)
        throw new InputError(`${JSON.stringify(id)} is in both ${other} and ${one.file}: the set was not the same for all shards`);
      homes.set(id, one.file);
      places.set(at, id);
    }
    for (const [key, line] of one.lines) lines.set(key, line);
  }
  const { ordered } = inOrder(settings, places, lines);
  const form = formOf(settings);
  const head: Head = { settings, ...sameSave(shards) };
  return {
    ...(await kindOf(settings).tell(settings, ordered)),
    ...head,
    lines: ordered,
    file: async function* () {
      const encoder = new TextEncoder();
      yield encoder.encode(headLine(head));
      for (const line of ordered) yield encoder.encode(lineOf(line, form));
    },
  };
};

/** Files on the disk. @throws InputError for one that is not there, or no file of an evaluation */
export const readRuns = async (paths: readonly string[]): Promise<RunFile[]> => {
  const files: RunFile[] = [];
  for (const path of paths) {
    const text = await textIfThere(path);
    if (text === undefined) throw notRead(path, { code: 'ENOENT' });
    files.push(readRun(text, path));
  }
  return files;
};

/** Puts the files of all shards together, from the disk. */
export const mergeFiles = async (paths: readonly string[]): Promise<Merged> => mergeShards(await readRuns(paths));
