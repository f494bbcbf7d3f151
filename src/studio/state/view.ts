/** What lies on the screen: nearer, farther, moved; and the overlay of it, which the worker draws. */
import { computed, effect, signal } from '@preact/signals';
import type { Frame, Look, View } from '../types.ts';
import { bridge, latest } from './bridge.ts';
import * as work from './work.ts';

/** Device pixels a pixel of the picture, at least. */
const LEAST_SCALE = 0.01;

/** The whole picture, in the middle of the stage; undefined while there is none. */
const fitted = (): typeof work.view.value | undefined => {
  const { value: picture } = work.shown;
  const { width, height, ratio } = work.stage.value;
  if (!picture || width === 0) return undefined;
  const margin = 16 * ratio;
  const room = Math.min((width - 2 * margin) / picture.width, (height - 2 * margin) / picture.height, 8 * ratio);
  const scale = Math.max(LEAST_SCALE, room); // a stage may be smaller than its margins
  return { scale, x: (picture.width - width / scale) / 2, y: (picture.height - height / scale) / 2 };
};

export const fitView = (): void => {
  work.view.value = fitted() ?? work.view.value;
};

/** Whether that is what is seen; also while there is no picture. */
export const isFit = (): boolean => {
  const wanted = fitted();
  const { x, y, scale } = work.view.value;
  return !wanted || (wanted.x === x && wanted.y === y && wanted.scale === scale);
};

/** Nearer or farther; the point of the stage (device pixels) stays where it is. */
export const zoom = (by: number, [px, py]: readonly [number, number] = [work.stage.value.width / 2, work.stage.value.height / 2]): void => {
  const { x, y, scale } = work.view.value;
  const next = Math.min(64 * work.stage.value.ratio, Math.max(LEAST_SCALE, scale * by));
  work.view.value = { scale: next, x: x + px / scale - px / next, y: y + py / scale - py / next };
};

/** By device pixels. */
export const pan = (dx: number, dy: number): void => {
  const { x, y, scale } = work.view.value;
  work.view.value = { scale, x: x - dx / scale, y: y - dy / scale };
};

export const viewNow = computed((): View | undefined => {
  const { width, height } = work.stage.value;
  return width > 0 && height > 0 ? { ...work.view.value, width, height } : undefined;
});
export const lookNow = computed(
  (): Look => ({
    tint: work.tint.value,
    outlines: work.outlines.value,
    patterns: work.patterns.value,
    ratio: work.stage.value.ratio,
    selected: [...work.selection.value],
    ...(work.hover.value !== undefined && { hover: work.hover.value }),
    lit: work.lit.value,
    ...(work.litNode.value !== undefined && { node: work.litNode.value }),
    proposed: [...work.proposed.value.keys()],
    classes: work.classes.value,
  }),
);

/** An overlay onto the stage, unless another picture is there by now. */
export const showFrame = (id: string, frame: Frame): void => {
  if (id !== work.activeId.value) return frame.bitmap.close();
  work.overlay.value?.bitmap.close();
  work.overlay.value = frame;
};

/** Milliseconds after which nobody waits for a frame any more. */
const PATIENCE = 1000;

/** Until the overlay is drawn anew. */
export const nextFrame = (): Promise<void> =>
  new Promise((resolve) => {
    const { value: now } = work.overlay;
    const stop = work.overlay.subscribe((frame) => {
      if (frame !== now) done();
    });
    const timer = setTimeout(done, PATIENCE);
    function done(): void {
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve();
    }
  });

const render = latest(async (): Promise<void> => {
  const { value: view } = viewNow;
  const { value: found } = work.regions;
  if (view && found) showFrame(found.picture, await bridge.call('render', { id: found.picture, view, look: lookNow.value }));
});

/** Whether the overlay is of what it should show, not of what was there before. */
export const isDrawn = signal(false);

let isAsked = false;
/** The overlay is drawn anew whenever anything that it shows has changed, at most once a frame of the screen. */
effect(() => {
  isDrawn.value = false;
  if (!viewNow.value || !lookNow.value || !work.regions.value || isAsked) return;
  isAsked = true;
  requestAnimationFrame(async () => {
    isAsked = false;
    await render();
    isDrawn.value = !isAsked && work.regions.value !== undefined;
  });
});
