import { checkWatch } from '../options/spec.ts';
import { checkLabelSize } from '../tensor/features.ts';
import { createHeap } from '../tensor/heap.ts';
import { areasOf, eachRun, renamed } from '../tensor/ids.ts';
import { areasOfRuns, componentsOfRuns, eachContact, type RunMap, renamedRuns } from '../tensor/runs.ts';
import { findRoot } from '../tensor/union-find.ts';
import { inBands, pause } from '../tensor/watch.ts';
import type { LabelMap, Watch } from '../types.ts';

/** Rows between two pauses: some hundred thousand pixels. */
const rowsOf = (width: number): number => Math.ceil(2 ** 18 / width);

/**
 * Every connected component (4 neighbours) as a segment of its own: ids 0..K-1 by first pixel, row by row. What is transparent
 * stays one, however many pieces it has.
 * @throws InputError for labels that are none; the signal's reason once aborted
 */
export const splitComponents = async (labels: LabelMap, watch: Watch = {}): Promise<LabelMap> => {
  const { data, width, height, transparent } = checkLabelSize(labels);
  checkWatch('splitComponents', watch);
  const clear = transparent === undefined ? -1 : data.indexOf(transparent); // the first pixel that is transparent
  // 1. Sets of connected pixels; a component's root is its first pixel
  const parent = new Int32Array(data.length);
  await inBands(height, rowsOf(width), watch, (top, bottom) => connect(data, width, clear, parent, top, bottom));
  // 2. Their numbers, in the order of their roots
  const out = new Int32Array(data.length);
  let ids = 0;
  await inBands(height, rowsOf(width), watch, (top, bottom) => {
    ids = numberRows(data, width, parent, out, ids, top, bottom);
  });
  return { data: out, width, height, ...(clear >= 0 && { transparent: out[clear] }) };
};

/** Unites the pixels of rows with their equal neighbours to the left and above. @param clear what equals this pixel is one set; -1 for none */
const connect = (data: Int32Array, width: number, clear: number, parent: Int32Array, top: number, bottom: number): void => {
  for (let i = top * width, x = 0; i < bottom * width; i++, x = x + 1 === width ? 0 : x + 1) {
    const left = x > 0 && data[i - 1] === data[i];
    const up = i >= width && data[i - width] === data[i];
    parent[i] = left ? parent[i - 1] : up ? parent[i - width] : clear >= 0 && data[i] === data[clear] ? clear : i;
    if (!left || !up || data[i - width - 1] === data[i]) continue; // one neighbour, or two that met before
    const a = findRoot(parent, i - 1);
    const b = findRoot(parent, i - width);
    parent[Math.max(a, b)] = Math.min(a, b);
  }
};

/** Numbers the components of rows, those above them done. @param next the first number that is free @returns the same after it */
const numberRows = (data: Int32Array, width: number, parent: Int32Array, out: Int32Array, next: number, top: number, bottom: number): number => {
  for (let i = top * width, x = 0; i < bottom * width; i++, x = x + 1 === width ? 0 : x + 1) {
    if (x > 0 && data[i - 1] === data[i]) out[i] = out[i - 1];
    else if (i >= width && data[i - width] === data[i]) out[i] = out[i - width];
    else {
      const root = findRoot(parent, i);
      out[i] = root === i ? next++ : out[root];
    }
  }
  return next;
};

/**
 * Segments under `minArea` pixels join the neighbour with which they share the longest border (the lower id
 * on a tie), the smallest first; ids are kept. What is transparent neither joins nor is joined.
 */
export const mergeSmall = async (labels: LabelMap, minArea: number, watch: Watch = {}): Promise<LabelMap> => {
  const areas = areasOf(labels);
  const small = [...areas.keys()].filter((id) => (areas.get(id) as number) < minArea);
  return absorbed(labels, areas, new Set(small), minArea, watch);
};

/**
 * The segments in `small` join the neighbour with which they share the longest border, the smallest first, while they are
 * under `until` pixels.
 * @param nameOf what each segment is called in the result
 */
const absorbed = async (
  labels: LabelMap,
  areas: Map<number, number>,
  small: Set<number>,
  until: number,
  watch: Watch,
  nameOf: (id: number) => number = (id) => id,
): Promise<LabelMap> => {
  await pause(watch);
  if (small.size === 0 || areas.size === 1) return renamed(labels, nameOf);
  const into = await absorb(areas, await sharedBorders(labels, small, watch), small, until, watch);
  await pause(watch);
  return renamed(labels, (id) => nameOf(into(id)));
};

/** Of `absorbed`, what hangs on no pixel. @returns which segment each ends in */
const absorb = async (
  areas: Map<number, number>,
  borders: Borders,
  small: Set<number>,
  until: number,
  watch: Watch,
): Promise<(id: number) => number> => {
  const into = new Map<number, number>();
  const areaOf = (id: number) => areas.get(id) as number;
  const waiting = createHeap(small.size); // by area: one that grows waits again further up
  for (const id of small) waiting.push(areaOf(id), id, 0);
  while (waiting.pop()) {
    const { key: area, item: id } = waiting.top;
    if (into.size % 1024 === 0) await pause(watch);
    if (area >= until || into.has(id) || areaOf(id) !== area) continue; // large enough, gone, or grown in the meantime
    const to = longest(borders.get(id));
    if (to === undefined) continue; // nothing else left
    into.set(id, to);
    areas.set(to, areaOf(to) + area);
    if (small.has(to)) waiting.push(areaOf(to), to, 0);
    moveBorders(borders, id, to);
  }
  return (id) => follow(into, id);
};

/** The neighbour with the longest border, the lowest id of equal ones. */
const longest = (row: Map<number, number> = new Map()): number | undefined => {
  let best: number | undefined;
  let most = 0;
  for (const [id, length] of row) if (length > most || (length === most && id < (best as number))) [best, most] = [id, length];
  return best;
};

/** Where a chain of merges ends; what it passes points there from now on. */
const follow = (into: Map<number, number>, id: number): number => {
  let end = id;
  for (let next = into.get(end); next !== undefined; next = into.get(end)) end = next;
  for (let at = id; at !== end; ) {
    const next = into.get(at) as number;
    into.set(at, end);
    at = next;
  }
  return end;
};

/** Components under `minArea` pixels take the id of the neighbour with which they share the longest border. */
export const removeSpecks = async (labels: LabelMap, minArea: number, watch: Watch = {}): Promise<LabelMap> => {
  const { components, idOf } = await piecesOf(labels, watch);
  const merged = await mergeSmall(components, minArea, watch);
  await pause(watch);
  return renamed(merged, (component) => idOf.get(component) as number);
};

/** Every segment is left its largest component, the first of equal ones; all others join neighbours. */
export const keepLargest = async (labels: LabelMap, watch: Watch = {}): Promise<LabelMap> => {
  const { components, idOf } = await piecesOf(labels, watch);
  if (idOf.size === new Set(idOf.values()).size) return labels;
  const areas = areasOf(components);
  const others = allButLargest(areas, idOf);
  return absorbed(components, areas, others, Infinity, watch, (component) => idOf.get(component) as number);
};

/** The components that are not the largest of their segment, the first of equal ones. */
const allButLargest = (areas: Map<number, number>, idOf: Map<number, number>): Set<number> => {
  const largest = new Map<number, number>();
  for (const [component, area] of areas) {
    const id = idOf.get(component) as number;
    const best = largest.get(id);
    if (best === undefined || area > (areas.get(best) as number)) largest.set(id, component);
  }
  return new Set([...areas.keys()].filter((component) => largest.get(idOf.get(component) as number) !== component));
};

/** `keepLargest` of labels that are kept as runs; what is transparent stays as it is, and nothing joins it. */
export const keepLargestRuns = async <R extends RunMap>(runs: R, watch: Watch = {}): Promise<R> => {
  const { transparent } = runs;
  const components = componentsOfRuns(runs);
  const idOf = new Map<number, number>();
  for (let run = 0; run < runs.id.length; run++) idOf.set(components.id[run], runs.id[run]);
  await pause(watch);
  const areas = areasOfRuns(components);
  const small = allButLargest(areas, idOf);
  for (const component of small) if (idOf.get(component) === transparent) small.delete(component);
  const borders = bordersOfRuns(components, small, (component) => idOf.get(component) === transparent);
  const into = await absorb(areas, borders, small, Infinity, watch);
  const kept = renamedRuns(components, (component) => idOf.get(into(component)) as number);
  return transparent === undefined ? kept : { ...kept, transparent };
};

/** Pixel edges between each pair of segments of which one is in `of`, both ways round. @param isFixed nothing borders on it */
const bordersOfRuns = (runs: RunMap, of: Set<number>, isFixed: (id: number) => boolean): Borders => {
  const borders: Borders = new Map();
  const { id } = runs;
  const meet = (a: number, b: number, pixels: number): void => {
    if (a === b || !(of.has(a) || of.has(b)) || isFixed(a) || isFixed(b)) return;
    count(borders, a, b, pixels);
    count(borders, b, a, pixels);
  };
  for (let y = 0; y < runs.height; y++) for (let run = runs.rowStart[y] + 1; run < runs.rowStart[y + 1]; run++) meet(id[run - 1], id[run], 1);
  eachContact(runs, (above, below, pixels) => meet(id[above], id[below], pixels));
  return borders;
};

/** The components of a map, and which segment each is of. */
export const piecesOf = async (labels: LabelMap, watch: Watch = {}): Promise<{ components: LabelMap; idOf: Map<number, number> }> => {
  const components = await splitComponents(labels, watch);
  const idOf = new Map<number, number>();
  await pause(watch);
  eachRun(components.data, (component, from) => idOf.set(component, labels.data[from]));
  await pause(watch);
  return { components, idOf };
};

type Borders = Map<number, Map<number, number>>;

const count = (borders: Borders, a: number, b: number, pixels: number): void => {
  const row = borders.get(a) ?? new Map<number, number>();
  row.set(b, (row.get(b) ?? 0) + pixels);
  borders.set(a, row);
};

/** Pixel edges between each pair of segments of which one is in `of`, both ways round; none with what is transparent. */
const sharedBorders = async ({ data, width, height, transparent }: LabelMap, of: Set<number>, watch: Watch): Promise<Borders> => {
  const borders: Borders = new Map();
  const meet = (a: number, b: number) => {
    if (!(of.has(a) || of.has(b)) || a === transparent || b === transparent) return;
    count(borders, a, b, 1);
    count(borders, b, a, 1);
  };
  await inBands(height, Math.ceil(rowsOf(width) / 4), watch, (top, bottom) => {
    for (let y = top, i = top * width; y < bottom; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (x + 1 < width && data[i] !== data[i + 1]) meet(data[i], data[i + 1]);
        if (y + 1 < height && data[i] !== data[i + width]) meet(data[i], data[i + width]);
      }
    }
  });
  return borders;
};

/** What `from` shared with others, `to` shares now. */
const moveBorders = (borders: Borders, from: number, to: number): void => {
  const target = borders.get(to) ?? new Map<number, number>();
  for (const [other, length] of borders.get(from) ?? []) {
    const row = borders.get(other);
    row?.delete(from);
    if (other === to) continue;
    target.set(other, (target.get(other) ?? 0) + length);
    row?.set(to, (row.get(to) ?? 0) + length);
  }
  target.delete(from);
  borders.set(to, target);
  borders.delete(from);
};
