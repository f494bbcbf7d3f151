import type { LabelMap } from '../types.ts';

/** Calls `run(id, from, to)` for every stretch of equal ids in `data`, to exclusive: far fewer than pixels. */
export const eachRun = (data: Int32Array, run: (id: number, from: number, to: number) => void): void => {
  for (let from = 0; from < data.length; ) {
    const id = data[from];
    let to = from + 1;
    while (to < data.length && data[to] === id) to++;
    run(id, from, to);
    from = to;
  }
};

/** Pixels of each id, in order of first appearance. */
export const areasOf = ({ data }: LabelMap): Map<number, number> => {
  const areas = new Map<number, number>();
  eachRun(data, (id, from, to) => areas.set(id, (areas.get(id) ?? 0) + to - from));
  return areas;
};

/** The same map with every id replaced, that of transparency too. */
export const renamed = ({ data, width, height, transparent }: LabelMap, nameOf: (id: number) => number): LabelMap => {
  const out = new Int32Array(data.length);
  const known = new Map<number, number>();
  eachRun(data, (id, from, to) => {
    const name = known.get(id) ?? nameOf(id);
    known.set(id, name);
    out.fill(name, from, to);
  });
  const mark = transparent === undefined ? undefined : known.get(transparent);
  return { data: out, width, height, ...(mark !== undefined && { transparent: mark }) };
};

/** The same map with ids 0..K-1 in order of first appearance, row by row. */
export const byFirstPixel = (labels: LabelMap): LabelMap => {
  let next = 0;
  return renamed(labels, () => next++);
};
