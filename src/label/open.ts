import { givenFiles, pulledFiles } from '#store/locate';
import { checkAborted, expected, InputError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { findNamer, localNamer, type NamerRow, unknownNamer } from '../models/namers.ts';
import { NAMING } from '../options/names.ts';
import { type Given, type Resolved, resolveOptions } from '../options/spec.ts';
import { untilAborted } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import { openClipNamer } from './clip.ts';
import type { Namer, NamerSettings } from './namer.ts';
import { listedVocabulary, namedVocabulary, type Vocabulary } from './vocabulary.ts';

type Open = (row: NamerRow, files: ModelFiles, vocabulary: Vocabulary, settings: NamerSettings, watch: Watch) => Promise<Namer>;

/** By the kind of a row. */
const KINDS: Record<NamerRow['kind'], Open> = { clip: openClipNamer };

const lastPart = (path: string): string => path.split(/[\\/]/).filter(Boolean).pop() ?? path;

/** A model by its name or folder. @throws InputError for one that is not known, or not on this machine */
export const locateNamer = async (name: string): Promise<{ row: NamerRow; files: ModelFiles }> => {
  const row = findNamer(name);
  if (row) return { row, files: await pulledFiles(row.name) };
  const files = await givenFiles(name);
  if (!files) throw unknownNamer(name);
  return { row: localNamer(lastPart(files.name)), files };
};

/** The names that were asked for. @throws InputError for none, or both ways to give some */
const vocabularyOf = ({ classes, vocabulary }: Pick<Resolved<typeof NAMING>, 'classes' | 'vocabulary'>): Vocabulary => {
  if (classes && vocabulary !== undefined)
    throw new InputError('Both classes and a vocabulary were given, and each says which names there are: leave one out', { code: 'E_OPTION' });
  if (classes) return listedVocabulary(classes);
  if (vocabulary !== undefined) return namedVocabulary(vocabulary);
  throw new InputError('No names were given: give classes, or a vocabulary', { code: 'E_OPTION' });
};

const openAny = async (
  model: string | ModelFiles,
  vocabulary: Vocabulary,
  { size, ...settings }: NamerSettings & { size: number | undefined },
  watch: Watch,
): Promise<Namer> => {
  const { row, files } = typeof model === 'string' ? await locateNamer(model) : { row: localNamer(lastPart(model.name)), files: model };
  return KINDS[row.kind]({ ...row, size: size ?? row.size }, files, vocabulary, settings, watch);
};

/**
 * Opens what names segments by words, as DiffCut's open vocabulary does (section 4.3 of the paper): a CLIP, and the vectors of all
 * names in 14 templates. These are computed once, a second or a minute, and kept.
 * @param model a name of `NAMERS`, a CLIP's folder as transformers or open_clip writes it, or its files wherever they lie
 * @param options `classes` or `vocabulary`, and those of options/names.ts; `signal` and `onProgress` are of the opening alone
 * @throws InputError for an unknown name, an option out of range, no names, a model that is not on this machine, and whatever is wrong
 *   with its files; the signal's reason once aborted
 */
export const openNamer = async (model: string | ModelFiles, options?: Given<typeof NAMING> & Watch): Promise<Namer> => {
  const isFiles = typeof model === 'object' && typeof model?.open === 'function' && typeof model.name === 'string';
  if (typeof model !== 'string' && !isFiles) throw expected("the name of a model that names segments, or a model's files", 'model', model);
  const { classes, vocabulary, size, signal, onProgress, ...settings } = resolveOptions('openNamer', NAMING, options);
  const names = vocabularyOf({ classes, vocabulary });
  checkAborted(signal);
  const opening = openAny(model, names, { ...settings, size }, { signal, onProgress });
  return untilAborted(opening, signal).catch((error: unknown) => {
    opening.then((late) => late.dispose()).catch(() => {}); // told already, or for nobody
    throw error;
  });
};
