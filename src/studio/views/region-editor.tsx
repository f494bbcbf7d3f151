/** Name or colour of a region, changed where it stands in the list; the focus then goes back to where it was. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { edit } from '../state/edit.ts';
import { nameOf } from '../state/list.ts';
import { editing, selection } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { RegionRow } from '../types.ts';
import { ColourInput } from './colour.tsx';
import { Button } from './parts.tsx';

const { labelling } = texts;

export const RegionEditor = ({ row, what }: { row: RegionRow; what: 'name' | 'colour' }) => {
  const ref = useRef<HTMLFormElement>(null);
  const [before] = useState(() => document.activeElement as HTMLElement | null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const item = document.getElementById(`region-${row.id}`);
    item?.scrollIntoView({ block: 'nearest' });
    setTop(item?.offsetTop ?? 0);
    const input = ref.current?.querySelector('input');
    input?.focus();
    input?.select();
  }, [row.id]);
  useLayoutEffect(() => ref.current?.scrollIntoView({ block: 'nearest' }), [top]);
  const end = (): void => {
    if (editing.value?.id === row.id) editing.value = undefined;
    const isHere = ref.current?.contains(document.activeElement) || document.activeElement === document.body;
    if (isHere) (before?.isConnected ? before : document.querySelector<HTMLElement>('.stage'))?.focus();
  };
  const rename = (): void => {
    const name = ref.current?.querySelector('input')?.value.trim() || undefined;
    if (name !== row.name) void edit({ kind: 'mark', ids: [row.id], mark: { name }, what: 'rename' });
    end();
  };
  const recolour = (colour: [number, number, number] | undefined): void => {
    const ids = selection.value.has(row.id) ? [...selection.value] : [row.id];
    void edit({ kind: 'mark', ids, mark: { colour }, what: 'recolour' });
  };
  /** The focus went elsewhere: what was typed is taken. */
  const left = (event: FocusEvent): void => {
    if (ref.current?.contains(event.relatedTarget as Node | null) || editing.value?.id !== row.id) return;
    what === 'name' ? rename() : end();
  };
  return (
    <form
      ref={ref}
      class="region-editor"
      style={{ top: `${top}px` }}
      onSubmit={(event) => {
        event.preventDefault();
        what === 'name' ? rename() : end();
      }}
      onFocusOut={left}
      onKeyDown={(event) => {
        event.stopPropagation(); // letters are letters here
        if (event.key === 'Escape') end();
      }}
    >
      {what === 'name' ? (
        <input type="text" aria-label={labelling.nameOf(texts.region(row.id))} defaultValue={row.name ?? ''} placeholder={texts.region(row.id)} />
      ) : (
        <>
          <ColourInput colour={row.colour} text={labelling.colourOf(nameOf(row))} onChange={recolour} />
          <Button
            text={labelling.ownColour}
            wide
            onClick={() => {
              recolour(undefined);
              end();
            }}
          />
        </>
      )}
      <Button icon="check" text={texts.close} type="submit" />
    </form>
  );
};
