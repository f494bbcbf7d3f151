import { checkWatch } from '../options/spec.ts';
import { checkLabelSize } from '../tensor/features.ts';
import { Heap } from '../tensor/heap.ts';
import { areasOfRuns, componentsOfRuns, eachContact, expandRuns, type RunMap, renamedRuns, toRuns } from '../tensor/runs.ts';
import { pause } from '../tensor/watch.ts';
import type { LabelMap, Watch } from '../types.ts';

/**
 * Every connected component (4 neighbours) as a segment of its own: ids 0..K-1 by first pixel, row by row. What is transparent
 * stays one, however many pieces it has.
 * @throws InputError for labels that are none; the signal's reason once aborted
 */
export const splitComponents = async (labels: LabelMap, watch: Watch = {}): Promise<LabelMap> => {
  checkLabelSize(labels);
  checkWatch('splitComponents', watch);
  return expandRuns(componentsOfRuns(await toRuns(labels, watch)), watch);
};

/**
 * Segments under `minArea` pixels join the neighbour with which they share the longest border (the lower id
 * on a tie), the smallest first; ids are kept. Nothing joins what is transparent, which is never too small.
 */
export const mergeSmall = async (labels: LabelMap, minArea: number, watch: Watch = {}): Promise<LabelMap> =>
  expandRuns(await mergeSmallRuns(await toRuns(labels, watch), minArea, watch), watch);

const mergeSmallRuns = async (runs: RunMap, minArea: number, watch: Watch): Promise<RunMap> => {
  const areas = areasOfRuns(runs);
  const small = new Set([...areas.keys()].filter((id) => (areas.get(id) as number) < minArea));
  return renamedRuns(runs, await absorbed(runs, areas, small, minArea, watch));
};

/**
 * The segments in `small` join the neighbour with which they share the longest border, the smallest first, while they are
 * under `until` pixels.
 * @param areas of all segments; those that are joined grow
 * @returns which segment each ends in
 */
const absorbed = async (
  runs: RunMap,
  areas: Map<number, number>,
  small: ReadonlySet<number>,
  until: number,
  watch: Watch,
): Promise<(id: number) => number> => {
  if (small.size === 0 || areas.size === 1) return (id) => id;
  const borders = sharedBorders(runs, small);
  await pause(watch);
  const into = new Map<number, number>();
  const areaOf = (id: number) => areas.get(id) as number;
  const waiting = new Heap(small.size); // by area: one that grows waits again further up
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
  const { components, idOf } = piecesOfRuns(await toRuns(labels, watch));
  const merged = await mergeSmallRuns(components, minArea, watch);
  return expandRuns(
    renamedRuns(merged, (component) => idOf.get(component) as number),
    watch,
  );
};

/** Every segment is left its largest component, the first of equal ones; all others join neighbours. */
export const keepLargest = async (labels: LabelMap, watch: Watch = {}): Promise<LabelMap> => {
  const runs = await toRuns(labels, watch);
  const kept = await keepLargestRuns(runs, watch);
  return kept === runs ? labels : expandRuns(kept, watch);
};

/** `keepLargest` of labels that are kept as runs. */
export const keepLargestRuns = async <R extends RunMap>(runs: R, watch: Watch = {}): Promise<R> => {
  const { components, idOf } = piecesOfRuns(runs);
  await pause(watch);
  if (idOf.size === new Set(idOf.values()).size) return runs;
  const areas = areasOfRuns(components);
  const into = await absorbed(components, areas, allButLargest(areas, idOf), Infinity, watch);
  return renamedRuns(components, (component) => idOf.get(into(component)) as number);
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

/** The components of a map, and which segment each is of. */
export const piecesOf = async (labels: LabelMap, watch: Watch = {}): Promise<{ components: LabelMap; idOf: Map<number, number> }> => {
  const { components, idOf } = piecesOfRuns(await toRuns(labels, watch));
  return { components: await expandRuns(components, watch), idOf };
};

const piecesOfRuns = <R extends RunMap>(runs: R): { components: R; idOf: Map<number, number> } => {
  const components = componentsOfRuns(runs);
  const idOf = new Map<number, number>();
  for (let run = 0; run < runs.id.length; run++) idOf.set(components.id[run], runs.id[run]);
  return { components, idOf };
};

type Borders = Map<number, Map<number, number>>;

const count = (borders: Borders, a: number, b: number, pixels: number): void => {
  const row = borders.get(a) ?? new Map<number, number>();
  row.set(b, (row.get(b) ?? 0) + pixels);
  borders.set(a, row);
};

/** Pixel edges between each pair of segments of which one is in `of`, both ways round; none with what is transparent. */
const sharedBorders = (runs: RunMap, of: ReadonlySet<number>): Borders => {
  const borders: Borders = new Map();
  const { height, rowStart, id, transparent } = runs;
  const meet = (a: number, b: number, pixels: number): void => {
    if (a === b || !(of.has(a) || of.has(b)) || a === transparent || b === transparent) return;
    count(borders, a, b, pixels);
    count(borders, b, a, pixels);
  };
  for (let y = 0; y < height; y++) for (let run = rowStart[y] + 1; run < rowStart[y + 1]; run++) meet(id[run - 1], id[run], 1);
  eachContact(runs, (above, below, pixels) => meet(id[above], id[below], pixels));
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
