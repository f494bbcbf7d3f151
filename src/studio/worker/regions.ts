/** A picture's regions: segmented, previewed while a slider moves, edited step by step, and drawn. */
import { type Analysis, describe, draw, type LabelMap, nodesAt, segmentPalette, usedOptions } from 'diffcut';
import { replaceLabels, type Sheet, type Step, sheetOf, statsOf } from '../edit/index.ts';
import type { ClassRow, Drawn, Frame, Look, RegionRow, Regions, Settings, SmallLabels, Used, View } from '../types.ts';
import { lightOf } from './branches.ts';
import { analysisOf, type Open, picture, saveBase, saveRow, store } from './desk.ts';
import { type Edit, planEdit } from './edits.ts';
import { inFront, standingBack } from './precedence.ts';
import { type Labels, type Paint, places, renderRegions } from './render.ts';
import { standIns } from './stand-ins.ts';
import type { Context } from './wire.ts';

/** Longest side of labels that the page itself has, and of those drawn while a slider moves. */
const SMALL = 640;
export const PREVIEW = 512;

const PALETTE = segmentPalette(256);
export const colourAt = (id: number): [number, number, number] =>
  [...PALETTE.subarray(3 * (id % 256), 3 * (id % 256) + 3)] as [number, number, number];

/** As a region is seen: its own colour, its class's, or one by its id. */
export const colourOf = (id: number, sheet: Sheet, classes: readonly ClassRow[]): readonly [number, number, number] => {
  const mark = sheet.marks.get(id);
  return mark?.colour ?? classes.find((row) => row.id === mark?.classId)?.colour ?? colourAt(id);
};

const smallOf = ({ data, width, height }: Labels): SmallLabels => {
  const by = Math.min(1, SMALL / Math.max(width, height));
  const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * by)));
  const small = new Int32Array(w * h);
  const columns = Int32Array.from({ length: w }, (_, x) => Math.floor(((x + 0.5) * width) / w));
  for (let y = 0, to = 0; y < h; y++) {
    const row = Math.floor(((y + 0.5) * height) / h) * width;
    for (let x = 0; x < w; x++) small[to++] = data[row + columns[x]];
  }
  return { data: small, width: w, height: h };
};

/** What the page shows of a picture's regions. */
export const regionsOf = (open: Open, classes: readonly ClassRow[], { transfer }: Context): Regions => {
  const sheet = open.sheet as Sheet;
  const small = smallOf(sheet);
  transfer(small.data.buffer);
  const rows = statsOf(sheet)
    .map(
      ({ id, area, box, label }): RegionRow => ({
        id,
        area,
        box,
        label,
        ...sheet.marks.get(id),
        colour: [...colourOf(id, sheet, classes)] as RegionRow['colour'],
      }),
    )
    .sort((a, b) => b.area - a.area || a.id - b.id);
  const { steps, at } = open.history;
  const { settings, used } = inForce(open) ?? {};
  return {
    picture: open.row.id,
    file: { width: open.row.width ?? sheet.width, height: open.row.height ?? sheet.height, notes: open.row.notes ?? [] },
    version: open.version,
    width: sheet.width,
    height: sheet.height,
    rows,
    small,
    canUndo: at > 0,
    canRedo: at < steps.length,
    ...(at > 0 && { undoes: steps[at - 1].what }),
    ...(at < steps.length && { redoes: steps[at].what }),
    ...(settings && { settings }),
    ...(used && { used }),
  };
};

/** What segmented the regions as they are: the last that was drawn up to here. */
export const inForce = ({ row, history }: Open): Drawn | undefined => row.drawn?.findLast(({ at }) => at <= history.at);

/** In labels that stand in for a sheet's, from this number on stand the ids of locked regions: those stay as they are. */
const LOCKED_FROM = 2 ** 24;

/** Colours from here on are of labels that no region stands for: those of regions are mostly the first ones. */
const NEW_FROM = 128;

/** Labels for the time being, under a sheet's locked regions. */
const withLocked = ({ data, width, height }: Labels, sheet: Sheet | undefined): Labels => {
  const locked = new Set([...(sheet?.marks ?? [])].filter(([, mark]) => mark.locked).map(([id]) => id));
  if (!sheet || locked.size === 0) return { data, width, height };
  const columns = places(width, 0, 1, width, sheet.width);
  const rows = places(height, 0, 1, height, sheet.height);
  const under = (i: number): number => sheet.data[rows[Math.floor(i / width)] * sheet.width + columns[i % width]];
  return { data: data.map((id, i) => (locked.has(under(i)) ? LOCKED_FROM + under(i) : id)), width, height };
};

/** How loose the library builds a tree for a price: splits above are not looked for. */
export const USUAL_TREE_TAU = 0.75;

/** What of the settings says how fine segments are, and how they are drawn. */
export const granularity = ({ price, tau }: Settings) => ({ price, tau });
export const drawingOf = ({ refine, minArea, split, keepAlpha }: Settings) => ({ refine, minArea, split, keepAlpha });

/**
 * The nodes of the tree that are segments. The tree of cuts is deeper than the granularity wants (`analysisOf`), so that each
 * segment can be split further; splits that the library would not have looked for do not count here.
 */
export const segmentsOf = (analysis: Analysis, settings: Settings): Int32Array => {
  const { tau, price, ease } = usedOptions(analysis, granularity(settings), drawingOf(settings));
  const treeTau = tau === null && analysis.tree.cut ? USUAL_TREE_TAU : undefined;
  return nodesAt(analysis.tree, tau === null ? { price: price ?? 0, ease: ease ?? 0 } : { tau }, { treeTau });
};

/** As quickly as a slider moves: borders of tokens and superpixels as they are. */
export const quick = ({ split, keepAlpha }: Settings) => ({ split, keepAlpha, refine: 'none', size: PREVIEW }) as const;

/** Segments as `segment` gives them: numbered by area. And how many of the tree's the drawing gave up. */
const drawnBy = async (analysis: Analysis, settings: Settings, { signal }: Context): Promise<{ labels: LabelMap; lost: number }> => {
  const { lost, nodes: _, ...drawn } = await draw(analysis, { nodes: segmentsOf(analysis, settings) }, { ...drawingOf(settings), signal });
  return { labels: (await describe(drawn, analysis.picture, { signal })).labels, lost };
};
export const segmented = async (analysis: Analysis, settings: Settings, context: Context): Promise<LabelMap> =>
  (await drawnBy(analysis, settings, context)).labels;

/** What a JSON tells of a drawing. */
const toldOf = (analysis: Analysis, settings: Settings, lost: number, drawing: number): Drawn['told'] => ({
  options: { ...usedOptions(analysis, granularity(settings), drawingOf(settings)) },
  lost,
  timings: { ...analysis.timings, draw: drawing },
});

/** @param spent milliseconds since it was asked for @param drawing milliseconds from the analysis on */
export const usedOf = (analysis: Analysis, settings: Settings, spent: number, drawing: number): Used => {
  const { row, timings, features } = analysis;
  const { encoder, device, solver, alpha, size, price, tau } = usedOptions(analysis, granularity(settings), drawingOf(settings));
  return {
    encoder: encoder ?? '',
    device: device ?? features.origin?.device ?? null,
    solver,
    alpha,
    price,
    tau,
    size: size ?? features.origin?.size ?? null,
    milliseconds: spent,
    whole: Object.values(timings).reduce((sum, each) => sum + each, drawing),
    own: { solver: row.solver, price: row.price, mergePrice: row.merge.price, tau: row.tau ?? null },
  };
};

/** What was drawn up to the step before this one. */
const drawnBefore = ({ row, history }: Open): Drawn[] => row.drawn?.filter(({ at }) => at < history.at) ?? [];

/** Does a step and keeps it, with what it made void. */
export const take = async (open: Open, step: Step | undefined): Promise<void> => {
  if (!step || !open.sheet) return;
  const kept = await store;
  const { history } = open;
  if (history.at < history.steps.length) await kept.remove('steps', [open.row.id, history.at], [open.row.id, Number.MAX_SAFE_INTEGER]);
  history.push(open.sheet, step);
  open.version++;
  await kept.put('steps', [open.row.id, history.at - 1], step);
  await saveRow(open, { at: history.at, drawn: drawnBefore(open) });
};

export interface Asked {
  id: string;
  classes: readonly ClassRow[];
}

export const regionHandlers = {
  /** A picture's regions as they are; segmented first where they never were. */
  ready: async ({ id, classes }: Asked, context: Context): Promise<Regions> => {
    const open = await picture(id);
    if (!open.sheet) return regionHandlers.settle({ id, classes, settings: open.row.settings }, context);
    return regionsOf(open, classes, context);
  },

  /** Segments a picture anew, at full size: what a slider that rests asks for. A step like any other where there were regions. */
  settle: async ({ id, settings, classes }: Asked & { settings: Settings }, context: Context): Promise<Regions> => {
    const start = performance.now();
    const open = await picture(id);
    const analysis = await analysisOf(open, settings, context);
    let drawing = 0;
    const drawn = (signal: AbortSignal) => {
      const from = performance.now();
      return drawnBy(analysis, settings, { ...context, signal }).finally(() => {
        drawing = performance.now() - from;
      });
    };
    const { labels, lost } = await (context.isBehind ? standingBack : inFront)(id, context.signal, drawn).finally(() => {
      if (!context.signal.aborted) open.preview = undefined; // else the slider moved on, and shows its own
    });
    context.signal.throwIfAborted();
    const used = usedOf(analysis, settings, performance.now() - start, drawing);
    const isMixed = [...(open.sheet?.marks.values() ?? [])].some(({ locked }) => locked);
    if (open.sheet) await take(open, replaceLabels(open.sheet, labels));
    else await saveBase(open, sheetOf(labels));
    const now = { at: open.history.at, settings, used, told: toldOf(analysis, settings, lost, drawing), ...(isMixed && { isMixed }) };
    await saveRow(open, { settings, drawn: [...drawnBefore(open), now] });
    return regionsOf(open, classes, context);
  },

  /** The regions of a slider that moves, small and at once; `render` shows them until the next settling. */
  preview: async ({ id, settings, view, look }: { id: string; settings: Settings; view: View; look: Look }, context: Context): Promise<Frame> => {
    const open = await picture(id);
    const analysis = await analysisOf(open, settings, context);
    const quickly = (signal: AbortSignal) => draw(analysis, { nodes: segmentsOf(analysis, settings) }, { ...quick(settings), signal });
    const drawn = await inFront(id, context.signal, quickly);
    open.preview = { ...withLocked(drawn, open.sheet), standFor: open.sheet ? standIns(drawn, open.sheet) : new Map() };
    return regionHandlers.render({ id, view, look }, context);
  },

  /** The overlay of what lies on the screen. */
  render: async ({ id, view, look }: { id: string; view: View; look: Look }, { transfer }: Context): Promise<Frame> => {
    const open = await picture(id);
    const { sheet, preview, image } = open;
    const labels = preview ?? sheet;
    const paintOf = (given: number): Paint => {
      const isNew = preview !== undefined && given < LOCKED_FROM;
      const regionId = isNew ? preview.standFor.get(given) : preview ? given - LOCKED_FROM : given;
      if (!sheet || regionId === undefined) return { colour: colourAt(isNew ? NEW_FROM + given : Math.max(0, given)) };
      if (isNew) return { colour: colourOf(regionId, sheet, look.classes), hidden: sheet.marks.get(regionId)?.hidden };
      const { hidden, locked } = sheet.marks.get(regionId) ?? {};
      return { colour: colourOf(Math.max(0, regionId), sheet, look.classes), hidden, locked };
    };
    const canvas = new OffscreenCanvas(view.width, view.height);
    if (labels) canvas.getContext('2d')?.putImageData(renderRegions(labels, image, view, look, paintOf, lightOf(open.tree, look.node)), 0, 0);
    const bitmap = canvas.transferToImageBitmap();
    transfer(bitmap);
    return { view, bitmap };
  },

  /** A picture's regions as they are, at once; nothing where it was never segmented. */
  regions: async ({ id, classes }: Asked, context: Context): Promise<Regions | undefined> => {
    const open = await picture(id);
    return open.sheet && regionsOf(open, classes, context);
  },

  /** One step of editing; and whether there was anything to do. */
  edit: async ({ id, edit, classes }: Asked & { edit: Edit }, context: Context): Promise<Regions & { isDone: boolean }> => {
    const open = await picture(id);
    const step = await planEdit(open, edit, context);
    context.signal.throwIfAborted();
    await take(open, step);
    return { ...regionsOf(open, classes, context), isDone: step !== undefined };
  },

  /** A picture's regions as they are, after a change of theirs was stopped. */
  stopped: async ({ id, classes }: Asked, context: Context): Promise<Regions> => {
    const open = await picture(id);
    open.preview = undefined; // of a slider that moved
    return regionsOf(open, classes, context);
  },

  /** @param version the step is taken back only while nothing was done since */
  undo: async ({ id, classes, version }: Asked & { version?: number }, context: Context): Promise<Regions> => {
    const open = await picture(id);
    if (version !== undefined && version !== open.version) return regionsOf(open, classes, context);
    if (open.sheet && open.history.undo(open.sheet)) open.version++;
    await saveRow(open, { at: open.history.at, settings: inForce(open)?.settings ?? open.row.settings });
    return regionsOf(open, classes, context);
  },

  redo: async ({ id, classes }: Asked, context: Context): Promise<Regions> => {
    const open = await picture(id);
    if (open.sheet && open.history.redo(open.sheet)) open.version++;
    await saveRow(open, { at: open.history.at, settings: inForce(open)?.settings ?? open.row.settings });
    return regionsOf(open, classes, context);
  },
};
