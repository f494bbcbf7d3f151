/** "The same as here everywhere": regions like the selected ones are proposed in all pictures, and taken with one key. */
import { computed, effect, signal } from '@preact/signals';
import { isVoid } from '../bridge/bridge.ts';
import { texts } from '../texts.ts';
import type { Scored } from '../types.ts';
import type { Like } from '../worker/similar.ts';
import { bridge, say, tellProblem } from './bridge.ts';
import { isActive, show } from './pictures.ts';
import * as work from './work.ts';

const { labelling } = texts;

/** Cosines of the bundled photographs: parts of a horse with other horses have 0.6 to 0.8, a sky with another's 0.55 to 0.75, unlike things less than 0.5. */
export const DEFAULT_THRESHOLD = 0.6;
export const threshold = signal(DEFAULT_THRESHOLD);

export interface Proposal {
  like: Like;
  /** What the regions are to be named; chosen when they are taken where the selected one has no class. */
  classId: number | undefined;
  found: ReadonlyMap<string, Scored>;
  /** What a person took out again: `keyOf`. */
  rejected: ReadonlySet<string>;
  /** Pictures that were not looked at yet, of all. */
  left: number;
  all: number;
}
export const proposal = signal<Proposal | undefined>(undefined);

const keyOf = (picture: string, id: number): string => `${picture} ${id}`;

/** All that are alike enough, by picture. */
const candidates = computed((): ReadonlyMap<string, number[]> => {
  const out = new Map<string, number[]>();
  for (const [picture, { rows }] of proposal.value?.found ?? []) {
    const ids = rows.filter(({ cosine }) => cosine >= threshold.value).map(({ id }) => id);
    if (ids.length > 0) out.set(picture, ids);
  }
  return out;
});

/** Those that would be taken, by picture. */
export const proposals = computed((): ReadonlyMap<string, number[]> => {
  const { rejected } = proposal.value ?? {};
  const wanted = [...candidates.value].map(([picture, ids]) => [picture, ids.filter((id) => !rejected?.has(keyOf(picture, id)))] as const);
  return new Map(wanted.filter(([, ids]) => ids.length > 0).map(([picture, ids]) => [picture, [...ids]]));
});

/** Whether what is selected is what others were compared with, or nothing: a class is then for what is proposed too. */
export const isOfProposal = (ids: readonly number[]): boolean => {
  const { value: now } = proposal;
  if (!now) return false;
  const isSame = isActive(now.like.id) && ids.length === now.like.ids.length && ids.every((id) => now.like.ids.includes(id));
  return ids.length === 0 || isSame;
};

let stop = new AbortController();

/** Looks at one picture. */
const look = async (picture: string): Promise<void> => {
  const { value: asked } = proposal;
  if (!asked) return;
  const { signal: heard } = stop;
  const found = await bridge.call('similar', { id: picture, like: asked.like, classes: work.classes.value }, { priority: 5, signal: heard });
  const { value: now } = proposal;
  if (now && !heard.aborted) proposal.value = { ...now, found: new Map([...now.found, [picture, found]]) };
};

/** Forgets what was proposed. @returns whether there was anything */
export const dropProposal = (): boolean => {
  stop.abort();
  const { value } = proposal;
  proposal.value = undefined;
  return value !== undefined;
};

/** The class of what others are compared with, while its picture is on the stage. */
const classOf = ({ id: picture, ids }: Like): number | undefined => {
  const { value: regions } = work.regions;
  const rows = regions?.picture === picture ? regions.rows : [];
  return rows.find((row) => ids.includes(row.id) && work.classes.value.some(({ id }) => id === row.classId))?.classId;
};

/** Looks for regions like these ones: in this picture first, then in the next ones and so on. */
export const propose = async (ids: readonly number[]): Promise<void> => {
  const { value: item } = work.active;
  if (!item || !work.regions.value) return;
  dropProposal();
  stop = new AbortController();
  const { signal: heard } = stop;
  const all = work.items.value.filter(({ status }) => status !== 'failed').map(({ id }) => id);
  const at = all.indexOf(item.id);
  const like: Like = { id: item.id, ids, settings: item.settings };
  proposal.value = { like, classId: classOf(like), found: new Map(), rejected: new Set(), left: all.length, all: all.length };
  for (const picture of [...all.slice(at), ...all.slice(0, at)]) {
    try {
      await look(picture);
    } catch (error) {
      if (isVoid(error) || heard.aborted) return;
      if (picture === item.id) {
        dropProposal();
        return tellProblem(error);
      } // any other says in the strip what is wrong with it
    }
    const now: Proposal | undefined = proposal.value;
    if (now && !heard.aborted) proposal.value = { ...now, left: now.left - 1 };
  }
};

/** Takes a region of the picture on the stage out of what is proposed, or in again. @returns whether it was one of them */
export const toggleProposed = (id: number): boolean => {
  const { value: now } = proposal;
  const picture = work.activeId.value ?? '';
  if (!now || !candidates.value.get(picture)?.includes(id)) return false;
  const rejected = new Set(now.rejected);
  const key = keyOf(picture, id);
  rejected.delete(key) || rejected.add(key);
  proposal.value = { ...now, rejected };
  return true;
};

/** Names all that is proposed, and what it is like: a step a picture. */
export const take = async (classId = proposal.value?.classId): Promise<void> => {
  const { value: now } = proposal;
  if (!now) return;
  const name = work.classes.value.find(({ id }) => id === classId)?.name;
  if (name === undefined) return say(labelling.chooseClass);
  const { like } = now;
  const wanted = new Map([...proposals.value, [like.id, [...like.ids, ...(proposals.value.get(like.id) ?? [])]]]);
  dropProposal();
  const order = [...wanted.keys()].sort((a, b) => Number(isActive(b)) - Number(isActive(a)));
  const taken: { id: string; version: number }[] = [];
  let count = 0;
  try {
    for (const id of order) {
      const ids = wanted.get(id) ?? [];
      const found = await bridge.call('edit', { id, edit: { kind: 'classify', ids, classId }, classes: work.classes.value });
      show(found);
      taken.push({ id, version: found.version });
      count += ids.length;
    }
  } catch (error) {
    return tellProblem(error);
  }
  const undoAll = async (): Promise<void> => {
    for (const of of taken) show(await bridge.call('undo', { ...of, classes: work.classes.value }));
  };
  const action = { text: texts.undo, run: () => void undoAll().catch(tellProblem) };
  work.notice.value = { kind: 'said', text: labelling.taken(count, order.length, name), action };
};

effect(() => {
  const { value: found } = work.regions;
  const ids = (found && proposals.value.get(found.picture)) ?? [];
  const there = new Set(found?.rows.map(({ id }) => id));
  work.proposed.value = ids.filter((id) => there.has(id));
});

// It may be named only then.
effect(() => {
  const { value: now } = proposal;
  const classId = now && classOf(now.like);
  if (now && classId !== undefined && classId !== now.classId) proposal.value = { ...now, classId };
});

// What was edited meanwhile is looked at again.
effect(() => {
  const { value: found } = work.regions;
  const seen = found && proposal.value?.found.get(found.picture);
  if (!found || !seen || seen.version >= found.version) return;
  look(found.picture).catch((error) => {
    dropProposal(); // what they were like is gone
    tellProblem(error);
  });
});
