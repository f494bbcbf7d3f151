/** What lies on the screen: nearer, farther, moved; and the overlay of it, which the worker draws. */
import { computed, effect } from '@preact/signals';
import type { Frame, Look, View } from '../types.ts';
import { bridge, latest } from './bridge.ts';
import * as work from './work.ts';

/** Whether the view is as `fitView` left it: then it follows the stage's size. */
let isFitted = true;

/** The whole picture, in the middle of the stage. */
export const fitView = (): void => {
  isFitted = true;
  const { value: picture } = work.shown;
  const { width, height, ratio } = work.stage.value;
  if (!picture || width === 0) return;
  const margin = 16 * ratio;
  const scale = Math.min((width - 2 * margin) / picture.width, (height - 2 * margin) / picture.height, 8 * ratio);
  work.view.value = { scale, x: (picture.width - width / scale) / 2, y: (picture.height - height / scale) / 2 };
};

/** The stage has another size: a picture that was fitted still is. */
export const resizeStage = (size: typeof work.stage.value): void => {
  work.stage.value = size;
  if (isFitted) fitView();
};

/** Nearer or farther; the point of the stage (device pixels) stays where it is. */
export const zoom = (by: number, [px, py]: readonly [number, number] = [work.stage.value.width / 2, work.stage.value.height / 2]): void => {
  const { x, y, scale } = work.view.value;
  isFitted = false;
  const next = Math.min(64 * work.stage.value.ratio, Math.max(0.01, scale * by));
  work.view.value = { scale: next, x: x + px / scale - px / next, y: y + py / scale - py / next };
};

/** By device pixels. */
export const pan = (dx: number, dy: number): void => {
  const { x, y, scale } = work.view.value;
  isFitted = false;
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
    classes: work.classes.value,
  }),
);

/** An overlay onto the stage, unless another picture is there by now. */
export const showFrame = (id: string, frame: Frame): void => {
  if (id !== work.activeId.value) return frame.bitmap.close();
  work.overlay.value?.bitmap.close();
  work.overlay.value = frame;
};

const render = latest(async (): Promise<void> => {
  const { value: view } = viewNow;
  const { value: found } = work.regions;
  if (view && found) showFrame(found.picture, await bridge.call('render', { id: found.picture, view, look: lookNow.value }));
});

let isAsked = false;
/** The overlay is drawn anew whenever anything that it shows has changed, at most once a frame of the screen. */
effect(() => {
  if (!viewNow.value || !lookNow.value || !work.regions.value || isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    void render();
  });
});
