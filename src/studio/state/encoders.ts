/** Which encoders can be chosen: those of this page, of the program that served it, and those from the user's own folders. */
import { computed, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import type { EncoderChoice, Settings } from '../types.ts';
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
  ofPage.value = await bridge.call('encoders', undefined);
};

type Told = EncoderChoice & { here: boolean };

const loadComputer = async (): Promise<void> => {
  if (isStatic) return;
  const response = await fetch(urlOf('api/about'));
  if (!response.ok) return; // another host of files than ours
  const { encoders: told } = (await response.json()) as { encoders: Told[] };
  ofComputer.value = told
    .filter(({ here }) => here)
    .map(({ name, what, licence, note, bytes, size, multiple }) => ({ name, where: 'computer', what, licence, note, bytes, size, multiple }));
  pullable.value = told.filter(({ here }) => !here).map(({ name }) => name);
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
export const addEncoder = async (picked: Picked): Promise<void> => {
  if (adding.value) return;
  const { name } = picked;
  const stopped = new AbortController();
  const now = (stage: string, done: number, total: number): void => {
    adding.value = { name, stage, done, total, stop: () => stopped.abort() };
  };
  now('check', 0, 1);
  try {
    const added = await bridge.call('addEncoder', picked, { signal: stopped.signal, onProgress: now });
    say(texts.encoders.added(added.name));
  } catch (error) {
    tellProblem(error);
  } finally {
    adding.value = undefined;
    await loadOwn().catch(tellProblem);
  }
};

export const removeEncoder = async (name: string): Promise<void> => {
  try {
    await bridge.call('removeEncoder', { name });
    say(texts.encoders.deleted(name));
    await loadOwn();
    if (active.value?.settings.encoder === name && active.value.settings.where !== 'computer') await settle(chooseBy(undefined));
  } catch (error) {
    tellProblem(error);
  }
};
