/** How many regions: a slider of the price or of tau that shows its effect while it moves, and small pictures of five places. */
import { defaultOf, granularityOf, placeOf, resetOf, valueAt, valueNow, WAYS, type Way, wayOf } from '../state/granularity.ts';
import { solverOf } from '../state/rules.ts';
import type { Side } from '../state/settings.ts';
import { activeId, regions } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Settings } from '../types.ts';
import { Control } from './parts.tsx';
import { Previews } from './previews.tsx';

/** What was chosen before tau took its place, by side and picture. */
const before = new Map<string, Pick<Settings, 'price' | 'solver'>>();

const turn = ({ name, settings, used, settle }: Side, way: Way): void => {
  const key = `${name} ${activeId.value}`;
  const { price, solver } = settings.value;
  if (way === 'tau') {
    before.set(key, { price, solver });
    void settle(granularityOf('tau', defaultOf('tau', settings.value, used.value?.own)));
    return;
  }
  const again = before.get(key) ?? {};
  const bare = { ...settings.value, tau: undefined, ...again };
  const isOwn = wayOf(bare, used.value?.own) === 'price'; // else the encoder would go on by its own tau
  void settle({ tau: undefined, ...again, ...(!isOwn && { price: defaultOf('price', bare, used.value?.own) }) });
};

const WaySwitch = ({ side, way }: { side: Side; way: Way }) => (
  <div class="ways" role="radiogroup" aria-label={texts.way}>
    {WAYS.map((name) => (
      <label key={name}>
        <input type="radio" name={`way-${side.name}`} checked={way === name} onChange={() => turn(side, name)} />
        <span>{texts.ways[name]}</span>
      </label>
    ))}
  </div>
);

const helpOf = (way: Way, settings: Settings, own: string | undefined): string => {
  const changesSolver = way === 'tau' && own === 'merge' && solverOf(settings, own) === 'ncut';
  return `${texts.settings[way].help}${changesSolver ? ` ${texts.tauSolver}` : ''}`;
};

export const Granularity = ({ side }: { side: Side }) => {
  const settings = side.settings.value;
  const own = side.used.value?.own;
  const way = wayOf(settings, own);
  const value = valueNow(way, settings, own);
  const valueTold = String(Number(value.toPrecision(3)));
  return (
    <section class="granularity" aria-label={texts.granularity}>
      <Control
        name={`${texts.granularity}: ${texts.settings[way].name.toLowerCase()}`}
        help={helpOf(way, settings, own?.solver)}
        value={valueTold}
        isDefault={value === defaultOf(way, settings, own)}
        onReset={() => void side.settle(resetOf(way, settings, own))}
      >
        {(ids) => (
          <div class="ends">
            <input
              {...ids}
              type="range"
              min="0"
              max="1"
              step="0.01"
              disabled={!regions.value}
              value={placeOf(way, value)}
              aria-valuetext={valueTold}
              onInput={({ currentTarget }) => side.preview(granularityOf(way, valueAt(way, Number(currentTarget.value))))}
              onChange={({ currentTarget }) => void side.settle(granularityOf(way, valueAt(way, Number(currentTarget.value))))}
            />
            <span aria-hidden="true">{texts.coarser}</span>
            <span aria-hidden="true">{texts.finer}</span>
          </div>
        )}
      </Control>
      {side.name === 'A' && <Previews />}
      <WaySwitch side={side} way={way} />
    </section>
  );
};
