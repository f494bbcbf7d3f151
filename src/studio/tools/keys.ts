/** Everything by keys: one table, which the help sheet shows too. */
import { say } from '../state/bridge.ts';
import { nextUnnamed } from '../state/classes.ts';
import { stepQuery } from '../state/coherence.ts';
import { moveDivider } from '../state/compare.ts';
import { chooseNone, moveToNth, toggleRow, undoMove } from '../state/concept-moves.ts';
import { edit, redo, select, selected, toggleFlag, undo } from '../state/edit.ts';
import { giveNth } from '../state/give-class.ts';
import { startEditing } from '../state/list.ts';
import { owner } from '../state/owner.ts';
import { nextUndone, setDone, step } from '../state/pictures.ts';
import { dropProposal, proposal, take, takeSome, toggleProposed } from '../state/proposal.ts';
import { undoRemoval } from '../state/removal.ts';
import { previewGranularity } from '../state/settings.ts';
import { proposeLike } from '../state/similar.ts';
import { fitView, pan, zoom } from '../state/view.ts';
import * as work from '../state/work.ts';
import { texts } from '../texts.ts';
import { changeRadius, dropStroke } from './stroke.ts';
import { goTo, tellOf } from './walk.ts';

export interface KeyRow {
  /** As KeyboardEvent.key has them, `Mod+` before those with Ctrl or Command. */
  keys: readonly string[];
  what: string;
  /** Where it is of one mode alone. */
  mode?: work.Mode;
  run(event: KeyboardEvent): unknown;
}

/** What is selected; with nothing selected, the region under the pointer. */
const meant = (): number[] => (work.selection.value.size === 0 && work.hover.value !== undefined ? [work.hover.value] : selected());
const withSelected = (run: (ids: number[]) => void) => (): void => {
  const ids = meant();
  ids.length > 0 ? run(ids) : say(texts.nothingSelected);
};
const toTool =
  (tool: work.Tool): KeyRow['run'] =>
  () => {
    work.tool.value = tool;
  };
const { keys, labelling, naming, concepts } = texts;

/** Rows that belong together, in the order of the help sheet. */
export const KEY_GROUPS: readonly { name: string; rows: readonly KeyRow[] }[] = [
  {
    name: texts.toolbar,
    rows: [
      { keys: ['v'], what: texts.tools.select, run: toTool('select') },
      { keys: ['h'], what: texts.tools.pan, run: toTool('pan') },
      { keys: ['l'], what: texts.tools.line, run: toTool('line') },
      { keys: ['b'], what: texts.tools.brush, run: toTool('brush') },
      { keys: ['e'], what: texts.tools.eraser, run: toTool('eraser') },
      { keys: ['o'], what: texts.tools.lasso, run: toTool('lasso') },
      { keys: [','], what: labelling.smaller, run: () => changeRadius(-1) },
      { keys: ['.'], what: labelling.larger, run: () => changeRadius(1) },
    ],
  },
  {
    name: texts.regionList,
    rows: [
      { keys: ['['], what: texts.coarser, run: () => previewGranularity(-1) },
      { keys: [']'], what: texts.finer, run: () => previewGranularity(1) },
      { keys: ['m'], what: texts.merge, run: withSelected((ids) => void edit({ kind: 'merge', ids })) },
      { keys: ['s'], what: texts.deeper, run: withSelected(([id]) => void edit({ kind: 'deeper', id })) },
      { keys: ['p'], what: texts.parts, run: withSelected(([id]) => void edit({ kind: 'parts', id })) },
      { keys: ['x'], what: `${texts.hide} / ${texts.show}`, run: withSelected((ids) => toggleFlag('hidden', ids)) },
      { keys: ['k'], what: `${texts.lock} / ${texts.unlock}`, run: withSelected((ids) => toggleFlag('locked', ids)) },
      { keys: ['c'], what: texts.recolour, run: withSelected(([id]) => startEditing(id, 'colour')) },
      { keys: ['Mod+a'], what: keys.selectAll, run: () => select(work.regions.value?.rows.map(({ id }) => id) ?? []) },
      { keys: ['Escape'], what: keys.selectNone, run: () => dropStroke() || dropProposal() || select([]) },
      { keys: ['Mod+z'], what: texts.undo, run: () => undoRemoval() || void undo() },
      { keys: ['Mod+Shift+z', 'Mod+y'], what: texts.redo, run: () => void redo() },
    ],
  },
  {
    name: keys.naming,
    rows: [
      { keys: ['r'], what: texts.rename, run: withSelected(([id]) => startEditing(id, 'name')) },
      { keys: ['1-9'], what: keys.classify, run: ({ key }) => nameBy(Number(key)) },
      { keys: ['0'], what: keys.noClass, run: withSelected((ids) => void edit({ kind: 'classify', ids, classId: undefined })) },
      { keys: ['u'], what: labelling.nextUnnamed, run: () => goToUnnamed() },
      {
        keys: ['t'],
        what: labelling.proposeOrTake,
        run: () => (proposal.value ? void take() : withSelected((ids) => void proposeLike(ids))()),
      },
      { keys: ['g'], what: naming.title, run: () => open('naming') },
      { keys: ['T'], what: naming.takeSelected, run: withSelected((ids) => void takeSome(ids)) },
      { keys: ['Delete', 'Backspace'], what: labelling.leaveOut, run: withSelected((ids) => leaveOut(ids)) },
    ],
  },
  {
    name: texts.modes.concepts,
    rows: [
      { keys: ['C'], what: concepts.toggle, run: () => turnConcepts() },
      { keys: ['m'], what: concepts.keys.move, mode: 'concepts', run: () => chooseWhere() },
      { keys: ['1-9'], what: concepts.keys.name, mode: 'concepts', run: ({ key }) => moveToNth(Number(key)) },
      { keys: ['Mod+a'], what: concepts.keys.row, mode: 'concepts', run: toggleRow },
      { keys: ['Escape'], what: concepts.keys.none, mode: 'concepts', run: chooseNone },
      { keys: ['Mod+z'], what: concepts.keys.undo, mode: 'concepts', run: () => undoRemoval() || void undoMove() },
      { keys: ['Mod+Shift+z', 'Mod+y'], what: concepts.keys.redo, mode: 'concepts', run: () => say(concepts.noRedo) }, // not the open picture's
    ],
  },
  {
    name: keys.view,
    rows: [
      { keys: ['+', '='], what: texts.zoomIn, run: () => zoom(1.25) },
      { keys: ['-'], what: texts.zoomOut, run: () => zoom(0.8) },
      { keys: ['f'], what: texts.zoomFit, run: fitView },
      { keys: ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowDown'], what: texts.tools.pan, run: ({ key }) => panBy(key) },
    ],
  },
  {
    name: keys.likeness,
    rows: [
      {
        keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
        what: texts.coherence.keys.move,
        mode: 'coherence',
        run: ({ key }) => stepQuery(key, 1),
      },
      {
        keys: ['Shift+ArrowUp', 'Shift+ArrowDown', 'Shift+ArrowLeft', 'Shift+ArrowRight'],
        what: texts.coherence.keys.moveFar,
        mode: 'coherence',
        run: ({ key }) => stepQuery(key, 4),
      },
      { keys: ['ArrowLeft', 'ArrowRight'], what: texts.compare.move, mode: 'compare', run: moveDivider },
    ],
  },
  {
    name: keys.pages,
    rows: [
      { keys: ['PageDown', 'n'], what: keys.next, run: () => step(1) },
      { keys: ['PageUp', 'N'], what: keys.previous, run: () => step(-1) },
      { keys: ['d'], what: texts.markDone, run: () => setDone(!work.active.value?.isDone) },
      { keys: ['D'], what: labelling.doneAndOn, run: () => doneAndOn() },
      { keys: ['Mod+o'], what: texts.open, run: () => open('open') },
      { keys: ['Mod+s'], what: texts.export, run: () => open('export') },
      { keys: ['E'], what: texts.encoders.title, run: () => open('encoders') },
      { keys: ['?'], what: texts.help, run: () => open('keys') },
    ],
  },
];

/** All of them; those of one mode go before those of all. */
export const KEYS: readonly KeyRow[] = KEY_GROUPS.flatMap(({ rows }) => rows).sort(
  (a, b) => Number(b.mode !== undefined) - Number(a.mode !== undefined),
);

/** The nth class for what is meant, or for what is proposed. */
const nameBy = (n: number): void => {
  const ids = proposal.value?.like ? selected() : meant();
  ids.length > 0 || proposal.value?.like ? void giveNth(n, ids) : say(texts.nothingSelected);
};

/** Out of what is proposed, or in again. */
const leaveOut = (ids: readonly number[]): void => {
  const [first] = ids.filter((id) => toggleProposed(id));
  const row = work.regions.value?.rows.find(({ id }) => id === first);
  if (row) tellOf(row);
};

const goToUnnamed = (): void => {
  const id = nextUnnamed();
  const row = work.regions.value?.rows.find((one) => one.id === id);
  row ? goTo(row) : say(labelling.allNamed);
};

const doneAndOn = (): void => {
  setDone(true);
  nextUndone() || say(labelling.allDone);
};

const open = (dialog: typeof work.dialog.value): void => {
  work.dialog.value = dialog;
};

const chooseWhere = (): void => {
  const where = document.getElementById('move-to');
  where ? where.focus() : say(texts.concepts.noneChosen);
};

const turnConcepts = (): void => {
  work.mode.value = work.mode.value === 'concepts' ? 'regions' : 'concepts';
};

const panBy = (key: string): void => {
  const by = 80 * work.stage.value.ratio;
  const [dx, dy] = { ArrowLeft: [by, 0], ArrowRight: [-by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] }[key] ?? [0, 0];
  pan(dx, dy);
};

const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.matches('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

/** Arrows are its own. */
const ownsArrows = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.matches('input, [role=listbox], [role=tab]');

const nameOf = ({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string => {
  const isLetter = /^[a-z]$/i.test(key);
  const mod = ctrlKey || metaKey ? 'Mod+' : '';
  if (mod) return `${mod}${shiftKey ? 'Shift+' : ''}${key.toLowerCase()}`;
  return shiftKey && !isLetter && key.length > 1 ? `Shift+${key}` : key;
};

/** The row that a key stands for. */
const rowOf = (event: KeyboardEvent): KeyRow | undefined => {
  const name = nameOf(event);
  return KEYS.find(
    ({ mode, keys: all }) => (!mode || mode === work.mode.value) && (all.includes(name) || (all[0] === '1-9' && /^[1-9]$/.test(name))),
  );
};

/** Of the whole page, but where something is typed and while a dialog is open. */
export const hearKeys = (): void => {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey || isText(event.target) || work.dialog.value || owner.value !== 'here') return;
    const row = rowOf(event);
    if (!row || (row.mode && /Arrow/.test(event.key) && ownsArrows(event.target))) return;
    event.preventDefault();
    row.run(event);
  });
};
