/** Files of all chosen pictures together, as the sets of the package make them. */
import { SETS, UNNAMED } from 'diffcut/export';
import type { Entry } from '../keep/zip.ts';
import type { ClassRow } from '../types.ts';
import { inTurn, picture } from './desk.ts';
import { blobOf } from './export.ts';
import { madeOf, type Ready } from './made.ts';
import { regionHandlers } from './regions.ts';
import type { Context } from './wire.ts';

export interface SetsAsked {
  /** In the order of the sets, by the names that they have there. */
  pictures: readonly { id: string; name: string }[];
  /** Names of rows of `SETS`. */
  sets: readonly string[];
  classes: readonly ClassRow[];
}
export interface MadeSets {
  files: Entry[];
  failed: { name: string; problem: string }[];
}

/** Names of a picture's segments, in the order in which they are met. */
const namesOf = ({ labels, names = [] }: Ready): string[] =>
  [...new Set('data' in labels ? labels.data : labels.id)].map((id) => names[id] ?? UNNAMED);

export const setHandlers = {
  /** The sets of pictures, which are segmented first where they never were; those that cannot be read are left out. */
  exportedSets: async ({ pictures, sets, classes }: SetsAsked, context: Context): Promise<MadeSets> => {
    const { signal, onProgress } = context;
    const quiet: Context = { ...context, transfer: () => {}, onProgress: () => {} };
    const total = pictures.length * (sets.length + 1);
    let done = 0;
    const made = async (id: string): Promise<Ready> => {
      signal.throwIfAborted();
      if (!(await picture(id)).sheet) await inTurn(id, context, () => regionHandlers.ready({ id, classes }, quiet));
      const ready = await madeOf(await picture(id), classes, quiet);
      onProgress('sets', ++done, total);
      return ready;
    };

    const names = new Set<string>();
    const failed: MadeSets['failed'] = [];
    const good: { id: string; name: string }[] = [];
    for (const one of pictures) {
      try {
        for (const name of namesOf(await made(one.id))) names.add(name);
        good.push(one);
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ name: one.name, problem: (error as Error).message });
      }
    }
    const labelled = async function* () {
      for (const { id, name } of good) {
        const { blob } = (await picture(id)).row;
        const { labels, names: said, colours } = await made(id);
        yield { name, labels, ...(said && { names: said }), ...(colours && { colours }), file: async () => new Uint8Array(await blob.arrayBuffer()) };
      }
    };
    // Numbers hang on the list of classes, not on which pictures are chosen
    const isUnnamed = names.delete(UNNAMED);
    const all = [...new Set([...classes.map(({ name }) => name), ...names, ...(isUnnamed ? [UNNAMED] : [])])];
    const files: Entry[] = [];
    for (const [, { path, isFolder, files: filesOf }] of Object.entries(SETS).filter(([name]) => good.length > 0 && sets.includes(name)))
      for await (const { path: below, content } of filesOf(labelled(), { labels: all, signal })) {
        const name = isFolder ? `${path}/${below}` : path;
        files.push({ name, blob: await blobOf(content, name) });
      }
    return { files, failed };
  },
};
