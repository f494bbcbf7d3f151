/** What segments of pictures are: open namers of this process, each for its vocabulary, and what is made of the names. */
import { availableParallelism } from 'node:os';
import {
  type AnyLabels,
  coloursByName,
  type Given,
  InputError,
  listedVocabulary,
  mergeNamed,
  type NAMES,
  NAMING,
  type Namer,
  nameSegments,
  onlyNamed,
  openNamer,
  type RgbImage,
  type Segment,
  unknown,
  type Vocabulary,
  type Watch,
} from '../toolkit.ts';

/** How segments are named: plain data. */
export interface Labelling {
  /** Name or folder of what names them. */
  model: string;
  options: Given<typeof NAMING>;
  /** Those that touch and have one name become one. */
  mergeNames?: boolean;
  /** Only the segments of these names; all else is 0. */
  only?: readonly string[];
}

/** What is asked of names, but for a vocabulary's file. */
export type AskedNames = Pick<Given<typeof NAMES>, 'classes' | 'vocabulary' | 'minScore' | 'dense' | 'mergeNames' | 'only'>;

/** Options that say nothing without names. */
const NEED_NAMES = ['namesModel', 'minScore', 'dense', 'mergeNames', 'only'] as const;

/**
 * Whether names are asked for.
 * @param told what an option is called
 * @throws InputError for what does not go together
 */
export const asksNames = (
  { classes, vocabulary, ...options }: AskedNames & { namesModel?: string | undefined },
  { firstId, background }: { firstId?: number | undefined; background?: string | undefined },
  told: (name: string) => string,
): boolean => {
  const wrong = (sentence: string): InputError => new InputError(sentence, { code: 'E_OPTION' });
  if (classes && vocabulary !== undefined) throw wrong(`Both ${told('classes')} and ${told('vocabulary')} say which names there are: leave one out`);
  const isAsked = classes !== undefined || vocabulary !== undefined;
  const odd = NEED_NAMES.find((name) => options[name] !== undefined);
  if (!isAsked && odd) throw wrong(`${told(odd)} is of names: say which there are, with ${told('classes')} or ${told('vocabulary')}`);
  if (options.only && (firstId || (background !== undefined && background !== 'none')))
    throw wrong(`${told('only')} makes all else 0: leave ${told('firstId')} and ${told('background')} out`);
  return isAsked;
};

/** @param more of how the model is opened @throws InputError where some are to be shown that there are not */
export const labellingFor = (
  model: string,
  vocabulary: Vocabulary,
  { minScore, dense, mergeNames, only }: AskedNames,
  more: Labelling['options'] = {},
): Labelling => {
  const known = vocabulary.map(([name]) => name);
  for (const name of only ?? []) if (!known.includes(name)) throw unknown('name', name, known);
  const classes = vocabulary.map((synonyms) => synonyms.join(', '));
  const options = { classes, ...(minScore !== undefined && { minScore }), ...(dense !== undefined && { dense }), ...more };
  return { model, options, ...(mergeNames && { mergeNames }), ...(only && { only }) };
};

/** The same for each of several processes, which share the cores. */
export const sharedLabelling = ({ options, ...labelling }: Labelling, count: number): Labelling => {
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / count));
  return { ...labelling, options: { ...options, threads, worker: false } };
};

/** Open at a time in a process: each has the model in memory, and a server or a queue may want any number of vocabularies. */
const MOST_OPEN = 3;

/** The one that was used last is the last. */
const opened = new Map<string, { namer: Promise<Namer>; users: number }>();

const dispose = (namer: Promise<Namer>): Promise<void> => namer.then((one) => one.dispose()).catch(() => {}); // who opened it was told

/** Gives back those that were used longest ago, so that there is room for one more. */
const makeRoom = async (): Promise<void> => {
  for (const [key, { namer, users }] of opened) {
    if (opened.size < MOST_OPEN) break;
    if (users > 0) continue;
    opened.delete(key);
    await dispose(namer);
  }
};

/** Uses the open one of these options. @throws what `openNamer` does */
export const withNamerOf = async <T>({ model, options }: Labelling, watch: Watch, use: (namer: Namer) => Promise<T>): Promise<T> => {
  const { minScore, ...rest } = options; // which `named` sees to: it is no reason to open another
  const key = JSON.stringify([model, rest]);
  if (!opened.has(key)) await makeRoom();
  const one = opened.get(key) ?? { namer: openNamer(model, { ...rest, ...watch }), users: 0 };
  opened.delete(key);
  opened.set(key, one);
  one.users++;
  try {
    return await use(
      await one.namer.catch((error) => {
        if (opened.get(key) === one) opened.delete(key); // the next picture may find it mended
        throw error;
      }),
    );
  } finally {
    one.users--;
  }
};

/** Gives back all that this process has open. */
export const closeNamers = async (): Promise<void> => {
  const all = [...opened.values()];
  opened.clear();
  await Promise.all(all.map(({ namer }) => dispose(namer)));
};

/** The same without names of which the model is less sure. */
const sure = (segment: Segment, least: number): Segment => {
  const { name, score, ...rest } = segment;
  return score !== undefined && score < least ? rest : segment;
};

/** Of each id its name's colour, which is alike in all pictures. */
export const coloursOf = (segments: readonly Segment[], { options: { classes = [] } }: Labelling): Uint8Array => {
  const names: (string | undefined)[] = [undefined];
  for (const { id, name } of segments) names[id] = name;
  return coloursByName(
    names,
    listedVocabulary(classes).map(([name]) => name),
  );
};

/** What is known of a picture's segments, named. */
export interface NamedSegments {
  labels: AnyLabels;
  segments: Segment[];
  /** The id of all else, where only some are wanted. */
  background?: number;
}

/** @throws what `openNamer` and `nameSegments` do */
export const named = async (segmented: NamedSegments, image: RgbImage, labelling: Labelling, watch: Watch): Promise<NamedSegments> => {
  watch.onProgress?.('name', 0, 1);
  const { signal } = watch;
  const told = await withNamerOf(labelling, { signal }, (namer) => nameSegments(segmented, image, namer, { signal }));
  const all = told.segments.map((segment) => sure(segment, labelling.options.minScore ?? NAMING.minScore.default));
  const { labels, segments } = labelling.mergeNames ? await mergeNamed(segmented.labels, all, watch) : { labels: segmented.labels, segments: all };
  return labelling.only ? { ...(await onlyNamed(labels, segments, labelling.only, watch)), background: 0 } : { labels, segments };
};
