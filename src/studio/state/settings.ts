/** Granularity and the other settings: previewed while a control moves, settled when it rests. */
import type { Settings } from '../types.ts';
import { bridge, latest, tellProblem } from './bridge.ts';
import { change, isActive, keepWork, show } from './pictures.ts';
import { lookNow, showFrame, viewNow } from './view.ts';
import * as work from './work.ts';

const withoutUndefined = (given: Settings): Settings => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

const drawPreview = latest(async (id: string, settings: Settings): Promise<void> => {
  const { value: view } = viewNow;
  if (view && isActive(id)) showFrame(id, await bridge.call('preview', { id, settings, view, look: lookNow.value }));
});

let previewing: Promise<void> | undefined;

/** While a control moves: regions small and at once. */
export const preview = (changes: Partial<Settings>): Promise<void> | undefined => {
  const { value: item } = work.active;
  if (!item || !work.regions.value) return undefined;
  const wanted = withoutUndefined({ ...item.settings, ...changes });
  change(item.id, { settings: wanted });
  previewing = drawPreview(item.id, wanted);
  return previewing;
};

/** When a control rests: regions at full size, as a step that can be undone. */
export const settle = async (changes: Partial<Settings> = {}): Promise<void> => {
  const { value: item } = work.active;
  if (!item) return;
  const { id } = item;
  const wanted = withoutUndefined({ ...item.settings, ...changes });
  change(id, { settings: wanted });
  work.settings.value = wanted;
  keepWork();
  await previewing; // one that came later would stand over what is settled
  try {
    const onProgress = (stage: string, done: number, total: number) => {
      if (isActive(id)) work.progress.value = { stage, done, total };
    };
    show(await bridge.call('settle', { id, settings: wanted, classes: work.classes.value }, { key: 'ready', priority: 0, onProgress }));
    change(id, { status: 'ready' });
  } catch (error) {
    tellProblem(error);
  } finally {
    work.progress.value = undefined;
  }
};

/** Prices of the slider: from the whole picture to its smallest parts. */
export const PRICES = { coarsest: 0.25, finest: 0.002 } as const;
export const TAUS = { coarsest: 0.05, finest: 0.75 } as const;

/** Where a granularity stands on the slider, 0 (few regions) to 1 (many); by ratio for a price. */
export const placeOf = ({ price, tau }: { price: number | null; tau: number | null }): number => {
  const place =
    tau !== null
      ? (tau - TAUS.coarsest) / (TAUS.finest - TAUS.coarsest)
      : Math.log((price ?? PRICES.coarsest) / PRICES.coarsest) / Math.log(PRICES.finest / PRICES.coarsest);
  return Math.min(1, Math.max(0, place));
};

const rounded = (value: number): number => Number(value.toPrecision(3));

export const granularityAt = (place: number, isTau: boolean): { price: number } | { tau: number } =>
  isTau
    ? { tau: rounded(TAUS.coarsest + place * (TAUS.finest - TAUS.coarsest)) }
    : { price: rounded(PRICES.coarsest * (PRICES.finest / PRICES.coarsest) ** place) };

/** What the picture on the stage is cut by: chosen, or the encoder's own. */
export const granularityNow = (): { price: number | null; tau: number | null } => {
  const { price, tau } = work.active.value?.settings ?? {};
  const { value: found } = work.regions;
  if (tau !== undefined) return { tau, price: null };
  return { price: price ?? found?.used?.price ?? null, tau: price === undefined ? (found?.used?.tau ?? null) : null };
};

/** A notch of the slider by key: previewed, and settled when no more come. */
const NOTCH = 0.05;
const REST = 400;
let resting = 0;
export const previewGranularity = (notches: number): void => {
  const now = granularityNow();
  const next = granularityAt(Math.min(1, Math.max(0, placeOf(now) + notches * NOTCH)), now.tau !== null);
  void preview(next);
  clearTimeout(resting);
  resting = window.setTimeout(() => void settle(next), REST);
};
