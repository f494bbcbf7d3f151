/** Coherence mode: what is looked for, in which pictures, by which encoders, and how it is coloured. */
import { batch, computed, effect, signal } from '@preact/signals';
import { texts } from '../texts.ts';
import { regionAt } from '../tools/pick.ts';
import type { Column, HeatLook, HeatQuery, Place } from '../worker/coherence.ts';
import type { Point } from '../worker/heat.ts';
import { bridge, onEvent, say, tellProblem } from './bridge.ts';
import { layoutOf } from './coherence-layout.ts';
import { select } from './edit.ts';
import { encoders } from './encoders.ts';
import { activate } from './pictures.ts';
import * as work from './work.ts';

export const KINDS = ['point', 'box', 'regions'] as const;
export type Kind = (typeof KINDS)[number];
export const COLORMAPS = ['jet', 'viridis'] as const;
export const SCALES = ['own', 'shared'] as const;
export const DEFAULTS = { colormap: 'jet', scale: 'own', opacity: 0.5 } as const;

const EMBEDDED: Column = { encoder: 'embedded', where: 'page' };
/** What the strip's picture was segmented with. */
export const ownColumn = computed((): Column => {
  const { encoder = EMBEDDED.encoder, where = EMBEDDED.where } = work.active.value?.settings ?? {};
  return { encoder, where };
});
/** Encoders that can be columns: those that there are, and the strip's picture's. */
export const choices = computed((): readonly Column[] => {
  const there = encoders.value.length > 0 ? encoders.value.map(({ name, where }): Column => ({ encoder: name, where })) : [EMBEDDED];
  return there.some((one) => columnKey(one) === columnKey(ownColumn.value)) ? there : [...there, ownColumn.value];
});

export const kind = signal<Kind>('point');
export const colormap = signal<HeatLook['colormap']>(DEFAULTS.colormap);
export const scale = signal<HeatLook['scale']>(DEFAULTS.scale);
/** Of the colours over the picture, 0..1. */
export const opacity = signal<number>(DEFAULTS.opacity);

/** Pictures that stand beside each other: the one of the strip among them. */
export const rows = signal<readonly string[]>([]);
/** At first the encoder of the strip's picture. */
export const columns = signal<readonly Column[]>([]);
export const query = signal<HeatQuery | undefined>(undefined);

/** While a pointer holds the query. */
export const isHeld = signal(false);

/** A picture as it is drawn, and the size that all coordinates are in. */
export interface Cover {
  width: number;
  height: number;
  bitmap: ImageBitmap;
}
export const covers = signal<ReadonlyMap<string, Cover>>(new Map());

/** Whether the features of a cell are there. */
export type Readiness =
  | { state: 'waiting' }
  | { state: 'ready'; tokens: readonly [columns: number, rows: number] }
  | { state: 'failed'; problem: string };
export const readiness = signal<ReadonlyMap<string, Readiness>>(new Map());

/** Room for the cells, pixels of the page; and the screen's own for one of them. */
export const room = signal({ width: 0, height: 0, ratio: 1 });

export const nameOf = (id: string): string => work.items.value.find((item) => item.id === id)?.name ?? '';
export const columnKey = ({ encoder, where }: Column): string => `${where} ${encoder}`;
export const cellKey = (picture: string, column: Column): string => `${picture} ${columnKey(column)}`;

const isOn = computed(() => work.mode.value === 'coherence');
const ids = computed(() => work.items.value.filter(({ status }) => status !== 'failed').map(({ id }) => id));

/** Pictures that could stand beside those that do. */
export const others = computed(() => work.items.value.filter(({ id, status }) => status !== 'failed' && !rows.value.includes(id)));

/** How large each picture's panels are; undefined until all pictures are there. */
export const layout = computed(() => {
  const pictures = rows.value.map((id) => covers.value.get(id));
  if (room.value.width === 0 || pictures.length === 0 || columns.value.length === 0 || pictures.includes(undefined)) return undefined;
  return layoutOf(room.value, pictures as Cover[], columns.value.length);
});

const within = (value: number, length: number): number => Math.max(0, Math.min(length - 1, Math.floor(value)));

/** Moves what is looked for to another place, of whichever picture; what lies outside is brought to the border. */
export const ask = (picture: string, at: Point | { from: Point; to: Point }): void => {
  const cover = covers.value.get(picture);
  if (!cover) return;
  const pixel = ([x, y]: Point): Point => [within(x, cover.width), within(y, cover.height)];
  const place = (): Place => {
    if (!('from' in at)) return pixel(at);
    const [[x0, y0], [x1, y1]] = [pixel(at.from), pixel(at.to)];
    return { boxXYWH: [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0) + 1, Math.abs(y1 - y0) + 1] };
  };
  query.value = { picture, at: place() };
};

/** The same, and holds it: until `letGo` it moves with a pointer. */
export const hold = (picture: string, at: Point): void =>
  batch(() => {
    isHeld.value = true;
    ask(picture, at);
  });
export const letGo = (): void => {
  isHeld.value = false;
};

/** Selects the region at a point, of the strip's picture or of another one, which then is the strip's. */
export const askRegion = async (picture: string, at: Point, how: 'set' | 'toggle'): Promise<void> => {
  if (picture !== work.activeId.value) await activate(picture);
  const id = regionAt(at);
  if (id !== undefined) select([id], how);
};

/** A pixel of the query, for where one is wanted. */
const pixelOf = ({ at }: HeatQuery): Point => {
  if ('boxXYWH' in at) return [at.boxXYWH[0] + Math.floor(at.boxXYWH[2] / 2), at.boxXYWH[1] + Math.floor(at.boxXYWH[3] / 2)];
  if ('regions' in at) return work.regions.value?.rows.find(({ id }) => id === at.regions[0])?.label ?? [0, 0];
  return at;
};

export const setKind = (next: Kind): void => {
  const { value: asked } = query;
  if (asked && next === 'regions' && work.selection.value.size === 0) void askRegion(asked.picture, pixelOf(asked), 'set');
  if (asked && next !== 'regions' && 'regions' in asked.at) query.value = { picture: asked.picture, at: pixelOf(asked) };
  kind.value = next;
};

const WAYS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Moves a point or a box by tokens. @param key of an arrow */
export const stepQuery = (key: string, tokens: number): void => {
  const { value: asked } = query;
  const cover = asked && covers.value.get(asked.picture);
  if (!asked || !cover) return;
  const { at } = asked;
  if ('regions' in at) return say(texts.coherence.regionsStay);
  const ready = readiness.value.get(cellKey(asked.picture, columns.value[0]));
  const [across, down] = ready?.state === 'ready' ? ready.tokens : [32, 32];
  const [dx, dy] = [(WAYS[key][0] * tokens * cover.width) / across, (WAYS[key][1] * tokens * cover.height) / down].map(Math.round);
  if (!('boxXYWH' in at)) return ask(asked.picture, [at[0] + dx, at[1] + dy]);
  const [left, top, width, height] = at.boxXYWH;
  const moved = (start: number, by: number, length: number, all: number): number => Math.max(0, Math.min(all - length, start + by));
  query.value = {
    picture: asked.picture,
    at: { boxXYWH: [moved(left, dx, width, cover.width), moved(top, dy, height, cover.height), width, height] },
  };
};

export const addRow = (id: string): void => {
  if (!rows.value.includes(id)) rows.value = [...rows.value, id];
};
export const removeRow = (id: string): void => {
  if (id !== work.activeId.value) rows.value = rows.value.filter((row) => row !== id);
};
/** One column stays. */
export const toggleColumn = (column: Column): void => {
  const { value: now } = columns;
  const left = now.filter((one) => columnKey(one) !== columnKey(column));
  const isThere = left.length < now.length;
  if (isThere && left.length === 0) return;
  // in the order of the list, whichever was chosen first
  const wanted = [...left, ...(isThere ? [] : [column])].map(columnKey);
  columns.value = choices.value.filter((one) => wanted.includes(columnKey(one)));
};

const withEntry = <T>(map: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> => new Map(map).set(key, value);

/** The strip's picture is always among the rows: in the place of the one before it. */
let before: string | undefined;
effect(() => {
  const { value: active } = work.activeId;
  if (!isOn.value || !active) return;
  const there = rows.peek().filter((id) => ids.value.includes(id));
  const isNew = ids.value.includes(active) && !there.includes(active);
  const next = !isNew ? there : there.includes(before ?? '') ? there.map((id) => (id === before ? active : id)) : [active, ...there];
  before = active;
  if (next.join() !== rows.peek().join()) rows.value = next;
});

/** Columns that there are no encoders for any more. */
effect(() => {
  if (!isOn.value) return;
  const { value: all } = choices;
  const left = columns.peek().filter((one) => all.some((choice) => columnKey(choice) === columnKey(one)));
  if (left.length === 0) columns.value = [ownColumn.value];
  else if (left.length < columns.peek().length) columns.value = left;
});

const asking = new Set<string>();
/** Pictures that have to be drawn. */
effect(() => {
  if (!isOn.value) return;
  for (const id of rows.value) {
    if (covers.peek().has(id) || asking.has(id)) continue;
    asking.add(id);
    bridge
      .call('cover', { id })
      .then((cover) => {
        covers.value = withEntry(covers.peek(), id, cover);
      }, tellProblem)
      .finally(() => asking.delete(id));
  }
});

/** Pictures that were taken from the strip. */
effect(() => {
  const gone = [...covers.peek()].filter(([id]) => !work.items.value.some((item) => item.id === id));
  if (gone.length === 0) return;
  for (const [, { bitmap }] of gone) bitmap.close();
  covers.value = new Map([...covers.peek()].filter((entry) => !gone.includes(entry)));
});

/** Something is looked for from the start: the middle of the first picture. */
effect(() => {
  const [first] = rows.value;
  const cover = covers.value.get(first);
  if (!isOn.value || !cover || (query.peek() && rows.value.includes(query.peek()?.picture ?? ''))) return;
  query.value = { picture: first, at: [Math.floor(cover.width / 2), Math.floor(cover.height / 2)] };
});

/** Selected regions are looked for while regions are; anew when they were changed. */
effect(() => {
  const [picture, selected] = [work.regions.value?.picture, [...work.selection.value]];
  if (isOn.value && kind.value === 'regions' && picture && selected.length > 0) query.value = { picture, at: { regions: selected } };
});

/** Features of the cells: one after the other, the first picture first. */
const prepare = async (picture: string, column: Column): Promise<void> => {
  const tell = (now: Readiness): void => {
    readiness.value = withEntry(readiness.peek(), cellKey(picture, column), now);
  };
  tell({ state: 'waiting' });
  try {
    const { tokens } = await bridge.call('prepare', { picture, column }, { priority: 1 });
    tell({ state: 'ready', tokens });
  } catch (error) {
    tell({ state: 'failed', problem: (error as Error).message });
  }
};

/** Whether what is known still holds. Settings may have changed since the last visit: what did not comes again at once. */
let isKnown = false;
/** A new worker knows nothing. */
const workers = signal(1);
effect(() => {
  const isAsked = isOn.value && workers.value > 0;
  if (isAsked && !isKnown) readiness.value = new Map();
  isKnown = isAsked;
  if (!isAsked) return;
  const wanted = rows.value.flatMap((picture) => columns.value.map((column) => ({ picture, column })));
  for (const { picture, column } of wanted) if (!readiness.peek().has(cellKey(picture, column))) void prepare(picture, column);
});
onEvent((event) => {
  if (event !== 'restarted') return;
  isKnown = false;
  workers.value++;
});
