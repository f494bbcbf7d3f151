import { givenFiles, pulledFiles } from '#store/locate';
import { checkAborted, expected, InputError, unknown } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { type JointPart, jointName, jointParts } from '../models/joint-name.ts';
import { type EncoderRow, findRow, LOCAL, localVit, unknownEncoder } from '../models/table.ts';
import { ANY_ENCODER, DIFFUSION, type DiffusionOptions, ENCODER, type Tap, VIT, type VitOptions } from '../options/encoders.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { untilAborted } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { vitConfig } from '../weights/vit-files.ts';
import { openDiffusion } from './diffusion/diffusion.ts';
import { openEmbedded } from './embedded.ts';
import type { Encoder } from './encoder.ts';
import { joinEncoders, jointRow } from './joint.ts';
import { describeOnnx, isOnnx, openOnnx } from './onnx/onnx.ts';
import { openVit, patchOf } from './vit/vit.ts';

type Options = Resolved<typeof ENCODER>;

/** A row of the table, and the model's files where it is not in the package. */
interface Located {
  row: EncoderRow;
  files?: ModelFiles | undefined;
}

const lastPart = (path: string): string => path.split(/[\\/]/).filter(Boolean).pop() ?? path;

/** What files of the user's own are. */
const ownRow = async (files: ModelFiles): Promise<EncoderRow> => {
  const name = lastPart(files.name);
  if (await isOnnx(files)) return describeOnnx(name, files);
  return (await vitConfig(files)) ? localVit(name, await patchOf(files)) : { ...LOCAL, name };
};

const locateOwn = async (path: string): Promise<Located> => {
  const files = await givenFiles(path);
  if (!files) throw unknownEncoder(path);
  return { row: await ownRow(files), files };
};

/** Encoders that a name means together; a row or a folder of that name comes first. */
const partsOf = async (name: string): Promise<JointPart[]> =>
  findRow(name) || !name.includes('+') || (await givenFiles(name)) ? [] : jointParts(name);

/** Their names as encoders have them: of a folder's path, the last part. */
const nameOf = (parts: readonly JointPart[], rows: readonly EncoderRow[]): string =>
  jointName(parts.map(({ weight }, i) => ({ name: rows[i].name, weight })));

/**
 * What an encoder's name means: a row of the models table, a folder or file of the user's own, or several of these with
 * "+" between. A row comes first.
 * @throws InputError with a guess for a name that is none of them
 */
export const describeEncoder = async (name: string): Promise<EncoderRow> => {
  const parts = await partsOf(name);
  if (parts.length > 0) {
    const rows = await Promise.all(parts.map((part) => describeEncoder(part.name)));
    return jointRow(nameOf(parts, rows), rows);
  }
  return findRow(name) ?? (await locateOwn(name)).row;
};

const locate = async (name: string): Promise<Located> => {
  const row = findRow(name);
  if (!row) return locateOwn(name);
  return row.kind === 'embedded' ? { row } : { row, files: await pulledFiles(row.name) };
};

/** The folder that `vae` names, where it does. */
const tinyFiles = async (vae: string): Promise<ModelFiles | undefined> => {
  if (vae === 'full' || vae === 'tiny') return undefined;
  const files = await givenFiles(vae);
  if (!files)
    throw new InputError(`There is no folder ${JSON.stringify(vae)} for the VAE: give full, tiny or the folder of an AutoencoderTiny`, {
      code: 'E_OPTION',
    });
  return files;
};

/** What the tap `attention` is asked for with, as DiffSeg does: 512 pixels, timestep 300, no noise at all. */
const ofTap = (name: string, options: Options): Options => {
  if (options.tap !== 'attention') return options;
  if (options.noise !== undefined)
    throw new InputError(`Both the tap attention of ${name} and noise were given, and attention is of the picture without noise: leave one out`, {
      code: 'E_OPTION',
    });
  return { ...options, noise: 'zero', timestep: options.timestep ?? 300, size: options.size ?? 512 };
};

type Specs = Record<string, { default: unknown }>;

/** The kind's own options, defaults filled in. */
const filled = <T>(options: Options, own: Specs): T =>
  Object.assign({ ...options }, ...Object.keys(own).map((key) => ({ [key]: options[key as keyof Options] ?? own[key].default }))) as T;

interface Kind {
  /** Options that it takes besides those of any encoder. */
  own: Specs;
  /** What of its network can be taken; nothing where there is no choice. */
  taps?: readonly Tap[];
  open(row: EncoderRow, options: Options, files: ModelFiles, signal?: AbortSignal): Promise<Encoder>;
}

const KINDS: Record<Exclude<EncoderRow['kind'], 'joint'>, Kind> = {
  embedded: { own: {}, open: (row, options, _, signal) => openEmbedded(row, options, signal) },
  onnx: { own: {}, open: (row, options, files, signal) => openOnnx(row, files, options, signal) },
  vit: {
    own: VIT,
    taps: ['tokens', 'keys', 'queries', 'values'],
    open: (row, options, files, signal) => openVit(row, files, filled<VitOptions>(options, VIT), signal),
  },
  diffusion: {
    own: DIFFUSION,
    taps: ['tokens', 'attention'],
    async open(row, options, files, signal) {
      const diffusion = filled<DiffusionOptions>(ofTap(row.name, options), DIFFUSION);
      return openDiffusion(row, files, diffusion, await tinyFiles(diffusion.vae), signal);
    },
  },
};

const WORDS: Partial<Record<EncoderRow['kind'], string>> = { diffusion: 'diffusion encoders', vit: 'vision transformers' };

const takes = (kind: EncoderRow['kind'], key: string): boolean => kind !== 'joint' && (key in ANY_ENCODER || key in KINDS[kind].own);

const noAttention = (name: string): InputError =>
  new InputError(`The encoder ${name} has no tap attention, which the solver diffseg looks at: sd-1.4, sd-1.5 and sd-2.1 have it`, {
    code: 'E_OPTION',
  });

/** @throws InputError for a tap that one of these encoders does not have */
const checkTap = (name: string, kinds: readonly EncoderRow['kind'][], tap: Tap | undefined): void => {
  if (tap === undefined) return;
  const having = (kind: EncoderRow['kind']): readonly Tap[] => (kind === 'joint' ? [] : (KINDS[kind].taps ?? []));
  if (tap === 'attention' && !kinds.every((kind) => having(kind).includes(tap))) throw noAttention(name);
  const odd = kinds.find((kind) => having(kind).length > 0 && !having(kind).includes(tap));
  if (odd) throw new InputError(`The encoder ${name} has no tap ${tap}: ${WORDS[odd]} have ${having(odd).join(', ')}`, { code: 'E_OPTION' });
};

/** @throws InputError for an option that none of these encoders takes */
const checkOwn = (name: string, kinds: readonly EncoderRow['kind'][], options: Options): void => {
  checkTap(name, kinds, options.tap);
  const foreign = (Object.keys(ENCODER) as (keyof Options)[]).find((key) => options[key] !== undefined && !kinds.some((kind) => takes(kind, key)));
  if (!foreign) return;
  const owners = (Object.keys(WORDS) as EncoderRow['kind'][]).filter((kind) => takes(kind, foreign)).map((kind) => WORDS[kind]);
  throw new InputError(`The encoder ${name} takes no ${foreign}: it is of ${owners.join(' and ')}`, { code: 'E_OPTION' });
};

const openOne = ({ row, files }: Located, options: Options, signal: AbortSignal | undefined): Promise<Encoder> =>
  KINDS[row.kind as keyof typeof KINDS].open(row, options, files as ModelFiles, signal);

/** The options that an encoder of these kinds takes. */
const ownOptions = <T extends Given<typeof ENCODER>>(kinds: readonly EncoderRow['kind'][], options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([key]) => kinds.some((kind) => takes(kind, key)))) as T;

const kindsOf = async (name: string): Promise<EncoderRow['kind'][]> => {
  const parts = await partsOf(name);
  const rows = await Promise.all((parts.length > 0 ? parts : [{ name }]).map((part) => describeEncoder(part.name)));
  return rows.map(({ kind }) => kind);
};

/**
 * What each of several encoders takes of the same options, for `openEncoder`.
 * @throws InputError for an unknown name, or an option that none of them takes
 */
export const shareOptions = async (names: readonly string[], options: Given<typeof ENCODER>): Promise<Given<typeof ENCODER>[]> => {
  const kinds = await Promise.all(names.map(kindsOf));
  checkOwn(names.join(', '), kinds.flat(), resolveOptions('openEncoder', ENCODER, options));
  return kinds.map((of) => ownOptions(of, options));
};

/** Opens all of them, each with the options that it takes; none stays open where one fails. */
const openAll = async (name: string, parts: readonly JointPart[], options: Options, signal: AbortSignal | undefined): Promise<Encoder> => {
  if (options.tap === 'attention') throw noAttention(name); // which would no longer be a channel for each token
  const all = await Promise.all(parts.map((part) => locate(part.name)));
  checkOwn(
    name,
    all.map(({ row }) => row.kind),
    options,
  );
  const open: Encoder[] = [];
  try {
    for (const one of all) {
      checkAborted(signal);
      open.push(await openOne(one, ownOptions([one.row.kind], options), signal));
    }
  } catch (error) {
    await Promise.all(open.map((encoder) => encoder.dispose()));
    throw error;
  }
  return joinEncoders(
    nameOf(
      parts,
      open.map(({ row }) => row),
    ),
    open,
    parts.map(({ weight }) => weight),
  );
};

const openAny = async (encoder: string | ModelFiles, options: Options, signal: AbortSignal | undefined): Promise<Encoder> => {
  const parts = typeof encoder === 'string' ? await partsOf(encoder) : [];
  if (parts.length > 0) return openAll(encoder as string, parts, options, signal);
  const located = typeof encoder === 'string' ? await locate(encoder) : { row: await ownRow(encoder), files: encoder };
  checkOwn(located.row.name, [located.row.kind], options);
  return openOne(located, options, signal);
};

/**
 * @param encoder a name of the models table, a model's folder or ONNX file, several of these with "+" between (weights
 *   by `name:weight`), or a model's files wherever they lie (blobFiles, urlFiles)
 * @param options see options/encoders.ts; `signal` is of the opening alone, and heard at once
 * @throws InputError for an unknown name, an option out of range or one that this encoder does not take, a model that
 *   is not on this machine, and whatever is wrong with its files; the signal's reason once aborted
 */
export const openEncoder = async (encoder: string | ModelFiles, options?: Given<typeof ENCODER> & Pick<Watch, 'signal'>): Promise<Encoder> => {
  const isFiles = typeof encoder === 'object' && typeof encoder?.open === 'function' && typeof encoder.name === 'string';
  if (typeof encoder !== 'string' && !isFiles) throw expected("an encoder's name, or a model's files", 'encoder', encoder);
  const { signal, onProgress, ...resolved } = resolveOptions('openEncoder', ENCODER, options);
  if (onProgress) throw unknown('option of openEncoder', 'onProgress', [...Object.keys(ENCODER), 'signal']);
  checkAborted(signal);
  const opening = openAny(encoder, resolved as Options, signal);
  return untilAborted(opening, signal).catch((error: unknown) => {
    opening.then((late) => late.dispose()).catch(() => {}); // told already, or for nobody
    throw error;
  });
};
