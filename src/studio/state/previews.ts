/** The small pictures under the slider: made anew when the analysis is another one, not while the slider moves. */
import { computed, effect, signal } from '@preact/signals';
import type { Settings, SmallPicture } from '../types.ts';
import { bridge, tellProblem } from './bridge.ts';
import { around, defaultOf, granularityOf, valueNow, type Way, wayOf } from './granularity.ts';
import { isMoving, ownSide } from './settings.ts';
import * as work from './work.ts';

/** Longest side of a small picture, pixels of the page. */
export const SIDE = 52;

export interface Preview extends Partial<SmallPicture> {
  value: number;
  isNow: boolean;
}

interface Wanted {
  key: string;
  id: string;
  settings: Settings;
  way: Way;
  values: readonly number[];
}

/** Which pictures these are: of the regions that are there, not of what is being computed. Undefined where there can be none yet. */
const wanted = computed((): Wanted | undefined => {
  const { picture: id, settings, used } = work.regions.value ?? {};
  if (!id || !settings || !used) return undefined;
  const way = wayOf(settings, used.own);
  const values = around(way, defaultOf(way, settings, used.own));
  const { price: _, tau: __, ...rest } = settings;
  return { key: JSON.stringify([id, rest, way, values, work.stage.value.ratio]), id, settings, way, values };
});

const made = signal<{ key: string; pictures: readonly SmallPicture[] } | undefined>();

/** The line as it is: without pictures until they are there. */
export const previews = computed((): { way: Way; rows: Preview[] } | undefined => {
  const { value: asked } = wanted;
  if (!asked) return undefined;
  const { value: settings } = ownSide.settings;
  const now = valueNow(asked.way, settings, ownSide.used.value?.own);
  const pictures = made.value?.key === asked.key ? made.value.pictures : [];
  return { way: asked.way, rows: asked.values.map((value, i) => ({ value, isNow: value === now, ...pictures[i] })) };
});

const drop = (): void => {
  for (const { bitmap } of made.peek()?.pictures ?? []) bitmap.close();
  made.value = undefined;
};

const make = async ({ key, id, settings, way, values }: Wanted): Promise<void> => {
  const of = values.map((value) => granularityOf(way, value));
  try {
    const pictures = await bridge.call(
      'previews',
      { id, settings, of, side: SIDE * work.stage.peek().ratio },
      { key: 'previews', priority: 5, signal: stop.signal },
    );
    drop();
    made.value = { key, pictures };
  } catch (error) {
    if (asked === key) asked = undefined; // tried again after the next change
    tellProblem(error);
  }
};

let asked: string | undefined;
let stop = new AbortController();
effect(() => {
  const { value: next } = wanted;
  if (isMoving.value) return stop.abort(); // the slider's own comes first
  if (!next || next.key === asked) return;
  asked = next.key;
  stop = new AbortController();
  void make(next);
});
