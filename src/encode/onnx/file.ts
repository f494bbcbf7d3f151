/** An ONNX file of the user's own: the small JSON beside it, and its weights. The keys are told in docs/models.md. */
import { type Config, count, type Key, only, readConfig } from '../../compile/config.ts';
import { externalFiles } from '../../compile/proto.ts';
import { badModel } from '../../errors.ts';
import { type ByteSource, type ModelFiles, readJson } from '../../files/source.ts';
import { PARTITION } from '../../options/cut.ts';
import { ANY_ENCODER } from '../../options/encoders.ts';
import type { OptionSpec } from '../../options/spec.ts';
import type { Model } from '../../runtime/session.ts';
import type { Triple } from '../input.ts';

const EXAMPLE = '{ "size": 224, "patch": 16, "prefix": 1, "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225] }';

/** A key without a fallback: `null` where it is absent. */
const none = <T>(allowed: string, accepts: (value: unknown) => boolean): Key<T | null> => ({
  fallback: null,
  accepts: (value) => value === null || accepts(value),
  allowed,
});
const asOption = <T>({ wanted, accepts }: OptionSpec<T>): Key<NonNullable<T> | null> => none(wanted, accepts);
const text = none<string>('a text', (v) => typeof v === 'string' && v !== '');
const triple = (allowed: string, accepts: (value: number) => boolean): Key<Triple | null> =>
  none(`a list of three ${allowed}, for red, green and blue of 0 to 1`, (v) => Array.isArray(v) && v.length === 3 && v.every(accepts));

const TABLE = {
  keys: {
    size: asOption(ANY_ENCODER.size),
    multiple: count(null),
    patch: none<number>('a number above 0', (v) => Number.isFinite(v) && (v as number) > 0),
    layout: only<'tokens' | 'channels-first' | 'channels-last'>('tokens', 'channels-first', 'channels-last'),
    prefix: { fallback: 0, accepts: (v: unknown) => Number.isInteger(v) && (v as number) >= 0, allowed: 'a whole number' },
    mean: triple('numbers', Number.isFinite),
    deviation: triple('numbers above 0', (v) => Number.isFinite(v) && v > 0),
    input: text,
    output: text,
    alpha: asOption(PARTITION.alpha),
    tau: asOption(PARTITION.tau),
    licence: text,
  },
  idle: [],
};

/** What no graph tells, and no result would show to be wrong. */
const REQUIRED = ['size', 'patch', 'mean', 'deviation'] as const;
type Told = Config<typeof TABLE>;

/** What is told of the file. Absent keys are null. */
export type OnnxAbout = Told & { [K in (typeof REQUIRED)[number]]: NonNullable<Told[K]> } & {
  /** Names of the two files, for messages. */
  file: string;
  json: string;
};

/** [width, height] of a size that may be a side. */
export const bothOf = (size: number | readonly [number, number]): readonly [number, number] => (typeof size === 'number' ? [size, size] : size);

/** @throws InputError for keys that do not go together */
const checkTogether = ({ json, size, multiple, patch, layout, prefix }: OnnxAbout): void => {
  const sides = bothOf(size);
  if (patch > Math.min(...sides)) throw badModel(`${json} has patches of ${patch} pixels, and a size of only ${sides.join('x')}`);
  if (multiple !== null && sides.some((side) => side % multiple !== 0))
    throw badModel(`${json} has the size ${sides.join('x')}, which is not a multiple of ${multiple} as its "multiple" says`);
  if (prefix > 0 && layout !== 'tokens') throw badModel(`${json} has "prefix": ${prefix}, which goes with the layout "tokens", not "${layout}"`);
};

const isOnnxName = (name: string): boolean => /\.onnx$/i.test(name);
const lastPart = (path: string): string => path.split(/[\\/]/).filter(Boolean).pop() ?? path;

/** Files of models of other kinds, which an ONNX file may lie beside. */
const OTHER_KINDS = ['config.json', 'model_index.json', 'weights.safetensors'];

/**
 * Name of the ONNX file: the one that `files` is named after, or the only one in the folder; undefined where these are
 * files of another kind.
 * @throws InputError where there are several
 */
export const findOnnx = async (files: ModelFiles): Promise<string | undefined> => {
  const named = lastPart(files.name);
  if (isOnnxName(named) && (await files.open(named))) return named;
  const all = (await files.list?.('')) ?? [];
  const found = all.filter(isOnnxName);
  if (found.length === 0 || OTHER_KINDS.some((name) => all.includes(name))) return undefined;
  if (found.length > 1) throw badModel(`${files.name} has ${found.length} ONNX files (${found.join(', ')}): give one of them`);
  return found[0];
};

/** @throws InputError where the JSON is missing, has an unknown key, a value that is none, or lacks one that is needed */
export const readAbout = async (files: ModelFiles): Promise<OnnxAbout> => {
  const file = await findOnnx(files);
  if (!file) throw badModel(`${files.name} has no ONNX file`);
  const json = file.replace(/onnx$/i, 'json');
  const content = await readJson(files, json);
  if (!content) throw badModel(`${file} needs ${json} beside it, which tells how pictures go in, such as ${EXAMPLE}: see docs/models.md`);
  const told = readConfig(json, TABLE, content);
  const lacking = REQUIRED.filter((key) => told[key] === null);
  if (lacking.length > 0)
    throw badModel(
      `${json} has no ${lacking.map((key) => `"${key}"`).join(', ')}: it has to tell at least ${REQUIRED.join(', ')}, such as ${EXAMPLE}`,
    );
  const about = { ...told, file, json } as OnnxAbout;
  checkTogether(about);
  return about;
};

/** What a protobuf message can have, and so an ONNX file. */
const MOST_BYTES = 2 ** 31 - 1;

const readGraph = async (files: ModelFiles, file: string): Promise<{ bytes: Uint8Array; locations: string[] }> => {
  const source = (await files.open(file)) as ByteSource;
  if (source.size > MOST_BYTES)
    throw badModel(`${file} has ${source.size} bytes, and an ONNX file at most ${MOST_BYTES}: export it with its weights in a file of their own`);
  const bytes = await source.read(0, source.size);
  try {
    if (bytes.length === 0) throw new Error('it is empty');
    return { bytes, locations: externalFiles(bytes) };
  } catch (error) {
    throw badModel(`${file} is no ONNX file (${(error as Error).message}): get it again`, error);
  }
};

/** A location as a path in the folder. */
const plain = (location: string): string => location.replace(/^\.\//, '');

/** The folder below which each file lies at its location; undefined where there is none. */
const folderOf = (sources: readonly ByteSource[], locations: readonly string[]): string | undefined => {
  const folders = sources.map(({ path }, i) => {
    const end = `/${plain(locations[i])}`;
    return path?.replaceAll('\\', '/').endsWith(end) ? path.slice(0, -end.length) : undefined;
  });
  return folders.every((folder) => folder === folders[0]) ? folders[0] : undefined;
};

/**
 * The graph's bytes, and where the weights lie that it has not in itself: mapped by the runtime from their folder, or
 * read where they lie on no disk or are links to other names.
 * @throws InputError for bytes that are no ONNX file, and for weights that are not there
 */
export const readModel = async (files: ModelFiles, file: string): Promise<Model> => {
  const { bytes, locations } = await readGraph(files, file);
  if (locations.length === 0) return { bytes };
  const sources: ByteSource[] = [];
  for (const location of locations) {
    const source = await files.open(plain(location));
    if (!source)
      throw badModel(`${file} has its weights in ${JSON.stringify(location)}, which is not beside it: put that file there under this name`);
    sources.push(source);
  }
  const weightsFolder = folderOf(sources, locations);
  if (weightsFolder !== undefined) return { bytes, weightsFolder };
  const weightsFiles: { path: string; data: Blob }[] = [];
  for (const [i, source] of sources.entries()) {
    const data = new Blob([(await source.read(0, source.size)) as Uint8Array<ArrayBuffer>]);
    weightsFiles.push({ path: plain(locations[i]), data });
  }
  return { bytes, weightsFiles };
};
