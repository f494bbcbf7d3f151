/** Everything by keys: one table, which the help sheet shows too. */

import { say } from '../state/bridge.ts';
import { addClass } from '../state/classes.ts';
import { edit, redo, select, selected, undo } from '../state/edit.ts';
import { setDone, step } from '../state/pictures.ts';
import { previewGranularity } from '../state/settings.ts';
import { fitView, pan, zoom } from '../state/view.ts';
import * as work from '../state/work.ts';
import { texts } from '../texts.ts';

export interface KeyRow {
  /** As KeyboardEvent.key has them, `Mod+` before those with Ctrl or Command. */
  keys: readonly string[];
  what: string;
  run(event: KeyboardEvent): void;
}

const withSelected = (run: (ids: number[]) => void) => (): void => {
  const ids = selected();
  ids.length > 0 ? run(ids) : say(texts.nothingSelected);
};
const toTool =
  (tool: work.Tool): KeyRow['run'] =>
  () => {
    work.tool.value = tool;
  };
/** Unless all of them have it, all get it. */
const toggled = (flag: 'hidden' | 'locked') =>
  withSelected((ids) => {
    const rows = work.regions.value?.rows.filter(({ id }) => ids.includes(id)) ?? [];
    void edit({ kind: 'mark', ids, mark: { [flag]: rows.every((row) => row[flag]) ? undefined : true } });
  });

const { keys } = texts;

export const KEYS: readonly KeyRow[] = [
  { keys: ['v'], what: texts.tools.select, run: toTool('select') },
  { keys: ['h'], what: texts.tools.pan, run: toTool('pan') },
  { keys: ['l'], what: texts.tools.line, run: toTool('line') },
  { keys: ['b'], what: texts.tools.brush, run: toTool('brush') },
  { keys: ['e'], what: texts.tools.eraser, run: toTool('eraser') },
  { keys: ['o'], what: texts.tools.lasso, run: toTool('lasso') },
  { keys: ['m'], what: texts.merge, run: withSelected((ids) => void edit({ kind: 'merge', ids })) },
  { keys: ['s'], what: texts.deeper, run: withSelected(([id]) => void edit({ kind: 'deeper', id })) },
  { keys: ['p'], what: texts.parts, run: withSelected(([id]) => void edit({ kind: 'parts', id })) },
  { keys: ['x'], what: `${texts.hide} / ${texts.show}`, run: toggled('hidden') },
  { keys: ['k'], what: `${texts.lock} / ${texts.unlock}`, run: toggled('locked') },
  { keys: ['1-9'], what: keys.classify, run: ({ key }) => withSelected((ids) => void addClass(Number(key), ids))() },
  { keys: ['0'], what: keys.noClass, run: withSelected((ids) => void edit({ kind: 'classify', ids, classId: undefined })) },
  { keys: ['Mod+a'], what: keys.selectAll, run: () => select(work.regions.value?.rows.map(({ id }) => id) ?? []) },
  { keys: ['Escape'], what: keys.selectNone, run: () => select([]) },
  { keys: ['Mod+z'], what: texts.undo, run: () => void undo() },
  { keys: ['Mod+Shift+z', 'Mod+y'], what: texts.redo, run: () => void redo() },
  { keys: ['['], what: texts.coarser, run: () => previewGranularity(-1) },
  { keys: [']'], what: texts.finer, run: () => previewGranularity(1) },
  { keys: ['+', '='], what: texts.zoomIn, run: () => zoom(1.25) },
  { keys: ['-'], what: texts.zoomOut, run: () => zoom(0.8) },
  { keys: ['f'], what: texts.zoomFit, run: fitView },
  { keys: ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowDown'], what: texts.tools.pan, run: ({ key }) => panBy(key) },
  { keys: ['PageDown', 'n'], what: keys.next, run: () => step(1) },
  { keys: ['PageUp', 'N'], what: keys.previous, run: () => step(-1) },
  { keys: ['d'], what: texts.markDone, run: () => setDone(!work.active.value?.isDone) },
  { keys: ['Mod+s'], what: texts.export, run: () => open('export') },
  { keys: ['Mod+o'], what: texts.open, run: () => open('open') },
  { keys: ['E'], what: texts.encoders.title, run: () => open('encoders') },
  { keys: ['?'], what: texts.help, run: () => open('keys') },
];

const open = (dialog: typeof work.dialog.value): void => {
  work.dialog.value = dialog;
};

const panBy = (key: string): void => {
  const by = 80 * work.stage.value.ratio;
  const [dx, dy] = { ArrowLeft: [by, 0], ArrowRight: [-by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] }[key] ?? [0, 0];
  pan(dx, dy);
};

const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.matches('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

const nameOf = ({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string => {
  const isLetter = /^[a-z]$/i.test(key);
  const mod = ctrlKey || metaKey ? 'Mod+' : '';
  if (mod) return `${mod}${shiftKey ? 'Shift+' : ''}${key.toLowerCase()}`;
  return shiftKey && !isLetter && key.length > 1 ? `Shift+${key}` : key;
};

/** The row that a key stands for. */
const rowOf = (event: KeyboardEvent): KeyRow | undefined => {
  const name = nameOf(event);
  return KEYS.find(({ keys: all }) => all.includes(name) || (all[0] === '1-9' && /^[1-9]$/.test(name)));
};

/** Of the whole page, but where something is typed and while a dialog is open. */
export const hearKeys = (): void => {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey || isText(event.target) || work.dialog.value) return;
    const row = rowOf(event);
    if (!row) return;
    event.preventDefault();
    row.run(event);
  });
};

/** Arrows on the stage go from region to region: to the nearest in that direction; Enter selects. */
export const walkRegions = (event: KeyboardEvent): void => {
  const rows = work.regions.value?.rows.filter(({ hidden }) => !hidden) ?? [];
  if (rows.length === 0 || event.shiftKey || event.ctrlKey || event.metaKey) return;
  const current = rows.find(({ id }) => id === work.hover.value) ?? rows.find(({ id }) => work.selection.value.has(id));
  if (event.key === 'Enter' && current) {
    event.preventDefault();
    return select([current.id], work.selection.value.size > 0 && !work.selection.value.has(current.id) ? 'toggle' : 'set');
  }
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return;
  event.preventDefault();
  event.stopPropagation();
  if (!current) {
    work.hover.value = rows[0].id;
    return;
  }
  let best: { id: number; cost: number } | undefined;
  for (const { id, label } of rows) {
    const [dx, dy] = [label[0] - current.label[0], label[1] - current.label[1]];
    const along = dx * way[0] + dy * way[1];
    if (id === current.id || along <= 0) continue;
    const cost = along + 2 * Math.abs(dx * way[1] + dy * way[0]);
    if (!best || cost < best.cost) best = { id, cost };
  }
  if (best) work.hover.value = best.id;
};
