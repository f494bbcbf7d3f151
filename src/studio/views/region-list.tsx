/** The regions as a list that can be walked: the same as on the picture, in words; and what can be done with the selected ones. */
import { useComputed } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { edit, select, toggleFlag } from '../state/edit.ts';
import { partsOf, placeNow, proposedOf, rowsNow, SORTS, type Sort, sort, startEditing, typeAhead, walkTo } from '../state/list.ts';
import { takeSome } from '../state/proposal.ts';
import { isChanging } from '../state/settings.ts';
import { editing, hover, proposed, regions, selection } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { RegionRow } from '../types.ts';
import { Classes } from './classes.tsx';
import { css } from './colour.tsx';
import { Icon } from './parts.tsx';
import { RegionActions, Withheld } from './region-actions.tsx';
import { RegionEditor } from './region-editor.tsx';

const { labelling, naming } = texts;

const bringIntoView = (id: number): void => document.getElementById(`region-${id}`)?.scrollIntoView({ block: 'nearest' });

const goTo = (row: RegionRow | undefined, event: KeyboardEvent): void => {
  if (!row) return;
  walkTo(row.id, event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'look' : 'set');
  bringIntoView(row.id);
};

/** Keys of the list: the usual ones of lists of which several rows can be selected. */
const hearKey = (event: KeyboardEvent): void => {
  const { value: rows } = rowsNow;
  const at = placeNow();
  const last = rows.length - 1;
  const { key } = event;
  const next = { ArrowDown: Math.min(last, at + 1), ArrowUp: at < 0 ? last : Math.max(0, at - 1), Home: 0, End: last }[key];
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const current = rows[at] as RegionRow | undefined;
  if (next !== undefined) goTo(rows[next], event);
  else if ((key === 'Enter' || key === ' ') && isPlain && current) select([current.id], 'toggle');
  else if (key === 'F2' && current) startEditing(current.id, 'name');
  else if (isPlain && /^\p{L}$/u.test(key)) {
    const id = typeAhead(key, event.timeStamp);
    const row = rows.find((one) => one.id === id);
    if (row) {
      walkTo(row.id, 'set');
      bringIntoView(row.id);
    }
  } else return;
  event.preventDefault();
  event.stopPropagation();
};

/** A mark that a click turns on and off; by keys it is the buttons above that do. */
const Flag = ({ row, flag }: { row: RegionRow; flag: 'hidden' | 'locked' }) => {
  const icon = flag === 'hidden' ? (row.hidden ? 'hidden' : 'eye') : row.locked ? 'lock' : 'unlock';
  const turn = (event: MouseEvent): void => {
    event.stopPropagation();
    if (flag === 'hidden' && event.altKey) void edit({ kind: 'solo', id: row.id });
    else toggleFlag(flag, [row.id]);
  };
  const text = flag === 'hidden' ? `${row.hidden ? texts.show : texts.hide}. ${labelling.solo}` : row.locked ? texts.unlock : texts.lock;
  return (
    <span class="flag" data-on={row[flag] === true} data-flag={flag} aria-hidden="true" title={text} onClick={turn}>
      <Icon name={icon} />
    </span>
  );
};

/** What is proposed for a region; a click takes a name, by keys it is the row of the table of keys. */
const Proposed = ({ id, text }: { id: number; text: string }) => {
  const isName = proposed.value.get(id)?.name !== undefined;
  const takeIt = (event: MouseEvent): void => {
    event.stopPropagation();
    void takeSome([id]);
  };
  return (
    <span class="region-state" data-guess={isName} title={isName ? `${text}. ${naming.takeThis}` : undefined} onClick={isName ? takeIt : undefined}>
      {text}
    </span>
  );
};

/** What is said of a region; to the eye only what there is room for. */
const Words = ({ row, share }: { row: RegionRow; share: string }) => {
  const proposal = proposedOf(row);
  const [name, ...rest] = partsOf(row);
  const at = rest.lastIndexOf(proposal ?? share);
  const unseen = (parts: string[]): string => parts.map((part) => `, ${part}`).join('');
  return (
    <>
      <span class="region-name">{name}</span>
      <span class="unseen">{unseen(rest.slice(0, at))}, </span>
      {proposal === undefined ? <span class="region-area">{share}</span> : <Proposed id={row.id} text={proposal} />}
      <span class="unseen">{unseen(rest.slice(at + 1))}</span>
    </>
  );
};

const Row = ({ row, pixels }: { row: RegionRow; pixels: number }) => {
  const { id } = row;
  const isLit = useComputed(() => hover.value === id);
  const isOn = useComputed(() => selection.value.has(id));
  return (
    <li
      id={`region-${id}`}
      role="option"
      aria-selected={isOn}
      data-hover={isLit}
      data-hidden={row.hidden === true}
      onPointerEnter={() => {
        hover.value = id;
      }}
      onPointerLeave={() => {
        if (hover.value === id) hover.value = undefined;
      }}
      onMouseDown={(event) => event.preventDefault()} // letters stay shortcuts: those who come by keys type ahead
      onClick={(event) => {
        if (event.shiftKey) return walkTo(id, 'extend');
        if (event.ctrlKey || event.metaKey) return select([id], 'toggle');
        walkTo(id, 'set');
      }}
      onDblClick={() => startEditing(id, 'name')}
    >
      <span class="swatch" style={{ background: css(row.colour) }} />
      <Words row={row} share={texts.share(row.area / pixels)} />
      <Flag row={row} flag="hidden" />
      <Flag row={row} flag="locked" />
    </li>
  );
};

const Order = () => (
  <label class="order">
    <span class="unseen">{labelling.sort}</span>
    <select
      value={sort.value}
      onChange={({ currentTarget }) => {
        sort.value = currentTarget.value as Sort;
      }}
    >
      {SORTS.map((name) => (
        <option key={name} value={name}>
          {labelling.sorts[name]}
        </option>
      ))}
    </select>
  </label>
);

/** What was selected on the picture is brought into view. */
const useFollowing = (): void => {
  const [only] = selection.value;
  const isOne = selection.value.size === 1;
  useEffect(() => {
    if (isOne) bringIntoView(only);
  }, [only, isOne]);
};

/** Rows that a frame adds: hundreds at once would hold the page. */
const AT_ONCE = 20;

/** How many rows are drawn by now: all of them some frames after they came. */
const useDrawn = (count: number): number => {
  const [drawn, setDrawn] = useState(AT_ONCE);
  useEffect(() => {
    if (count < drawn - AT_ONCE) return setDrawn(Math.max(AT_ONCE, count));
    if (count <= drawn) return;
    const frame = requestAnimationFrame(() => setDrawn(drawn + AT_ONCE));
    return () => cancelAnimationFrame(frame);
  }, [count, drawn]);
  return drawn;
};

const List = () => {
  const { width = 1, height = 1 } = regions.value ?? {};
  const { value: rows } = rowsNow;
  const { value: edited } = editing;
  const editedRow = rows.find(({ id }) => id === edited?.id);
  useFollowing();
  const drawn = useDrawn(rows.length);
  const lit = useComputed(() => (hover.value === undefined ? undefined : `region-${hover.value}`)); // as a signal: the list stays as it is
  return (
    <div class="region-box">
      <ul
        class="region-list"
        role="listbox"
        aria-multiselectable="true"
        aria-busy={drawn < rows.length || isChanging.value}
        aria-label={texts.regionList}
        aria-describedby="list-hint"
        aria-activedescendant={lit}
        tabIndex={0}
        onKeyDown={hearKey}
      >
        {rows.slice(0, drawn).map((row) => (
          <Row key={row.id} row={row} pixels={width * height} />
        ))}
      </ul>
      {edited && editedRow && <RegionEditor key={`${edited.id} ${edited.what}`} row={editedRow} what={edited.what} />}
    </div>
  );
};

export const RegionList = () => {
  if (!regions.value) return <p class="help">{texts.noRegionsYet}</p>;
  return (
    <>
      <RegionActions />
      <Classes />
      <section class="regions" aria-labelledby="regions-title">
        <div class="list-head">
          <h2 id="regions-title">{texts.regionList}</h2>
          <Order />
        </div>
        <Withheld />
        <List />
        <p class="help" id="list-hint">
          {labelling.listHint}
        </p>
      </section>
    </>
  );
};
