/** What a pointer does on the stage: a row a tool. Points are in pixels of the picture. */
import { edit, select } from '../state/edit.ts';
import { pan } from '../state/view.ts';
import * as work from '../state/work.ts';
import { regionAt } from './pick.ts';
import { trail } from './trail.ts';

export type Point = readonly [x: number, y: number];

/** A pointer as tools see it. */
export interface Press {
  at: Point;
  /** Since the last one, device pixels. */
  moved: readonly [number, number];
  isAdding: boolean;
}

export interface ToolRow {
  cursor: string;
  down?(press: Press): void;
  move?(press: Press): void;
  up?(press: Press): void;
  /** The pointer goes elsewhere: what was begun is dropped. */
  cancel?(): void;
}

const begin = ({ at }: Press): void => {
  trail.value = [at];
};
const follow = ({ at }: Press): void => {
  if (trail.value.length > 0) trail.value = [...trail.value, at];
};
const ended = (): readonly Point[] => {
  const { value: points } = trail;
  trail.value = [];
  return points;
};
const drop = (): void => {
  trail.value = [];
};

/** The selected region, or the one under the first point. */
const target = (points: readonly Point[]): number | undefined => [...work.selection.value][0] ?? (points[0] && regionAt(points[0]));

const stroke = (points: readonly Point[]) => ({ points, radius: work.radius.value });

export const TOOL_ROWS: Record<work.Tool, ToolRow> = {
  select: {
    cursor: 'default',
    up: ({ at, isAdding }) => {
      const id = regionAt(at);
      if (id === undefined) return select([]);
      const isOnly = work.selection.value.size === 1 && work.selection.value.has(id);
      select(isOnly && !isAdding ? [] : [id], isAdding ? 'toggle' : 'set');
    },
  },
  pan: { cursor: 'grab', move: ({ moved }) => pan(...moved) },
  line: {
    cursor: 'crosshair',
    down: begin,
    move: follow,
    up: () => {
      const points = ended();
      const middle = points[Math.floor(points.length / 2)];
      const id = [...work.selection.value][0] ?? (middle && regionAt(middle));
      if (points.length > 1 && id !== undefined) void edit({ kind: 'line', id, points });
    },
    cancel: drop,
  },
  brush: {
    cursor: 'none',
    down: begin,
    move: follow,
    up: () => {
      const points = ended();
      if (points.length === 0) return;
      const [id] = work.selection.value;
      void edit(
        id === undefined
          ? { kind: 'carve', stroke: stroke(points), snap: work.snap.value }
          : { kind: 'paint', id, stroke: stroke(points), snap: work.snap.value },
      );
    },
    cancel: drop,
  },
  eraser: {
    cursor: 'none',
    down: begin,
    move: follow,
    up: () => {
      const points = ended();
      const id = target(points);
      if (points.length > 0 && id !== undefined) void edit({ kind: 'erase', id, stroke: stroke(points), snap: work.snap.value });
    },
    cancel: drop,
  },
  lasso: {
    cursor: 'crosshair',
    down: begin,
    move: follow,
    up: () => {
      const polygon = ended();
      if (polygon.length < 3) return;
      const [id] = work.selection.value;
      void edit(
        id === undefined
          ? { kind: 'carve', stroke: { polygon }, snap: work.snap.value }
          : { kind: 'paint', id, stroke: { polygon }, snap: work.snap.value },
      );
    },
    cancel: drop,
  },
};
