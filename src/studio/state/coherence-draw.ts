/** The maps of coherence mode: quick ones while the pointer moves, the exact ones once it rests. */
import { computed, effect, signal } from '@preact/signals';
import { isVoid } from '../bridge/bridge.ts';
import { texts } from '../texts.ts';
import type { Heat, HeatAsked, HeatCell, HeatQuery } from '../worker/coherence.ts';
import { bridge, latest, tellProblem } from './bridge.ts';
import { cellKey, colormap, columns, isHeld, layout, nameOf, query, readiness, room, rows, scale } from './coherence.ts';
import * as work from './work.ts';

/** Milliseconds that a query rests, and nobody holds it, before its maps are made exact, and told. */
const REST = 150;
/** Longest side of a map, pixels: tokens are far wider than what that loses. */
const QUICK = 512;
const EXACT = 1280;

/** A map on the screen. */
export interface Shown extends Heat {
  isExact: boolean;
}
export const heats = signal<ReadonlyMap<string, Shown>>(new Map());
/** The query and its best matches, in words. */
export const told = signal('');

const isReady = (key: string): boolean => readiness.value.get(key)?.state === 'ready';

const asker = computed(() => query.value?.picture);

/** The cells that can be drawn, at their panels' sizes: the same object until any of them changes. */
const cells = computed((): HeatAsked['cells'] => {
  const { value: laid } = layout;
  const { value: from } = asker;
  if (!laid || !from) return [];
  return rows.value.flatMap((picture, i) => {
    const { width, height } = laid.panels[i];
    return columns.value
      .filter((column) => isReady(cellKey(picture, column)) && isReady(cellKey(from, column)))
      .map((column) => ({ picture, column, width: width * room.value.ratio, height: height * room.value.ratio }));
  });
});

type Wanted = Omit<HeatAsked, 'isExact'>;
/** Everything that a frame shows; a new object whenever any of it changes. */
export const wanted = computed((): Wanted | undefined => {
  const { value: asked } = query;
  if (work.mode.value !== 'coherence' || !asked || cells.value.length === 0) return undefined;
  return { query: asked, cells: cells.value, colormap: colormap.value, scale: scale.value };
});

const atMost = (most: number, { cells: all, ...rest }: Wanted, isExact: boolean): HeatAsked => ({
  ...rest,
  isExact,
  cells: all.map(({ width, height, ...cell }) => {
    const by = Math.min(1, most / Math.max(width, height));
    return { ...cell, width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
  }),
});

/** Of a moving query all frames are shown that come; of anything else only what is still wanted. */
const isStale = (asked: Wanted): boolean => {
  const { value: now } = wanted;
  if (!now) return true;
  return asked.cells !== now.cells || asked.colormap !== now.colormap || asked.scale !== now.scale || asked.query.picture !== now.query.picture;
};

const show = (next: ReadonlyMap<string, Shown>): void => {
  for (const { bitmap } of heats.peek().values()) bitmap.close();
  heats.value = next;
};

const place = (asked: Wanted, found: readonly Heat[], isExact: boolean): void => {
  if (isStale(asked)) return found.forEach(({ bitmap }) => bitmap.close());
  show(new Map(found.map((heat, i) => [cellKey(asked.cells[i].picture, asked.cells[i].column), { ...heat, isExact }])));
};

const drawQuick = latest(async (asked: Wanted): Promise<void> => {
  if (!isStale(asked)) place(asked, await bridge.call('heat', atMost(QUICK, asked, false)), false);
});

const lookedFor = ({ picture, at }: HeatQuery): string => {
  const name = nameOf(picture);
  if ('regions' in at) return texts.coherence.toldRegions(name, at.regions.length);
  if (!('boxXYWH' in at)) return texts.coherence.toldPoint(name, ...at);
  const [left, top, width, height] = at.boxXYWH;
  return texts.coherence.toldBox(name, width, height, left, top);
};

const drawExact = async (asked: Wanted, stopped: AbortSignal): Promise<void> => {
  const found = await bridge.call('heat', atMost(EXACT, asked, true), { signal: stopped });
  if (stopped.aborted) return found.forEach(({ bitmap }) => bitmap.close());
  place(asked, found, true);
  const names = (cell: HeatCell): string => (columns.value.length > 1 ? `${nameOf(cell.picture)}, ${cell.column.encoder}` : nameOf(cell.picture));
  const matches = asked.cells.flatMap((cell, i) => {
    const { x, y, cosine } = found[i].best;
    return cell.picture === asked.query.picture ? [] : [texts.coherence.best(names(cell), x, y, cosine)];
  });
  told.value = [lookedFor(asked.query), ...matches].join('. ');
};

let stop = new AbortController();
let timer = 0;
effect(() => {
  const { value: asked } = wanted;
  stop.abort();
  clearTimeout(timer);
  if (!asked) return show(new Map());
  stop = new AbortController();
  const { signal: stopped } = stop;
  const drawn = drawQuick(asked);
  if (isHeld.value) return;
  timer = window.setTimeout(async () => {
    await drawn; // a quick one that came later would stand over it
    if (!stopped.aborted) await drawExact(asked, stopped).catch((error) => isVoid(error) || tellProblem(error));
  }, REST);
});
