/** Which models can be chosen, encoders and what names regions: of this page, of the program that served it, and from the user's own folders. */
import { computed, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import type { EncoderChoice, ModelChoice, Settings } from '../types.ts';
import type { Picked } from '../worker/added.ts';
import { bridge, say, tellProblem } from './bridge.ts';
import { settle } from './settings.ts';
import { isStatic, urlOf } from './site.ts';
import { active } from './work.ts';

/** Of this page: its own, and the added ones. */
const ofPage = signal<readonly EncoderChoice[]>([]);
const ofComputer = signal<readonly EncoderChoice[]>([]);
/** All that can be chosen now; the page's own first. */
export const encoders = computed((): readonly EncoderChoice[] => [...ofPage.value, ...ofComputer.value]);
/** Names of those that `diffcut models pull` would bring onto the computer. */
export const pullable = signal<readonly string[]>([]);

const namersOfPage = signal<readonly ModelChoice[]>([]);
const namersOfComputer = signal<readonly ModelChoice[]>([]);
/** What names regions; those of the computer, which are quicker, first. */
export const namers = computed((): readonly ModelChoice[] => [...namersOfComputer.value, ...namersOfPage.value]);
export const pullableNamers = signal<readonly string[]>([]);

/** One that is being added: tried, then copied. */
export interface Adding {
  name: string;
  stage: string;
  done: number;
  total: number;
  stop(): void;
}
export const adding = signal<Adding | undefined>(undefined);

const isChoice = ({ name, where }: EncoderChoice, { encoder, where: own = 'page' }: Settings): boolean =>
  name === (encoder ?? ofPage.value[0]?.name) && where === own;

/** The encoder that settings mean; undefined where it is not here any more, or the list is not there yet. */
export const encoderOf = (settings: Settings): EncoderChoice | undefined => encoders.value.find((one) => isChoice(one, settings));

const loadOwn = async (): Promise<void> => {
  [ofPage.value, namersOfPage.value] = await Promise.all([bridge.call('encoders', undefined), bridge.call('namers', undefined)]);
};

type Told<M> = M & { here: boolean };

const loadComputer = async (): Promise<void> => {
  if (isStatic) return;
  const response = await fetch(urlOf('api/about'));
  if (!response.ok) return; // another host of files than ours
  const { encoders: all, namers: naming = [] } = (await response.json()) as { encoders: Told<EncoderChoice>[]; namers?: Told<ModelChoice>[] };
  const here = <M extends ModelChoice>(rows: Told<M>[]): Told<M>[] => rows.filter((row) => row.here);
  const names = (rows: Told<ModelChoice>[]): string[] => rows.filter((row) => !row.here).map(({ name }) => name);
  const chosen = ({ name, what, licence, note, bytes }: ModelChoice): ModelChoice => ({ name, where: 'computer', what, licence, note, bytes });
  ofComputer.value = here(all).map(({ size, multiple, ...one }) => ({ ...chosen(one), size, multiple }));
  pullable.value = names(all);
  namersOfComputer.value = here(naming).map((one) => ({ ...chosen(one), isNamer: true }));
  pullableNamers.value = names(naming);
};

export const loadEncoders = async (): Promise<void> => {
  await Promise.all([loadOwn().catch(tellProblem), loadComputer().catch(() => {})]); // a program that has ended is told when it is wanted
};

/** The settings of another encoder, at its own size; for none, or the page's own, those of the default. */
export const chooseBy = (choice: EncoderChoice | undefined): Partial<Settings> => {
  if (!choice || choice === ofPage.value[0]) return { encoder: undefined, where: undefined, size: undefined };
  return { encoder: choice.name, where: choice.where === 'page' ? undefined : choice.where, size: undefined };
};

/** Tries a folder, and keeps it. */
const addModel = (call: 'addEncoder' | 'addNamer') => async (picked: Picked) => {
  if (adding.value) return undefined;
  const { name } = picked;
  const stopped = new AbortController();
  const now = (stage: string, done: number, total: number): void => {
    adding.value = { name, stage, done, total, stop: () => stopped.abort() };
  };
  now('check', 0, 1);
  try {
    const added: ModelChoice = await bridge.call(call, picked, { signal: stopped.signal, onProgress: now });
    if (!added.isNamer) say(texts.encoders.added(added.name)); // else it stands there, chosen
    return added;
  } catch (error) {
    tellProblem(error);
    return undefined;
  } finally {
    adding.value = undefined;
    await loadOwn().catch(tellProblem);
  }
};
export const addEncoder = addModel('addEncoder');
export const addNamer = addModel('addNamer');

export const removeModel = async ({ name, isNamer }: ModelChoice): Promise<void> => {
  try {
    await bridge.call(isNamer ? 'removeNamer' : 'removeEncoder', { name });
    say(texts.encoders.deleted(name));
    await loadOwn();
    if (active.value?.settings.encoder === name && active.value.settings.where !== 'computer') await settle(chooseBy(undefined));
  } catch (error) {
    tellProblem(error);
  }
};
