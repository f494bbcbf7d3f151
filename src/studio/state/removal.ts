/** Pictures taken out of the strip: brought back with all that was made of them while the notice says so, deleted once it is gone. */
import { effect, untracked } from '@preact/signals';
import { texts } from '../texts.ts';
import { bridge, tellProblem } from './bridge.ts';
import { activate, forget, takeOut } from './pictures.ts';
import * as work from './work.ts';

/** What the notice is about. */
let removed: { items: readonly work.Item[]; notice: work.Notice } | undefined;
/** Nothing was edited since, so it is what undo means. */
let isLatest = false;

/** Takes a picture out of the strip at once. */
export const remove = async (id: string): Promise<void> => {
  const item = work.items.value.find((one) => one.id === id);
  if (!item) return;
  const items = [...(removed?.items ?? []), item];
  const notice: work.Notice = {
    kind: 'said',
    text: texts.removed(items.map(({ name }) => name)),
    action: { text: texts.undo, run: () => void bringBack() },
  };
  removed = { items, notice };
  isLatest = true;
  work.notice.value = notice;
  void takeOut([id]);
  try {
    await bridge.call('setAside', { id, isAside: true });
  } catch (error) {
    tellProblem(error);
  }
};

/** Puts back what was removed last, where it was. */
const bringBack = async (): Promise<void> => {
  if (!removed) return;
  const { items } = removed;
  removed = undefined;
  const back = items.map((item): work.Item => (item.status === 'working' ? { ...item, status: 'waiting' } : item));
  work.items.value = [...work.items.value, ...back].sort((a, b) => a.order - b.order);
  try {
    for (const { id } of items) await bridge.call('setAside', { id, isAside: false });
    await activate(items[items.length - 1].id);
  } catch (error) {
    tellProblem(error);
  }
};

/** What Ctrl+Z means right after a picture was removed. @returns whether it was that */
export const undoRemoval = (): boolean => {
  if (!removed || !isLatest) return false;
  void bringBack();
  work.notice.value = undefined;
  return true;
};

/** An edit came: undo means that from now on, and the notice's button alone brings pictures back. */
export const editedSince = (): void => {
  isLatest = false;
};

effect(() => {
  const { value: now } = work.notice;
  untracked(() => {
    if (!removed || now === removed.notice) return;
    const { items } = removed;
    removed = undefined;
    forget(items.map(({ id }) => id)).catch(tellProblem);
    for (const { thumb } of items) if (thumb) URL.revokeObjectURL(thumb);
  });
});
