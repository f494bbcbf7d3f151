/** Editing: one step of the picture on the stage, undone and done again. */
import type { Edit } from '../worker/edits.ts';
import { bridge, tellProblem } from './bridge.ts';
import { show } from './pictures.ts';
import * as work from './work.ts';

/** One edit of the picture on the stage. @returns whether it was done */
export const edit = async (wanted: Edit): Promise<boolean> => {
  const id = work.activeId.value;
  if (!id) return false;
  try {
    show(await bridge.call('edit', { id, edit: wanted, classes: work.classes.value }));
    return true;
  } catch (error) {
    tellProblem(error);
    return false;
  }
};

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
