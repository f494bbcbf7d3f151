/** The regions as a list that can be walked: the same as on the picture, in words; and what can be done with the selected ones. */
import { edit, select, selected } from '../state/edit.ts';
import { classes, hover, regions, selection } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { RegionRow } from '../types.ts';
import { Button, Icon } from './parts.tsx';

const css = ([r, g, b]: readonly number[]): string => `rgb(${r} ${g} ${b})`;

const nameOf = ({ id, name, classId }: RegionRow): string => {
  const of = classes.value.find((row) => row.id === classId)?.name;
  return name ?? (of ? `${of} \u00b7 ${texts.region(id)}` : texts.region(id));
};

const stateOf = ({ hidden, locked }: RegionRow): string => [hidden && texts.hidden, locked && texts.locked].filter(Boolean).join(', ');

const walk = (event: KeyboardEvent): void => {
  const { value: found } = regions;
  if (!found) return;
  const { rows } = found;
  const at = rows.findIndex(({ id }) => id === hover.value);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? rows.length - 1 : at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (next !== undefined && !event.shiftKey) {
    event.preventDefault();
    event.stopPropagation();
    const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
    hover.value = row.id;
    document.getElementById(`region-${row.id}`)?.scrollIntoView({ block: 'nearest' });
  } else if ((event.key === 'Enter' || event.key === ' ') && hover.value !== undefined) {
    event.preventDefault();
    event.stopPropagation();
    select([hover.value], 'toggle');
  }
};

const Actions = () => {
  const ids = selected();
  const rows = regions.value?.rows.filter(({ id }) => selection.value.has(id)) ?? [];
  const none = ids.length === 0;
  const allHave = (flag: 'hidden' | 'locked'): boolean => rows.length > 0 && rows.every((row) => row[flag]);
  const mark = (flag: 'hidden' | 'locked') => () => void edit({ kind: 'mark', ids, mark: { [flag]: allHave(flag) ? undefined : true } });
  return (
    <div class="actions">
      <Button icon="merge" text={texts.merge} wide keys="M" disabled={ids.length < 2} onClick={() => void edit({ kind: 'merge', ids })} />
      <Button icon="deeper" text={texts.deeper} wide keys="S" disabled={ids.length !== 1} onClick={() => void edit({ kind: 'deeper', id: ids[0] })} />
      <Button text={texts.parts} wide keys="P" disabled={ids.length !== 1} onClick={() => void edit({ kind: 'parts', id: ids[0] })} />
      <Button
        icon={allHave('hidden') ? 'eye' : 'hidden'}
        text={allHave('hidden') ? texts.show : texts.hide}
        keys="X"
        disabled={none}
        onClick={mark('hidden')}
      />
      <Button
        icon="lock"
        text={allHave('locked') ? texts.unlock : texts.lock}
        keys="K"
        pressed={allHave('locked')}
        disabled={none}
        onClick={mark('locked')}
      />
    </div>
  );
};

export const RegionList = () => {
  const { value: found } = regions;
  if (!found) return <p class="help">{texts.noRegionsYet}</p>;
  const pixels = found.width * found.height;
  return (
    <>
      <Actions />
      <ul
        class="region-list"
        role="listbox"
        aria-multiselectable="true"
        aria-label={texts.regionList}
        aria-activedescendant={hover.value === undefined ? undefined : `region-${hover.value}`}
        tabIndex={0}
        onKeyDown={walk}
      >
        {found.rows.map((row) => (
          <li
            key={row.id}
            id={`region-${row.id}`}
            role="option"
            aria-selected={selection.value.has(row.id)}
            data-hover={hover.value === row.id}
            onPointerEnter={() => {
              hover.value = row.id;
            }}
            onPointerLeave={() => {
              if (hover.value === row.id) hover.value = undefined;
            }}
            onClick={(event) => select([row.id], event.shiftKey || event.ctrlKey || event.metaKey ? 'toggle' : 'set')}
          >
            <span class="swatch" style={{ background: css(row.colour) }} />
            <span class="region-name">{nameOf(row)}</span>
            <span class="region-area">{texts.area(row.area, row.area / pixels)}</span>
            {stateOf(row) && <span class="region-state">{stateOf(row)}</span>}
            {row.locked && <Icon name="lock" />}
          </li>
        ))}
      </ul>
    </>
  );
};
