/** Where a model's bytes come from: files, Blobs or URLs (url.ts), read by range, behind one interface. */
import { badModel, checkAborted, expected, InputError, kindOf } from '../errors.ts';
import { jsonObject } from '../json.ts';
import { causeOf } from '../net/sentences.ts';

/** Bytes that can be read by range: a file, a Blob, a URL. */
export interface ByteSource {
  /** For messages: a path or a URL without what is secret in it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Exactly the bytes from `start` up to, not including, `end`.
   * @throws InputError where they cannot be had whole, a changed file among it; the signal's reason once it is aborted
   */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Absolute path where it lies on disk, links followed; undefined elsewhere. */
  readonly path?: string;
}

/** A model's folder, wherever it lies. Paths in it are relative, with '/'. */
export interface ModelFiles {
  /** For messages. */
  readonly name: string;
  /**
   * The file, or undefined where there is none.
   * @throws InputError for a path that leaves the folder, or a file that is there but cannot be read
   */
  open(path: string): Promise<ByteSource | undefined>;
  /** Names of the files (not folders) directly in a folder ('' is the top), sorted; none where it is absent. Where it is known at all. */
  list?(folder: string): Promise<string[]>;
}

/**
 * The parts of a path inside a model's folder.
 * @throws InputError unless it is relative and stays inside: no '..', no drive, no backslash
 */
export const partsOf = (path: string): string[] => {
  const parts = path.split('/');
  const odd = parts.some((part) => part === '' || part === '.' || part === '..') || /[\\\0]|^[a-z]:/i.test(path);
  if (odd) throw badModel(`${JSON.stringify(path)} is not a path inside the model's folder: give a relative one with "/" and without ".."`);
  return parts;
};

/** Names of the files directly in a folder ('' is the top) by the paths of all files, sorted. */
export const namesIn = (folder: string, paths: readonly string[]): string[] => {
  const depth = folder ? partsOf(folder).length : 0;
  return paths
    .filter((path) => (depth === 0 || path.startsWith(`${folder}/`)) && path.split('/').length === depth + 1)
    .map((path) => path.slice(path.lastIndexOf('/') + 1))
    .sort();
};

/** @throws InputError unless `start` to `end` lies in the `size` bytes of `name` */
export const checkRange = (name: string, size: number, start: number, end: number): void => {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= size) return;
  throw badModel(`${JSON.stringify(name)} has ${size} bytes: there is no range from ${start} to ${end} in it`);
};

/** A file that a user chose in a page, or bytes in memory. */
export const blobSource = (name: string, blob: Blob): ByteSource => ({
  name,
  size: blob.size,
  async read(start, end, signal) {
    checkAborted(signal);
    checkRange(name, blob.size, start, end);
    const buffer = await blob
      .slice(start, end)
      .arrayBuffer()
      .catch((error: unknown) => {
        // the file behind the Blob is gone or has changed
        throw new InputError(`${JSON.stringify(name)} could not be read (${causeOf(error)})`, { code: 'E_FILE', cause: error });
      });
    checkAborted(signal);
    return new Uint8Array(buffer);
  },
});

/** A model's folder as Blobs by relative path, as a page's folder picker gives them. */
export const blobFiles = (name: string, blobs: Record<string, Blob>): ModelFiles => {
  if (typeof name !== 'string') throw expected('a text', 'the name of the files', name);
  if (kindOf(blobs) !== 'Object' || !Object.values(blobs).every((blob) => ['Blob', 'File'].includes(kindOf(blob))))
    throw expected('Blobs by path', 'the files', blobs);
  return {
    name,
    async open(path) {
      partsOf(path);
      return Object.hasOwn(blobs, path) ? blobSource(`${name}/${path}`, blobs[path]) : undefined;
    },
    async list(folder) {
      return namesIn(folder, Object.keys(blobs));
    },
  };
};

/** Configs are a few kilobytes, indexes of shards and vocabularies a few megabytes. */
const JSON_LIMIT = 64 * 2 ** 20;

/** All bytes of a config, an index or a vocabulary. @throws InputError for more than any of them has */
export const readSmall = async (source: ByteSource): Promise<Uint8Array> => {
  const { name, size } = source;
  if (size > JSON_LIMIT) throw badModel(`${JSON.stringify(name)} has ${size} bytes: a JSON or text file of a model is at most ${JSON_LIMIT}`);
  return source.read(0, size);
};

/**
 * A JSON file of a model's folder, or undefined where there is none.
 * @throws InputError for one that is too large, is not JSON, is not an object, or is nested past all use
 */
export const readJson = async (files: ModelFiles, path: string): Promise<Record<string, unknown> | undefined> => {
  const source = await files.open(path);
  if (!source) return undefined;
  const name = JSON.stringify(source.name);
  return jsonObject(decoded(await readSmall(source), name), name);
};

const decoded = (bytes: Uint8Array, name: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw badModel(`${name} is not JSON (${(error as Error).message}): get the file again`, error);
  }
};
