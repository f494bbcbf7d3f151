/** All that says how a picture is segmented and drawn: each with its default, its unit and a line on what it does. */
import { settle } from '../state/settings.ts';
import { active, names, outlines, patterns, regions, tint } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Settings } from '../types.ts';
import { EncoderControl } from './encoder-control.tsx';
import { Control } from './parts.tsx';

const SOLVERS = ['merge', 'ncut'] as const;
const BORDERS = ['edges', 'vote', 'pamr', 'none'] as const;

const Choice = ({ of, values, now }: { of: 'solver' | 'refine'; values: readonly string[]; now: string }) => {
  const chosen = active.value?.settings[of];
  return (
    <Control {...texts.settings[of]} value={now} isDefault={chosen === undefined} onReset={() => void settle({ [of]: undefined })}>
      {(ids) => (
        <select {...ids} value={chosen ?? now} onChange={({ currentTarget }) => void settle({ [of]: currentTarget.value } as Partial<Settings>)}>
          {values.map((value) => (
            <option key={value} value={value}>
              {value}
            </option>
          ))}
        </select>
      )}
    </Control>
  );
};

const Numeric = ({ of, now, min, max, step }: { of: 'alpha' | 'minArea'; now: number | null; min: number; max: number; step: number }) => {
  const chosen = active.value?.settings[of];
  const value = chosen ?? now;
  return (
    <Control
      {...texts.settings[of]}
      value={value === null ? texts.notUsed : String(value)}
      isDefault={chosen === undefined}
      onReset={() => void settle({ [of]: undefined })}
    >
      {(ids) => (
        <input
          {...ids}
          type="number"
          min={min}
          max={max}
          step={step}
          value={value ?? ''}
          onChange={({ currentTarget }) => {
            const given = currentTarget.valueAsNumber;
            if (currentTarget.checkValidity() && Number.isFinite(given)) void settle({ [of]: given });
            else currentTarget.reportValidity();
          }}
        />
      )}
    </Control>
  );
};

const Check = ({ on, text }: { on: typeof outlines; text: string }) => (
  <label class="check">
    <input
      type="checkbox"
      checked={on.value}
      onChange={({ currentTarget }) => {
        on.value = currentTarget.checked;
      }}
    />
    <span>{text}</span>
  </label>
);

const DEFAULT_TINT = 0.45;

export const SettingsTab = () => {
  const { used } = regions.value ?? {};
  const { split } = active.value?.settings ?? {};
  return (
    <div class="settings">
      <EncoderControl settings={active.value?.settings ?? {}} used={used} settle={settle} />
      <Choice of="solver" values={SOLVERS} now={used?.solver ?? 'merge'} />
      <Numeric of="alpha" now={used?.alpha ?? null} min={0.1} max={50} step={0.1} />
      <Choice of="refine" values={BORDERS} now="edges" />
      <Numeric of="minArea" now={0} min={0} max={1e9} step={1} />
      <label class="check">
        <input
          type="checkbox"
          checked={split === true}
          onChange={({ currentTarget }) => void settle({ split: currentTarget.checked || undefined })}
        />
        <span>{texts.settings.split.name}</span>
      </label>
      <p class="help">{texts.settings.split.help}</p>
      <Control
        {...texts.look.tint}
        value={tint.value.toFixed(2)}
        isDefault={tint.value === DEFAULT_TINT}
        onReset={() => {
          tint.value = DEFAULT_TINT;
        }}
      >
        {(ids) => (
          <input
            {...ids}
            type="range"
            min="0"
            max="1"
            step="0.05"
            value={tint.value}
            onInput={({ currentTarget }) => {
              tint.value = Number(currentTarget.value);
            }}
          />
        )}
      </Control>
      <Check on={outlines} text={texts.look.outlines} />
      <Check on={patterns} text={texts.look.patterns} />
      <Check on={names} text={texts.look.names} />
    </div>
  );
};
