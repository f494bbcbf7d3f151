/** The list of classes: a click names what is selected, or selects what is named so; and how the list itself is changed. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { addClasses, changeClass, moveClass, namesIn, regionsOf, removeClass } from '../state/classes.ts';
import { useClass } from '../state/give-class.ts';
import { ACCEPT_CLASSES, openClasses } from '../state/open.ts';
import { classes, dialog, regions } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { ClassRow } from '../types.ts';
import { ColourInput } from './colour.tsx';
import { Button, Icon } from './parts.tsx';

const { labelling } = texts;

/** The class that the keys of the list act on, and whether it is being changed, or renamed. */
const current = signal<number | undefined>(undefined);
const opened = signal<'more' | 'name' | undefined>(undefined);

/** The class whose button takes the focus once the list is as it should be. */
const focusing = signal<{ id: number } | undefined>(undefined);

const focusOn = (id: number): void => {
  current.value = id;
  focusing.value = { id };
};

/** Beside the one that goes. */
const remove = (id: number): void => {
  const { value: rows } = classes;
  const at = rows.findIndex((row) => row.id === id);
  const next = rows[at + 1] ?? rows[at - 1];
  opened.value = undefined;
  removeClass(id);
  if (next) focusOn(next.id);
  else document.getElementById('new-class')?.focus();
};

const rename = (id: number): void => {
  current.value = id;
  opened.value = 'name';
};

/** Keys of a class's own button, beside the click that it is. */
const hearKey = (event: KeyboardEvent, id: number): void => {
  const { value: rows } = classes;
  const at = rows.findIndex((row) => row.id === id);
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by !== undefined) {
    event.preventDefault();
    if (event.altKey) moveClass(id, by);
    focusOn(event.altKey ? id : rows[Math.max(0, Math.min(rows.length - 1, at + by))].id);
  } else if (event.key === 'F2') {
    event.preventDefault();
    rename(id);
  } else if (event.key === 'Delete') {
    event.preventDefault();
    remove(id);
  }
};

const NameInput = ({ row }: { row: ClassRow }) => {
  const ref = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    ref.current?.focus(); // before the next key comes
    ref.current?.select();
  }, []);
  const end = (isTaken: boolean): void => {
    if (opened.value !== 'name') return; // by Enter already
    if (isTaken) changeClass(row.id, { name: ref.current?.value ?? '' });
    opened.value = undefined;
  };
  return (
    <input
      ref={ref}
      type="text"
      class="class-name"
      aria-label={labelling.className(row.name)}
      defaultValue={row.name}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        event.preventDefault();
        end(event.key === 'Enter');
        focusOn(row.id);
      }}
    />
  );
};

const Row = ({ row, n, isCurrent }: { row: ClassRow; n: number; isCurrent: boolean }) => {
  const { id, name, colour } = row;
  const here = regionsOf(id).length;
  const isOpen = isCurrent && opened.value === 'more';
  const tabIndex = isCurrent ? 0 : -1;
  return (
    <li data-open={isOpen}>
      <ColourInput colour={colour} text={labelling.classColour(name)} tabIndex={tabIndex} onChange={(next) => changeClass(id, { colour: next })} />
      {n < 10 ? (
        <span class="key" aria-hidden="true">
          {n}
        </span>
      ) : (
        <span />
      )}
      {isCurrent && opened.value === 'name' ? (
        <NameInput row={row} />
      ) : (
        <button
          type="button"
          id={`class-${id}`}
          class="class-name"
          tabIndex={tabIndex}
          aria-label={labelling.classUse(name, here, n < 10 ? labelling.classKey(n) : '')}
          onFocus={() => {
            current.value = id;
          }}
          onClick={() => void useClass(id)}
          onDblClick={() => rename(id)}
          onKeyDown={(event) => hearKey(event, id)}
        >
          {name}
        </button>
      )}
      <span class="count" aria-hidden="true">
        {here > 0 && here}
      </span>
      <Button
        icon="more"
        text={labelling.classMore(name)}
        class="small"
        tabIndex={tabIndex}
        expanded={isOpen}
        onClick={() => {
          current.value = id;
          opened.value = isOpen ? undefined : 'more';
        }}
      />
      {isOpen && (
        <div class="class-more">
          <Button text={texts.rename} wide keys="F2" onClick={() => rename(id)} />
          <Button text={labelling.up} wide keys="Alt+ArrowUp" disabled={n === 1} onClick={() => moveClass(id, -1)} />
          <Button text={labelling.down} wide keys="Alt+ArrowDown" disabled={n === classes.value.length} onClick={() => moveClass(id, 1)} />
          <Button text={labelling.delete} wide keys="Delete" onClick={() => remove(id)} />
        </div>
      )}
    </li>
  );
};

/** One name and Enter; of a text of several lines that is pasted, a class a line. */
const NewClass = () => {
  const ref = useRef<HTMLInputElement>(null);
  const add = (event: Event): void => {
    event.preventDefault();
    const { current: input } = ref;
    if (!input) return;
    addClasses(namesIn(input.value));
    input.value = '';
  };
  return (
    <form class="new-class" onSubmit={add}>
      <input
        ref={ref}
        id="new-class"
        type="text"
        aria-label={labelling.newClass}
        placeholder={labelling.newClassHint}
        onPaste={(event) => {
          const names = namesIn(event.clipboardData?.getData('text/plain') ?? '').filter((name) => name.trim());
          if (names.length < 2) return;
          event.preventDefault();
          addClasses(names);
        }}
      />
      <Button icon="plus" text={texts.addClass} type="submit" />
    </form>
  );
};

const isList = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.items.length === 1 && dataTransfer.items[0].kind === 'file';

const over = (event: DragEvent): void => {
  if (isList(event)) event.preventDefault();
};
/** A text alone that falls onto the list is one; all else is the page's. */
const drop = (event: DragEvent): void => {
  const [file] = event.dataTransfer?.files ?? [];
  if (!isList(event) || !/\.(txt|names)$/i.test(file?.name ?? '')) return;
  event.preventDefault();
  event.stopPropagation();
  openClasses(event.dataTransfer?.files ?? null);
};

export const Classes = () => {
  const { value: rows } = classes;
  void regions.value; // the counts are of its regions
  const at = rows.some(({ id }) => id === current.value) ? current.value : rows[0]?.id;
  const { value: next } = focusing;
  useLayoutEffect(() => {
    if (!next) return;
    document.getElementById(`class-${next.id}`)?.focus(); // before the next key comes
    focusing.value = undefined;
  }, [next]);
  return (
    <section class="classes" aria-labelledby="classes-title" onDragOver={over} onDrop={drop}>
      <div class="classes-head">
        <h2 id="classes-title">{labelling.classList}</h2>
        <Button
          icon="guess"
          text={texts.naming.title}
          wide
          class="suggest"
          keys="G"
          onClick={() => {
            dialog.value = 'naming';
          }}
        />
        <label class="button small" title={texts.labels.load}>
          <input
            type="file"
            accept={ACCEPT_CLASSES}
            class="unseen"
            aria-label={texts.labels.load}
            onChange={({ currentTarget }) => {
              openClasses(currentTarget.files);
              currentTarget.value = ''; // the same file may be chosen again
            }}
          />
          <Icon name="open" />
        </label>
      </div>
      {rows.length === 0 ? (
        <p class="help">{labelling.classHint}</p>
      ) : (
        <ul>
          {rows.map((row, index) => (
            <Row key={row.id} row={row} n={index + 1} isCurrent={row.id === at} />
          ))}
        </ul>
      )}
      <NewClass />
    </section>
  );
};
