/** Cut-outs of a row: opened by a click, chosen, walked along by keys, and dragged to another row. */
import { computed, signal, useComputed } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { chosen, current, isChosen, move, openPart, toggle } from '../state/concept-moves.ts';
import type { Part, Target } from '../state/concept-rows.ts';
import { nameOfPicture } from '../state/concepts.ts';
import { imageOf, wantImage } from '../state/cutouts.ts';
import { activeId } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Icon } from './parts.tsx';

const words = texts.concepts;

/** What is being dragged, and the row that it would fall into. */
export const dragged = signal<readonly Part[]>([]);
const over = signal<string | undefined>(undefined);

export const beginDrag = (event: DragEvent, parts: readonly Part[]): void => {
  dragged.value = parts;
  if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer?.setData('text/plain', parts.map(({ picture, id }) => `${nameOfPicture(picture)} ${texts.region(id)}`).join('\n'));
};
export const endDrag = (): void => {
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
  const name = useComputed(() => nameOfPicture(picture)).value;
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

const hearKey = (event: KeyboardEvent, parts: readonly Part[]): void => {
  const part = parts.find(({ key }) => key === (event.target as Element).id);
  const shelf = event.currentTarget as Element;
  const step = STEPS[event.key]?.([...shelf.children].indexOf(event.target as Element), shelf.children.length);
  if (!part || event.ctrlKey || event.metaKey || event.altKey || (!step && event.key !== ' ' && event.key !== 'Enter')) return;
  event.preventDefault();
  if (event.key === ' ') return toggle([part]);
  if (!step) return open(part);
  const [rows, at] = step;
  const shelves = [...document.querySelectorAll('.cutouts')];
  const there = [...(shelves[shelves.indexOf(shelf) + rows]?.querySelectorAll<HTMLElement>('.cutout') ?? [])];
  (there[at] ?? (rows === 0 ? undefined : there.at(-1)))?.focus(); // another row may be shorter
};

export const Cutouts = ({ parts, name }: { parts: readonly Part[]; name: string }) => {
  const first = useMemo(() => computed(() => (parts.find(({ key }) => key === current.value) ?? parts[0])?.key), [parts]).value;
  return (
    <ul class="cutouts" role="listbox" aria-multiselectable="true" aria-label={words.cutouts(name)} onKeyDown={(event) => hearKey(event, parts)}>
      {parts.map((part) => (
        <Cutout key={part.key} part={part} isFirst={part.key === first} />
      ))}
    </ul>
  );
};
