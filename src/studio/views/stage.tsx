/** The picture, its regions over it, and the pointer: zoom, pan, touch, and whatever the tool does. */
import { effect, untracked } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { divider, otherFrame } from '../state/compare.ts';
import { edit, select } from '../state/edit.ts';
import { fitView, isDrawn, isFit, pan, zoom } from '../state/view.ts';
import * as work from '../state/work.ts';
import { texts } from '../texts.ts';
import { regionAt } from '../tools/pick.ts';
import { changeRadius, dropStroke, hasRadius } from '../tools/stroke.ts';
import { type Point, TOOL_ROWS } from '../tools/tool.ts';
import { cursor, touched, trail } from '../tools/trail.ts';
import { walkRegions } from '../tools/walk.ts';
import { inNextFrame } from './frame.ts';
import { paintStage } from './paint-stage.ts';

/** A touch that rests this long adds to the selection, milliseconds. */
const LONG_PRESS = 500;
/** Further than this a press is a drag, pixels of the page. */
const SLACK = 5;

/** Pixels of the picture under a pointer. */
const pointAt = (canvas: HTMLCanvasElement, event: { clientX: number; clientY: number }): Point => {
  const box = canvas.getBoundingClientRect();
  const { ratio } = work.stage.value;
  const { x, y, scale } = work.view.value;
  return [x + ((event.clientX - box.left) * ratio) / scale, y + ((event.clientY - box.top) * ratio) / scale];
};

const listen = (canvas: HTMLCanvasElement): (() => void) => {
  const fingers = new Map<number, PointerEvent>();
  let held: { start: PointerEvent; isDrag: boolean; isPan: boolean; isLong: boolean } | undefined;
  let timer = 0;
  let isSpace = false;
  /** Outside of the regions' mode the picture is looked at, not changed. */
  const toolNow = (): work.Tool => (work.mode.value === 'regions' ? work.tool.value : 'pan');
  const row = () => TOOL_ROWS[toolNow()];

  const press = (event: PointerEvent, before = event, isAdding = event.shiftKey || event.ctrlKey || event.metaKey) => ({
    at: pointAt(canvas, event),
    moved: [(event.clientX - before.clientX) * work.stage.value.ratio, (event.clientY - before.clientY) * work.stage.value.ratio] as const,
    isAdding,
  });

  const pinch = (event: PointerEvent): void => {
    const before = [...fingers.values()];
    fingers.set(event.pointerId, event);
    const after = [...fingers.values()];
    const span = ([a, b]: PointerEvent[]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    const middle = ([a, b]: PointerEvent[]) => [(a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2];
    const box = canvas.getBoundingClientRect();
    const { ratio } = work.stage.value;
    const [was, is] = [middle(before), middle(after)];
    pan((is[0] - was[0]) * ratio, (is[1] - was[1]) * ratio);
    zoom(span(after) / Math.max(1, span(before)), [(is[0] - box.left) * ratio, (is[1] - box.top) * ratio]);
  };

  const down = (event: PointerEvent): void => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    clearTimeout(timer);
    if (fingers.size === 2) {
      row().cancel?.();
      held = undefined;
      return;
    }
    if (fingers.size > 2) return;
    const isPan = isSpace || event.button === 1 || toolNow() === 'pan';
    held = { start: event, isDrag: false, isPan, isLong: false };
    if (event.pointerType === 'touch') {
      timer = window.setTimeout(() => {
        if (!held || held.isDrag || toolNow() !== 'select') return;
        held.isLong = true;
        const id = regionAt(pointAt(canvas, event));
        if (id !== undefined) select([id], 'toggle');
      }, LONG_PRESS);
    }
    if (!isPan) row().down?.(press(event));
  };

  const move = (event: PointerEvent): void => {
    const at = pointAt(canvas, event);
    cursor.value = at;
    const before = fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== 'touch') work.hover.value = work.mode.value === 'regions' ? regionAt(at) : undefined;
      return;
    }
    if (fingers.size === 2) return pinch(event);
    fingers.set(event.pointerId, event);
    if (!held) return;
    if (Math.hypot(event.clientX - held.start.clientX, event.clientY - held.start.clientY) > SLACK) held.isDrag = true;
    // with the pointing tool a drag moves the picture: there is nothing else it could mean
    if (held.isPan || (toolNow() === 'select' && held.isDrag)) pan(...press(event, before).moved);
    else row().move?.(press(event, before));
  };

  const up = (event: PointerEvent): void => {
    clearTimeout(timer);
    fingers.delete(event.pointerId);
    const was = held;
    held = undefined;
    if (!was || was.isPan || was.isLong) return;
    if (toolNow() === 'select' && was.isDrag) return;
    row().up?.(press(event));
  };

  const cancel = (event: PointerEvent): void => {
    clearTimeout(timer);
    fingers.delete(event.pointerId);
    held = undefined;
    row().cancel?.();
  };

  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (event.altKey && hasRadius()) return changeRadius(-Math.sign(event.deltaY || event.deltaX));
    const box = canvas.getBoundingClientRect();
    const { ratio } = work.stage.value;
    // a pinch on a touchpad comes as a wheel with Ctrl; two fingers on it move the picture
    if (event.ctrlKey || event.deltaMode !== 0 || Math.abs(event.deltaY) >= 50)
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002) * (event.deltaMode === 1 ? 20 : 1)), [
        (event.clientX - box.left) * ratio,
        (event.clientY - box.top) * ratio,
      ]);
    else pan(-event.deltaX * ratio, -event.deltaY * ratio);
  };

  const twice = (event: MouseEvent): void => {
    const id = regionAt(pointAt(canvas, event));
    if (id === undefined || toolNow() !== 'select') return;
    select([id]);
    void edit({ kind: 'deeper', id });
  };
  /** What was begun belongs to what was there when it began: it goes with the picture, the mode or the tool. */
  const letGo = effect(() => {
    void [work.activeId.value, work.mode.value, work.tool.value];
    clearTimeout(timer);
    held = undefined;
    untracked(dropStroke);
  });
  const leave = (): void => {
    work.hover.value = undefined;
    cursor.value = undefined;
  };
  const space = (event: KeyboardEvent): void => {
    if (event.code !== 'Space') return;
    isSpace = event.type === 'keydown';
    if (document.activeElement === canvas) event.preventDefault();
  };

  const heard = new AbortController();
  const { signal } = heard;
  canvas.addEventListener('pointerdown', down, { signal });
  canvas.addEventListener('pointermove', move, { signal });
  canvas.addEventListener('pointerup', up, { signal });
  canvas.addEventListener('pointercancel', cancel, { signal });
  canvas.addEventListener('pointerleave', leave, { signal });
  canvas.addEventListener('wheel', wheel, { signal, passive: false });
  canvas.addEventListener('dblclick', twice, { signal });
  window.addEventListener('keydown', space, { signal });
  window.addEventListener('keyup', space, { signal });
  return () => {
    heard.abort();
    letGo();
  };
};

/** The canvas is as large as its box, in the screen's own pixels. @param paint what is gone with the old size comes back at once */
const followSize = (canvas: HTMLCanvasElement, paint: () => void): (() => void) => {
  const observer = new ResizeObserver(() => {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const { width, height } = canvas.getBoundingClientRect();
    if (width === 0 || height === 0) return; // it is gone from the page
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    const { stage, view } = work;
    const wasFit = isFit();
    const { width: w, height: h } = stage.value;
    const { x, y, scale } = view.value;
    stage.value = { width: canvas.width, height: canvas.height, ratio };
    // who has come nearer goes on seeing the same, in the middle
    if (wasFit) fitView();
    else view.value = { scale, x: x + (w - canvas.width) / (2 * scale), y: y + (h - canvas.height) / (2 * scale) };
    paint();
  });
  observer.observe(canvas);
  return () => observer.disconnect();
};

export const Stage = () => {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = ref.current as HTMLCanvasElement;
    if (document.activeElement === document.body) canvas.focus(); // what was focused went with the page before
    let paint = (): void => {};
    const repaint = inNextFrame(() => paint());
    const ends = [
      listen(canvas),
      effect(() => {
        const scene = {
          shown: work.shown.value,
          frame: work.overlay.value,
          view: work.view.value,
          stage: work.stage.value,
          regions: work.names.value && work.mode.value === 'regions' ? work.regions.value : undefined,
          classes: work.classes.value,
          proposed: work.proposed.value,
          trail: trail.value,
          touched: touched.value,
          snaps: work.snap.value,
          tool: work.mode.value === 'regions' ? work.tool.value : 'select',
          radius: work.radius.value,
          cursor: cursor.value,
          other: work.mode.value === 'compare' ? { frame: otherFrame.value, from: divider.value } : undefined,
        };
        paint = () => paintStage(canvas, scene);
        repaint();
      }),
      followSize(canvas, () => paint()),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  const cursorName = work.mode.value === 'regions' ? TOOL_ROWS[work.tool.value].cursor : 'grab';
  return (
    <canvas
      ref={ref}
      class="stage"
      data-cursor={cursorName}
      data-state={isDrawn.value ? 'drawn' : 'drawing'}
      role="application"
      tabIndex={0}
      aria-label={work.mode.value === 'compare' ? texts.compare.stage : texts.stage}
      onKeyDown={walkRegions}
    />
  );
};
