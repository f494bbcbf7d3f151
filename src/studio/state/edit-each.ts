/** One thing done in several pictures: a step in each, all of them taken back at once. */
import type { Regions } from '../types.ts';
import type { Edit } from '../worker/edits.ts';
import { bridge } from './bridge.ts';
import { isActive } from './pictures.ts';
import * as work from './work.ts';

/** A picture, and its version with the step. */
export interface Made {
  id: string;
  version: number;
}

type See = (found: Regions) => void;

/**
 * Edits pictures, the one on the stage first.
 * @param steps is filled with those that changed something: taking another one back would be what was done before
 */
export const editEach = async (pictures: Iterable<string>, editOf: (picture: string) => Edit, steps: Made[], see: See): Promise<void> => {
  for (const id of [...pictures].sort((a, b) => Number(isActive(b)) - Number(isActive(a)))) {
    const { isDone, ...found } = await bridge.call('edit', { id, edit: editOf(id), classes: work.classes.value });
    see(found);
    if (isDone) steps.push({ id, version: found.version });
  }
};

/** Takes steps back, but of pictures that are closed by now. */
export const undoEach = async (steps: readonly Made[], see: See): Promise<void> => {
  const there = steps.filter(({ id }) => work.items.value.some((item) => item.id === id));
  for (const step of there) see(await bridge.call('undo', { ...step, classes: work.classes.value }));
};
