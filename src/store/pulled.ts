/** What getting and keeping weights gives, in Node and in a page. */

import type { ByteSource } from '../files/source.ts';

/** A tensor of our file. */
export interface PackedTensor {
  /** In our file, e.g. `unet.conv_in.weight`. */
  name: string;
  dtype: string;
  shape: readonly number[];
  /** A file that the plan's `open` gave; undefined for a tensor that `finish` computes. */
  source?: ByteSource;
  /** Its bytes in the source, as `readHeader` gives them; without a source, `end - start` is its size. */
  start: number;
  end: number;
}

export interface PullPlan {
  tensors: readonly PackedTensor[];
  /** For the file's header: configs as JSON, and what else tells the model. */
  metadata: Readonly<Record<string, string>>;
  /** Files that `finish` reads, whole. Not fetched where no tensor lacks a source. */
  whole?: readonly { source: string; path: string }[];
}

/** What became of a pull. */
export interface Pulled {
  /** The model's folder in our cache. */
  folder: string;
  /** Its safetensors file. */
  path: string;
  /** That file's size. */
  bytes: number;
  /** False where it was there already. */
  changed: boolean;
}

/** How a model is got. */
export interface PullModelOptions {
  /** A branch, a tag or a commit of the model's repository (default: main). */
  revision?: string;
  /** A folder in the layout of the repository: what it has is not fetched. */
  from?: string;
  /** Whether the text encoders stay, where the model has some; with `whole`, all of the files. */
  keep?: boolean;
  /** Whether whole files are fetched and held against the hub's SHA-256, instead of the ranges that are needed: a few times as much. */
  whole?: boolean;
  /** Of SD 1 and 2, `attention` gets the whole UNet; a model that has it keeps it where nothing is said. */
  tap?: 'tokens' | 'attention';
  signal?: AbortSignal;
  /** Bytes that are here, of all that will be. */
  onProgress?: (done: number, total: number) => void;
  /** A line for people: what will be fetched, what goes on, what is done. */
  say?: (line: string) => void;
}

/** Where a model's weights are from. */
export interface ModelOrigin {
  repo: string;
  revision: string;
  commit?: string;
  /** A folder that files were taken from. */
  from?: string;
  /** `checked`: its bytes were held against the hub's SHA-256. */
  files: readonly { path: string; checked: boolean }[];
}

/** A model of our cache. */
export interface PulledModel {
  name: string;
  folder: string;
  /** The safetensors file. */
  path: string;
  /** All that its folder takes on the disk, unfinished files among it. */
  bytes: number;
  /** The file's: configs as JSON, `sources` (repositories, revisions, commits, ETags). */
  metadata: Readonly<Record<string, string>>;
  tensors: number;
  /** A repository each, the model's own first. */
  origins: readonly ModelOrigin[];
  /** Of our own, hexadecimal: what the file was when it was pulled. Earlier versions kept none. */
  sha256?: string;
  /** Whether the file was found to be that, and was not touched since. */
  verified: boolean;
  /** One sentence, where the file cannot be used. */
  error?: string;
}
