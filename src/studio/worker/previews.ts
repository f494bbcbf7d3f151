/** Small pictures of a few granularities, to choose one by eye. */
import { draw, type Granularity } from 'diffcut';
import type { Settings, SmallPicture } from '../types.ts';
import { analysisOf, picture } from './desk.ts';
import { canvasOf } from './pictures.ts';
import { colourAt, drawingOf, PREVIEW, segmentsOf } from './regions.ts';
import { renderRegions } from './render.ts';
import type { Context } from './wire.ts';

const LOOK = { tint: 0.5, outlines: false, patterns: false, ratio: 1, selected: [], classes: [] } as const;

export interface PreviewsAsked {
  id: string;
  settings: Settings;
  /** Which granularities. */
  of: readonly Granularity[];
  /** Longest side of a picture, device pixels. */
  side: number;
}

export const previewHandlers = {
  /** The picture under its regions, one for each granularity: drawn small, but with the borders that they would have. */
  previews: async ({ id, settings, of, side }: PreviewsAsked, context: Context): Promise<SmallPicture[]> => {
    const open = await picture(id);
    const analysis = await analysisOf(open, settings, context);
    const scale = side / Math.max(open.image.width, open.image.height);
    const [width, height] = [open.image.width, open.image.height].map((pixels) => Math.max(1, Math.round(pixels * scale)));
    const out: SmallPicture[] = [];
    for (const granularity of of) {
      const labels = await draw(
        analysis,
        { nodes: segmentsOf(analysis, { ...settings, price: undefined, tau: undefined, ...granularity }) },
        { ...drawingOf(settings), size: PREVIEW, signal: context.signal },
      );
      const canvas = new OffscreenCanvas(width, height);
      const on = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
      on.imageSmoothingQuality = 'high';
      on.drawImage(canvasOf(analysis.scaled ?? analysis.picture), 0, 0, width, height);
      const tinted = new OffscreenCanvas(width, height);
      const view = { x: 0, y: 0, scale, width, height };
      tinted.getContext('2d')?.putImageData(
        renderRegions(labels, open.image, view, LOOK, (region) => ({ colour: colourAt(region) })),
        0,
        0,
      );
      on.drawImage(tinted, 0, 0);
      out.push({ regions: new Set(labels.data).size, bitmap: canvas.transferToImageBitmap() });
    }
    context.transfer(...out.map(({ bitmap }) => bitmap));
    return out;
  },
};
