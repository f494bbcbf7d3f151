/** What a pointer does on the stage: a row a tool. Points are in pixels of the picture. */
import { select } from '../state/edit.ts';
import { toggleProposed } from '../state/proposal.ts';
import { pan } from '../state/view.ts';
import * as work from '../state/work.ts';
import { regionAt } from './pick.ts';
import { beginStroke, dropStroke, endStroke, followStroke, type Point, type StrokeTool } from './stroke.ts';

export type { Point } from './stroke.ts';

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

const drawing = (tool: StrokeTool, cursor: string): ToolRow => ({
  cursor,
  down: ({ at }) => beginStroke(tool, at),
  move: ({ at }) => followStroke(tool, at),
  up: () => void endStroke(tool),
  cancel: dropStroke,
});

export const TOOL_ROWS: Record<work.Tool, ToolRow> = {
  select: {
    cursor: 'default',
    up: ({ at, isAdding }) => {
      const id = regionAt(at);
      if (id === undefined) return select([]);
      if (!isAdding && toggleProposed(id)) return;
      const isOnly = work.selection.value.size === 1 && work.selection.value.has(id);
      select(isOnly && !isAdding ? [] : [id], isAdding ? 'toggle' : 'set');
    },
  },
  pan: { cursor: 'grab', move: ({ moved }) => pan(...moved) },
  line: drawing('line', 'crosshair'),
  brush: drawing('brush', 'none'),
  eraser: drawing('eraser', 'none'),
  lasso: drawing('lasso', 'crosshair'),
};
