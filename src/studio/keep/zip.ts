/** Files as ZIP: written piece by piece, so that what is kept in Blobs never stands in memory whole; and read where it lies. */
import { InputError } from 'diffcut';
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

/** A file of a ZIP. */
export interface Entry {
  /** With `/` between folders. */
  name: string;
  blob: Blob;
}

/** What a ZIP of 32 bits holds, with some room for its directory. */
const MOST_BYTES = 4e9;
const MOST_FILES = 65_000;
/** Bytes that stand in memory before they become a Blob. */
const HELD = 2 ** 24;
/** These are small already. */
const PACKED = /\.(png|jpe?g|webp|avif|gif|hei[cf]|zip)$/i;

export interface ZipOptions {
  signal?: AbortSignal;
  /** Files done, of all. */
  onProgress?(done: number, total: number): void;
  /** Names of what is not to be made smaller, beside those that are small already. */
  isStored?(name: string): boolean;
}

/** A ZIP under way. */
interface Writing {
  zip: Zip;
  blobs: Blob[];
  held: Uint8Array[];
  heldBytes: number;
  bytes: number;
  files: number;
  problem?: Error;
}

const began = (): Writing => {
  const writing: Writing = { zip: new Zip(), blobs: [], held: [], heldBytes: 0, bytes: 0, files: 0 };
  writing.zip.ondata = (error, piece) => {
    if (error) writing.problem = error;
    writing.held.push(piece);
    writing.heldBytes += piece.length;
  };
  return writing;
};

/** What is in memory becomes a Blob, which the browser may put on a disk. */
const letGo = (writing: Writing): void => {
  writing.blobs.push(new Blob(writing.held as BlobPart[]));
  writing.held = [];
  writing.heldBytes = 0;
};

const add = async (writing: Writing, { name, blob }: Entry, isStored: boolean, signal: AbortSignal | undefined): Promise<void> => {
  const file = isStored ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
  writing.zip.add(file);
  const reader = blob.stream().getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    signal?.throwIfAborted();
    file.push(piece.value);
    if (writing.problem) throw writing.problem;
    if (writing.heldBytes > HELD) letGo(writing);
  }
  file.push(new Uint8Array(0), true);
  writing.bytes += blob.size;
  writing.files++;
};

const ended = (writing: Writing): Blob => {
  writing.zip.end();
  letGo(writing);
  return new Blob(writing.blobs, { type: 'application/zip' });
};

/**
 * Files as one ZIP; as several, one after the other, where they are too many or too large for one.
 * @throws InputError for a file over 4 GB or one that cannot be read any more; the signal's reason once aborted
 */
export const zipped = async (entries: readonly Entry[], { signal, onProgress, isStored = () => false }: ZipOptions = {}): Promise<Blob[]> => {
  const out: Blob[] = [];
  let writing = began();
  for (const [i, entry] of entries.entries()) {
    const { name, blob } = entry;
    if (blob.size > MOST_BYTES) throw new InputError(`${name} is over 4 GB, more than a ZIP holds`);
    if (writing.files === MOST_FILES || writing.bytes + blob.size > MOST_BYTES) {
      out.push(ended(writing));
      writing = began();
    }
    onProgress?.(i, entries.length);
    await add(writing, entry, isStored(name) || PACKED.test(name), signal);
  }
  onProgress?.(entries.length, entries.length);
  out.push(ended(writing));
  return out;
};
