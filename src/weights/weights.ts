/** A model's weights by name: found in its folder, asked for by path and with the expected shape. */
import { badModel, type InputError, nearest } from '../errors.ts';
import { type ByteSource, type ModelFiles, partsOf, readJson } from '../files/source.ts';
import { halvesToFloats } from '../tensor/half.ts';
import { readHeader, type SafetensorsHeader, type TensorInfo } from './safetensors.ts';

/** A tensor and the file it lies in. */
export interface WeightTensor extends TensorInfo {
  /** Its full key in its file, or the name that this layout's has in timm's. */
  key: string;
  source: ByteSource;
  /** The tensor that this one is rows of, where it is. */
  whole?: WeightTensor;
}

/** Tensors by name, below a path such as `down_blocks.0.resnets.1`. */
export interface Weights {
  /** The tensors below `prefix.`; nesting adds up. '' is the same tree. */
  at(prefix: string): Weights;
  has(name: string): boolean;
  /**
   * The tensor of this name.
   * @throws InputError: none (with near names), another shape (with both), or a dtype that is not computed with
   */
  take(name: string, shape: readonly number[]): WeightTensor;
  /** Undefined where there is no such tensor. */
  shapeOf(name: string): readonly number[] | undefined;
  /** Every name that `take` knows here. */
  names(): string[];
  /** The files that they lie in. */
  sources(): ByteSource[];
}

/** What is computed with, and how its bytes become floats. */
const TO_FLOATS: Readonly<Record<string, (bytes: Uint8Array) => Float32Array>> = {
  F32: (bytes) => new Float32Array(aligned(bytes, 4)),
  F16: (bytes) => halvesToFloats(new Uint16Array(aligned(bytes, 2))),
  // The upper half of a float.
  BF16: (bytes) => {
    const halves = new Uint16Array(aligned(bytes, 2));
    const bits = new Uint32Array(halves.length);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
    return new Float32Array(bits.buffer);
  },
};

/** The bytes in a buffer of their own, which typed arrays can lie on. */
const aligned = (bytes: Uint8Array, step: number): ArrayBuffer => {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && bytes.byteLength % step === 0;
  return (whole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer;
};

const quote = (text: string): string => JSON.stringify(text);
const list = (shape: readonly number[]): string => `(${shape.join(', ')})`;

const checkDtype = ({ dtype, key, source }: WeightTensor): void => {
  if (Object.hasOwn(TO_FLOATS, dtype)) return;
  throw badModel(`${quote(source.name)}: ${key} is ${dtype}, which is not computed with: get the weights as F32, F16 or BF16`);
};

/**
 * A tensor's values, row by row.
 * @throws InputError for a dtype other than F32, F16 and BF16
 */
export const readFloats = async (tensor: WeightTensor, signal?: AbortSignal): Promise<Float32Array> => {
  checkDtype(tensor);
  return TO_FLOATS[tensor.dtype](await tensor.source.read(tensor.start, tensor.end, signal));
};

/** `count` rows of a tensor from its row `from`, as a tensor of their own: they lie in one piece. */
export const rowsOf = (whole: WeightTensor, from: number, count: number): WeightTensor => {
  const [rows, ...rest] = whole.shape;
  const row = (whole.end - whole.start) / rows;
  const start = whole.start + from * row;
  return { ...whole, key: `${whole.key}[${from}:${from + count}]`, shape: [count, ...rest], start, end: start + count * row, whole };
};

/** Characters left between what both names start and end with: at least their edit distance, at a fraction of its price. */
const difference = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return Math.max(a.length, b.length) - head - tail;
};

/** Up to three names that may have been meant; the edit distance is only taken to the most alike of thousands. */
const nearNames = (name: string, known: readonly string[]): string[] => {
  let left = known
    .map((k) => [k, difference(name, k)] as const)
    .sort((a, b) => a[1] - b[1])
    .slice(0, 24)
    .map(([k]) => k);
  const near: string[] = [];
  for (let guess = nearest(name, left); guess !== undefined && near.length < 3; guess = nearest(name, left)) {
    near.push(guess);
    left = left.filter((k) => k !== guess);
  }
  return near;
};

const missing = (name: string, shape: readonly number[], known: readonly string[], where: string): InputError => {
  const near = nearNames(name, known);
  const some = known.slice(0, 3);
  const hint = near.length ? `; near names are ${near.join(', ')}` : some.length ? `; names there are ${some.join(', ')}, ...` : ' (nor any other)';
  return badModel(`${where} has no tensor ${name} of shape ${list(shape)}${hint}: is it the file of this model?`);
};

const filesOf = (tensors: Iterable<WeightTensor>): string => {
  const names = [...new Set(Array.from(tensors, (t) => t.source.name))];
  return `${names.slice(0, 2).map(quote).join(' and ')}${names.length > 2 ? ` and ${names.length - 2} more files` : ''}` || 'The model';
};

const treeOf = (tensors: ReadonlyMap<string, WeightTensor>, prefix: string): Weights => {
  const found = (name: string): WeightTensor | undefined => tensors.get(prefix + name);
  return {
    at: (inner) => (inner === '' ? treeOf(tensors, prefix) : treeOf(tensors, `${prefix}${inner}.`)),
    has: (name) => found(name) !== undefined,
    shapeOf: (name) => found(name)?.shape,
    names: () => Array.from(tensors.keys()).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : [])),
    sources: () => [...new Set(Array.from(tensors).flatMap(([key, { source }]) => (key.startsWith(prefix) ? [source] : [])))],
    take(name, shape) {
      const tensor = found(name);
      if (!tensor) throw missing(prefix + name, shape, [...tensors.keys()], filesOf(tensors.values()));
      const same = tensor.shape.length === shape.length && shape.every((n, i) => n === tensor.shape[i]);
      if (!same) {
        const where = `${quote(tensor.source.name)}: ${tensor.key}`;
        throw badModel(`${where} has shape ${list(tensor.shape)}, not ${list(shape)}: do config and weights belong together?`);
      }
      checkDtype(tensor);
      return tensor;
    },
  };
};

/** Weights of tensors by the names they are to have, whatever their keys and files. */
export const weightsOf = (entries: Iterable<readonly [string, WeightTensor]>): Weights => treeOf(new Map(entries), '');

/** A file's tensors by their keys. */
export const tensorsOf = (source: ByteSource, header: SafetensorsHeader): [string, WeightTensor][] =>
  Array.from(header.tensors, ([key, info]) => [key, { ...info, key, source }]);

/** What the keys of a whole pipeline in one file start with, Stability's and CompVis's way. */
const CHECKPOINT = /^(model\.diffusion_model|model_ema|first_stage_model|cond_stage_model|conditioner)\./;

/**
 * Single-file checkpoints name and shape their tensors in another way than pipelines of folders.
 * @throws InputError for one, which says what to get
 */
export const refuseCheckpoint = (header: SafetensorsHeader, name: string): void => {
  for (const key of header.tensors.keys()) {
    if (!CHECKPOINT.test(key)) continue;
    throw badModel(
      `${quote(name)} is a single-file checkpoint (it has ${key}), which is not read: get the same model's folders unet/, vae/ and text_encoder/ ` +
        '(text_encoder_2/ too where there is one) with their config.json and *.safetensors files',
    );
  }
};

const openHeader = async (source: ByteSource): Promise<SafetensorsHeader> => {
  const header = await readHeader(source);
  refuseCheckpoint(header, source.name);
  return header;
};

/** The tensors of a safetensors file by their keys; undefined where there is none. @throws InputError for a broken one */
export const openTensors = async (files: ModelFiles, path: string): Promise<[string, WeightTensor][] | undefined> => {
  const source = await files.open(path);
  return source && tensorsOf(source, await openHeader(source));
};

const inFolder = (folder: string, file: string): string => (folder ? `${folder}/${file}` : file);

const PICKLE = /\.(bin|ckpt|pt|pth|pkl)$/i;

/** The weights of a sharded model by its index: which key lies in which file, beside it. */
const openShards = async (files: ModelFiles, folder: string, path: string, index: Record<string, unknown>): Promise<Weights> => {
  const name = quote(`${files.name}/${path}`);
  const map = index.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw badModel(`${name} has no weight_map: get the file again`);
  const shards = new Map<string, Map<string, WeightTensor>>();
  const entries: [string, WeightTensor][] = [];
  for (const [key, file] of Object.entries(map)) {
    if (typeof file !== 'string') throw badModel(`${name} names no file for ${key}: get the file again`);
    const shard = shards.get(file) ?? (await openShard(files, inFolder(folder, file), name));
    shards.set(file, shard);
    const tensor = shard.get(key);
    if (!tensor) throw badModel(`${name} says that ${key} is in ${quote(file)}, which has no such tensor: get both again`);
    entries.push([key, tensor]);
  }
  if (!entries.length) throw badModel(`${name} has an empty weight_map: get the file again`);
  return weightsOf(entries);
};

const openShard = async (files: ModelFiles, path: string, index: string): Promise<Map<string, WeightTensor>> => {
  partsOf(path);
  if (PICKLE.test(path)) throw badModel(`${index} names ${quote(path)}, a pickled file, which is never opened: get safetensors files`);
  const source = await files.open(path);
  if (!source) throw badModel(`${index} names the shard ${quote(path)}, which is not there: get it too`);
  return new Map(tensorsOf(source, await openHeader(source)));
};

/** What a folder without the file asked for holds, as the sentence that helps. */
const notFound = async (files: ModelFiles, folder: string, stem: string): Promise<InputError> => {
  const where = quote(folder ? `${files.name}/${folder}` : files.name);
  const wanted = `${stem}.safetensors or ${stem}.fp16.safetensors`;
  const names = (await files.list?.(folder)) ?? [];
  const pickled = names.filter((name) => PICKLE.test(name));
  if (pickled.length) {
    return badModel(`${where} has only pickled weights (${pickled.slice(0, 3).join(', ')}), which can run code and are refused: get ${wanted}`);
  }
  const top = folder ? ((await files.list?.('')) ?? []) : names;
  for (const name of top.filter((n) => n.endsWith('.safetensors')).slice(0, 4)) {
    const source = await files.open(name);
    if (source) await openHeader(source); // throws for a single-file checkpoint: that is the better sentence
  }
  return badModel(`${where} has no weights: get ${wanted} (or its shards and their index)`);
};

/** The names weights are published by, of each variant: whole first, then the index of shards. */
const VARIANTS: Record<'full' | 'fp16', (stem: string) => { whole: string; index: string }> = {
  full: (stem) => ({ whole: `${stem}.safetensors`, index: `${stem}.safetensors.index.json` }),
  fp16: (stem) => ({ whole: `${stem}.fp16.safetensors`, index: `${stem}.safetensors.index.fp16.json` }),
};

/**
 * The weights in a folder of a model: one safetensors file or shards with their index. Only headers are read.
 * Pickled files are never opened.
 * @param folder in `files`, e.g. `unet`; '' is the top
 * @param stem of the file's name, e.g. `diffusion_pytorch_model`
 * @param prefer the variant that is taken where both are there; the other is taken where it is alone. Full by default:
 *   what both were made from.
 * @throws InputError: none there, a broken header, a single-file checkpoint, an index that does not fit its shards
 */
export const openWeights = async (files: ModelFiles, folder: string, stem: string, prefer: 'fp16' | 'full' = 'full'): Promise<Weights> => {
  for (const variant of prefer === 'full' ? (['full', 'fp16'] as const) : (['fp16', 'full'] as const)) {
    const { whole, index } = VARIANTS[variant](stem);
    const tensors = await openTensors(files, inFolder(folder, whole));
    if (tensors) return weightsOf(tensors);
    const path = inFolder(folder, index);
    const json = await readJson(files, path);
    if (json) return openShards(files, folder, path, json);
  }
  throw await notFound(files, folder, stem);
};
