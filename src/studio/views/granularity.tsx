/** How many regions: a slider of the price (or tau) that shows its effect while it moves. */

import { granularityAt, granularityNow, placeOf, preview, settle } from '../state/settings.ts';
import { active, regions } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Control } from './parts.tsx';

export const Granularity = () => {
  const now = granularityNow();
  const isTau = now.tau !== null;
  const { name, help } = isTau ? texts.settings.tau : texts.settings.price;
  const { price, tau } = active.value?.settings ?? {};
  const value = now.tau ?? now.price;
  return (
    <section class="granularity" aria-label={texts.granularity}>
      <Control
        name={`${texts.granularity}: ${name.toLowerCase()}`}
        help={help}
        value={value === null ? '' : String(Number(value.toPrecision(3)))}
        isDefault={price === undefined && tau === undefined}
        onReset={() => void settle({ price: undefined, tau: undefined })}
      >
        {(ids) => (
          <div class="ends">
            <span aria-hidden="true">{texts.coarser}</span>
            <input
              {...ids}
              type="range"
              min="0"
              max="1"
              step="0.01"
              disabled={!regions.value}
              value={placeOf(now)}
              aria-valuetext={`${value ?? ''}`}
              onInput={({ currentTarget }) => void preview(granularityAt(Number(currentTarget.value), isTau))}
              onChange={({ currentTarget }) => void settle(granularityAt(Number(currentTarget.value), isTau))}
            />
            <span aria-hidden="true">{texts.finer}</span>
          </div>
        )}
      </Control>
    </section>
  );
};
