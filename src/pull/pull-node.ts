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
 * 5. The part is checked, synced and renamed; the whole files are removed unless `keep`.
 *
 * The file's metadata are those of the plan, and two of ours: `plan` (a hash, see 2) and `sources` (JSON: for each
 * source `{ repo, revision, commit?, from?, files: { path: ETag } }`).
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkAborted, InputError } from '../errors.ts';
import type { ByteSource, ModelFiles } from '../files/source.ts';
import { fileSource } from '../files/source-node.ts';
import type { Patience } from '../hub/client-node.ts';
import type { HubFetch } from '../hub/http-node.ts';
import { type HubSettings, hubSettings } from '../hub/paths-node.ts';
import type { LocatedSource } from '../hub/repository-node.ts';
import { type Lock, type LockOptions, withLock } from '../store/lock-node.ts';
import { modelFolder, ownCache, weightsOf } from '../store/paths-node.ts';
import type { PackedTensor, Pulled, PullModelOptions, PullPlan } from '../store/pulled.ts';
import { isFile, notWritten } from '../system-errors-node.ts';
import { readHeader, type TensorInfo, writeHeader } from '../weights/safetensors.ts';
import {
  type Assembly,
  type AssemblyWatch,
  assemble,
  checkFree,
  discard,
  finish,
  type Piece,
  partOf,
  reachedOf,
  readable,
  sizeOf,
  type WriteAt,
} from './download-node.ts';
import { describeSources, openSources, type Sources, sourceOf } from './sources-node.ts';
import { fetchWhole, keepWhole, localFiles, openWhole, startOf, type WholeFile } from './whole-node.ts';

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

const identityOf = (source: ByteSource): string => (source as LocatedSource).identity ?? `${source.name}:${source.size}`;

/** In the order of their bytes, so that a file is read once, front to back; computed ones last. */
const inOrder = (tensors: readonly PackedTensor[]): PackedTensor[] => {
  const rank = new Map<ByteSource | undefined, number>();
  for (const { source } of tensors) if (source && !rank.has(source)) rank.set(source, rank.size);
  const rankOf = ({ source }: PackedTensor): number => rank.get(source) ?? rank.size;
  return [...tensors].sort((a, b) => rankOf(a) - rankOf(b) || (a.source ? a.start - b.start : 0));
};

interface Layout extends Assembly {
  /** Hash of what the file holds; the part's identity is this and the length of its header. */
  plan: string;
  /** By their order in the file. */
  tensors: Map<string, TensorInfo>;
  /** Those that `finish` computes. */
  computed: string[];
  /** Bytes of the finished file. */
  size: number;
}

const layOut = ({ tensors, metadata }: PullPlan, whole: readonly WholeFile[], path: string, sources: string): Layout => {
  const ordered = inOrder(tensors);
  const ranges = ordered.map(({ name, dtype, shape, source, start, end }) => [name, dtype, shape, source && identityOf(source), start, end]);
  const hash = createHash('sha256')
    .update(JSON.stringify([ranges, whole.map(({ source, path, file }) => [source, path, file.identity]), Object.entries(metadata).sort()]))
    .digest('hex');
  const entries = ordered.map(({ name, dtype, shape, start, end }) => [name, { dtype, shape, bytes: end - start }] as const);
  const head = writeHeader(entries, { ...metadata, plan: hash, sources }, 64);
  const placed = new Map<string, TensorInfo>();
  let at = head.length;
  for (const [name, { dtype, shape, bytes }] of entries) {
    placed.set(name, { dtype, shape, start: at, end: at + bytes });
    at += bytes;
  }
  const pieces = ordered.flatMap(({ source, start, end }): Piece[] => (source ? [{ source, start, end }] : []));
  const computed = ordered.filter((t) => !t.source).map((t) => t.name);
  return { path, plan: hash, identity: `${hash}:${head.length}`, head, pieces, tensors: placed, computed, size: at };
};

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

/** The finished file is of this plan. */
const isCurrent = async ({ path, plan }: Layout): Promise<boolean> => {
  if (!(await isFile(path))) return false;
  try {
    return (await readHeader(await fileSource(path))).metadata.plan === plan;
  } catch (error) {
    if (error instanceof InputError && error.code === 'E_MODEL') return false; // damaged: fetched anew
    throw error;
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

const fetchAll = async (request: PullRequest, layout: Layout, whole: readonly WholeFile[], folder: string): Promise<void> => {
  const { signal, onProgress, seams } = request;
  const files: Assembly[] = [layout, ...whole.flatMap(({ fetch }) => fetch ?? [])];
  const reached = await Promise.all(files.map((file) => (file === layout ? reachedOf(file) : startOf(file))));
  const sum = (): number => reached.reduce((a, b) => a + b, 0);
  const total = files.reduce((all, file) => all + sizeOf(file), 0);
  announce(request, layout, whole, sum());
  await checkFree(total - sum() + (layout.size - sizeOf(layout)), folder, seams?.free);
  const watchOf = (file: Assembly): AssemblyWatch => ({
    signal,
    write: seams?.write,
    onReached: (bytes) => {
      reached[files.indexOf(file)] = bytes;
      onProgress?.(sum(), total);
    },
  });
  onProgress?.(sum(), total);
  await assemble(layout, watchOf(layout));
  for (const file of whole) if (file.fetch) await fetchWhole(file, watchOf(file.fetch));
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

/**
 * Gets a model, or what is missing of it. See the head of this file.
 * @throws InputError, one sentence; the signal's reason. What was fetched stays, and the next call goes on there.
 */
export const pull = async (given: PullRequest): Promise<Pulled> => {
  const { name, keep = false, say = () => {} } = given;
  const folder = modelFolder(name, given.cache ?? ownCache());
  const path = weightsOf(folder);
  const work = async (lock: Lock): Promise<Pulled> => {
    const request = { ...given, signal: lock.signal };
    const settings = request.settings ?? (await hubSettings());
    const sources = await openSources({ ...request, ...request.seams, settings });
    const plan = await makePlan(request, sources, settings);
    const isComputed = plan.tensors.some(({ source }) => !source);
    const whole = await openWhole(isComputed ? (plan.whole ?? []) : [], sources, folder);
    const layout = layOut(plan, whole, path, describeSources(sources));
    const pulled = { folder, path, bytes: layout.size };
    if (await isCurrent(layout)) {
      await discard(path); // what a call that was killed at its very end left
      if (keep) for (const file of whole) await keepWhole(file, folder, { signal: request.signal });
      say(`${name}: is here already, ${readable(layout.size)}`);
      return { ...pulled, bytes: (await stat(path)).size, changed: false };
    }
    await mkdir(folder, { recursive: true });
    await fetchAll(request, layout, whole, folder);
    if (layout.computed.length > 0) await compute(request, layout, whole, folder);
    await readHeader(await fileSource(partOf(path))); // whole by its own account, or it does not get its name
    await finish(path, lock.check);
    if (keep) for (const file of whole) await keepWhole(file, folder, { signal: request.signal });
    else await rm(join(folder, 'files'), { recursive: true, force: true });
    return { ...pulled, changed: true };
  };
  return withLock(folder, `A pull of ${name}`, work, { signal: given.signal, say, rhythm: given.seams?.rhythm }).catch((error: unknown) => {
    checkAborted(given.signal);
    throw notWritten(folder, error);
  });
};
