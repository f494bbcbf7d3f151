/** From a stage to their places: all outputs of a picture, or none. */
import { link, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { moveNew, syncFolder } from '../disk-node.ts';
import { isFolder, notWritten, statIfThere } from '../system-errors-node.ts';
import { ASIDE, type Stage } from '../temporary-node.ts';
import { InputError } from '../toolkit.ts';
import { appendEntry, differences, LEDGER, type Print, type Standing, standingOf } from './ledger-node.ts';
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

/** The sentence for an output that is there already. @param more what else helps */
export const existsAlready = (path: string, more = ''): InputError =>
  new InputError(`${JSON.stringify(path)} exists: --overwrite replaces it${more}`);

/** What was done, to be taken back in the opposite order. */
type Undo = (() => Promise<void>)[];

const nowAt = (path: string, { before, older = {} }: Writing): Promise<Standing> => {
  const name = basename(path);
  const print = before && Object.hasOwn(before.outputs, name) ? before.outputs[name] : undefined;
  return standingOf(path, print, Object.hasOwn(older, name) ? older[name] : []);
};

/** @throws InputError for a folder that is not as we left it, which nothing replaces */
export const checkReplaceable = async (path: string, writing: Writing): Promise<void> => {
  if (!(await isFolder(path)) || (await nowAt(path, writing)) !== 'foreign') return;
  throw new InputError(`${JSON.stringify(path)} was not written here, or was changed since: move it away, or ${ELSEWHERE}`, { code: 'E_FILE' });
};

/** @throws InputError where something is in an output's place that may not be replaced */
const checkPlace = async ({ path, temporary }: Filed, writing: Writing): Promise<void> => {
  const there = await statIfThere(path);
  if (!there) return;
  if (there.isDirectory() !== (await isFolder(temporary))) throw notWritten(path, { code: there.isDirectory() ? 'EISDIR' : 'EEXIST' }, ELSEWHERE);
  await checkReplaceable(path, writing);
  if (!writing.overwrite && (await nowAt(path, writing)) === 'foreign') throw existsAlready(path);
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

/** Replaces what is there, or comes to where nothing is. */
const place = async ({ path, temporary }: Filed, aside: string, writing: Writing, undo: Undo): Promise<void> => {
  const isNew = !(await statIfThere(path));
  if (isNew) await moveNew(temporary, path);
  else {
    await setAside(path, aside, undo);
    await checkReplaceable(join(aside, basename(path)), writing);
    await rename(temporary, path);
  }
  if (isNew || (await isFolder(path))) undo.push(() => rename(path, temporary));
};

/** Takes what an earlier run made otherwise away with the stage; what somebody changed stays. */
const removeStale = async (folder: string, names: readonly string[], stage: Stage, writing: Writing, undo: Undo): Promise<void> => {
  for (const name of names) {
    const path = join(folder, name);
    if (!['whole', 'older'].includes(await nowAt(path, writing))) continue;
    const gone = join(stage.path, name);
    await rename(path, gone);
    undo.push(() => rename(gone, path));
  }
};

const putFiles = async (folder: string, stage: Stage, staged: readonly Filed[], writing: Writing, undo: Undo): Promise<void> => {
  const { stem, mark, before, older = {}, overwrite, durable } = writing;
  const prints = Object.fromEntries(staged.map(({ path, print }) => [basename(path), print]));
  const kept = before && differences(before, mark).length === 0 ? before.outputs : {};
  const stale = overwrite ? Object.keys(older).filter((name) => !Object.hasOwn(prints, name) && !Object.hasOwn(kept, name)) : [];
  const aside = join(stage.path, ASIDE);
  await mkdir(aside);
  if (durable) await syncFolder(stage.path);
  await appendEntry(folder, { stem, ...mark, outputs: { ...kept, ...prints } }, durable).catch((error) => {
    throw notWritten(join(folder, LEDGER), error, whereElse(error, writing));
  });
  if (durable) await syncFolder(folder);
  for (const one of staged) await place(one, aside, writing, undo);
  await removeStale(folder, stale, stage, writing, undo);
  if (durable) await syncFolder(folder);
};

/**
 * Moves outputs into their places, the ledger first: what a crash leaves half moved is then known as ours. What an earlier run made
 * of the picture stays where it was made alike, and goes where not. Where anything fails, all is put back as it was.
 */
export const putInPlace = async (stage: Stage | undefined, staged: readonly Staged[], writing: Writing): Promise<void> => {
  const filed = staged.filter((one): one is Filed => 'temporary' in one);
  const undo: Undo = [];
  let now = staged[0].path;
  try {
    for (const one of filed) {
      now = one.path;
      await checkPlace(one, writing);
    }
    if (stage) await putFiles(dirname(now), stage, filed, writing, undo);
    for (const one of staged) {
      now = one.path;
      if ('write' in one) await one.write();
    }
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => {}); // the first error is the one to tell
    throw notWritten(now, error, whereElse(error, writing));
  }
};
