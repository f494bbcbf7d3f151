/**
 * Drawing in windows. A picture in tiles has many segments, and what is asked of each region for each of them would grow with the
 * square of the picture: a window knows only the segments that it shows. Windows overlap, and each draws its middle.
 */
import type { RegionGraph } from '../regions/regions.ts';
import { pause } from '../tensor/watch.ts';
import type { FeatureMap, LabelMap, Watch } from '../types.ts';

/** Sides of what a window draws and of what it looks at on each side beyond, in tiles. */
const CORE = 1.5;
const MARGIN = 0.25;

/** Labels of tokens to labels of the regions' size. */
type Draw = (coarse: LabelMap, features: FeatureMap, graph: RegionGraph, watch: Watch) => Promise<LabelMap>;

/** The same in windows where the features are of tiles; at once where one window is enough. */
export const inWindows =
  (draw: Draw): Draw =>
  async (coarse, features, graph, watch) => {
    const tile = features.origin?.tile;
    if (!tile) return draw(coarse, features, graph, watch);
    const columns = spans(features.width, (features.width * tile.size[0]) / tile.of[0], graph.width);
    const rows = spans(features.height, (features.height * tile.size[1]) / tile.of[1], graph.height);
    const total = columns.length * rows.length;
    if (total === 1) return draw(coarse, features, graph, watch);
    const { width, height } = graph;
    const out = { data: new Int32Array(width * height), width, height };
    let done = 0;
    for (const row of rows) {
      for (const column of columns) {
        await pause(watch);
        const own = labelsIn(coarse, column, row);
        const told: Watch = { signal: watch.signal, onProgress: (stage, part, of) => watch.onProgress?.(stage, done + part / of, total) };
        const isPlain = own.data.every((id) => id === own.data[0]);
        if (isPlain) fill(out, own.data[0], column, row);
        else lay(await draw(own, featuresIn(features, column, row), graphIn(graph, column, row), told), out, column, row);
        done++;
      }
    }
    return out;
  };

/** One side of a window: tokens and pixels that it looks at, and pixels that it draws; ends are exclusive. */
interface Span {
  tokens: [from: number, to: number];
  pixels: [from: number, to: number];
  core: [from: number, to: number];
}

/** @param tile tokens */
const spans = (tokens: number, tile: number, pixels: number): Span[] => {
  const count = Math.max(1, Math.round(tokens / (CORE * tile)));
  const margin = Math.ceil(MARGIN * tile);
  const pixel = (token: number): number => Math.round((token * pixels) / tokens);
  return Array.from({ length: count }, (_, k) => {
    const [from, to] = [k, k + 1].map((edge) => Math.round((edge * tokens) / count));
    const seen: [number, number] = [Math.max(0, from - margin), Math.min(tokens, to + margin)];
    return { tokens: seen, pixels: [pixel(seen[0]), pixel(seen[1])], core: [pixel(from), pixel(to)] };
  });
};

const labelsIn = ({ data, width }: LabelMap, { tokens: [left, right] }: Span, { tokens: [top, bottom] }: Span): LabelMap => {
  const out = new Int32Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) out.set(data.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  return { data: out, width: right - left, height: bottom - top };
};

const featuresIn = (features: FeatureMap, { tokens: [left, right] }: Span, { tokens: [top, bottom] }: Span): FeatureMap => {
  const { data, width, channels } = features;
  const row = (right - left) * channels;
  const out = new Float32Array(row * (bottom - top));
  for (let y = top; y < bottom; y++) out.set(data.subarray((y * width + left) * channels, (y * width + right) * channels), (y - top) * row);
  return { ...features, data: out, width: right - left, height: bottom - top };
};

/** The regions, or what lies of them in a window, numbered by their first pixels there. */
const graphIn = (graph: RegionGraph, column: Span, row: Span): RegionGraph => {
  const [left, right] = column.pixels;
  const [top, bottom] = row.pixels;
  const [width, height] = [right - left, bottom - top];
  const n = width * height;
  const data = new Int32Array(n);
  const lab = new Float32Array(3 * n);
  const numberOf = new Int32Array(graph.count).fill(-1);
  const area: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    const from = (top + y) * graph.width + left;
    for (let c = 0; c < 3; c++) lab.set(graph.lab.subarray(c * graph.data.length + from, c * graph.data.length + from + width), c * n + y * width);
    for (let x = 0; x < width; x++, i++) {
      const region = graph.data[from + x];
      if (numberOf[region] < 0) numberOf[region] = area.push(0) - 1;
      data[i] = numberOf[region];
      area[data[i]]++;
    }
  }
  const tiles = ((graph.tiles ?? 1) * n) / graph.data.length;
  const arcs = arcsIn(graph.arcs, numberOf);
  return { data, width, height, count: area.length, area: Float64Array.from(area), arcs, lab, meanStrength: graph.meanStrength, tiles };
};

/** Arcs between the regions that have a number. */
const arcsIn = (arcs: RegionGraph['arcs'], numberOf: Int32Array): RegionGraph['arcs'] => {
  const kept = Int32Array.from(arcs.from.keys()).filter((k) => numberOf[arcs.from[k]] >= 0 && numberOf[arcs.to[k]] >= 0);
  const ends = (pick: (a: number, b: number) => number) => kept.map((k) => pick(numberOf[arcs.from[k]], numberOf[arcs.to[k]]));
  const numbers = (of: Float64Array) => Float64Array.from(kept, (k) => of[k]);
  return { from: ends(Math.min), to: ends(Math.max), length: numbers(arcs.length), sum: numbers(arcs.sum) };
};

const fill = (out: LabelMap, id: number, { core: [left, right] }: Span, { core: [top, bottom] }: Span): void => {
  for (let y = top; y < bottom; y++) out.data.fill(id, y * out.width + left, y * out.width + right);
};

/** Copies the middle of what a window drew. */
const lay = ({ data, width }: LabelMap, out: LabelMap, column: Span, row: Span): void => {
  const [left, right] = column.core;
  for (let y = row.core[0]; y < row.core[1]; y++) {
    const from = (y - row.pixels[0]) * width + left - column.pixels[0];
    out.data.set(data.subarray(from, from + right - left), y * out.width + left);
  }
};
