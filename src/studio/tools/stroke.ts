/** Strokes of brush, eraser, lasso and line: drawn, lit with what they would take, done when the pointer is let go. */
import { bridge, latest, say } from '../state/bridge.ts';
import { edit, select } from '../state/edit.ts';
import { nextFrame, viewNow } from '../state/view.ts';
import * as work from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Edit } from '../worker/edits.ts';
import type { Stroke } from '../worker/hold.ts';
import { regionAt } from './pick.ts';
import { touched, trail } from './trail.ts';

export type Point = readonly [x: number, y: number];
export type StrokeTool = Extract<work.Tool, 'brush' | 'eraser' | 'lasso' | 'line'>;

/** Counts strokes: what comes late for an earlier one is thrown away. */
let number = 0;

const clear = (): void => {
  trail.value = [];
  touched.value?.bitmap.close();
  touched.value = undefined;
};

/** Drops the stroke that is being drawn. @returns whether there was one */
export const dropStroke = (): boolean => {
  const isThere = trail.value.length > 0;
  number++;
  clear();
  return isThere;
};

/** The selected region, or the first one that a stroke comes over. */
const target = (points: readonly Point[]): number | undefined => {
  const [selected] = work.selection.value;
  if (selected !== undefined) return selected;
  for (const point of points) {
    const id = regionAt(point);
    if (id !== undefined) return id;
  }
  return undefined;
};

/** With nothing selected a line cuts the region that its middle lies in. */
const cutBy = (points: readonly Point[]): number | undefined => target(points.slice(Math.floor(points.length / 2)));

const strokeOf = (points: readonly Point[], tool: StrokeTool): Stroke =>
  tool === 'lasso' ? { polygon: points } : { points, radius: work.radius.value };

/** What a stroke does to the selected region; a new region with nothing selected. */
const painting = (points: readonly Point[], tool: StrokeTool): Edit => {
  const [id] = work.selection.value;
  const how = { stroke: strokeOf(points, tool), snap: work.snap.value };
  return id === undefined ? { kind: 'carve', ...how } : { kind: 'paint', id, ...how };
};

/** The edit that a stroke is; undefined where it is none. */
const EDITS: Record<StrokeTool, (points: readonly Point[]) => Edit | undefined> = {
  brush: (points) => painting(points, 'brush'),
  lasso: (points) => (points.length > 2 ? painting(points, 'lasso') : undefined),
  eraser: (points) => {
    const id = target(points);
    return id === undefined ? undefined : { kind: 'erase', id, stroke: strokeOf(points, 'eraser'), snap: work.snap.value };
  },
  line: (points) => {
    const id = cutBy(points);
    return id === undefined || points.length < 2 ? undefined : { kind: 'line', id, points };
  },
};

const YELLOW = [255, 214, 10] as const;
const DARK = [20, 20, 20] as const;

const drawTouched = latest(async (of: number, wanted: Edit): Promise<void> => {
  const { value: view } = viewNow;
  const id = work.activeId.value;
  if (!id || !view || of !== number || !('stroke' in wanted)) return;
  const { kind, stroke } = wanted;
  const onto = 'id' in wanted ? wanted.id : undefined;
  const own = work.regions.value?.rows.find((row) => row.id === onto)?.colour;
  const colour = kind === 'erase' ? DARK : (own ?? YELLOW);
  const frame = await bridge.call('touched', { id, kind, target: onto, stroke, view, colour });
  if (of !== number || trail.value.length === 0) return frame?.bitmap.close();
  touched.value?.bitmap.close();
  touched.value = frame;
});

const light = (tool: StrokeTool): void => {
  const wanted = work.snap.value && tool !== 'line' ? EDITS[tool](trail.value) : undefined;
  if (wanted) void drawTouched(number, wanted);
};

/** The tool of the last stroke. */
let drawing: StrokeTool = 'brush';

/** Lights a stroke that is being drawn once more: what it snaps to is known only now. */
export const lightAgain = (): void => {
  if (trail.value.length > 0) light(drawing);
};

export const beginStroke = (tool: StrokeTool, at: Point): void => {
  dropStroke();
  drawing = tool;
  trail.value = [at];
  const id = [...work.selection.value][0];
  const isLocked = work.regions.value?.rows.some((row) => row.id === id && row.locked);
  if (isLocked)
    say(texts.labelling.cannot.locked); // at once, not after it was painted for nothing
  else light(tool);
};

export const followStroke = (tool: StrokeTool, at: Point): void => {
  if (trail.value.length === 0) return; // it was dropped
  trail.value = [...trail.value, at];
  light(tool);
};

/** Does what was drawn. The stroke stays on the screen until its effect is there. A region that it made is selected, so that the next one goes on. */
export const endStroke = async (tool: StrokeTool): Promise<void> => {
  const { value: points } = trail;
  const own = number;
  const { value: picture } = work.activeId;
  const wanted = points.length > 0 ? EDITS[tool](points) : undefined;
  if (!wanted) return clear();
  const before = new Set(work.regions.value?.rows.map(({ id }) => id));
  const isDone = await edit(wanted);
  if (isDone && wanted.kind === 'carve' && work.activeId.value === picture) {
    const made = work.regions.value?.rows.filter(({ id }) => !before.has(id)).map(({ id }) => id) ?? [];
    if (made.length > 0) select(made);
  }
  if (isDone) await nextFrame();
  if (own === number) clear();
};

export const RADII = { least: 1, most: 300 } as const;

/** A larger or smaller brush. @param notches of 15 percent */
export const changeRadius = (notches: number): void => {
  const wanted = Math.round(work.radius.value * 1.15 ** notches);
  const next = wanted === work.radius.value ? wanted + Math.sign(notches) : wanted;
  work.radius.value = Math.min(RADII.most, Math.max(RADII.least, next));
};

/** Whether the tool in hand has a radius. */
export const hasRadius = (): boolean => work.tool.value === 'brush' || work.tool.value === 'eraser';

/** Whether the tool in hand can hold to edges. */
export const canSnap = (): boolean => hasRadius() || work.tool.value === 'lasso';
