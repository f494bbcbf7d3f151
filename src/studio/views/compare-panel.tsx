/** Beside the comparison: what each side came to, how they agree, and the settings of both. */
import { signal } from '@preact/signals';
import { compared, isBehind, otherSide, takeOther } from '../state/compare.ts';
import { ownSide, type Side } from '../state/settings.ts';
import { regions } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Used } from '../types.ts';
import { Granularity } from './granularity.tsx';
import { Button } from './parts.tsx';
import { SegmentControls } from './settings.tsx';

const words = texts.compare;

const SIDES = { A: ownSide, B: otherSide } as const;
/** Whose settings the controls show. */
const edited = signal<Side['name']>('B');

interface Came {
  count: number;
  used: Used | undefined;
}

const number = (value: number): string => String(Number(value.toPrecision(3)));

/** What is told of a side: a row each. */
const ROWS: Record<keyof typeof words.rows, (came: Came) => string> = {
  regions: ({ count }) => count.toLocaleString('en'),
  encoder: ({ used }) => used?.encoder ?? '',
  size: ({ used }) => used?.size?.join(' \u00d7 ') ?? '',
  solver: ({ used }) => used?.solver ?? '',
  granularity: ({ used }) =>
    typeof used?.tau === 'number' ? `tau ${number(used.tau)}` : typeof used?.price === 'number' ? `price ${number(used.price)}` : '',
  alpha: ({ used }) => (typeof used?.alpha === 'number' ? number(used.alpha) : texts.notUsed),
  time: ({ used }) => (used ? words.seconds(used.whole) : ''),
  device: ({ used }) => used?.device ?? '',
};

const Numbers = () => {
  const { value: a } = regions;
  const { value: b } = compared;
  const sides: (Came | undefined)[] = [a && { count: a.rows.length, used: a.used }, b && { count: b.regions, used: b.used }];
  return (
    <table class="numbers" aria-busy={isBehind.value}>
      <caption class="unseen">{words.numbers}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">A</th>
          <th scope="col">B</th>
        </tr>
      </thead>
      <tbody>
        {(Object.keys(ROWS) as (keyof typeof ROWS)[]).map((name) => (
          <tr key={name}>
            <th scope="row">{words.rows[name]}</th>
            {sides.map((came, i) => (
              <td key={i === 0 ? 'A' : 'B'}>{came ? ROWS[name](came) : '\u2026'}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const Agreement = () => {
  const { value: b } = compared;
  return (
    <div>
      <p class="agreement">
        {words.agreement}: <output>{b && !isBehind.value ? words.percent(b.agreement) : '\u2026'}</output>
      </p>
      <p class="help">{words.agreementHelp}</p>
    </div>
  );
};

export const ComparePanel = () => (
  <aside class="panel" aria-label={words.panel}>
    <div class="compared">
      <Numbers />
      <Agreement />
      <Button icon="check" text={words.take} wide disabled={!compared.value} onClick={() => void takeOther()} />
      <p class="help">{words.takeHelp}</p>
      <fieldset class="sides">
        <legend>{words.edited}</legend>
        {(Object.keys(SIDES) as Side['name'][]).map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="side"
              checked={edited.value === name}
              onChange={() => {
                edited.value = name;
              }}
            />
            <span>{words.sides[name]}</span>
          </label>
        ))}
      </fieldset>
    </div>
    <Granularity key={edited.value} side={SIDES[edited.value]} />
    <div class="compared settings">
      <SegmentControls key={edited.value} side={SIDES[edited.value]} />
    </div>
  </aside>
);
