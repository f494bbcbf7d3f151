/** Regions that become one. */
import type { Step } from './history.ts';
import { rewrite } from './patch.ts';
import { type Box, changedMark, isOpen, joined, type Mark, type Sheet, withoutNode } from './sheet.ts';
import { measure } from './stats.ts';
import { stepOf } from './step.ts';

/**
 * Merges regions, touching or not, into the largest of them, which keeps its id and its mark; where that has no class or no name
 * it takes those of the largest one that has. Ids that are not there, and locked ones, are passed over.
 * @returns undefined where fewer than two are left
 */
export const merge = (sheet: Sheet, ids: Iterable<number>): Step | undefined => {
  const among = new Set([...ids].filter((id) => isOpen(sheet, id)));
  if (among.size < 2) return undefined;
  const parts = measure(sheet)
    .filter(({ id }) => among.has(id))
    .sort((a, b) => b.area - a.area || a.id - b.id);
  const [{ id: into }] = parts;
  const marks = parts.map(({ id }) => sheet.marks.get(id) as Mark);
  const said = (key: 'classId' | 'name') => marks.find((mark) => mark[key] !== undefined)?.[key];
  const mark = changedMark(withoutNode(marks[0]), { classId: said('classId') as number, name: said('name') as string });
  const isPart = new Uint8Array(sheet.nextId);
  for (const id of among) isPart[id] = 1;
  const box = parts.map((part) => part.box).reduce(joined, [0, 0, 0, 0] as Box);
  const patch = rewrite(sheet, box, (row) => {
    for (let x = 0; x < row.length; x++) if (isPart[row[x]]) row[x] = into;
  });
  return stepOf(sheet, 'merge', patch, new Map([[into, mark]]));
};
