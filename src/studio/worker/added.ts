/**
 * Models that the user added from a folder, encoders and what names regions: kept in this browser's own file system, `encoders/<name>/`, and opened from
 * there. Only the files that opening reads are copied. A folder without its card is one that was not copied whole.
 */
import { blobFiles, InputError, type ModelFiles } from 'diffcut';
import type { ModelChoice } from '../types.ts';
import type { Context } from './wire.ts';

const FOLDER = 'encoders';
/** Written last: what the model is. */
const CARD = 'encoder.json';
/** Bytes that are copied at once. */
const PIECE = 4 * 2 ** 20;
/** Bytes that are left free for the pictures. */
const SPARE = 64 * 2 ** 20;
/** Entries of a folder whose names say that they are no part of a model, and that cannot be names here. */
const ODD_NAME = /^\.{0,2}$|[/\\:*?"<>|]/;

/** What the types of a page lack: a worker writes without a copy of the file. */
interface Writer {
  truncate(bytes: number): void;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}
type Folder = FileSystemDirectoryHandle & { entries(): AsyncIterable<[string, FileSystemHandle]> };

const isAbsent = (error: unknown): boolean => ['NotFoundError', 'TypeMismatchError'].includes((error as Error)?.name);

const NO_ROOM = 'This browser gives pages no room for files: open the page in a window that is not private, or in another browser';

/** @throws InputError where the browser keeps no files for pages */
const allModels = async (): Promise<Folder> => {
  try {
    const root = await navigator.storage.getDirectory();
    return (await root.getDirectoryHandle(FOLDER, { create: true })) as Folder;
  } catch (error) {
    throw new InputError(NO_ROOM, { code: 'E_FILE', cause: error });
  }
};

const readCard = async (folder: Folder): Promise<ModelChoice | undefined> => {
  try {
    return JSON.parse(await (await (await folder.getFileHandle(CARD)).getFile()).text());
  } catch {
    return undefined; // none, or one that was not written whole
  }
};

/** Held while a model is copied, in this tab or another; let go where the page dies. */
const lockOf = (name: string): string => `diffcut encoder ${name}`;
const isBeingAdded = async (name: string): Promise<boolean> =>
  ((await navigator.locks.query()).held ?? []).some((lock) => lock.name === lockOf(name));

/** All that were added whole. What was not is removed, unless it is being added now. */
export const addedModels = async (): Promise<ModelChoice[]> => {
  const all = await allModels().catch(() => undefined);
  if (!all) return [];
  const out: ModelChoice[] = [];
  for await (const [name, entry] of all.entries()) {
    const card = entry.kind === 'directory' ? await readCard(entry as Folder) : undefined;
    if (card) out.push({ ...card, name });
    else if (!(await isBeingAdded(name))) await all.removeEntry(name, { recursive: true });
  }
  return out.sort((a, b) => a.name.localeCompare(b.name));
};

const filesBelow = async (folder: Folder, path = ''): Promise<Record<string, Blob>> => {
  const out: Record<string, Blob> = {};
  for await (const [name, entry] of folder.entries()) {
    if (entry.kind === 'directory') Object.assign(out, await filesBelow(entry as Folder, `${path}${name}/`));
    else if (path || name !== CARD) out[path + name] = await (entry as FileSystemFileHandle).getFile();
  }
  return out;
};

/** The files of an added model. @throws InputError where it is not here any more */
export const addedFiles = async (name: string): Promise<ModelFiles> => {
  try {
    return blobFiles(name, await filesBelow((await (await allModels()).getDirectoryHandle(name)) as Folder));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw new InputError(`The model ${name} is not kept in this browser any more: add its folder again, or choose another one`, {
      code: 'E_MODEL',
      cause: error,
    });
  }
};

/** Gives back the room of a model; of one that is not here nothing happens. */
export const removeAdded = async (name: string): Promise<void> => {
  await (await allModels()).removeEntry(name, { recursive: true }).catch((error) => {
    if (!isAbsent(error)) throw error;
  });
};

/** Files as they are, and the list of those that were read. */
const recorded = (files: ModelFiles): { files: ModelFiles; read: Set<string> } => {
  const read = new Set<string>();
  const open: ModelFiles['open'] = async (path) => {
    const source = await files.open(path);
    return (
      source && {
        ...source,
        read: (...range) => {
          read.add(path);
          return source.read(...range);
        },
      }
    );
  };
  return { files: { ...files, open }, read };
};

/** @throws InputError for more than there is room for, before anything is written */
const checkRoom = async (bytes: number): Promise<void> => {
  const { quota, usage = 0 } = await navigator.storage.estimate();
  const room = quota === undefined ? Number.POSITIVE_INFINITY : quota - usage - SPARE;
  if (bytes <= room) return;
  const [needs, has] = [bytes, Math.max(0, room)].map((n) => `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`);
  throw new InputError(`This model needs ${needs}, and this browser has ${has} left for it: delete another one, or free disk space`, {
    code: 'E_FILE',
  });
};

const open = async (folder: Folder, path: string): Promise<Writer> => {
  const names = path.split('/');
  let into: FileSystemDirectoryHandle = folder;
  for (const name of names.slice(0, -1)) into = await into.getDirectoryHandle(name, { create: true });
  const handle = await into.getFileHandle(names[names.length - 1], { create: true });
  return (handle as unknown as { createSyncAccessHandle(): Promise<Writer> }).createSyncAccessHandle();
};

/** Takes the room of a file, so that a full disk is told before anything is copied: what `estimate` says may be made up. */
const reserve = async (folder: Folder, path: string, bytes: number): Promise<void> => {
  const writer = await open(folder, path);
  try {
    writer.truncate(bytes);
  } finally {
    writer.close();
  }
};

const copy = async (blob: Blob, folder: Folder, path: string, { signal }: Context, copied: (bytes: number) => void): Promise<void> => {
  const writer = await open(folder, path);
  try {
    for (let at = 0; at < blob.size; at += PIECE) {
      signal.throwIfAborted();
      const bytes = new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
      writer.write(bytes, { at });
      copied(bytes.length);
    }
    writer.flush();
  } finally {
    writer.close();
  }
};

/** A name that no model has yet. */
const freeName = async (wanted: string, taken: readonly string[], all: Folder): Promise<string> => {
  const names = new Set(taken);
  for await (const [name] of all.entries()) names.add(name);
  const plain = ODD_NAME.test(wanted) ? 'model' : wanted;
  let name = plain;
  for (let n = 2; names.has(name); n++) name = `${plain} (${n})`;
  return name;
};

export interface Picked {
  /** Of the folder. */
  name: string;
  /** By path in it. */
  files: Record<string, Blob>;
}

const copyAll = async (all: Folder, paths: readonly string[], { files }: Picked, card: ModelChoice, context: Context): Promise<void> => {
  const folder = (await all.getDirectoryHandle(card.name, { create: true })) as Folder;
  let done = 0;
  const copied = (bytes: number): void => {
    done += bytes;
    context.onProgress('copy', Math.min(done, card.bytes), card.bytes);
  };
  try {
    for (const path of paths) await reserve(folder, path, files[path].size);
    copied(0);
    for (const path of paths) await copy(files[path], folder, path, context, copied);
    await copy(new Blob([JSON.stringify(card)]), folder, CARD, context, copied);
  } catch (error) {
    await removeAdded(card.name).catch(() => {});
    if ((error as Error)?.name !== 'QuotaExceededError') throw error;
    throw new InputError('This browser has no room left for the model: delete another one, or free disk space', { code: 'E_FILE', cause: error });
  }
};

/**
 * Tries a model and copies what it needs.
 * @param tryOut opens it on the device of this page, closes it, and says what it is
 * @param taken names that it may not have
 * @throws InputError for a folder that is no such model, too little room, a file that cannot be read; the signal's reason once aborted
 */
export const addModel = async <Said extends Pick<ModelChoice, 'what' | 'licence' | 'note' | 'isNamer'>>(
  picked: Picked,
  tryOut: (files: ModelFiles, signal: AbortSignal) => Promise<Said>,
  taken: readonly string[],
  context: Context,
): Promise<ModelChoice & Said> => {
  const all = await allModels();
  const name = await freeName(picked.name, taken, all);
  context.onProgress('check', 0, 1);
  const tried = recorded(blobFiles(name, picked.files));
  const said = await tryOut(tried.files, context.signal);
  const needed = [...tried.read];
  const bytes = needed.reduce((sum, path) => sum + picked.files[path].size, 0);
  await checkRoom(bytes);
  const card: ModelChoice & Said = { name, where: 'page', ...said, bytes, isAdded: true };
  await navigator.locks.request(lockOf(name), () => copyAll(all, needed, picked, card, context));
  return card;
};
