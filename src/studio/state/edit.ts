/** Editing: one step of the picture on the stage, undone and done again. */
import { computed, effect, signal } from '@preact/signals';
import { isVoid } from '../bridge/bridge.ts';
import type { Edit } from '../worker/edits.ts';
import { bridge, tellProblem } from './bridge.ts';
import { isActive, show } from './pictures.ts';
import { editedSince } from './removal.ts';
import * as work from './work.ts';

/** Says why an edit could not be. */
const tellPassing = (error: unknown): void => {
  if (!isVoid(error)) work.notice.value = { kind: 'problem', text: (error as Error).message, isPassing: true };
};
effect(() => {
  void work.regions.value;
  void work.activeId.value;
  if (work.notice.peek()?.isPassing) work.notice.value = undefined; // what it speaks of is not there any more
});

/** Pictures of edits that are under way, one for each. */
const pending = signal<readonly string[]>([]);
/** Whether undo would stop an edit of the picture on the stage, rather than take one back. */
export const isPending = computed(() => pending.value.some(isActive));

/** One edit of the picture on the stage. @returns whether it was done: not where undo stopped it */
export const edit = async (wanted: Edit): Promise<boolean> => {
  const id = work.activeId.value;
  if (!id) return false;
  pending.value = [...pending.value, id];
  editedSince();
  const onProgress = (stage: string, done: number, total: number): void => {
    if (isActive(id)) work.progress.value = { stage, done, total };
  };
  try {
    show(await bridge.call('edit', { id, edit: wanted, classes: work.classes.value }, { onProgress }));
    return true;
  } catch (error) {
    tellPassing(error);
    return false;
  } finally {
    pending.value = pending.value.toSpliced(pending.value.indexOf(id), 1);
    if (isActive(id) && work.regions.value) work.progress.value = undefined;
  }
};

/** Hides or locks regions; where all are already, shows or unlocks them. */
export const toggleFlag = (flag: 'hidden' | 'locked', ids: readonly number[]): void => {
  const rows = work.regions.value?.rows.filter(({ id }) => ids.includes(id)) ?? [];
  setFlag(flag, ids, !rows.every((row) => row[flag]));
};

const FLAG_STEPS = { hidden: ['show', 'hide'], locked: ['unlock', 'lock'] } as const;

export const setFlag = (flag: 'hidden' | 'locked', ids: readonly number[], isOn: boolean): void =>
  void edit({ kind: 'mark', ids, mark: { [flag]: isOn || undefined }, what: FLAG_STEPS[flag][Number(isOn)] });

const walk = (call: 'undo' | 'redo') => async (): Promise<void> => {
  const id = work.activeId.value;
  if (!id) return;
  try {
    show(await bridge.call(call, { id, classes: work.classes.value }));
  } catch (error) {
    tellProblem(error);
  }
};
export const undo = walk('undo');
export const redo = walk('redo');

export const selected = (): number[] => [...work.selection.value];

export const select = (ids: readonly number[], how: 'set' | 'toggle' = 'set'): void => {
  const next = new Set(how === 'set' ? [] : work.selection.value);
  for (const id of ids) next.has(id) ? next.delete(id) : next.add(id);
  work.selection.value = next;
};
