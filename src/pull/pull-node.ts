/**
 * A model's weights, fetched once: the tensors that a plan names, from wherever they are nearest, in one safetensors
 * file of our own, `<cache>/models/<name>/weights.safetensors`.
 *
 * 1. `plan` looks at configs and headers through `open(source)`, a `ModelFiles` for each of `sources`, and says which
 *    tensors are wanted. A source's `open(path)` gives a file of the folder of `from`, of the hub's cache (both have
 *    `path` set: nothing is fetched for them), or of the hub; undefined where there is none.
 * 2. What is there already with the same plan is kept: the call ends, or goes on where an earlier one stopped. The plan
 *    is the same where names, types, shapes, ranges, `metadata` and the files' ETags are; the commit may be another.
 *    (So a new way to compute a tensor has to show in `metadata`.)
 * 3. Header and tensors are written to `weights.safetensors.part`, in the order of their bytes in the sources.
 * 4. Where tensors without `source` are planned: the files of `whole` are fetched (those that are on this machine are
 *    taken where they lie), checked by SHA-256 where the hub gives one, and `finish` computes the tensors from them.
 * 5. The part is sealed (store/seal-node.ts), synced and renamed; the whole files are removed unless `keep`.
 *
 * With `whole` the files of the tensors are fetched whole before 3 and held against the hub's SHA-256; the plan is then
 * made again by what was checked.
 *
 * The file's metadata are those of the plan, and three of ours: `plan` (a hash, see 2), `sources` (JSON: for each
 * source `{ repo, revision, commit?, from?, files: { path: ETag }, checked: [path] }`) and the seal.
 */
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkAborted, InputError } from '../errors.ts';
import type { ByteSource, ModelFiles } from '../files/source.ts';
import { fileSource } from '../files/source-node.ts';
import type { Patience } from '../hub/client-node.ts';
import type { HubFetch } from '../hub/http-node.ts';
import { type HubSettings, hubSettings } from '../hub/paths-node.ts';
import type { LocatedSource } from '../hub/repository-node.ts';
import { type Lock, type LockOptions, withLock } from '../store/lock-node.ts';
import { checkedIn } from '../store/origins.ts';
import { modelFolder, ownCache, weightsOf } from '../store/paths-node.ts';
import type { Pulled, PullModelOptions, PullPlan } from '../store/pulled.ts';
import { sealFile, verifyFile } from '../store/seal-node.ts';
import { isFile, notWritten } from '../system-errors-node.ts';
import { readHeader, type TensorInfo } from '../weights/safetensors.ts';
import {
  type Assembly,
  type AssemblyWatch,
  assemble,
  checkFree,
  discard,
  finish,
  partOf,
  reachedOf,
  readable,
  sizeOf,
  type WriteAt,
} from './download-node.ts';
import { type Layout, layOut } from './layout-node.ts';
import { describeSources, openSources, type SourceFile, type Sources, sourceOf } from './sources-node.ts';
import { checkLocal, fetchWhole, filesOf, keepWhole, localFiles, openWhole, startOf, useFetched, type WholeFile } from './whole-node.ts';

/** What `finish` has to work with. */
export interface Packed {
  /** The files of `whole` on this machine, each source as a folder: every source of bytes has its `path`. */
  files(source: string): ModelFiles;
  /** The unfinished file, complete but for what `finish` computes, and where its tensors lie. */
  weights: { path: string; tensors: ReadonlyMap<string, TensorInfo> };
  signal?: AbortSignal;
  say: (line: string) => void;
}

export interface PullRequest extends Omit<PullModelOptions, 'revision'> {
  /** Of the folder in our cache. */
  name: string;
  /** Repositories by name; `from` holds the first one's files, and `<from>/<name>` those of another `org/name`. */
  sources: Readonly<Record<string, { repo: string; revision: string }>>;
  plan: (open: (source: string) => ModelFiles) => Promise<PullPlan>;
  /** The bytes of the planned tensors without a source, by name. */
  finish?: (packed: Packed) => Promise<Readonly<Record<string, Uint8Array>>>;
  /** Default: by the environment, as is `cache`. */
  settings?: HubSettings;
  /** Our own cache folder. */
  cache?: string;
  /** For tests: the network, its pauses, the disk, the lock. */
  seams?: { fetch?: HubFetch; patience?: Patience; free?: (folder: string) => Promise<number>; write?: WriteAt; rhythm?: LockOptions['rhythm'] };
}

const isRemote = (source: ByteSource | undefined): boolean => (source as LocatedSource | undefined)?.remote !== undefined;

const compute = async (request: PullRequest, layout: Layout, whole: readonly WholeFile[], folder: string): Promise<void> => {
  const { finish: work, signal, say = () => {} } = request;
  if (!work) throw new Error(`no finish for ${layout.computed.join(', ')}`);
  const weights = { path: partOf(layout.path), tensors: layout.tensors };
  const made = await work({ files: (source) => localFiles(whole, source, folder), weights, signal, say });
  checkAborted(signal);
  const file = await open(weights.path, 'r+');
  try {
    for (const name of layout.computed) {
      const { start, end } = layout.tensors.get(name)!;
      if (made[name]?.length !== end - start) throw new Error(`${name}: ${made[name]?.length} bytes instead of ${end - start}`);
      await file.write(made[name], 0, end - start, start);
    }
  } finally {
    await file.close();
  }
};

/** The finished file is of this plan, and as it was when it was pulled. */
const isCurrent = async (
  { name, signal, whole = false, say = () => {} }: PullRequest,
  { layout: { path, plan }, checked }: Prepared,
): Promise<boolean> => {
  if (!(await isFile(path))) return false;
  try {
    const { metadata } = await readHeader(await fileSource(path));
    if (metadata.plan !== plan) return false;
    const before = whole ? checkedIn(metadata, path) : [];
    if (whole && !checked.every((file) => before.some(({ source, path }) => source === file.source && path === file.path))) return false;
    return (await verifyFile(name, path, signal)) !== undefined;
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'E_MODEL') throw error;
    say(`${name}: damaged here, so fetched anew`);
    return false;
  }
};

/** What there is to do, told before it is done. */
const announce = ({ name, sources, keep, say = () => {} }: PullRequest, layout: Layout, whole: readonly WholeFile[], reached: number): void => {
  const { repo } = Object.values(sources)[0];
  const fetched = layout.pieces.reduce((sum, { source, start, end }) => sum + (isRemote(source) ? end - start : 0), 0);
  const passing = whole.reduce((sum, { fetch }) => sum + (fetch ? sizeOf(fetch) : 0), 0);
  const parts = [`${readable(layout.size)} of weights from ${repo}`];
  if (fetched < sizeOf(layout) - layout.head.length) parts.push(`${readable(fetched)} of it by the network`);
  if (passing > 0) parts.push(`and ${readable(passing)} of text encoders, which are ${keep ? 'kept' : 'used once'}`);
  say(`${name}: ${parts.join(', ')}`);
  if (reached > 0) say(`${name}: ${readable(reached)} are here from an earlier call`);
};

/** How far several files are, told together. */
const meter = ({ signal, onProgress, seams }: PullRequest, files: readonly Assembly[], reached: number[]) => {
  const sum = (): number => reached.reduce((a, b) => a + b, 0);
  const total = files.reduce((all, file) => all + sizeOf(file), 0);
  const tell = (): void => onProgress?.(sum(), total);
  const watchOf = (file: Assembly): AssemblyWatch => ({
    signal,
    write: seams?.write,
    onReached: (bytes) => {
      reached[files.indexOf(file)] = bytes;
      tell();
    },
  });
  return { sum, total, tell, watchOf };
};

const fetchAll = async (request: PullRequest, { layout, whole }: Prepared, folder: string): Promise<void> => {
  const files: Assembly[] = [layout, ...whole.flatMap(({ fetch }) => fetch ?? [])];
  const { sum, total, tell, watchOf } = meter(
    request,
    files,
    await Promise.all(files.map((file) => (file === layout ? reachedOf(file) : startOf(file)))),
  );
  announce(request, layout, whole, sum());
  await checkFree(total - sum() + (layout.size - sizeOf(layout)), folder, request.seams?.free);
  tell();
  await assemble(layout, watchOf(layout));
  for (const file of whole) if (file.fetch) await fetchWhole(file, watchOf(file.fetch));
};

/** The files that tensors come from, whole and checked; from then on they are read where they were fetched to. */
const fetchChecked = async (request: PullRequest, { weights, whole, layout }: Prepared, sources: Sources, folder: string): Promise<void> => {
  const { name, signal, seams, say = () => {} } = request;
  for (const file of [...weights, ...whole.filter(isWeights)]) await checkLocal(file, signal);
  const files = weights.flatMap(({ fetch }) => fetch ?? []);
  const { sum, total, tell, watchOf } = meter(request, files, await Promise.all(files.map(startOf)));
  say(`${name}: ${readable(total)} of whole files, which are held against the hub's SHA-256`);
  await checkFree(total - sum() + layout.size, folder, seams?.free);
  tell();
  for (const file of weights) {
    if (file.fetch) await fetchWhole(file, watchOf(file.fetch));
    await useFetched(file, sources);
  }
};

const makePlan = async ({ plan }: PullRequest, sources: Sources, { offline, cache }: HubSettings): Promise<PullPlan> => {
  try {
    return await plan((source) => sourceOf(sources, source));
  } catch (error) {
    if (!offline || !(error instanceof InputError) || /HF_HUB_OFFLINE/.test(error.message)) throw error;
    throw new InputError(`${error.message} (HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, so only the hub's cache, ${cache}, was looked at)`, {
      code: error.code,
      cause: error,
    });
  }
};

/** What a pull is about to do. */
interface Prepared {
  layout: Layout;
  /** Files that `finish` reads. */
  whole: WholeFile[];
  /** Files that are to be fetched whole, for their check. */
  weights: WholeFile[];
  /** What will have been held against the hub's SHA-256. */
  checked: readonly SourceFile[];
}

const isWeights = ({ path }: SourceFile): boolean => path.endsWith('.safetensors');

const prepare = async (request: PullRequest, sources: Sources, settings: HubSettings, folder: string): Promise<Prepared> => {
  const plan = await makePlan(request, sources, settings);
  const isComputed = plan.tensors.some(({ source }) => !source);
  const whole = await openWhole(isComputed ? (plan.whole ?? []) : [], sources, folder);
  const weights = request.whole ? await openWhole(filesOf(plan, sources), sources, folder) : [];
  const checked = request.whole ? [...weights, ...whole.filter(isWeights)] : whole.filter(({ fetch, file }) => fetch && file.remote?.sha256);
  return { layout: layOut(plan, whole, weightsOf(folder), describeSources(sources, checked)), whole, weights, checked };
};

/**
 * Gets a model, or what is missing of it. See the head of this file.
 * @throws InputError, one sentence; the signal's reason. What was fetched stays, and the next call goes on there.
 */
export const pull = async (given: PullRequest): Promise<Pulled> => {
  const { name, keep = false, say = () => {} } = given;
  const folder = modelFolder(name, given.cache ?? ownCache());
  const path = weightsOf(folder);
  const work = async (lock: Lock): Promise<Pulled> => {
    const { signal } = lock;
    const request = { ...given, signal };
    const settings = request.settings ?? (await hubSettings());
    const sources = await openSources({ ...request, ...request.seams, settings });
    let prepared = await prepare(request, sources, settings, folder);
    const keepAll = async (): Promise<void> => {
      for (const file of prepared.whole) await keepWhole(file, folder, { signal });
    };
    if (await isCurrent(request, prepared)) {
      await discard(path); // what a call that was killed at its very end left
      if (keep) await keepAll();
      const { size } = await stat(path);
      say(`${name}: is here already, ${readable(size)}`);
      return { folder, path, bytes: size, changed: false };
    }
    if (request.whole) {
      await fetchChecked(request, prepared, sources, folder);
      prepared = await prepare(request, sources, settings, folder); // by the headers that were checked
    }
    const { layout, whole } = prepared;
    await fetchAll(request, prepared, folder);
    if (layout.computed.length > 0) await compute(request, layout, whole, folder);
    await sealFile(partOf(path), signal); // reads its header: whole by its own account, or it does not get its name
    await finish(path, lock.check);
    if (keep) await keepAll();
    else await rm(join(folder, 'files'), { recursive: true, force: true });
    return { folder, path, bytes: layout.size, changed: true };
  };
  return withLock(folder, `A pull of ${name}`, work, { signal: given.signal, say, rhythm: given.seams?.rhythm }).catch((error: unknown) => {
    checkAborted(given.signal);
    throw notWritten(folder, error);
  });
};
