/** "The same as here everywhere": regions like the selected ones are proposed in all pictures, and taken with one key. */
import { effect } from '@preact/signals';
import type { Like } from '../worker/similar.ts';
import { bridge } from './bridge.ts';
import { isActive } from './pictures.ts';
import { fromHereOn, proposal, propose } from './proposal.ts';
import * as work from './work.ts';

/** Whether what is selected is what others were compared with, or nothing: a class is then for what is proposed too. */
export const isOfProposal = (ids: readonly number[]): boolean => {
  const { like } = proposal.value ?? {};
  if (!like) return false;
  const isSame = isActive(like.id) && ids.length === like.ids.length && ids.every((id) => like.ids.includes(id));
  return ids.length === 0 || isSame;
};

/** The class of what others are compared with, while its picture is on the stage. */
const classOf = ({ id: picture, ids }: Like): number | undefined => {
  const { value: regions } = work.regions;
  const rows = regions?.picture === picture ? regions.rows : [];
  return rows.find((row) => ids.includes(row.id) && work.classes.value.some(({ id }) => id === row.classId))?.classId;
};

/** Looks for regions like these ones. */
export const proposeLike = async (ids: readonly number[]): Promise<void> => {
  const { value: item } = work.active;
  if (!item || !work.regions.value) return;
  const like: Like = { id: item.id, ids, settings: item.settings };
  const look = (id: string, options: object) => bridge.call('similar', { id, like, classes: work.classes.value }, options);
  await propose({ by: 'similar', look, like, classId: classOf(like) }, fromHereOn());
};

// It may be named only then.
effect(() => {
  const { value: now } = proposal;
  const classId = now?.like && classOf(now.like);
  if (now && classId !== undefined && classId !== now.classId) proposal.value = { ...now, classId };
});
