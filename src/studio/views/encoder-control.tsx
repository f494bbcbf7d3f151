/** Which encoder sees the picture, where it computes, and at what size. */
import { chooseBy, encoderOf, encoders } from '../state/encoders.ts';
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { EncoderChoice, Settings, Used } from '../types.ts';
import { Button, Control } from './parts.tsx';

const WHERE = { page: texts.thisPage, computer: texts.thisComputer } as const;
const titleOf = ({ name, where }: EncoderChoice): string => texts.encoders.choose(name, WHERE[where]);

const openDialog = (): void => {
  dialog.value = 'encoders';
};

interface Props {
  settings: Settings;
  used: Used | undefined;
  settle(changes: Partial<Settings>): Promise<void>;
}

const Encoder = ({ settings, settle }: Props) => {
  const { value: all } = encoders;
  const now = encoderOf(settings);
  const choose = (at: number): void => void settle(chooseBy(all[at]));
  return (
    <Control
      {...texts.settings.encoder}
      value={now ? WHERE[now.where] : ''}
      isDefault={settings.encoder === undefined && settings.where === undefined}
      onReset={() => choose(0)}
    >
      {(ids) => (
        <select {...ids} value={now ? all.indexOf(now) : -1} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
          {!now && (
            <option value={-1} disabled>
              {all.length > 0 ? texts.encoders.gone(settings.encoder ?? '') : ''}
            </option>
          )}
          {all.map((choice, at) => (
            <option key={titleOf(choice)} value={at}>
              {titleOf(choice)}
            </option>
          ))}
        </select>
      )}
    </Control>
  );
};

/** Sides of the input that are offered, pixels. */
const [LEAST, MOST] = [32, 4096];

const EncoderSize = ({ settings, used, settle }: Props) => {
  const { multiple = 32, size: own } = encoderOf(settings) ?? {};
  const value = settings.size ?? own ?? (used?.size ? Math.max(...used.size) : undefined);
  const { multiples, ...words } = texts.settings.size;
  const least = Math.ceil(LEAST / multiple) * multiple;
  const most = Math.floor(MOST / multiple) * multiple;
  const whole = (given: number): number => Math.min(most, Math.max(least, Math.round(given / multiple) * multiple));
  return (
    <Control
      {...words}
      help={`${words.help} ${multiples(multiple)}`}
      value={value === undefined ? '' : String(value)}
      isDefault={settings.size === undefined}
      onReset={() => void settle({ size: undefined })}
    >
      {(ids) => (
        <input
          {...ids}
          type="number"
          inputMode="numeric"
          min={least}
          max={most}
          step={multiple}
          value={value ?? ''}
          onChange={({ currentTarget }) => {
            const given = currentTarget.valueAsNumber;
            if (!Number.isFinite(given)) return;
            currentTarget.value = String(whole(given));
            void settle({ size: whole(given) });
          }}
        />
      )}
    </Control>
  );
};

export const EncoderControl = (props: Props) => (
  <>
    <Encoder {...props} />
    <Button text={texts.encoders.manage} wide class="manage" onClick={openDialog} />
    <EncoderSize {...props} />
  </>
);
