/** "The same as here everywhere": how like a picture's regions are to some of another's, or of its own. */
import { InputError } from 'diffcut';
import type { Mark, Sheet } from '../edit/index.ts';
import { texts } from '../texts.ts';
import type { ClassRow, Scored, Settings } from '../types.ts';
import { analysisOf, inTurn, picture, versionOf } from './desk.ts';
import { eyeOf } from './eye.ts';
import { hashOf } from './hash.ts';
import { cosinesOf, meanOf, type Pooled, poolTokens } from './pool.ts';
import { regionHandlers } from './regions.ts';
import type { Context } from './wire.ts';

/** What is known of a picture, closed ones among them: it holds while its version does. */
interface Known {
  version: number;
  /** What encoded it. */
  encoder: string;
  /** Of the labels: naming a region changes the version, not these. */
  hash: number;
  marks: Map<number, Mark>;
  pooled: Pooled;
}
const known = new Map<string, Known>();
/** Numbers of all that is kept: some hundred pictures of fifty regions. */
const MOST_NUMBERS = 2 ** 25;

const remember = (id: string, of: Known): Known => {
  known.delete(id);
  known.set(id, of);
  let numbers = 0;
  for (const [other, { pooled }] of [...known].reverse()) {
    numbers += pooled.vectors.length;
    if (numbers > MOST_NUMBERS && other !== id) known.delete(other);
  }
  return of;
};

/** A picture's regions as the encoder sees them; segmented first where they never were. */
export const knownOf = async (id: string, settings: Settings, context: Context): Promise<Known> => {
  const encoder = eyeOf(settings);
  const found = known.get(id);
  if (found?.version === versionOf(id) && found.encoder === encoder) return found;
  const open = await picture(id);
  if (!open.sheet) await inTurn(id, context, () => regionHandlers.ready({ id, classes: [] }, context));
  const { encoder: name, where, size } = settings;
  const sheet = open.sheet as Sheet;
  const isSame = found?.encoder === encoder && found.hash === hashOf(sheet.data);
  // asked for before the labels are read: what follows must see them and their version as one
  const tokens = isSame ? undefined : (await analysisOf(open, { ...open.row.settings, encoder: name, where, size }, context)).tokens;
  return remember(id, {
    version: open.version,
    encoder,
    hash: hashOf(sheet.data),
    marks: new Map(sheet.marks),
    pooled: tokens ? poolTokens(tokens, sheet, sheet.marks.keys()) : (found as Known).pooled,
  });
};

export interface Like {
  /** The picture, regions of it, and what it is encoded by. */
  id: string;
  ids: readonly number[];
  settings: Settings;
}

export const similarHandlers = {
  /**
   * How like each region of a picture is, of those that have no class and are not hidden: the cosine of the means of unit
   * tokens, weighted by what regions cover of them.
   * @param like what they are held against; all are seen by the encoder of that picture
   */
  similar: async ({ id, like, classes }: { id: string; like: Like; classes: readonly ClassRow[] }, context: Context): Promise<Scored> => {
    const here = await knownOf(like.id, like.settings, context);
    const wanted = meanOf(here.pooled, like.ids);
    if (!wanted) throw new InputError(texts.labelling.gone);
    const { pooled, marks, version } = await knownOf(id, like.settings, context);
    const isFree = (region: number): boolean => {
      const { classId, hidden } = marks.get(region) ?? {};
      return !hidden && !classes.some((row) => row.id === classId) && !(id === like.id && like.ids.includes(region));
    };
    const rows = [...cosinesOf(pooled, wanted)].filter(([region]) => isFree(region)).map(([region, score]) => ({ id: region, score }));
    return { picture: id, version, rows: rows.sort((a, b) => b.score - a.score || a.id - b.id) };
  },
};
