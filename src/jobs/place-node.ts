/** From a stage to their places: all outputs of a picture, or none. */
import { link, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { moveNew, syncFolder } from '../disk-node.ts';
import { isFolder, notWritten, statIfThere } from '../system-errors-node.ts';
import { ASIDE, STALE, type Stage } from '../temporary-node.ts';
import { InputError } from '../toolkit.ts';
import { appendEntry, differences, LEDGER, type Print, readLedger, type Standing, standingOf } from './ledger-node.ts';
import type { Writing } from './outputs-node.ts';

/** An output that is made, but not in its place; what is no file (standard output, a device, a pipe) has no other place. */
export type Staged = { path: string; temporary: string; print: Print } | { path: string; write(): Promise<void> };
type Filed = Extract<Staged, { temporary: string }>;

export const ELSEWHERE = 'choose another folder with -o';

/** The same command makes all again, or says of what is finished that it is there. */
export const whereElse = (error: unknown, { overwrite }: Writing): string =>
  !overwrite && ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')
    ? `${ELSEWHERE}; --resume skips what is finished`
    : ELSEWHERE;

/** An output is there already and is not replaced: of many pictures for the same reason. */
export class InTheWay extends InputError {
  /** The sentence but for the path that it begins with. */
  readonly why: string;
  constructor(path: string, why: string) {
    super(`${JSON.stringify(path)} ${why}`);
    this.why = why;
  }
}

/** The sentence for an output that is there already. @param more what else helps */
export const existsAlready = (path: string, more = ''): InTheWay => new InTheWay(path, `exists: --overwrite replaces it${more}`);

/** The sentence for one that was made otherwise. @param how in words */
export const madeOtherwise = (path: string, how: string): InTheWay =>
  new InTheWay(path, `was made otherwise${how}: --overwrite replaces it, or ${ELSEWHERE}`);

/** What was done, to be taken back in the opposite order. */
type Undo = (() => Promise<void>)[];

/** What is in an output's place, by what its ledger says of it. @throws InputError where that cannot be seen */
export const nowAt = (path: string, { before, older = {} }: Writing): Promise<Standing> => {
  const name = basename(path);
  const print = before && Object.hasOwn(before.outputs, name) ? before.outputs[name] : undefined;
  return standingOf(path, print, Object.hasOwn(older, name) ? older[name] : []);
};

/** @throws InputError for a folder that is not as we left it, which nothing replaces */
export const checkReplaceable = async (path: string, writing: Writing): Promise<void> => {
  if (!(await isFolder(path)) || (await nowAt(path, writing)) !== 'foreign') return;
  throw new InputError(`${JSON.stringify(path)} was not written here, or was changed since: move it away, or ${ELSEWHERE}`, { code: 'E_FILE' });
};

/** @param asFolder whether the output is one @throws InputError where something is in its place that may not be replaced */
export const checkPlace = async (path: string, asFolder: boolean, writing: Writing): Promise<void> => {
  const there = await statIfThere(path);
  if (!there) return;
  if (there.isDirectory() !== asFolder) throw notWritten(path, { code: there.isDirectory() ? 'EISDIR' : 'EEXIST' }, ELSEWHERE);
  await checkReplaceable(path, writing);
  if (!writing.overwrite && (await nowAt(path, writing)) === 'foreign') throw existsAlready(path);
};

/** @throws InputError where what is there was made with other options, whatever it was made from, and is not to be replaced */
export const checkAlike = async (path: string, writing: Writing): Promise<void> => {
  const { before, mark, overwrite } = writing;
  if (!before || overwrite || (await nowAt(path, writing)) === 'absent') return;
  const different = differences({ ...before, picture: mark.picture }, mark);
  if (different.length > 0) throw madeOtherwise(path, ` (${different.join('; ')})`);
};

/** Takes what is there away, to where a run that dies leaves it to be put back. A file may stay where it is until another replaces it. */
const setAside = async (path: string, aside: string, undo: Undo): Promise<void> => {
  const kept = join(aside, basename(path));
  const isLinked =
    !(await isFolder(path)) &&
    (await link(path, kept).then(
      () => true,
      () => false, // not on this file system
    ));
  if (!isLinked) await rename(path, kept);
  undo.push(() => rename(kept, path));
};

/** For `.catch`: an error is told by the path that it is about. */
const toldBy =
  (path: string, writing: Writing) =>
  (error: unknown): never => {
    throw notWritten(path, error, whereElse(error, writing));
  };

/** Replaces what is there, or comes to where nothing is. Between a move and its undo nothing is asked that could fail. */
const place = async ({ path, temporary }: Filed, aside: string, writing: Writing, undo: Undo): Promise<void> => {
  const isNew = !(await statIfThere(path));
  const isToGo = isNew || (await isFolder(temporary));
  if (isNew) await moveNew(temporary, path);
  else {
    await setAside(path, aside, undo);
    await checkReplaceable(join(aside, basename(path)), writing);
    await rename(temporary, path);
  }
  if (isToGo) undo.push(() => rename(path, temporary));
};

/** Takes what an earlier run made otherwise away with the stage; what somebody changed stays. */
const removeStale = async (folder: string, names: readonly string[], stage: Stage, writing: Writing, undo: Undo): Promise<void> => {
  const stale = join(stage.path, STALE);
  if (names.length > 0) await mkdir(stale);
  for (const name of names) {
    const path = join(folder, name);
    if (!['whole', 'older'].includes(await nowAt(path, writing))) continue;
    const gone = join(stale, name);
    await rename(path, gone).catch(toldBy(path, writing));
    undo.push(() => rename(gone, path));
  }
};

/** The ledger comes first: a crash among the moves then leaves files that it knows, where files without a line would be nobody's. */
const putFiles = async (folder: string, stage: Stage, staged: readonly Filed[], writing: Writing, undo: Undo): Promise<void> => {
  const { stem, mark, before, older = {}, overwrite, durable } = writing;
  const prints = Object.fromEntries(staged.map(({ path, print }) => [basename(path), print]));
  const kept = before && differences(before, mark).length === 0 ? before.outputs : {};
  const stale = overwrite ? Object.keys(older).filter((name) => !Object.hasOwn(prints, name) && !Object.hasOwn(kept, name)) : [];
  const aside = join(stage.path, ASIDE);
  await mkdir(aside);
  if (durable) await syncFolder(stage.path);
  await appendEntry(folder, { stem, ...mark, outputs: { ...kept, ...prints } }, durable).catch(toldBy(join(folder, LEDGER), writing));
  if (durable) await syncFolder(folder);
  for (const one of staged) await place(one, aside, writing, undo).catch(toldBy(one.path, writing));
  await removeStale(folder, stale, stage, writing, undo);
  if (durable) await syncFolder(folder);
};

/** Whether another run of the same picture with the same options was faster, and its outputs are whole. */
const isDoneElsewhere = async (filed: readonly Filed[], { stem, mark }: Writing): Promise<boolean> => {
  const line = (await readLedger(dirname(filed[0].path))).entries.get(stem)?.at(-1);
  if (!line || differences(line, mark).length > 0) return false;
  for (const { path } of filed) {
    const name = basename(path);
    if (!Object.hasOwn(line.outputs, name) || (await standingOf(path, line.outputs[name])) !== 'whole') return false;
  }
  return true;
};

/** @returns whether all is as it was */
const takeBack = async (undo: Undo): Promise<boolean> => {
  let isBack = true;
  for (const step of undo.reverse())
    await step().catch(() => {
      isBack = false; // the first error is the one to tell, and the other steps may still do
    });
  return isBack;
};

/**
 * Moves outputs into their places. What an earlier run made of the picture stays where it was made alike, and goes where not. Where
 * anything fails, all is put back as it was; where even that fails, what was there stays in the stage, and the error says where.
 */
export const putInPlace = async (stage: Stage | undefined, staged: readonly Staged[], writing: Writing): Promise<void> => {
  const filed = staged.filter((one): one is Filed => 'temporary' in one);
  const undo: Undo = [];
  try {
    try {
      for (const { path, temporary } of filed) await checkPlace(path, await isFolder(temporary), writing).catch(toldBy(path, writing));
    } catch (error) {
      if (filed.length === staged.length && !writing.overwrite && (await isDoneElsewhere(filed, writing))) return;
      throw error;
    }
    if (stage) {
      const folder = dirname(staged[0].path);
      await putFiles(folder, stage, filed, writing, undo).catch(toldBy(folder, writing));
    }
    for (const one of staged) if ('write' in one) await one.write().catch(toldBy(one.path, writing));
  } catch (error) {
    if ((await takeBack(undo)) || !stage || !(error instanceof Error)) throw error;
    const where = JSON.stringify(stage.keep());
    throw new InputError(`${error.message}; not all could be put back as it was, and what is missing lies in ${where}`, {
      code: error instanceof InputError ? error.code : 'E_FILE',
      cause: error,
    });
  }
};
