/** Side B of a comparison: the same picture by other settings, drawn over the same view; and how both agree. */
import { draw, InputError } from 'diffcut';
import type { Compared, Frame, Look, Settings, View } from '../types.ts';
import { agreementOf, matchOf, overlapOf } from './agreement.ts';
import { analysisOf, type Open, picture } from './desk.ts';
import { colourAt, colourOf, quick, segmented, segmentsOf, usedOf } from './regions.ts';
import { type Labels, renderRegions } from './render.ts';
import type { Context } from './wire.ts';

/** What was last drawn of B. Of one picture alone: labels are as large as it. */
interface Other {
  id: string;
  key: string;
  labels: Labels;
  /** The region of A whose colour each region has. */
  match: Map<number, number>;
  found: Pick<Compared, 'used' | 'regions'> | undefined;
}

let other: Other | undefined;

const sheetOf = ({ sheet }: Open) => {
  if (!sheet) throw new InputError('The picture has no regions yet');
  return sheet;
};

export interface CompareAsked {
  id: string;
  settings: Settings;
}

export const compareHandlers = {
  /**
   * Segments a picture by other settings than its own, without changing it, and holds both against each other. Asked again after
   * the picture's own regions have changed, only the latter is done.
   */
  compareWith: async ({ id, settings }: CompareAsked, context: Context): Promise<Compared> => {
    const start = performance.now();
    const open = await picture(id);
    const key = JSON.stringify(Object.entries(settings).sort());
    const analysis = await analysisOf(open, settings, context);
    const analysed = performance.now();
    let made = other?.id === id && other.key === key && other.found ? other : undefined;
    if (!made) {
      const labels = await segmented(analysis, settings, context);
      const used = usedOf(analysis, settings, performance.now() - start, performance.now() - analysed);
      made = { id, key, labels, match: new Map(), found: { used, regions: new Set(labels.data).size } };
    }
    const overlap = overlapOf(sheetOf(open), made.labels);
    made.match = matchOf(overlap);
    other = made;
    return { ...(made.found as Pick<Compared, 'used' | 'regions'>), agreement: agreementOf(overlap), version: open.version };
  },

  /** Side B while a slider moves: small and at once. */
  previewOther: async ({ id, settings, view, look }: CompareAsked & { view: View; look: Look }, context: Context): Promise<Frame | undefined> => {
    const open = await picture(id);
    const analysis = await analysisOf(open, settings, context);
    const labels = await draw(analysis, { nodes: segmentsOf(analysis, settings) }, { ...quick(settings), signal: context.signal });
    other = { id, key: '', labels, match: matchOf(overlapOf(sheetOf(open), labels)), found: undefined };
    return compareHandlers.renderOther({ id, view, look }, context);
  },

  /** The overlay of side B, regions in the colours of those of A that they are most like; undefined where B was not drawn. */
  renderOther: async ({ id, view, look }: { id: string; view: View; look: Look }, { transfer }: Context): Promise<Frame | undefined> => {
    const open = await picture(id);
    if (other?.id !== id) return undefined;
    const { labels, match } = other;
    const sheet = sheetOf(open);
    const own = new Map<number, readonly [number, number, number]>();
    const paintOf = (region: number) => {
      const of = match.get(region);
      if (of !== undefined && sheet.marks.has(of)) return { colour: colourOf(of, sheet, look.classes) };
      const colour = own.get(region) ?? colourAt(sheet.nextId + own.size);
      own.set(region, colour);
      return { colour };
    };
    const canvas = new OffscreenCanvas(view.width, view.height);
    const { tint, outlines, patterns, ratio, classes } = look;
    const plain: Look = { tint, outlines, patterns, ratio, classes, selected: [] };
    canvas.getContext('2d')?.putImageData(renderRegions(labels, open.image, view, plain, paintOf), 0, 0);
    const bitmap = canvas.transferToImageBitmap();
    transfer(bitmap);
    return { view, bitmap };
  },
};
