/** What a person does to regions, as steps of their history: a row a kind of edit. */
import { draw, InputError, nodeLike, splitNode } from 'diffcut';
import {
  boxOf,
  carve,
  classify,
  erase,
  type Mark,
  maskOf,
  merge,
  paint,
  type Sheet,
  type Step,
  type StepName,
  setMarks,
  splitByLabels,
  splitByLine,
  splitParts,
  suggest,
} from '../edit/index.ts';
import { texts } from '../texts.ts';
import { analysisOf, type Open } from './desk.ts';
import { covered, type Stroke } from './hold.ts';
import { areaOf } from './strokes.ts';
import type { Context } from './wire.ts';

type Point = readonly [x: number, y: number];

export type Edit =
  | { kind: 'merge'; ids: readonly number[] }
  /** By the node of the cut tree that is most like it, or by a given one and its parts. */
  | { kind: 'deeper'; id: number; by?: { node: number; parts: readonly number[] } }
  /** Pieces that do not touch. */
  | { kind: 'parts'; id: number }
  | { kind: 'line'; id: number; points: readonly Point[] }
  | { kind: 'paint' | 'erase'; id: number; stroke: Stroke; snap: boolean }
  /** A new region of what the stroke covers. */
  | { kind: 'carve'; stroke: Stroke; snap: boolean; classId?: number }
  | { kind: 'mark'; ids: readonly number[]; mark: { readonly [K in keyof Mark]?: Mark[K] | undefined }; what?: StepName }
  /** All others hidden; where they are already, all are shown. */
  | { kind: 'solo'; id: number }
  | { kind: 'classify'; ids: readonly number[]; classId: number | undefined }
  /** Classes that were proposed. What has one of the live classes meanwhile keeps it, but for `own`, which a person asked for. */
  | { kind: 'suggest'; given: readonly (readonly [id: number, classId: number])[]; live: readonly number[]; own?: readonly number[] };

type Plan<K extends Edit['kind']> = (
  open: Open & { sheet: Sheet },
  edit: Extract<Edit, { kind: K }>,
  context: Context,
) => Step | undefined | Promise<Step | undefined>;

/** The nodes beside the path from the root to a node: with the node itself they are the whole picture. */
const besides = ({ parent, children }: { parent: Int32Array; children: Int32Array }, node: number): number[] => {
  const out: number[] = [];
  for (let at = node; parent[at] >= 0; at = parent[at]) {
    const [left, right] = [children[2 * parent[at]], children[2 * parent[at] + 1]];
    out.push(left === at ? right : left);
  }
  return out;
};

const { cannot } = texts.labelling;

const PLANS: { [K in Edit['kind']]: Plan<K> } = {
  merge: ({ sheet }, { ids }) => merge(sheet, ids),
  parts: ({ sheet }, { id }) => splitParts(sheet, id),
  classify: ({ sheet }, { ids, classId }) => classify(sheet, ids, classId),
  suggest: ({ sheet }, { given, live, own }) => suggest(sheet, given, live, own),
  mark: ({ sheet }, { ids, mark, what }) =>
    setMarks(
      sheet,
      ids.map((id) => [id, mark] as const),
      what,
    ),
  solo: ({ sheet }, { id }) => {
    const isSolo = [...sheet.marks].every(([other, { hidden }]) => (other === id) !== (hidden === true));
    const changes = [...sheet.marks.keys()].map((other) => [other, { hidden: isSolo || other === id ? undefined : (true as const) }] as const);
    return setMarks(sheet, changes, isSolo ? 'show' : 'hide');
  },

  deeper: async (open, { id, by }, context) => {
    const { sheet } = open;
    const box = boxOf(sheet, id);
    if (!box) return undefined;
    const analysis = await analysisOf(open, open.row.settings, context);
    const { node } = by ?? nodeLike(analysis.tree, maskOf(sheet, [id]));
    const parts = by?.parts ?? splitNode(analysis.tree, node);
    if (parts.length < 2) throw new InputError(cannot.fallApart);
    const { refine } = open.row.settings;
    const drawn = await draw(analysis, { nodes: [...parts, ...besides(analysis.tree, node)] }, { refine, signal: context.signal });
    const [left, top, width, height] = box;
    const data = new Int32Array(width * height);
    for (let y = 0; y < height; y++) {
      const row = drawn.data.subarray((top + y) * sheet.width + left, (top + y) * sheet.width + left + width);
      for (let x = 0; x < width; x++) data[y * width + x] = row[x] < parts.length ? row[x] : -1;
    }
    const step = splitByLabels(sheet, id, { box, data });
    if (!step) throw new InputError(cannot.fallApart);
    return step;
  },

  line: ({ sheet }, { id, points }) => {
    const step = splitByLine(sheet, id, points);
    if (!step) throw new InputError(cannot.cut);
    return step;
  },

  paint: async (open, { id, stroke, snap }, context) => {
    const area = await areaOf(open, stroke, snap, context);
    return paint(open.sheet, id, area);
  },
  erase: async (open, { id, stroke, snap }, context) => {
    const area = await areaOf(open, stroke, snap, context);
    return erase(open.sheet, id, area);
  },
  carve: async (open, { stroke, snap, classId }, context) => {
    const area = await areaOf(open, stroke, snap, context);
    return carve(open.sheet, area, { mark: classId === undefined ? {} : { classId } });
  },
};

/** Whether a stroke covers a pixel of a region that is so. */
const isUnder = (sheet: Sheet, stroke: Stroke, isSo: (id: number, mark: Mark) => boolean): boolean => {
  const { box, mask } = covered(stroke, sheet);
  const [left, top, width] = box;
  const seen = new Set<number>();
  for (let i = 0; i < mask.length; i++) if (mask[i]) seen.add(sheet.data[(top + Math.floor(i / width)) * sheet.width + left + (i % width)]);
  return [...seen].some((id) => isSo(id, sheet.marks.get(id) ?? {}));
};

/** Why an edit came to nothing; undefined where there was nothing to do. */
const whyNot = (sheet: Sheet, edit: Edit): string | undefined => {
  switch (edit.kind) {
    case 'merge':
      return edit.ids.length > 1 ? cannot.merge : undefined;
    case 'parts':
      return cannot.part;
    case 'paint':
    case 'carve':
      return isUnder(sheet, edit.stroke, (_, { locked, hidden }) => Boolean(locked || hidden)) ? cannot.take : undefined;
    case 'erase':
      return isUnder(sheet, edit.stroke, (id) => id === edit.id) ? cannot.give : cannot.erase;
    default:
      return undefined;
  }
};

/** Edits of a region's pixels, which a locked one keeps as they are. */
const isOfPixels = (edit: Edit): edit is Extract<Edit, { id: number }> => 'id' in edit && edit.kind !== 'solo';

/** The step that an edit is; undefined where it changes nothing. @throws InputError for an edit that cannot be done, in one sentence */
export const planEdit = async (open: Open, edit: Edit, context: Context): Promise<Step | undefined> => {
  const { sheet } = open;
  if (!sheet) throw new InputError(texts.noRegionsYet);
  if (isOfPixels(edit) && sheet.marks.get(edit.id)?.locked) throw new InputError(cannot.locked);
  const step = await (PLANS[edit.kind] as unknown as (open: Open, edit: Edit, context: Context) => Promise<Step | undefined>)(open, edit, context);
  const why = step ? undefined : whyNot(sheet, edit);
  if (why) throw new InputError(why);
  return step;
};
