import { InputError } from '../errors.ts';
import { givenFiles, pulledFiles } from '../models/locate-node.ts';
import type { ModelFiles } from '../models/source.ts';
import { type EncoderRow, findRow, LOCAL, unknownEncoder } from '../models/table.ts';
import { DIFFUSION, type DiffusionOptions, ENCODER, type Given, type Resolved, resolveOptions } from '../options.ts';
import { openDiffusion } from './diffusion.ts';
import { openEmbedded } from './embedded.ts';
import type { Encoder } from './encoder.ts';

/** A row of the table, and the model's files where it is not in the package. */
interface Located {
  row: EncoderRow;
  files?: ModelFiles | undefined;
}

const localRow = (path: string): EncoderRow => ({ ...LOCAL, name: path.split(/[\\/]/).filter(Boolean).pop() ?? path });

/**
 * What an encoder's name means: a row of the models table, or a folder of the user's own. A row comes first.
 * @throws InputError with a guess for a name that is neither
 */
export const describeEncoder = async (name: string): Promise<EncoderRow> => findRow(name) ?? (await localFiles(name)).row;

const localFiles = async (path: string): Promise<Located> => {
  const files = await givenFiles(path);
  if (!files) throw unknownEncoder(path);
  return { row: localRow(path), files };
};

const locate = async (name: string): Promise<Located> => {
  const row = findRow(name);
  if (!row) return localFiles(name);
  return row.kind === 'embedded' ? { row } : { row, files: await pulledFiles(row.name) };
};

const KEYS = Object.keys(DIFFUSION) as (keyof typeof DIFFUSION)[];

/** Options of diffusion, defaults filled in. */
const filled = (options: Resolved<typeof ENCODER>): DiffusionOptions =>
  Object.assign({ ...options }, ...KEYS.map((key) => ({ [key]: options[key] ?? DIFFUSION[key].default })));

/** The folder that `vae` names, where it does. */
const tinyFiles = async (vae: string): Promise<ModelFiles | undefined> => {
  if (vae === 'full' || vae === 'tiny') return undefined;
  const files = await givenFiles(vae);
  if (!files) throw new InputError(`There is no folder ${JSON.stringify(vae)} for the VAE: give full, tiny or the folder of an AutoencoderTiny`);
  return files;
};

/**
 * @param encoder a name of the models table, a model's folder, or its files wherever they lie (blobFiles, urlFiles)
 * @param options see options.ts
 * @throws InputError for an unknown name, an option out of range or one that this encoder does not take, a model that
 *   is not on this machine, and whatever is wrong with its files
 */
export const openEncoder = async (encoder: string | ModelFiles, options?: Given<typeof ENCODER>): Promise<Encoder> => {
  const resolved = resolveOptions('openEncoder', ENCODER, options);
  const { row, files } = typeof encoder === 'string' ? await locate(encoder) : { row: localRow(encoder.name), files: encoder };
  if (!files) {
    const foreign = KEYS.find((key) => resolved[key] !== undefined);
    if (foreign) throw new InputError(`The encoder ${row.name} takes no ${foreign}: it is of diffusion encoders`);
    return openEmbedded(row, resolved);
  }
  const diffusion = filled(resolved);
  return openDiffusion(row, files, diffusion, await tinyFiles(diffusion.vae));
};
