/** Over the stage while two sides are compared: what each is, and the divider between them. */
import { useRef } from 'preact/hooks';
import { divider, isBehind, isDrawn, moveDivider, otherSide, placeDivider } from '../state/compare.ts';
import { valueNow, wayOf } from '../state/granularity.ts';
import { solverOf } from '../state/rules.ts';
import { ownSide, type Side } from '../state/settings.ts';
import { texts } from '../texts.ts';

/** Arrows move the divider, with Shift further. */
const press = (event: KeyboardEvent): void => {
  if (event.ctrlKey || event.metaKey || event.altKey || !moveDivider(event)) return;
  event.preventDefault();
  event.stopPropagation();
};

/** What a side is by, in a few words. */
const nameOf = ({ name, settings: { value: settings }, used: { value: used } }: Side): string => {
  const way = wayOf(settings, used?.own);
  const encoder = settings.encoder ?? used?.encoder ?? '';
  const solver = solverOf(settings, used?.own.solver ?? 'merge');
  return texts.compare.side(name, encoder, solver, `${texts.settings[way].name.toLowerCase()} ${valueNow(way, settings, used?.own)}`);
};

export const Wipe = () => {
  const ref = useRef<HTMLDivElement>(null);
  const share = Math.round(100 * divider.value);
  const drag = (event: PointerEvent): void => {
    const box = ref.current?.getBoundingClientRect();
    if (box && event.buttons !== 0) placeDivider((event.clientX - box.left) / box.width);
  };
  return (
    <div ref={ref} class="wipe" aria-busy={!isDrawn.value}>
      <span class="wipe-name">{nameOf(ownSide)}</span>
      <span class="wipe-name" data-behind={isBehind.value}>
        {nameOf(otherSide)}
        {isBehind.value && ` \u2026`}
      </span>
      <div
        class="divider"
        role="slider"
        tabIndex={0}
        aria-label={texts.compare.divider}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share}
        aria-valuetext={texts.compare.shares(share)}
        style={{ left: `${100 * divider.value}%` }}
        onKeyDown={press}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={drag}
        onDblClick={() => {
          divider.value = 0.5;
        }}
      >
        <span class="divider-grip" />
      </div>
    </div>
  );
};
