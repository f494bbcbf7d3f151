/** All that says how a picture is segmented and drawn: each with its default, its unit and a line on what it does. */
import { solverOf } from '../state/rules.ts';
import { ownSide, type Side } from '../state/settings.ts';
import { names, outlines, patterns, tint } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Settings } from '../types.ts';
import { EncoderControl } from './encoder-control.tsx';
import { Control, Share } from './parts.tsx';

const SOLVERS = ['merge', 'ncut', 'autosc', 'falcon', 'maskcut', 'tokencut'] as const;
const BORDERS = ['edges', 'vote', 'pamr', 'crf', 'none'] as const;

interface ChoiceProps {
  side: Side;
  of: 'solver' | 'refine';
  values: readonly string[];
  /** What is in force where nothing is chosen. */
  now: string;
}

const Choice = ({ side, of, values, now }: ChoiceProps) => {
  const chosen = side.settings.value[of];
  return (
    <Control {...texts.settings[of]} value={now} isDefault={chosen === undefined} onReset={() => void side.settle({ [of]: undefined })}>
      {(ids) => (
        <select {...ids} value={chosen ?? now} onChange={({ currentTarget }) => void side.settle({ [of]: currentTarget.value } as Partial<Settings>)}>
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

interface NumericProps {
  side: Side;
  of: 'alpha' | 'minArea';
  now: number | null;
  min: number;
  max: number;
  step: number;
}

const Numeric = ({ side, of, now, min, max, step }: NumericProps) => {
  const chosen = side.settings.value[of];
  const value = chosen ?? now;
  return (
    <Control
      {...texts.settings[of]}
      value={value === null ? texts.notUsed : String(value)}
      isDefault={chosen === undefined}
      onReset={() => void side.settle({ [of]: undefined })}
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
            if (currentTarget.checkValidity() && Number.isFinite(given)) void side.settle({ [of]: given });
            else currentTarget.reportValidity();
          }}
        />
      )}
    </Control>
  );
};

/** What segments a picture: its own settings, or those that it is compared with. */
export const SegmentControls = ({ side }: { side: Side }) => {
  const settings = side.settings.value;
  const used = side.used.value;
  const solver = solverOf(settings, used?.own.solver ?? 'merge');
  return (
    <>
      <EncoderControl settings={settings} used={used} settle={side.settle} />
      <Choice side={side} of="solver" values={SOLVERS} now={solver} />
      <Numeric side={side} of="alpha" now={solver === 'ncut' ? (used?.alpha ?? null) : null} min={0.1} max={50} step={0.1} />
      <Choice side={side} of="refine" values={BORDERS} now="edges" />
      <Numeric side={side} of="minArea" now={0} min={0} max={1e9} step={1} />
      <label class="check">
        <input
          type="checkbox"
          checked={settings.split === true}
          onChange={({ currentTarget }) => void side.settle({ split: currentTarget.checked || undefined })}
        />
        <span>{texts.settings.split.name}</span>
      </label>
      <p class="help">{texts.settings.split.help}</p>
    </>
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

export const SettingsTab = () => (
  <div class="settings">
    <SegmentControls side={ownSide} />
    <Share {...texts.look.tint} on={tint} byDefault={DEFAULT_TINT} />
    <Check on={outlines} text={texts.look.outlines} />
    <Check on={patterns} text={texts.look.patterns} />
    <Check on={names} text={texts.look.names} />
  </div>
);
