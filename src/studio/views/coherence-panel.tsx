/** Beside the heatmaps: encoders, colours, scale, and the numbers as a file. */
import { COLORMAPS, choices, colormap, columnKey, columns, DEFAULTS, kind, opacity, SCALES, scale, toggleColumn } from '../state/coherence.ts';
import { saveNumbers } from '../state/coherence-save.ts';
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button, Control, Share } from './parts.tsx';
import { RegionList } from './region-list.tsx';

const words = texts.coherence;

const Encoders = () => (
  <fieldset class="control">
    <legend>{words.encoders.name}</legend>
    {choices.value.map((choice) => (
      <label key={columnKey(choice)} class="check">
        <input
          type="checkbox"
          checked={columns.value.some((column) => columnKey(column) === columnKey(choice))}
          disabled={columns.value.length === 1 && columnKey(columns.value[0]) === columnKey(choice)}
          onChange={() => toggleColumn(choice)}
        />
        <span>
          {choice.encoder} <span class="help">{choice.where === 'computer' ? texts.thisComputer : texts.thisPage}</span>
        </span>
      </label>
    ))}
    <p class="help">{words.encoders.help}</p>
    <Button
      text={texts.encoders.manage}
      wide
      class="manage"
      onClick={() => {
        dialog.value = 'encoders';
      }}
    />
  </fieldset>
);

interface ChoiceProps<T extends string> {
  of: 'colormap' | 'scale';
  on: { value: T };
  values: readonly T[];
}

const Choice = <T extends string>({ of, on, values }: ChoiceProps<T>) => (
  <Control
    {...words[of]}
    value=""
    isDefault={on.value === DEFAULTS[of]}
    onReset={() => {
      on.value = DEFAULTS[of] as T;
    }}
  >
    {(ids) => (
      <select
        {...ids}
        value={on.value}
        onChange={({ currentTarget }) => {
          on.value = currentTarget.value as T;
        }}
      >
        {values.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    )}
  </Control>
);

export const CoherencePanel = () => (
  <aside class="panel coherence-panel" aria-label={texts.panel}>
    {kind.value === 'regions' && <RegionList />}
    <Encoders />
    <Choice of="colormap" on={colormap} values={COLORMAPS} />
    <Choice of="scale" on={scale} values={SCALES} />
    <Share {...words.opacity} on={opacity} byDefault={DEFAULTS.opacity} />
    <Button icon="export" text={words.saveNumbers} wide onClick={() => void saveNumbers()} />
    <p class="help">{words.legend}</p>
  </aside>
);
