/** Classes given to regions, by a click or a number key. */
import { texts } from '../texts.ts';
import { say } from './bridge.ts';
import { addClasses, regionsOf } from './classes.ts';
import { edit, select } from './edit.ts';
import { proposal, take } from './proposal.ts';
import { isOfProposal } from './similar.ts';
import * as work from './work.ts';

const { labelling } = texts;

/** Names regions; while others are proposed that are like them, those too. */
export const giveClass = async (classId: number, ids: readonly number[]): Promise<void> => {
  if (isOfProposal(ids)) return take(classId);
  if (ids.length > 0) await edit({ kind: 'classify', ids, classId });
};

/** Gives regions the nth class of the list, from 1; the one after the last is made. */
export const giveNth = async (n: number, ids: readonly number[]): Promise<void> => {
  if (n > work.classes.value.length + 1) return say(labelling.noSuchClass(n));
  if (n > work.classes.value.length) addClasses([texts.classNumber(n)]);
  await giveClass(work.classes.value[n - 1].id, ids);
};

/** What a click on a class does: names what is selected; with nothing selected, selects all that are of it. */
export const useClass = async (classId: number): Promise<void> => {
  const ids = [...work.selection.value];
  if (ids.length > 0 || proposal.value?.like) return giveClass(classId, ids);
  const own = regionsOf(classId);
  own.length > 0 ? select(own) : say(labelling.noneOfClass);
};
