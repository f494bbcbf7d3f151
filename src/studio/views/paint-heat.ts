/** One cell of coherence mode: a picture, the colours over it, and the marks. */
import type { Cover } from '../state/coherence.ts';
import type { Regions } from '../types.ts';
import type { Place } from '../worker/coherence.ts';

export interface HeatScene {
  cover: Cover;
  heat: ImageBitmap | undefined;
  opacity: number;
  /** Where the picture is the query's. */
  query: Place | undefined;
  /** Where regions are looked for: their outlines. */
  regions: Regions | undefined;
  /** Where it is not: the best match, and what is written beside it. */
  best: { x: number; y: number; text: string } | undefined;
  ratio: number;
}

type Context = CanvasRenderingContext2D;

/** White on black, so that it is seen on all colours. */
const strokeTwice = (context: Context, ratio: number): void => {
  context.lineCap = 'butt';
  context.strokeStyle = '#000';
  context.lineWidth = 5 * ratio;
  context.stroke();
  context.strokeStyle = '#fff';
  context.lineWidth = 2 * ratio;
  context.stroke();
};

/** A cross that leaves its middle free: what is under it can be seen. */
const drawCross = (context: Context, x: number, y: number, ratio: number): void => {
  const [near, far] = [4 * ratio, 13 * ratio];
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ]) {
    context.moveTo(x + dx * near, y + dy * near);
    context.lineTo(x + dx * far, y + dy * far);
  }
  strokeTwice(context, ratio);
};

const drawRing = (context: Context, x: number, y: number, text: string, ratio: number): void => {
  const radius = 9 * ratio;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  strokeTwice(context, ratio);
  context.font = `600 ${13 * ratio}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const isRight = x < context.canvas.width - 60 * ratio;
  context.textAlign = isRight ? 'left' : 'right';
  const at = x + (isRight ? 1 : -1) * (radius + 6 * ratio);
  context.lineJoin = 'round';
  context.lineWidth = 4 * ratio;
  context.strokeStyle = '#000';
  context.strokeText(text, at, y);
  context.fillStyle = '#fff';
  context.fillText(text, at, y);
};

/** The borders of some regions, from the page's own small labels. */
const outline = ({ small: { data, width, height } }: Regions, ids: readonly number[], sx: number, sy: number): Path2D => {
  const path = new Path2D();
  const isIn = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < width && y < height && ids.includes(data[y * width + x]);
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const here = isIn(x, y);
      if (here !== isIn(x - 1, y)) {
        path.moveTo(x * sx, y * sy);
        path.lineTo(x * sx, (y + 1) * sy);
      }
      if (here !== isIn(x, y - 1)) {
        path.moveTo(x * sx, y * sy);
        path.lineTo((x + 1) * sx, y * sy);
      }
    }
  }
  return path;
};

const drawQuery = (context: Context, place: Place, { cover, regions, ratio }: HeatScene): void => {
  const [sx, sy] = [context.canvas.width / cover.width, context.canvas.height / cover.height];
  if ('regions' in place) {
    if (!regions) return;
    const path = outline(regions, place.regions, context.canvas.width / regions.small.width, context.canvas.height / regions.small.height);
    context.strokeStyle = '#000';
    context.lineWidth = 4 * ratio;
    context.stroke(path);
    context.strokeStyle = '#fff';
    context.lineWidth = 2 * ratio;
    context.stroke(path);
  } else if ('boxXYWH' in place) {
    const [left, top, width, height] = place.boxXYWH;
    context.beginPath();
    context.rect(left * sx, top * sy, width * sx, height * sy);
    strokeTwice(context, ratio);
  } else drawCross(context, (place[0] + 0.5) * sx, (place[1] + 0.5) * sy, ratio);
};

export const paintHeat = (canvas: HTMLCanvasElement, scene: HeatScene): void => {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { cover, heat, opacity, query, best, ratio } = scene;
  const { width, height } = canvas;
  context.imageSmoothingQuality = 'medium';
  context.globalAlpha = 1;
  context.drawImage(cover.bitmap, 0, 0, width, height);
  if (heat) {
    context.globalAlpha = opacity;
    context.drawImage(heat, 0, 0, width, height);
    context.globalAlpha = 1;
  }
  if (best) drawRing(context, ((best.x + 0.5) * width) / cover.width, ((best.y + 0.5) * height) / cover.height, best.text, ratio);
  if (query) drawQuery(context, query, scene);
};
