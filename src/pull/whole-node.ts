/** Files that are fetched whole, used once and removed: the text encoders, and all weights where they are to be checked. */
import { copyFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../disk-node.ts';
import { badModel, InputError } from '../errors.ts';
import { type ModelFiles, partsOf } from '../files/source.ts';
import { fileSource, folderFiles } from '../files/source-node.ts';
import type { LocatedSource } from '../hub/repository-node.ts';
import type { PullPlan } from '../store/pulled.ts';
import { sha256Of } from '../store/seal-node.ts';
import { statIfThere } from '../system-errors-node.ts';
import { type Assembly, type AssemblyWatch, assemble, discard, finish, partOf, reachedOf, sizeOf } from './download-node.ts';
import { type SourceFile, type Sources, sourceOf } from './sources-node.ts';

/** A file that `finish` reads whole, and the place that it is fetched to: undefined where it lies on this machine. */
export interface WholeFile extends SourceFile {
  file: LocatedSource;
  fetch?: Assembly;
}

/** @param folder our own of the model @throws InputError for a file that is nowhere */
export const openWhole = async (wanted: readonly SourceFile[], sources: Sources, folder: string): Promise<WholeFile[]> => {
  const out: WholeFile[] = [];
  for (const { source, path } of wanted) {
    const repository = sourceOf(sources, source);
    const file = (await repository.open(path)) as LocatedSource | undefined;
    if (!file) throw badModel(`${repository.name} has no file ${path}, which is needed`);
    const pieces = [{ source: file, start: 0, end: file.size }];
    const to = join(folder, 'files', source, ...partsOf(path));
    out.push({ source, path, file, ...(file.remote && { fetch: { path: to, identity: file.identity, head: new Uint8Array(), pieces } }) });
  }
  return out;
};

/** The files that tensors of the plan come from. */
export const filesOf = ({ tensors }: PullPlan, sources: Sources): SourceFile[] =>
  [...sources].flatMap(([source, { used }]) =>
    [...used].flatMap(([path, file]) => (tensors.some((tensor) => tensor.source === file) ? [{ source, path }] : [])),
  );

/** From here on a file is read where it was fetched to. */
export const useFetched = async ({ source, path, file, fetch }: WholeFile, sources: Sources): Promise<void> => {
  if (!fetch) return;
  const { identity, commit } = file;
  sources.get(source)?.used.set(path, { ...(await fileSource(fetch.path)), identity, commit });
};

const isThere = async ({ path, pieces, head }: Assembly): Promise<boolean> => (await statIfThere(path))?.size === sizeOf({ head, pieces });

/** How far a file is, the finished one and the part alike. */
export const startOf = async (assembly: Assembly): Promise<number> => ((await isThere(assembly)) ? sizeOf(assembly) : reachedOf(assembly));

/** Fetches what is not here yet. @throws InputError where it is not what the hub says it is */
export const fetchWhole = async ({ file, fetch }: WholeFile, watch: AssemblyWatch): Promise<void> => {
  const wanted = file.remote?.sha256;
  if (!fetch || (wanted && (await isThere(fetch)) && (await sha256Of(fetch.path, watch.signal)) === wanted)) return;
  await assemble(fetch, watch);
  if (wanted && (await sha256Of(partOf(fetch.path), watch.signal)) !== wanted) {
    await discard(fetch.path);
    throw new InputError(`${file.name} arrived damaged (its SHA-256 is another than the hub's): run the command again, which fetches it anew`, {
      code: 'E_NETWORK',
    });
  }
  await finish(fetch.path);
};

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * A file that is on this machine already, of the hub's cache, held against the SHA-256 that the hub has of it.
 * @throws InputError where it is another one, or the hub has none
 */
export const checkLocal = async ({ file, fetch }: WholeFile, signal?: AbortSignal): Promise<void> => {
  const { path, identity } = file;
  const wanted = file.remote?.sha256 ?? identity;
  if (!SHA256.test(wanted))
    throw new InputError(`${file.name} cannot be checked, since no SHA-256 of it is known: leave --whole out`, { code: 'E_NETWORK' });
  if (fetch || path === undefined || (await sha256Of(path, signal)) === wanted) return;
  throw badModel(`${JSON.stringify(path)} is not what its name says (its SHA-256 is another): delete it, and run the command again`);
};

/** Makes a file stay: fetched where it is not here, and a link (or a copy, where links are not to be had) to one that is. */
export const keepWhole = async (whole: WholeFile, folder: string, watch: AssemblyWatch): Promise<void> => {
  if (whole.fetch) return fetchWhole(whole, watch);
  const from = whole.file.path;
  if (from === undefined) return;
  const to = join(folder, 'files', whole.source, ...partsOf(whole.path));
  await makeFolders(dirname(to));
  await rm(to, { force: true });
  await symlink(from, to).catch(() => copyFile(from, to));
};

/** What `finish` sees: each file where it lies. */
export const localFiles = (whole: readonly WholeFile[], source: string, folder: string): ModelFiles => {
  const own = folderFiles(join(folder, 'files', source));
  return {
    name: own.name,
    async open(path) {
      const found = whole.find((w) => w.source === source && w.path === path);
      return found?.fetch ? fileSource(found.fetch.path) : found?.file;
    },
  };
};
