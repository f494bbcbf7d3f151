/** Small parts of the page: buttons with a drawing, and controls that show default, unit and what they do. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { texts } from '../texts.ts';

/** Drawings of 24 x 24, strokes only. */
const ICONS = {
  open: 'M4 7h5l2 2h9v10H4z',
  undo: 'M9 6 4 11l5 5M4 11h10a5 5 0 0 1 0 10h-3',
  redo: 'm15 6 5 5-5 5m5-5H10a5 5 0 0 0 0 10h3',
  export: 'M12 4v11m-4-4 4 4 4-4M5 20h14',
  help: 'M9 9a3 3 0 1 1 4 2.8c-.7.4-1 1-1 2.2m0 3v.2',
  theme: 'M12 3v18a9 9 0 0 0 0-18zM12 3a9 9 0 0 0 0 18',
  close: 'm6 6 12 12M18 6 6 18',
  select: 'm6 3 5 16 2.5-6.5L20 10z',
  pan: 'M12 3v18M3 12h18M12 3l-3 3m3-3 3 3m-3 15-3-3m3 3 3-3M3 12l3-3m-3 3 3 3m15-3-3-3m3 3-3 3',
  line: 'M5 19 19 5M4 4h6M14 20h6',
  brush: 'M20 4c-4 2-9 7-11 10l1 1c3-2 8-7 10-11zM8 15c-3 0-3 3-5 4 2 2 7 1 7-2z',
  eraser: 'm8 20-5-5L14 4l6 6-10 10zm-1-9 6 6M8 20h12',
  lasso: 'M12 4c5 0 9 2.500 9 6s-4 6-9 6-9-2.500-9-6 4-6 9-6zM6 15c-1 2 0 4 2 4s2 2 1 3',
  merge: 'M6 4v5c0 4 6 3 6 8v3M18 4v5c0 4-6 3-6 8',
  deeper: 'M12 4v4c0 5-6 3-6 9v3M12 8c0 5 6 3 6 9v3',
  eye: 'M3 12c4-7 14-7 18 0-4 7-14 7-18 0zm9-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  hidden: 'M3 12c4-7 14-7 18 0-4 7-14 7-18 0zM4 20 20 4',
  lock: 'M6 11h12v9H6zm2 0V8a4 4 0 0 1 8 0v3',
  unlock: 'M6 11h12v9H6zm2 0V8a4 4 0 0 1 7.500-2',
  parts: 'M4 4h6v6H4zM14 14h6v6h-6zM14 4h6v6h-6z',
  rename: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  colour: 'M12 3s6 6.500 6 11a6 6 0 0 1-12 0c0-4.500 6-11 6-11zM9 14a3 3 0 0 0 3 3',
  alike: 'M8 4a4 4 0 1 0 .1 0zM16 12a4 4 0 1 0 .1 0zM16 4l4 4m0-4-4 4M4 16l4 4m0-4-4 4',
  guess: 'M4 5h9l7 7-7 7H4zM8 12h.1M11 12h.1M14 12h.1',
  minus: 'M5 12h14',
  fit: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  reset: 'M5 12a7 7 0 1 0 2-5M5 4v4h4',
  check: 'm5 13 4 4L19 7',
  more: 'M5 12h.1M12 12h.1M19 12h.1',
  plus: 'M12 5v14M5 12h14',
} as const;
export type IconName = keyof typeof ICONS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={ICONS[name]} />
  </svg>
);

interface ButtonProps {
  icon?: IconName;
  /** Always there for screen readers; shown beside the drawing where `wide`. */
  text: string;
  /** For screen readers, where the text alone does not say what it is of. */
  label?: string;
  wide?: boolean;
  pressed?: boolean;
  disabled?: boolean;
  /** Why it is disabled. */
  why?: string | undefined;
  /** Whether what it opens is open. */
  expanded?: boolean;
  keys?: string;
  class?: string;
  tabIndex?: number;
  type?: 'button' | 'submit';
  onClick?(event: MouseEvent): void;
}

export const Button = ({
  icon,
  text,
  label,
  wide,
  pressed,
  why,
  disabled = why !== undefined,
  expanded,
  keys,
  tabIndex,
  type = 'button',
  onClick,
  class: more = '',
}: ButtonProps) => (
  <button
    type={type}
    tabIndex={tabIndex}
    aria-expanded={expanded}
    class={`button ${wide ? 'wide' : ''} ${more}`}
    title={why ?? (keys ? `${text} (${keys})` : text)}
    aria-description={why}
    aria-label={label ?? (wide ? undefined : text)}
    aria-pressed={pressed}
    aria-keyshortcuts={keys}
    disabled={disabled}
    onClick={onClick}
  >
    {icon && <Icon name={icon} />}
    {wide && <span>{text}</span>}
  </button>
);

/** Controls that belong together, under a heading. */
export const Group = ({ legend, children }: { legend: string; children: ComponentChildren }) => (
  <fieldset class="group">
    <legend>{legend}</legend>
    {children}
  </fieldset>
);

interface ShareProps extends Pick<ControlProps, 'name' | 'help'> {
  /** 0..1. */
  on: Signal<number>;
  byDefault: number;
}

/** A slider from 0 to 1. */
export const Share = ({ name, help, on, byDefault }: ShareProps) => (
  <Control
    name={name}
    help={help}
    value={on.value.toFixed(2)}
    isDefault={on.value === byDefault}
    onReset={() => {
      on.value = byDefault;
    }}
  >
    {(ids) => (
      <input
        {...ids}
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={on.value}
        onInput={({ currentTarget }) => {
          on.value = Number(currentTarget.value);
        }}
      />
    )}
  </Control>
);

interface ControlProps {
  name: string;
  help: string;
  unit?: string;
  /** What stands there now, in words. */
  value: string;
  isDefault: boolean;
  onReset(): void;
  /** The input; it is given its id, and the id of the help. */
  children(ids: { id: string; 'aria-describedby': string }): ComponentChildren;
}

/** A control: a double click on it, or its button, resets it. */
export const Control = ({ name, help, unit, value, isDefault, onReset, children }: ControlProps) => {
  const id = useId();
  return (
    <div class="control" onDblClick={onReset}>
      <div class="control-head">
        <label for={id}>{name}</label>
        <output for={id}>
          {value}
          {unit && ` ${unit}`}
          {isDefault && <span class="default"> {texts.byDefault}</span>}
        </output>
        {!isDefault && <Button icon="reset" text={`${name}: ${texts.reset}`} class="small" onClick={onReset} />}
      </div>
      {children({ id, 'aria-describedby': `${id}-help` })}
      <p class="help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  );
};
