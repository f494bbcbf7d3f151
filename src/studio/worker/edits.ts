/** What a person does to regions, as steps of their history: a row a kind of edit. */
import { draw, InputError, type LabelMap, nodeLike, splitNode, superpixels } from 'diffcut';
import {
  type Area,
  boxOf,
  carve,
  classify,
  erase,
  type Mark,
  maskOf,
  merge,
  paint,
  polygonArea,
  type Sheet,
  type Snap,
  type Step,
  type StepName,
  setMarks,
  splitByLabels,
  splitByLine,
  splitParts,
  strokeArea,
} from '../edit/index.ts';
import { analysisOf, type Open } from './desk.ts';
import type { Context } from './wire.ts';

type Point = readonly [x: number, y: number];

/** Where a brush or a lasso went, in pixels of the picture. */
export type Stroke = { points: readonly Point[]; radius: number } | { polygon: readonly Point[] };

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
  | { kind: 'classify'; ids: readonly number[]; classId: number | undefined };

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

/** Superpixels of a picture, made when a brush first snaps to them. */
const superpixelsOf = async (open: Open, context: Context): Promise<LabelMap> => {
  const made = open.superpixels ?? analysisOf(open, open.row.settings, context).then((analysis) => superpixels(analysis));
  open.superpixels = made;
  made.catch(() => {
    open.superpixels = undefined; // another stroke may fare better
  });
  return made;
};

/** Share of a superpixel that a lasso must cover to take it whole; a brush takes what it touches. */
const LASSO_SHARE = 0.5;
const BRUSH_SHARE = 0.02;

/** The pixels that a stroke covers. */
const areaOf = (sheet: Sheet, stroke: Stroke): Area =>
  'polygon' in stroke ? polygonArea(stroke.polygon, sheet) : strokeArea(stroke.points, stroke.radius, sheet);

/** What a stroke holds to, where it is to hold to edges. */
const snapOf = async (open: Open, stroke: Stroke, isSnapped: boolean, context: Context): Promise<Snap> =>
  isSnapped ? { snap: await superpixelsOf(open, context), share: 'polygon' in stroke ? LASSO_SHARE : BRUSH_SHARE } : {};

const NO_FURTHER = 'This region falls apart no further: draw a line across it, or paint';

const PLANS: { [K in Edit['kind']]: Plan<K> } = {
  merge: ({ sheet }, { ids }) => merge(sheet, ids),
  parts: ({ sheet }, { id }) => splitParts(sheet, id),
  classify: ({ sheet }, { ids, classId }) => classify(sheet, ids, classId),
  mark: ({ sheet }, { ids, mark, what }) =>
    setMarks(
      sheet,
      ids.map((id) => [id, mark] as const),
      what,
    ),

  deeper: async (open, { id, by }, context) => {
    const { sheet } = open;
    const box = boxOf(sheet, id);
    if (!box) return undefined;
    const analysis = await analysisOf(open, open.row.settings, context);
    const { node } = by ?? nodeLike(analysis.tree, maskOf(sheet, [id]));
    const parts = by?.parts ?? splitNode(analysis.tree, node);
    if (parts.length < 2) throw new InputError(NO_FURTHER);
    const { refine } = open.row.settings;
    const drawn = await draw(analysis, { nodes: [...parts, ...besides(analysis.tree, node)] }, { refine, signal: context.signal });
    const [left, top, width, height] = box;
    const data = new Int32Array(width * height);
    for (let y = 0; y < height; y++) {
      const row = drawn.data.subarray((top + y) * sheet.width + left, (top + y) * sheet.width + left + width);
      for (let x = 0; x < width; x++) data[y * width + x] = row[x] < parts.length ? row[x] : -1;
    }
    const step = splitByLabels(sheet, id, { box, data });
    if (!step) throw new InputError(NO_FURTHER);
    return step;
  },

  line: ({ sheet }, { id, points }) => {
    const step = splitByLine(sheet, id, points);
    if (!step) throw new InputError('The line does not cut the region in two: draw it from one border to another');
    return step;
  },

  paint: async (open, { id, stroke, snap }, context) => paint(open.sheet, id, areaOf(open.sheet, stroke), await snapOf(open, stroke, snap, context)),
  erase: async (open, { id, stroke, snap }, context) => erase(open.sheet, id, areaOf(open.sheet, stroke), await snapOf(open, stroke, snap, context)),
  carve: async (open, { stroke, snap, classId }, context) =>
    carve(open.sheet, areaOf(open.sheet, stroke), {
      ...(await snapOf(open, stroke, snap, context)),
      mark: classId === undefined ? {} : { classId },
    }),
};

/** The step that an edit is; undefined where it changes nothing. @throws InputError for an edit that cannot be done, in one sentence */
export const planEdit = async (open: Open, edit: Edit, context: Context): Promise<Step | undefined> => {
  if (!open.sheet) throw new InputError('The picture has no regions yet');
  return (PLANS[edit.kind] as unknown as (open: Open, edit: Edit, context: Context) => Promise<Step | undefined>)(open, edit, context);
};
