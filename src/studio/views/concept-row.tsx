/** A row of concepts: its name, what is known of it, and cut-outs of its regions. */
import { signal } from '@preact/signals';
import { isChosen, nameOf, nameRow, release, toggle } from '../state/concept-moves.ts';
import type { Row } from '../state/concept-rows.ts';
import { texts } from '../texts.ts';
import { css } from './colour.tsx';
import { beginDrag, Cutouts, dropsInto, endDrag } from './cutouts.tsx';
import { Button } from './parts.tsx';

const words = texts.concepts;

/** Cut-outs of a row that is not opened. */
const FEW = 12;

/** Keys of rows that show all that they have. */
const opened = signal<ReadonlySet<string>>(new Set());
/** Ids of elements, of which the first that is there takes the focus once the rows are as they should be. */
export const focusing = signal<readonly string[]>([]);

const NameInput = ({ row }: { row: Row }) => {
  const name = row.of?.name ?? '';
  const rename = async (input: HTMLInputElement, isByKey: boolean): Promise<void> => {
    const key = await nameRow(row, input.value);
    if (key === undefined) input.value = name;
    if (key !== undefined && isByKey) focusing.value = [`name-${key}`];
  };
  return (
    <input
      id={`name-${row.key}`}
      key={name}
      type="text"
      class="concept-name"
      list="concept-names"
      maxLength={200}
      aria-label={words.name(nameOf(row))}
      placeholder={nameOf(row)}
      defaultValue={name}
      onBlur={({ currentTarget }) => void rename(currentTarget, false)}
      onKeyDown={(event) => {
        const { currentTarget, key } = event;
        if (key === 'Escape') currentTarget.value = name;
        if (key !== 'Enter') return;
        event.preventDefault();
        void rename(currentTarget, true);
      }}
    />
  );
};

const Head = ({ row }: { row: Row }) => {
  const name = nameOf(row);
  const { parts, pictures, of, isFixed } = row;
  const isAll = parts.every(({ key }) => isChosen(key));
  return (
    <div class="concept-head">
      <span
        class="grip"
        draggable
        title={words.dragRow(name)}
        aria-hidden="true"
        onDragStart={(event) => beginDrag(event, parts)}
        onDragEnd={endDrag}
      />
      <input
        type="checkbox"
        aria-label={words.chooseRow(name)}
        title={words.chooseRow(name)}
        checked={isAll}
        indeterminate={!isAll && parts.some(({ key }) => isChosen(key))}
        onChange={() => toggle(parts)}
      />
      <span class="swatch" style={of && { background: css(of.colour) }} />
      <NameInput row={row} />
      <p class="help">
        {words.facts(parts.length, pictures)}
        {isFixed && !of && (
          <>
            {`, ${words.byHand} `}
            <Button icon="reset" class="small" text={words.release(name)} onClick={() => release(row)} />
          </>
        )}
      </p>
    </div>
  );
};

export const ConceptRow = ({ row }: { row: Row }) => {
  const { key, parts } = row;
  const name = nameOf(row);
  const isOpen = opened.value.has(key);
  const turn = (): void => {
    const next = new Set(opened.value);
    next.delete(key) || next.add(key);
    opened.value = next;
  };
  return (
    <li class="concept" {...dropsInto(row)}>
      <Head row={row} />
      <Cutouts parts={isOpen ? parts : parts.slice(0, FEW)} name={name} />
      {parts.length > FEW && (
        <Button
          text={isOpen ? words.few : words.all(parts.length - FEW)}
          label={isOpen ? words.fewOf(name) : words.allOf(parts.length - FEW, name)}
          wide
          class="more-cutouts"
          expanded={isOpen}
          onClick={turn}
        />
      )}
    </li>
  );
};
