/** Names that a model suggests: which model, which words it may choose from, for which pictures. */
import { computed, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import type { ModelChoice, Words } from '../types.ts';
import { bridge, tellProblem } from './bridge.ts';
import { namers } from './encoders.ts';
import { fromHereOn, propose } from './proposal.ts';
import * as work from './work.ts';

const { naming } = texts;

/** Lists that come with the package, by the name that it has for each. */
export const VOCABULARIES = Object.keys(naming.vocabularies);

/** What is chosen from: the classes of the page, a list by its name, or the file that was opened. */
export const source = signal('classes');
export const file = signal<{ name: string; classes: readonly string[] } | undefined>(undefined);
export const scope = signal<'this' | 'all'>('this');

/** By where it computes and its name; the first where nothing else is here. */
const chosen = signal<string | undefined>(undefined);
export const keyOf = ({ where, name }: ModelChoice): string => `${where} ${name}`;
export const namerNow = computed(() => namers.value.find((one) => keyOf(one) === chosen.value) ?? namers.value[0]);
export const choose = (key: string): void => {
  chosen.value = key;
};

/** A class's name as a model reads it: commas would stand between synonyms. */
const spoken = (name: string): string => name.replace(/[,\s]+/g, ' ').trim();

/** The words of the choice, and how many names these are; undefined for a list of the package, which tells its own. */
export const listed = computed((): readonly string[] | undefined => {
  if (source.value === 'file') return file.value?.classes ?? [];
  if (source.value !== 'classes') return undefined;
  return [...new Set(work.classes.value.map(({ name }) => spoken(name)).filter(Boolean))];
});

/** Why nothing can be suggested: what is missing of something to choose from, something that chooses, and something to name. */
export const missing = computed((): string | undefined => {
  if (!namerNow.value) return naming.modelFirst;
  if (listed.value?.length === 0) return naming.noClasses;
  if (work.active.value?.status === 'failed' && scope.value === 'this') return naming.notRead;
  return work.active.value ? undefined : naming.noPicture;
});

/** Opens a vocabulary's file: a class a line, synonyms with commas between. */
export const openVocabulary = async (given: File | undefined): Promise<void> => {
  if (!given) return;
  try {
    file.value = { name: given.name, classes: await bridge.call('vocabularyIn', { file: given }) };
    source.value = 'file';
  } catch (error) {
    tellProblem(error);
  }
};

/** Has the model name the regions of the picture on the stage, or of all pictures. */
export const suggest = async (): Promise<void> => {
  const { value: namer } = namerNow;
  if (!namer || missing.value !== undefined) return;
  const words: Words = listed.value ? { classes: listed.value } : { vocabulary: source.value };
  const asked = { chosen: { name: namer.name, where: namer.where }, words };
  work.dialog.value = undefined;
  work.mode.value = 'regions';
  const look = async (id: string, options: object) => {
    const { value: classes } = work.classes;
    const found = await bridge.call('nameRegions', { id, ...asked, classes }, options);
    const ownOf = new Map(classes.map(({ name }) => [spoken(name), name]));
    return { ...found, rows: found.rows.map((row) => ({ ...row, name: ownOf.get(row.name ?? '') ?? row.name })) };
  };
  await propose({ by: 'names', look }, scope.value === 'all' ? fromHereOn() : fromHereOn().slice(0, 1));
};
