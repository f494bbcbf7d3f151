/** The pictures that are open in the worker: pixels, analyses, labels and history. The rest lies in the store. */
import { type Analysis, analyse, InputError, type LabelMap, MODELS, openPicture, type RgbImage } from 'diffcut';
import { type History, newHistory, packSheet, type Sheet, unpackSheet } from '../edit/index.ts';
import { openStore, type Store } from '../keep/store.ts';
import { MOST_PIXELS } from '../limits.ts';
import type { PictureRow, Settings } from '../types.ts';
import type { Shown } from './branches.ts';
import { sourceFor } from './encoders.ts';
import { eyeOf } from './eye.ts';
import { withoutFlags } from './said.ts';
import { type Shared, shared, type Watch } from './shared.ts';
import { type Context, tell } from './wire.ts';

/** Pixels of all open pictures together, about 12 bytes each. */
const DESK_PIXELS = 48 * 2 ** 20;
/** Analyses of one picture that are kept: two can be compared. */
const MOST_ANALYSES = 3;

export interface Open {
  row: PictureRow;
  /** The picture that is worked on. */
  image: RgbImage;
  analyses: Map<string, Shared<Analysis>>;
  sheet?: Sheet;
  history: History;
  /** Counts up with each change of the sheet, and goes on where the picture was closed meanwhile. */
  version: number;
  /** What brushes snap to. */
  superpixels?: Promise<LabelMap> | undefined;
  /** Labels that stand in for the sheet's while a slider moves, and the regions that they are seen as. */
  preview?: { data: Int32Array; width: number; height: number; standFor: ReadonlyMap<number, number> } | undefined;
  /** The cut tree as it was last shown. */
  tree?: Shown;
}

export const store: Promise<Store> = openStore((trouble) => tell('trouble', trouble));

/** By id, the one that was used last at the end. */
const desk = new Map<string, Promise<Open>>();

/** By id, also of pictures that are closed: what was found out of one holds while its version does. */
const versions = new Map<string, number>();
export const versionOf = (id: string): number => versions.get(id) ?? 0;

/** The last change of each picture that was asked for. */
const turns = new Map<string, Promise<unknown>>();

/** Changes of a picture one after the other: a step is computed for the labels that it changes. */
export const inTurn = <T>(id: string, { signal }: Context, change: () => Promise<T>): Promise<T> => {
  const turn = (turns.get(id) ?? Promise.resolve())
    .catch(() => {})
    .then(() => {
      signal.throwIfAborted();
      return change();
    });
  turns.set(id, turn);
  return turn;
};

const pixelsOf = async (open: Promise<Open>): Promise<number> => open.then(({ image }) => image.width * image.height).catch(() => 0);

/** The picture on the stage. */
let onStage: string | undefined;
/** What is looked at stays open, whatever is computed meanwhile. */
export const stageIs = (id: string): void => {
  onStage = id;
};

/** Closes those that were not used for the longest time. What they hold lies in the store, or can be computed again. */
const makeRoom = async (): Promise<void> => {
  let pixels = 0;
  for (const [id, open] of [...desk].reverse()) {
    pixels += await pixelsOf(open);
    if (pixels > DESK_PIXELS && id !== onStage && id !== [...desk.keys()].at(-1)) desk.delete(id);
  }
};

/** A picture's file as it is worked on. @throws InputError in one sentence for what cannot be read */
export const readPicture = async (
  blob: Blob,
  name: string,
  signal?: AbortSignal,
): Promise<{ image: RgbImage; width: number; height: number; notes: string[] }> => {
  const file = await openPicture(blob instanceof File ? blob : new File([blob], name), { signal });
  const { width, height } = file;
  const by = Math.sqrt(Math.min(1, MOST_PIXELS / (width * height)));
  const size = { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
  const image = by < 1 ? await file.reduced(size, signal) : await file.rows(0, height, signal);
  return { image, width, height, notes: (file.source.notes ?? []).map(withoutFlags) };
};

const FORGOTTEN = 'This picture is not among the open ones any more: drop it again';

const load = async (id: string): Promise<Open> => {
  const kept = await store;
  const row = (await kept.get('pictures', id)) as PictureRow | undefined;
  if (!row) throw new InputError(FORGOTTEN);
  const { image, width, height, notes } = await readPicture(row.blob, row.name);
  if (row.width === undefined) Object.assign(row, await keepRow(id, { width, height, notes }));
  const open: Open = {
    row,
    image,
    analyses: new Map(),
    history: newHistory(),
    get version() {
      return versionOf(id);
    },
    set version(version) {
      versions.set(id, version);
    },
  };
  const base = await kept.get('bases', id);
  if (base === undefined) return open;
  const sheet = unpackSheet(base as never);
  if (sheet.width !== image.width || sheet.height !== image.height)
    throw new InputError(
      `The kept regions of ${row.name} are of ${sheet.width} x ${sheet.height} pixels and it has ${image.width} x ${image.height}`,
    );
  open.sheet = sheet;
  const steps = (await kept.all('steps', [id, 0], [id, Number.MAX_SAFE_INTEGER])) as never[];
  open.history = newHistory(steps);
  while (open.history.at < Math.min(row.at ?? 0, steps.length)) open.history.redo(open.sheet);
  return open;
};

/** An open picture; from the store where it is not. */
export const picture = (id: string): Promise<Open> => {
  const open = desk.get(id) ?? load(id);
  desk.delete(id);
  desk.set(id, open);
  open.then(makeRoom, () => desk.delete(id));
  return open;
};

export const close = (id: string): boolean => desk.delete(id);
export const closeAll = (): void => desk.clear();

/** Changes what is kept of a picture, open or not. @throws InputError where it was forgotten meanwhile */
export const keepRow = async (id: string, changes: Partial<PictureRow>): Promise<PictureRow> =>
  (await store).update('pictures', id, (before) => {
    if (!before) throw new InputError(FORGOTTEN);
    return { ...(before as PictureRow), ...changes };
  });

export const saveRow = async (open: Open, changes: Partial<PictureRow> = {}): Promise<void> => {
  open.row = await keepRow(open.row.id, changes);
};

/** Labels to start from: the history begins anew. */
export const saveBase = async (open: Open, sheet: Sheet): Promise<void> => {
  const kept = await store;
  open.sheet = sheet;
  open.history = newHistory();
  open.version++;
  await kept.remove('steps', [open.row.id, 0], [open.row.id, Number.MAX_SAFE_INTEGER]);
  await kept.put('bases', open.row.id, packSheet(sheet));
  await saveRow(open, { at: 0, drawn: [] });
};

/** What cuts pictures of an encoder where nothing is said. */
const solverOf = (source: Awaited<ReturnType<typeof sourceFor>>): string | undefined => {
  if ('encoder' in source) return source.encoder.row.solver;
  const { encoder, cut } = source.features.origin ?? {};
  return cut?.solver ?? MODELS.find(({ name }) => name === encoder)?.solver;
};

/** What of the settings the cut itself hangs on. */
const askedOf = ({ alpha, solver, tau, refine }: Settings) => ({
  alpha,
  solver: solver ?? (tau !== undefined || refine === 'vote' ? ('ncut' as const) : undefined),
});

/** @param before another analysis of the picture by the same encoder, whose features are taken */
const analysed = async (open: Open, settings: Settings, before: Shared<Analysis> | undefined, watch: Watch): Promise<Analysis> => {
  const seen = await before?.join(watch).catch(() => undefined);
  watch.signal.throwIfAborted();
  const source = seen && settings.where === 'computer' ? { features: seen.features } : await sourceFor(settings, open.image, watch.signal);
  const asked = askedOf(settings);
  // a tree of cuts is made so deep that any granularity is a walk over it, and any segment can be split further
  const isCut = (asked.solver ?? solverOf(source)) === 'ncut';
  const features = seen && { features: seen.features };
  const analysis = await analyse(open.image, { ...source, ...features, ...asked, ...(isCut && { treeTau: 1 }), ...watch });
  if (seen?.timings.encode !== undefined) analysis.timings.encode = seen.timings.encode;
  return analysis;
};

/** A picture's analysis for these settings; those of the last few are kept. */
export const analysisOf = (open: Open, settings: Settings, context: Context): Promise<Analysis> => {
  const { analyses } = open;
  const eye = eyeOf(settings);
  const key = `${eye} ${JSON.stringify(askedOf(settings))}`;
  const found = analyses.get(key);
  const before = [...analyses].findLast(([other, { isVoid }]) => other.startsWith(`${eye} `) && !isVoid)?.[1];
  const made = found && !found.isVoid ? found : shared((watch) => analysed(open, settings, before, watch));
  analyses.delete(key);
  analyses.set(key, made);
  if (analyses.size > MOST_ANALYSES) analyses.delete(analyses.keys().next().value as string);
  return made.join(context);
};
