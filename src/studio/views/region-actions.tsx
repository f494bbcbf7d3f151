/** What can be done with the selected regions. */
import { edit, selected, setFlag, toggleFlag } from '../state/edit.ts';
import { startEditing } from '../state/list.ts';
import { proposeLike } from '../state/similar.ts';
import { regions, selection } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

const { labelling } = texts;

export const RegionActions = () => {
  const ids = selected();
  const rows = regions.value?.rows.filter(({ id }) => selection.value.has(id)) ?? [];
  const allHave = (flag: 'hidden' | 'locked'): boolean => rows.length > 0 && rows.every((row) => row[flag]);
  const none = ids.length === 0;
  const one = ids.length === 1;
  return (
    <fieldset class="actions" aria-label={labelling.regionActions}>
      <Button icon="merge" text={texts.merge} wide keys="M" disabled={ids.length < 2} onClick={() => void edit({ kind: 'merge', ids })} />
      <Button icon="deeper" text={texts.deeper} wide keys="S" disabled={!one} onClick={() => void edit({ kind: 'deeper', id: ids[0] })} />
      <Button icon="parts" text={texts.parts} keys="P" disabled={!one} onClick={() => void edit({ kind: 'parts', id: ids[0] })} />
      <Button icon="rename" text={texts.rename} keys="R" disabled={!one} onClick={() => startEditing(ids[0], 'name')} />
      <Button icon="alike" text={labelling.proposeShort} wide keys="T" disabled={none} onClick={() => void proposeLike(ids)} />
      <Button icon="colour" text={texts.recolour} keys="C" disabled={none} onClick={() => startEditing(ids[0], 'colour')} />
      <Button
        icon={allHave('hidden') ? 'eye' : 'hidden'}
        text={allHave('hidden') ? texts.show : texts.hide}
        keys="X"
        disabled={none}
        onClick={() => toggleFlag('hidden', ids)}
      />
      <Button
        icon={allHave('locked') ? 'unlock' : 'lock'}
        text={allHave('locked') ? texts.unlock : texts.lock}
        keys="K"
        disabled={none}
        onClick={() => toggleFlag('locked', ids)}
      />
    </fieldset>
  );
};

/** How many are hidden or locked, and back with them; nothing where none are. */
export const Withheld = () => {
  const of = (flag: 'hidden' | 'locked'): number[] => regions.value?.rows.filter((row) => row[flag]).map(({ id }) => id) ?? [];
  const [hidden, locked] = [of('hidden'), of('locked')];
  if (hidden.length + locked.length === 0) return null;
  return (
    <div class="withheld">
      {hidden.length > 0 && (
        <>
          <span>{labelling.hiddenCount(hidden.length)}</span>
          <Button text={labelling.showAll} wide class="small" onClick={() => setFlag('hidden', hidden, false)} />
        </>
      )}
      {locked.length > 0 && (
        <>
          <span>{labelling.lockedCount(locked.length)}</span>
          <Button text={labelling.unlockAll} wide class="small" onClick={() => setFlag('locked', locked, false)} />
        </>
      )}
    </div>
  );
};
