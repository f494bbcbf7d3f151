/** Beside the rows of concepts: how many there are, where what is chosen goes, and how far the looking is. */
import { useState } from 'preact/hooks';
import { choices, columnKey } from '../state/coherence.ts';
import { chooseNone, chosen, move, nameOf, targets } from '../state/concept-moves.ts';
import type { Part, Target } from '../state/concept-rows.ts';
import * as state from '../state/concepts.ts';
import { texts } from '../texts.ts';
import { focusing } from './concept-row.tsx';
import { Button, Control } from './parts.tsx';

const words = texts.concepts;
const { fewest, most } = state.DEARER;

/** The slider goes by ratios: 0 for the fewest rows, 1 for the most. */
const dearerAt = (place: number): number => Number((fewest * (most / fewest) ** place).toPrecision(3));
const placeOf = (dearer: number): number => Math.log(dearer / fewest) / Math.log(most / fewest);

const Fineness = () => (
  <Control
    {...words.price}
    value={words.shown(state.rows.value.length)}
    isDefault={state.dearer.value === 1}
    onReset={() => {
      state.dearer.value = 1;
    }}
  >
    {(ids) => (
      <div class="ends">
        <input
          {...ids}
          type="range"
          min="0"
          max="1"
          step="0.02"
          value={placeOf(state.dearer.value)}
          aria-valuetext={words.dearer(state.dearer.value)}
          onInput={({ currentTarget }) => {
            state.dearer.value = dearerAt(Number(currentTarget.value));
          }}
        />
        <span aria-hidden="true">{words.fewer}</span>
        <span aria-hidden="true">{words.more}</span>
      </div>
    )}
  </Control>
);

/** Pictures that are looked at, one after the other. */
const Looking = () => {
  const { done, all } = state.looked.value;
  const { value: told } = state.lookingNow;
  if (done === all) return null;
  if (state.isStopped.value)
    return (
      <div class="looking">
        <p>{told}</p>
        <Button text={words.goOn} wide onClick={state.goOn} />
      </div>
    );
  return (
    <div class="looking">
      <p>{told}</p>
      <Button text={words.stop} wide onClick={state.stopLooking} />
      <progress aria-label={told} max={all} value={done} />
      <p class="help">{words.stopHint}</p>
    </div>
  );
};

const Failed = () => {
  const all = [...state.failed.value];
  if (all.length === 0) return null;
  return (
    <ul class="problem">
      {all.map(([id, why]) => (
        <li key={id}>{words.failed(state.nameOfPicture(id), why)}</li>
      ))}
    </ul>
  );
};

/** Puts what is chosen somewhere, and the focus with it. */
const put = async (parts: readonly Part[], to: Target): Promise<void> => {
  const [{ key }] = parts;
  const row = await move(parts, to);
  if (row !== undefined) focusing.value = [key, `name-${row}`];
};

/** Where what is chosen goes. */
const Where = ({ parts }: { parts: readonly Part[] }) => {
  const { value: all } = targets;
  const [to, setTo] = useState('');
  const target = all.find(({ key }) => key === to) ?? all[0];
  return (
    <>
      <label for="move-to">{words.moveTo}</label>
      <div class="move">
        <select id="move-to" value={target.key} onChange={({ currentTarget }) => setTo(currentTarget.value)}>
          {all.map((row) => (
            <option key={row.key} value={row.key}>
              {nameOf(row)}
            </option>
          ))}
        </select>
        <Button text={words.move} wide class="primary" onClick={() => void put(parts, target)} />
      </div>
      <div class="move">
        <Button icon="plus" text={words.toNewRow} wide onClick={() => void put(parts, 'new')} />
        <Button text={words.chooseNone} wide keys="Escape" onClick={chooseNone} />
      </div>
    </>
  );
};

const Chosen = () => {
  const { value: parts } = chosen;
  return (
    <fieldset class="chosen">
      <legend>{words.chosen(parts.length)}</legend>
      {parts.length > 0 ? <Where parts={parts} /> : <p class="help">{words.chosenHint}</p>}
    </fieldset>
  );
};

const Encoder = () => {
  const { value: by } = state.encoder;
  const { value: all } = choices;
  const choose = (key: string): void => {
    const column = all.find((one) => columnKey(one) === key);
    if (column) state.chooseEncoder(column);
  };
  if (all.length < 2) return null;
  return (
    <Control {...words.encoder} value="" isDefault={columnKey(by) === columnKey(all[0])} onReset={() => choose(columnKey(all[0]))}>
      {(ids) => (
        <select {...ids} value={columnKey(by)} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          {all.map((one) => (
            <option key={columnKey(one)} value={columnKey(one)}>
              {texts.encoders.choose(one.encoder, one.where === 'computer' ? texts.thisComputer : texts.thisPage)}
            </option>
          ))}
        </select>
      )}
    </Control>
  );
};

export const ConceptsPanel = () => (
  <aside class="panel concepts-panel" aria-label={texts.panel}>
    <Looking />
    <Failed />
    <Fineness />
    <Chosen />
    <Encoder />
    <p class="help">{words.listHint}</p>
  </aside>
);
