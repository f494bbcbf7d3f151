/** Concepts: regions of all open pictures, a row what is alike, named once for all of them. */
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { current } from '../state/concept-moves.ts';
import { heading, isBusy, rows } from '../state/concepts.ts';
import { classes } from '../state/work.ts';
import { texts } from '../texts.ts';
import { ConceptRow, focusing } from './concept-row.tsx';
import { dragged, dropsInto } from './cutouts.tsx';

const words = texts.concepts;

/** Where it was left. */
const useReturn = (): void =>
  useEffect(() => {
    const element = document.getElementById(current.peek() ?? '');
    element?.scrollIntoView({ block: 'center' });
    const isNowhere = document.activeElement === document.body || document.activeElement?.matches('.stage');
    if (isNowhere) (element ?? document.querySelector<HTMLElement>('.concepts'))?.focus();
  }, []);

const useFocusing = (): void => {
  const { value: ids } = focusing;
  useLayoutEffect(() => {
    if (ids.length === 0) return;
    ids
      .map((id) => document.getElementById(id))
      .find(Boolean)
      ?.focus(); // before the next key comes
    focusing.value = [];
  }, [ids]);
};

/** What is said of the looking changes by itself, as signals: the rows stay as they are drawn. */
export const Concepts = () => {
  const { value: all } = rows;
  useReturn();
  useFocusing();
  return (
    <section class="concepts" aria-label={words.view} tabIndex={-1} data-dragging={dragged.value.length > 0}>
      <p class="concepts-told" role="status">
        {heading}
        <span class="help"> {words.nameHint}</span>
      </p>
      <ol class="concept-rows" aria-busy={isBusy}>
        {all.map((row) => (
          <ConceptRow key={row.key} row={row} />
        ))}
      </ol>
      <p class="drop-new" aria-hidden="true" {...dropsInto('new')}>
        {words.dropNew}
      </p>
      <datalist id="concept-names">
        {classes.value.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
    </section>
  );
};
