/** What is proposed for regions, whatever proposes it: looked for picture by picture, left out one by one, and taken with one key. */
import { computed, effect, signal } from '@preact/signals';
import { type CallOptions, isVoid } from '../bridge/bridge.ts';
import { texts } from '../texts.ts';
import type { Scored, ScoredRow } from '../types.ts';
import type { Like } from '../worker/similar.ts';
import { say, sayDone, tellProblem } from './bridge.ts';
import { addClasses } from './classes.ts';
import { editEach, type Made, undoEach } from './edit-each.ts';
import { show } from './pictures.ts';
import * as work from './work.ts';

const { labelling, naming } = texts;

/** From which score on something is proposed, by what proposes it. */
export const LEAST = {
  /** Cosines of the bundled photographs: parts of a horse with other horses have 0.6 to 0.8, a sky with another's 0.55 to 0.75, unlike things less than 0.5. */
  similar: { byDefault: 0.6, from: 0.3, to: 0.95, now: signal(0.6) },
  /** Shares among all names; where to begin hangs on the model and on how many names there are. */
  names: { byDefault: 0.3, from: 0, to: 1, now: signal(0.3) },
} as const;

export interface Proposal {
  by: keyof typeof LEAST;
  /** Looks at one picture. */
  look(picture: string, options: CallOptions): Promise<Scored>;
  /** What others are compared with, and what they are to be named: chosen when they are taken where it has no class. */
  like?: Like;
  classId?: number | undefined;
  found: ReadonlyMap<string, Scored>;
  /** What a person took out again: `keyOf`. */
  rejected: ReadonlySet<string>;
  /** Pictures that were not looked at yet, of all. */
  left: number;
  all: number;
  /** Of what has to be done before the first one is looked at. */
  before?: { done: number; total: number } | undefined;
}
export const proposal = signal<Proposal | undefined>(undefined);

const keyOf = (picture: string, id: number): string => `${picture} ${id}`;

/** All that are sure enough, by picture. */
const candidates = computed((): ReadonlyMap<string, readonly ScoredRow[]> => {
  const { value: now } = proposal;
  if (!now) return new Map();
  const least = LEAST[now.by].now.value;
  return new Map([...now.found].map(([picture, { rows }]) => [picture, rows.filter(({ score }) => score >= least)]));
});

/** Those that would be taken, by picture. */
export const proposals = computed((): ReadonlyMap<string, readonly ScoredRow[]> => {
  const { rejected } = proposal.value ?? {};
  const wanted = [...candidates.value].map(([picture, rows]) => [picture, rows.filter(({ id }) => !rejected?.has(keyOf(picture, id)))] as const);
  return new Map(wanted.filter(([, rows]) => rows.length > 0));
});

let stop = new AbortController();

/** Forgets what was proposed. @returns whether there was anything */
export const dropProposal = (): boolean => {
  stop.abort();
  const { value } = proposal;
  proposal.value = undefined;
  return value !== undefined;
};

const update = (changes: (now: Proposal) => Partial<Proposal>): void => {
  const { value: now } = proposal;
  if (now) proposal.value = { ...now, ...changes(now) };
};

/** Looks at one picture. */
const look = async (picture: string): Promise<void> => {
  const { signal: heard } = stop;
  const onProgress = (stage: string, done: number, total: number): void => {
    if (!heard.aborted && stage === 'vocabulary') update(() => ({ before: { done, total } }));
  };
  const found = await proposal.value?.look(picture, { priority: 5, signal: heard, onProgress });
  if (found && !heard.aborted) update((now) => ({ found: new Map([...now.found, [picture, found]]), before: undefined }));
};

/** Pictures that can be looked at, the one on the stage first and then the next ones and so on. */
export const fromHereOn = (): string[] => {
  const all = work.items.value.filter(({ status }) => status !== 'failed').map(({ id }) => id);
  const at = Math.max(0, all.indexOf(work.activeId.value ?? ''));
  return [...all.slice(at), ...all.slice(0, at)];
};

/** Has something proposed for pictures, in this order. What is wrong with the first one ends it; of others the first is told at the end. */
export const propose = async (asked: Pick<Proposal, 'by' | 'look' | 'like' | 'classId'>, pictures: readonly string[]): Promise<void> => {
  dropProposal();
  stop = new AbortController();
  const { signal: heard } = stop;
  proposal.value = { ...asked, found: new Map(), rejected: new Set(), left: pictures.length, all: pictures.length };
  let problem: unknown;
  for (const picture of pictures) {
    try {
      await look(picture);
    } catch (error) {
      if (isVoid(error) || heard.aborted) return;
      if (work.items.value.find(({ id }) => id === picture)?.status !== 'failed') problem ??= error; // else the strip says what is wrong
      if (picture === pictures[0]) break;
    }
    if (!heard.aborted) update(({ left }) => ({ left: left - 1 }));
  }
  if (heard.aborted) return;
  if (proposal.value?.found.size === 0) dropProposal();
  if (problem !== undefined) tellProblem(problem);
};

/** Takes a region of the picture on the stage out of what is proposed, or in again. @returns whether it was one of them */
export const toggleProposed = (region: number): boolean => {
  const picture = work.activeId.value ?? '';
  if (!candidates.value.get(picture)?.some(({ id }) => id === region)) return false;
  const key = keyOf(picture, region);
  update(({ rejected }) => ({ rejected: new Set(rejected.has(key) ? [...rejected].filter((other) => other !== key) : [...rejected, key]) }));
  return true;
};

/** A region and the class that it is to be of. */
type Given = readonly [id: number, classId: number];

/** Names regions, a step a picture, and says so. @param own regions that are named whatever class they have */
const giveAll = async (wanted: ReadonlyMap<string, readonly Given[]>, own: readonly number[], told: (n: number, pictures: number) => string) => {
  const live = work.classes.value.map(({ id }) => id);
  const steps: Made[] = [];
  try {
    await editEach(wanted.keys(), (id) => ({ kind: 'suggest', given: wanted.get(id) ?? [], live, own }), steps, show);
  } catch (error) {
    return tellProblem(error);
  }
  const count = [...wanted.values()].reduce((sum, given) => sum + given.length, 0);
  sayDone('regions', told(count, wanted.size), steps.length > 0 ? () => void undoEach(steps, show).catch(tellProblem) : undefined);
};

/** Names what is proposed to be like other regions, and those. */
const takeLike = async (rows: typeof proposals.value, like: Like, classId: number | undefined): Promise<void> => {
  const name = work.classes.value.find(({ id }) => id === classId)?.name;
  if (classId === undefined || name === undefined) return say(labelling.chooseClass);
  const givenOf = (picture: string): Given[] => {
    const ids = (rows.get(picture) ?? []).map(({ id }) => id);
    return [...(picture === like.id ? like.ids : []), ...ids].map((id) => [id, classId]);
  };
  const wanted = new Map([like.id, ...rows.keys()].map((picture) => [picture, givenOf(picture)]));
  dropProposal();
  await giveAll(wanted, like.ids, (n, pictures) => labelling.taken(n, pictures, name));
};

/** Names what a model was sure enough of; a name that no class has yet becomes one. */
const takeNamed = async (rows: typeof proposals.value): Promise<void> => {
  addClasses([...rows.values()].flat().flatMap(({ name }) => name ?? []));
  const classOf = new Map(work.classes.value.map(({ id, name }) => [name, id]));
  const given = (all: readonly ScoredRow[]): Given[] => all.map(({ id, name = '' }) => [id, classOf.get(name) as number]);
  await giveAll(new Map([...rows].map(([picture, all]) => [picture, given(all)])), [], naming.taken);
};

/** Takes all that is proposed: a step a picture. @param classId of what is alike */
export const take = async (classId = proposal.value?.classId): Promise<void> => {
  const { value: now } = proposal;
  const { value: rows } = proposals;
  if (!now) return;
  if (now.like) return takeLike(rows, now.like, classId);
  if (rows.size === 0) return say(naming.nothing);
  dropProposal();
  await takeNamed(rows);
};

/** Takes the names that are proposed for some regions of the picture on the stage; the others stay proposed. */
export const takeSome = async (ids: readonly number[]): Promise<void> => {
  const picture = work.activeId.value ?? '';
  const rows = (proposals.value.get(picture) ?? []).filter(({ id, name }) => name !== undefined && ids.includes(id));
  if (rows.length > 0) await takeNamed(new Map([[picture, rows]]));
  else say(naming.noneSelected);
};

effect(() => {
  const { value: found } = work.regions;
  const there = new Set(found?.rows.map(({ id }) => id));
  const rows = (found && proposals.value.get(found.picture)) ?? [];
  work.proposed.value = new Map(rows.filter(({ id }) => there.has(id)).map((row) => [row.id, row]));
});

// What was edited meanwhile is looked at again.
effect(() => {
  const { value: found } = work.regions;
  const seen = found && proposal.value?.found.get(found.picture);
  if (!found || !seen || seen.version >= found.version) return;
  look(found.picture).catch((error) => {
    if (isVoid(error)) return;
    dropProposal(); // what they were like is gone
    tellProblem(error);
  });
});
