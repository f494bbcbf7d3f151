/** What names regions: models of this page and of the program that served it; and the names that they give a picture's regions. */
import { InputError, type LabelMap, type Namer, openNamer, parseVocabulary, type RgbImage } from 'diffcut';
import { type Sheet, tableOf } from '../edit/index.ts';
import { texts } from '../texts.ts';
import type { ClassRow, ModelChoice, Scored, ScoredRow, Words } from '../types.ts';
import { addedFiles, addedModels, addModel, type Picked, removeAdded } from './added.ts';
import { inTurn, picture } from './desk.ts';
import { openHere } from './engine.ts';
import { hashOf } from './hash.ts';
import { askProgram } from './program.ts';
import { regionHandlers } from './regions.ts';
import type { Context } from './wire.ts';

/** Bytes of a list of words that is read, as many as the program takes; and regions of a picture that are named. */
const MOST_WORDS = 2 ** 17;
const MOST_REGIONS = 8192;

export type Chosen = Pick<ModelChoice, 'name' | 'where'>;

/** The namer that stays open: it has the vectors of one list of words. */
let open: { key: string; name: string; namer: Promise<Namer> } | undefined;

const close = async (): Promise<void> => {
  const { namer } = open ?? {};
  open = undefined;
  await namer?.then((one) => one.dispose()).catch(() => {}); // who asked for it was told
};

/** @throws what opening it throws */
const namerHere = ({ name }: Chosen, words: Words, { onProgress }: Context): Promise<Namer> => {
  const key = JSON.stringify([name, words]);
  if (open?.key === key) return open.namer;
  const namer = close()
    .then(() => addedFiles(name))
    .then((files) => openHere((here) => openNamer(files, { ...here, ...words, onProgress })));
  const opened = { key, name, namer };
  open = opened;
  namer.catch(() => {
    if (open === opened) open = undefined;
  });
  return namer;
};

/** What is to be named: a region's place in `ids` a pixel. Of its own, since regions may be edited meanwhile. */
interface Asked {
  labels: LabelMap;
  ids: readonly number[];
  image: RgbImage;
}

const askedOf = (sheet: Sheet, image: RgbImage): Asked => {
  const { data, width, height, marks } = sheet;
  const ids = [...marks.keys()];
  if (ids.length > MOST_REGIONS) throw new InputError(texts.naming.tooMany(ids.length, MOST_REGIONS));
  const places = new Map(ids.map((id, i) => [id, i]));
  const placeOf = tableOf(sheet, (_, id) => places.get(id) as number);
  return { labels: { data: data.map((id) => placeOf[id]), width, height }, ids, image };
};

/** Names by a model of this page. */
const namesHere = async ({ labels, ids, image }: Asked, chosen: Chosen, words: Words, context: Context): Promise<ScoredRow[]> => {
  const namer = await namerHere(chosen, words, context);
  context.signal.throwIfAborted();
  const places = ids.map((_, id) => ({ id }));
  const named = await namer.name(image, labels, places, { signal: context.signal });
  return ids.flatMap((id, place) => (named[place] ? [{ id, ...named[place] }] : []));
};

/** And by one of the program that served it. */
const namesThere = async ({ labels, ids, image }: Asked, { name }: Chosen, words: Words, { signal }: Context): Promise<ScoredRow[]> => {
  const { data, width, height } = labels;
  const list = 'classes' in words ? new TextEncoder().encode(JSON.stringify(words.classes)) : new Uint8Array();
  if (list.length > MOST_WORDS) throw new InputError(texts.naming.tooLong(MOST_WORDS));
  const body = new Uint8Array(5 * data.length + list.length);
  body.set(new Uint8Array(Uint16Array.from(data).buffer));
  body.set(image.data, 2 * data.length);
  body.set(list, 5 * data.length);
  const asked = 'classes' in words ? { words: list.length } : { vocabulary: words.vocabulary };
  const response = await askProgram('names', { namer: name, width, height, ...asked }, body, signal);
  return ((await response.json()) as ScoredRow[]).map((row) => ({ ...row, id: ids[row.id] }));
};

/** Names that were found, by picture: they hold while its labels do. Of one namer and its words, those that were asked last. */
const known = new Map<string, { hash: number; rows: readonly ScoredRow[] }>();
let knownBy = '';

const namesOf = async (id: string, sheet: Sheet, image: RgbImage, chosen: Chosen, words: Words, context: Context): Promise<readonly ScoredRow[]> => {
  const by = JSON.stringify([chosen.name, chosen.where, words]);
  if (by !== knownBy) known.clear();
  knownBy = by;
  const hash = hashOf(sheet.data);
  const found = known.get(id);
  if (found?.hash === hash) return found.rows;
  const asked = askedOf(sheet, image);
  const rows = await (chosen.where === 'computer' ? namesThere : namesHere)(asked, chosen, words, context);
  if (knownBy === by) known.set(id, { hash, rows });
  return rows;
};

const tried: Pick<ModelChoice, 'what' | 'licence' | 'note'> & { isNamer: true } = { ...texts.naming.ownFolder, isNamer: true };

export const namerHandlers = {
  /** Those that were added to this page. */
  namers: async (): Promise<ModelChoice[]> => (await addedModels()).filter(({ isNamer }) => isNamer),

  /** Tries a CLIP from a folder of the user's, and keeps it. */
  addNamer: async (picked: Picked, context: Context): Promise<ModelChoice> =>
    addModel(
      picked,
      async (files, signal) => {
        const namer = await openHere((here) => openNamer(files, { ...here, classes: ['a'], signal }), signal);
        await namer.dispose();
        return tried;
      },
      [],
      context,
    ),

  removeNamer: async ({ name }: { name: string }): Promise<void> => {
    if (open?.name === name) await close();
    await removeAdded(name);
  },

  /** A vocabulary's file as a list of classes, synonyms with commas between. @throws InputError for what is none, or too long a list */
  vocabularyIn: async ({ file }: { file: File }): Promise<string[]> => {
    if (file.size > MOST_WORDS) throw new InputError(texts.naming.tooLong(MOST_WORDS));
    return parseVocabulary(await file.text(), file.name).map((names) => names.join(', '));
  },

  /** What a model takes a picture's regions for, of those that nobody named and that are not hidden; segmented first where they never were. */
  nameRegions: async (
    { id, chosen, words, classes }: { id: string; chosen: Chosen; words: Words; classes: readonly ClassRow[] },
    context: Context,
  ): Promise<Scored> => {
    const opened = await picture(id);
    if (!opened.sheet) await inTurn(id, context, () => regionHandlers.ready({ id, classes: [] }, context));
    const { version, image } = opened;
    const sheet = opened.sheet as Sheet;
    const marks = new Map(sheet.marks);
    const rows = await namesOf(id, sheet, image, chosen, words, context);
    const isFree = (region: number): boolean => {
      const { classId, name, hidden } = marks.get(region) ?? {};
      return !hidden && name === undefined && !classes.some((row) => row.id === classId);
    };
    return { picture: id, version, rows: rows.filter((row) => isFree(row.id)).sort((a, b) => b.score - a.score || a.id - b.id) };
  },
};
