/** A region that becomes several: its own pieces, or those of another map. */
import { InputError } from 'diffcut';
import type { Step } from './history.ts';
import { rewrite } from './patch.ts';
import { eachRunOfRow, piecesOf } from './pieces.ts';
import { type Box, boxOf, changedMark, checkBox, clipped, isOpen, type Mark, nodeAt, type Sheet, withoutNode } from './sheet.ts';
import { stepOf } from './step.ts';

/**
 * Ids of the parts of a region, and what is then said of them: the largest keeps the region's id, the first of several as large;
 * what is said of the region is said of all.
 * @param areas of each part
 * @param nodeOf what is known of a part's node
 */
export const namesOf = (sheet: Sheet, id: number, areas: ArrayLike<number>, nodeOf = (_part: number): { node?: number | undefined } => ({})) => {
  let largest = 0;
  for (let part = 1; part < areas.length; part++) if (areas[part] > areas[largest]) largest = part;
  const mark = withoutNode(sheet.marks.get(id) as Mark);
  const marks = new Map<number, Mark>();
  let next = sheet.nextId;
  const ids = Int32Array.from(areas, (_, part) => {
    const own = part === largest ? id : next++;
    marks.set(own, changedMark(mark, nodeOf(part)));
    return own;
  });
  return { ids, marks };
};

/** A region's pieces that do not touch become regions. @returns undefined where it is in one piece, not there or locked */
export const splitParts = (sheet: Sheet, id: number): Step | undefined => {
  const box = isOpen(sheet, id) && boxOf(sheet, id);
  if (!box) return undefined;
  const pieces = piecesOf(sheet, id, box);
  if (pieces.area.length < 2) return undefined;
  const { ids, marks } = namesOf(sheet, id, pieces.area);
  const patch = rewrite(sheet, box, (row, y) => eachRunOfRow(pieces, y, (piece, from, to) => row.fill(ids[piece], from - box[0], to - box[0])));
  return stepOf(sheet, 'splitParts', patch, marks);
};

/** Parts of a region by a map of their own. */
export interface Parts {
  box: Box;
  /** The part of each pixel of the box, any number from 0 on; -1 for none. What lies outside of the region says nothing. */
  data: Int32Array;
  /** Nodes of the cut tree, by part; -1 where it is none. */
  nodes?: ArrayLike<number>;
}

/**
 * A region's pixels get the ids of a map's parts. The largest keeps the region's id, and with it what is in no part.
 * @returns undefined where the map holds fewer than two parts of the region, or it is not there or locked
 * @throws InputError for a map that is none
 */
export const splitByLabels = (sheet: Sheet, id: number, { box, data, nodes }: Parts): Step | undefined => {
  if (!(data instanceof Int32Array)) throw new InputError("Expected a region's parts as Int32Array");
  checkBox(box, data.length);
  if (!isOpen(sheet, id)) return undefined;
  const within = clipped(box, sheet);
  const partsAt = (y: number): Int32Array => {
    const at = (y - box[1]) * box[2] + within[0] - box[0];
    return data.subarray(at, at + within[2]);
  };
  const counts = countParts(sheet, id, within, partsAt);
  if (counts.size < 2) return undefined;
  const parts = [...counts.keys()].sort((a, b) => a - b);
  const areas = parts.map((part) => counts.get(part) as number);
  const { ids, marks } = namesOf(sheet, id, areas, (k) => nodeAt(nodes, parts[k]));
  const told = areas.reduce((sum, area) => sum + area, 0);
  if (told < areaOf(sheet, id)) marks.set(id, withoutNode(marks.get(id) as Mark)); // more than the node
  const idOf = new Map(parts.map((part, k) => [part, ids[k]]));
  const patch = rewrite(sheet, within, (row, y) => {
    const partOf = partsAt(y);
    let [last, lastId] = [-1, id];
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== id || partOf[x] < 0) continue;
      if (partOf[x] !== last) [last, lastId] = [partOf[x], idOf.get(partOf[x]) as number];
      row[x] = lastId;
    }
  });
  return stepOf(sheet, 'splitByLabels', patch, marks);
};

/** Pixels of the region in each part. */
const countParts = ({ data, width }: Sheet, id: number, [left, top, columns, rows]: Box, partsAt: (y: number) => Int32Array): Map<number, number> => {
  const counts = new Map<number, number>();
  for (let y = top; y < top + rows; y++) {
    const partOf = partsAt(y);
    const at = y * width + left;
    for (let x = 0; x < columns; ) {
      const start = x++;
      const part = partOf[start];
      if (data[at + start] !== id || part < 0) continue;
      while (x < columns && data[at + x] === id && partOf[x] === part) x++;
      counts.set(part, (counts.get(part) ?? 0) + x - start);
    }
  }
  return counts;
};

const areaOf = ({ data }: Sheet, id: number): number => {
  let area = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === id) area++;
  return area;
};
