/** A row of concepts: its name, and cut-outs of its regions, which are opened, chosen, and dragged to another row. */
import { signal, useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { chosen, current, isChosen, move, nameOf, nameRow, openPart, release, toggle } from '../state/concept-moves.ts';
import type { Part, Row, Target } from '../state/concept-rows.ts';
import { nameOfPicture } from '../state/concepts.ts';
import { imageOf, wantImage } from '../state/cutouts.ts';
import { activeId } from '../state/work.ts';
import { texts } from '../texts.ts';
import { css } from './colour.tsx';
import { Button, Icon } from './parts.tsx';

const words = texts.concepts;

/** Cut-outs of a row that is not opened. */
const FEW = 12;

/** Keys of rows that show all that they have. */
const opened = signal<ReadonlySet<string>>(new Set());
/** Ids of elements, of which the first that is there takes the focus once the rows are as they should be. */
export const focusing = signal<readonly string[]>([]);

/** What is being dragged, and the row that it would fall into. */
export const dragged = signal<readonly Part[]>([]);
const over = signal<string | undefined>(undefined);

const beginDrag = (event: DragEvent, parts: readonly Part[]): void => {
  dragged.value = parts;
  event.dataTransfer?.setData('text/plain', parts.map(({ picture, id }) => `${nameOfPicture(picture)} ${texts.region(id)}`).join('\n'));
};
const endDrag = (): void => {
  dragged.value = [];
  over.value = undefined;
};

/** What makes an element take what is dropped. */
export const dropsInto = (to: Target) => {
  const key = to === 'new' ? 'new' : to.key;
  return {
    'data-over': over.value === key,
    onDragOver: (event: DragEvent): void => {
      if (dragged.value.length === 0) return;
      event.preventDefault();
      over.value = key;
    },
    onDragLeave: (event: DragEvent): void => {
      const isInside = (event.currentTarget as Element).contains(event.relatedTarget as Node | null);
      if (!isInside && over.value === key) over.value = undefined;
    },
    onDrop: (event: DragEvent): void => {
      if (dragged.value.length === 0) return;
      event.preventDefault();
      void move(dragged.value, to);
      endDrag();
    },
  };
};

/** Cut-outs are made once they are near what is seen. */
const seeing = new WeakMap<Element, () => void>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) seeing.get(target)?.();
  },
  { rootMargin: '200px' },
);

const open = (part: Part): void => void openPart(part).then(() => document.querySelector<HTMLElement>('.stage')?.focus());

const Cutout = ({ part, isFirst }: { part: Part; isFirst: boolean }) => {
  const { key, picture, id, share, image } = part;
  const ref = useRef<HTMLLIElement>(null);
  const isOn = useComputed(() => isChosen(key));
  const isHere = useComputed(() => activeId.value === picture);
  const name = nameOfPicture(picture);
  const told = words.cutout(name, texts.region(id), texts.share(share));
  useEffect(() => {
    const element = ref.current as HTMLLIElement;
    seeing.set(element, () => wantImage(part));
    observer.observe(element);
    return () => observer.unobserve(element);
  }, [image]);
  return (
    <li
      ref={ref}
      id={key}
      role="option"
      class="cutout"
      aria-selected={isOn}
      aria-label={told}
      title={told}
      tabIndex={isFirst ? 0 : -1}
      data-here={isHere}
      draggable
      onDragStart={(event) => beginDrag(event, isChosen(key) ? chosen.value : [part])}
      onDragEnd={endDrag}
      onFocus={() => {
        current.value = key;
      }}
      onClick={(event) => (event.shiftKey || event.ctrlKey || event.metaKey ? toggle([part]) : open(part))}
    >
      {imageOf(part).value && <img src={imageOf(part).value} alt="" draggable={false} />}
      <span class="cutout-name" aria-hidden="true">
        {name}
      </span>
      <span
        class="choose"
        aria-hidden="true"
        title={words.choose}
        onClick={(event) => {
          event.stopPropagation();
          toggle([part]);
        }}
      >
        <Icon name="check" />
      </span>
    </li>
  );
};

/** Along the row, to the row above or below, to the row's ends. */
const STEPS: Readonly<Record<string, (at: number, count: number) => [rows: number, at: number]>> = {
  ArrowLeft: (at) => [0, at - 1],
  ArrowRight: (at) => [0, at + 1],
  ArrowUp: (at) => [-1, at],
  ArrowDown: (at) => [1, at],
  Home: () => [0, 0],
  End: (_, count) => [0, count - 1],
};

const hearKey = (event: KeyboardEvent, row: Row): void => {
  const part = row.parts.find(({ key }) => key === (event.target as Element).id);
  const shelf = event.currentTarget as Element;
  const step = STEPS[event.key]?.([...shelf.children].indexOf(event.target as Element), shelf.children.length);
  if (!part || event.ctrlKey || event.metaKey || event.altKey || (!step && event.key !== ' ' && event.key !== 'Enter')) return;
  event.preventDefault();
  if (event.key === ' ') return toggle([part]);
  if (!step) return open(part);
  const shelves = [...document.querySelectorAll('.cutouts')];
  const to = shelves[shelves.indexOf(shelf) + step[0]]?.children ?? [];
  (to[Math.min(step[1], to.length - (step[0] === 0 ? 0 : 1))] as HTMLElement | undefined)?.focus();
};

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
  const shown = isOpen ? parts : parts.slice(0, FEW);
  const first = shown.find((part) => part.key === current.value) ?? shown[0];
  const turn = (): void => {
    const next = new Set(opened.value);
    next.delete(key) || next.add(key);
    opened.value = next;
  };
  return (
    <li class="concept" {...dropsInto(row)}>
      <Head row={row} />
      <ul class="cutouts" role="listbox" aria-multiselectable="true" aria-label={words.cutouts(name)} onKeyDown={(event) => hearKey(event, row)}>
        {shown.map((part) => (
          <Cutout key={part.key} part={part} isFirst={part === first} />
        ))}
      </ul>
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
