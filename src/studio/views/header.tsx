/** Above all: what is open, undo and redo, the mode, export and help. */
import { canUndo as canUndoMove, undoMove } from '../state/concept-moves.ts';
import { isPending, redo, undo } from '../state/edit.ts';
import { theme, turnTheme } from '../state/theme.ts';
import { dialog, items, MODES, mode, regions } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

const open = (name: typeof dialog.value) => (): void => {
  dialog.value = name;
};
const stepText = (key: string | undefined, of: (step: string) => string, alone: string): string =>
  key === undefined ? alone : of(texts.steps[key] ?? key);

/** Of the picture on the stage. */
const UndoRedo = () => {
  const { canUndo = false, canRedo = false, undoes, redoes } = regions.value ?? {};
  return (
    <>
      <Button
        icon="undo"
        text={isPending.value ? texts.undoOf(texts.underWay) : stepText(undoes, texts.undoOf, texts.undo)}
        keys="Ctrl+Z"
        disabled={!canUndo && !isPending.value}
        onClick={() => void undo()}
      />
      <Button icon="redo" text={stepText(redoes, texts.redoOf, texts.redo)} keys="Ctrl+Shift+Z" disabled={!canRedo} onClick={() => void redo()} />
    </>
  );
};

/** Of rows of concepts, in all pictures. */
const UndoMove = () => <Button icon="undo" text={texts.concepts.undo} keys="Ctrl+Z" disabled={!canUndoMove.value} onClick={() => void undoMove()} />;

export const Header = () => {
  return (
    <header>
      <h1>diffcut</h1>
      <Button icon="open" text={texts.open} wide keys="Ctrl+O" onClick={open('open')} />
      {items.value.length > 0 && (
        <>
          {mode.value === 'concepts' ? <UndoMove /> : <UndoRedo />}
          <div class="modes" role="radiogroup" aria-label={texts.mode}>
            {MODES.map((name) => (
              <label key={name}>
                <input
                  type="radio"
                  name="mode"
                  checked={mode.value === name}
                  onChange={() => {
                    mode.value = name;
                  }}
                />
                <span>{texts.modes[name]}</span>
              </label>
            ))}
          </div>
        </>
      )}
      <span class="space" />
      {items.value.length > 0 && <Button icon="export" text={texts.export} wide keys="Ctrl+S" onClick={open('export')} />}
      <Button icon="theme" text={`${texts.theme}: ${texts.themes[theme.value]}`} onClick={turnTheme} />
      <Button icon="help" text={texts.help} keys="?" onClick={open('keys')} />
    </header>
  );
};
