/** Where granularities stand on the slider, and the few that are shown as pictures. Pure. */
import type { Granularity } from 'diffcut';
import type { Settings, Used } from '../types.ts';
import { OBJECTS, solverOf } from './rules.ts';

/** What the slider says: shares of the picture, or values of the normalized cut. */
export const WAYS = ['price', 'tau'] as const;
export type Way = (typeof WAYS)[number];

/** From the whole picture to its smallest parts; a tree of cuts is built as deep as the finest tau. */
export const RANGE: Record<Way, { coarsest: number; finest: number }> = {
  price: { coarsest: 0.25, finest: 0.002 },
  tau: { coarsest: 0.05, finest: 0.75 },
};

type Own = Used['own'];
/** What stands where nothing is known yet: the embedded encoder's, and the paper's tau. */
const OWN: Own = { solver: 'merge', price: 0.025, mergePrice: 0.026, tau: null };
const PAPER_TAU = 0.5;

const rounded = (value: number): number => Number(value.toPrecision(3));
const within = (place: number): number => Math.min(1, Math.max(0, place));

/** Where a value stands on the slider, 0 (few regions) to 1 (many): by ratio for a price. */
export const placeOf = (way: Way, value: number): number => {
  const { coarsest, finest } = RANGE[way];
  return within(way === 'tau' ? (value - coarsest) / (finest - coarsest) : Math.log(value / coarsest) / Math.log(finest / coarsest));
};

/** The value at a place of the slider, three digits of it. */
export const valueAt = (way: Way, place: number): number => {
  const { coarsest, finest } = RANGE[way];
  return rounded(way === 'tau' ? coarsest + within(place) * (finest - coarsest) : coarsest * (finest / coarsest) ** within(place));
};

export const granularityOf = (way: Way, value: number): Granularity => (way === 'tau' ? { tau: value } : { price: value });

/** By what a picture is cut: as was chosen, else as the encoder is by itself. */
export const wayOf = (settings: Settings, own: Own = OWN): Way => {
  const isOwn = settings.price === undefined && own.tau !== null && solverOf(settings, own.solver) === 'ncut';
  return settings.tau !== undefined || isOwn ? 'tau' : 'price';
};

/** The value that stands where nothing is chosen. */
export const defaultOf = (way: Way, settings: Settings, own: Own = OWN): number => {
  if (way === 'tau') return own.tau ?? PAPER_TAU;
  const solver = solverOf(settings, own.solver);
  if (OBJECTS.includes(solver)) return 0;
  return solver === 'merge' ? own.mergePrice : own.price;
};

/** The value that is in force. */
export const valueNow = (way: Way, settings: Settings, own?: Own): number => settings[way] ?? defaultOf(way, settings, own);

/** What is to be chosen so that the default is in force: nothing, where it is the encoder's own way. */
export const resetOf = (way: Way, settings: Settings, own?: Own): Pick<Settings, Way> => {
  const bare = { ...settings, price: undefined, tau: undefined };
  if (wayOf(bare, own) === way && (way === 'price' || own?.tau !== null)) return { price: undefined, tau: undefined };
  return granularityOf(way, defaultOf(way, settings, own));
};

/** How far from the default the small pictures lie: prices by ratio, taus by difference, since most happens near the finest. */
const STEPS: Record<Way, readonly number[]> = { price: [4, 2, 1, 0.5, 0.25], tau: [-0.2, -0.1, 0, 0.1, 0.2] };

/** What stands in the middle where the default is to keep all: prices at which objects join lie around it. */
const OF_OBJECTS = 0.03;

/** Five values around the default, from few regions to many, within what the slider has. */
export const around = (way: Way, middle: number): number[] => {
  const { coarsest, finest } = RANGE[way];
  const [low, high] = [Math.min(coarsest, finest), Math.max(coarsest, finest)];
  const all = STEPS[way].map((step) => rounded(Math.min(high, Math.max(low, way === 'tau' ? middle + step : (middle || OF_OBJECTS) * step))));
  return [...new Set(all)];
};
