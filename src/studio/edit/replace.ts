/** All labels anew, from the cut tree or from a file; what a person said stays with what it was said of. */
import { InputError, type LabelMap } from 'diffcut';
import type { Step } from './history.ts';
import { rewrite } from './patch.ts';
import { changedMark, checkLabels, type Mark, nodeAt, type Sheet, tableOf } from './sheet.ts';
import { stepOf } from './step.ts';

/** What goes over to a new region, each for itself, from the regions that more than half of it lay in. */
const CARRIED = ['classId', 'name', 'colour', 'hidden'] as const;

/** Where a new region's pixels come from. */
interface Origin {
  /** Pixels. Those of locked regions do not count. */
  area: number;
  /** By the old region's id. */
  from: Map<number, number>;
}

/**
 * Puts new labels in the place of a sheet's. Locked regions keep each of their pixels; a region that is the same as before, pixel
 * for pixel, keeps its id; others get new ones. Class, name, colour and whether it is hidden go over to a new region where
 * more than half of it lay in regions of the same class, name and so on.
 * @param labels of the sheet's size
 * @param nodes of the cut tree, by label; -1 where a label is none
 * @param marks what is known of the new regions, by label: it counts more than what was said before
 * @returns undefined where nothing changes
 * @throws InputError for labels of another size, ids below 0 or above 16,777,215, a mark that cannot be
 */
export const replaceLabels = (sheet: Sheet, labels: LabelMap, nodes?: ArrayLike<number>, marks?: ReadonlyMap<number, Mark>): Step | undefined => {
  const count = checkLabels(labels);
  const { data, width, height } = sheet;
  if (labels.width !== width || labels.height !== height)
    throw new InputError(`Expected labels of ${width} x ${height} pixels but these are of ${labels.width} x ${labels.height}`);
  const isLocked = tableOf(sheet, ({ locked }) => (locked ? 1 : 0));
  const { origins, areas } = originsOf(data, labels.data, isLocked);
  const idOf = new Int32Array(count);
  const said = new Map<number, Mark>();
  let next = sheet.nextId;
  for (const [label, origin] of [...origins].sort((a, b) => a[0] - b[0])) {
    const [old] = origin.from.keys();
    const isSame = origin.from.size === 1 && areas.get(old) === origin.area;
    idOf[label] = isSame ? old : next++;
    const mark = isSame ? (sheet.marks.get(old) as Mark) : carried(sheet, origin);
    said.set(idOf[label], changedMark(mark, { node: undefined, ...nodeAt(nodes, label), ...marks?.get(label) }));
  }
  const patch = rewrite(sheet, [0, 0, width, height], (row, y) => {
    const at = y * width;
    for (let x = 0; x < width; x++) if (!isLocked[row[x]]) row[x] = idOf[labels.data[at + x]];
  });
  return stepOf(sheet, marks ? 'labels' : 'granularity', patch, said);
};

/** What each label's pixels were, and the pixels of each old region, without those of locked ones. */
const originsOf = (old: Int32Array, labels: Int32Array, isLocked: Int32Array): { origins: Map<number, Origin>; areas: Map<number, number> } => {
  const origins = new Map<number, Origin>();
  const areas = new Map<number, number>();
  for (let i = 0; i < old.length; ) {
    const [id, label, start] = [old[i], labels[i], i++];
    while (i < old.length && old[i] === id && labels[i] === label) i++;
    if (isLocked[id]) continue;
    const origin = origins.get(label) ?? { area: 0, from: new Map<number, number>() };
    origins.set(label, origin);
    origin.area += i - start;
    origin.from.set(id, (origin.from.get(id) ?? 0) + i - start);
    areas.set(id, (areas.get(id) ?? 0) + i - start);
  }
  return { origins, areas };
};

/** The mark of a new region. */
const carried = (sheet: Sheet, { area, from }: Origin): Mark => {
  const mark: Mark = {};
  for (const key of CARRIED) {
    const votes = new Map<string, number>();
    for (const [id, pixels] of from) {
      const value = sheet.marks.get(id)?.[key];
      if (value === undefined) continue;
      const sum = (votes.get(String(value)) ?? 0) + pixels;
      votes.set(String(value), sum);
      if (2 * sum > area) Object.assign(mark, { [key]: value });
    }
  }
  return mark;
};
