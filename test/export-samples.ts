/** Label maps that formats find hard: what is written of them is to come back the same. */
import type { LabelMap } from '../src/types.ts';
import { random } from './random.ts';

export interface SampleMap {
  name: string;
  labels: LabelMap;
}

const mapOf = (width: number, height: number, idAt: (x: number, y: number) => number): LabelMap => ({
  data: Int32Array.from({ length: width * height }, (_, i) => idAt(i % width, Math.floor(i / width))),
  width,
  height,
});

/** Blobs within blobs, in several pieces an id, with holes, islands in holes and specks of one pixel. */
const blobs = (width: number, height: number, levels: number, seed: number): LabelMap => {
  const next = random(seed);
  const waves = Array.from({ length: 9 }, () => [next() - 0.5, next() - 0.5, 7 * next()].map((v) => 0.6 * v));
  return mapOf(width, height, (x, y) => {
    if (next() < 0.01) return Math.floor(levels * next());
    const value = waves.reduce((sum, [u, v, phase]) => sum + Math.sin(u * x + v * y + 3 * phase), 0);
    return Math.floor(Math.min(0.999, Math.max(0, 0.5 + value / 9)) * levels);
  });
};

/** An id a pixel, by chance. */
const noise = (width: number, height: number, ids: number, seed: number): LabelMap => {
  const next = random(seed);
  return mapOf(width, height, () => Math.floor(ids * next()));
};

/** As many connected segments, each grown from a pixel of its own: neighbours of all shapes. */
export const grownMap = (width: number, height: number, segments: number, seed = 1): LabelMap => {
  const next = random(seed);
  const data = new Int32Array(width * height).fill(-1);
  const queue: number[] = [];
  while (queue.length < segments) {
    const at = Math.floor(next() * data.length);
    if (data[at] >= 0) continue;
    data[at] = queue.length;
    queue.push(at);
  }
  for (let i = 0; i < queue.length; i++) {
    const at = queue[i];
    const x = at % width;
    const around = [x > 0 ? at - 1 : at, x < width - 1 ? at + 1 : at, at - width, at + width];
    for (const to of around) {
      if (data[to] !== -1) continue; // outside it is undefined
      data[to] = data[at];
      queue.push(to);
    }
  }
  return { data, width, height };
};

/** Frame, hole, island: rings of ids around each other. */
const rings = (size: number, thick: number): LabelMap =>
  mapOf(size, size, (x, y) => Math.floor(Math.min(x, y, size - 1 - x, size - 1 - y) / thick) % 3);

const GAPS = [0, 5, 300];

/** Small ones, and one of 70,000 segments; the same in every run. */
export const sampleMaps = (): SampleMap[] => [
  { name: 'blobs', labels: blobs(61, 47, 5, 3) },
  { name: 'more blobs', labels: blobs(90, 70, 9, 8) },
  { name: 'noise', labels: noise(23, 19, 3, 5) },
  { name: 'specks', labels: mapOf(21, 15, (x, y) => (x % 3 === 1 && y % 3 === 1 ? 1 + ((x + 2 * y) % 7) : 0)) },
  { name: 'checkerboard', labels: mapOf(9, 8, (x, y) => (x + y) % 2) },
  { name: 'one segment', labels: mapOf(7, 5, () => 0) },
  { name: 'one pixel', labels: mapOf(1, 1, () => 0) },
  { name: 'rings', labels: rings(21, 3) },
  { name: 'thin rings', labels: rings(11, 1) },
  { name: 'diagonal', labels: mapOf(8, 8, (x, y) => Number(x === y)) },
  { name: 'a row', labels: mapOf(17, 1, (x) => [0, 0, 1, 2, 0][x % 5]) },
  { name: 'a column', labels: mapOf(1, 17, (_, y) => [0, 1, 1, 2, 0][y % 5]) },
  { name: 'ids with gaps', labels: mapOf(31, 23, (x, y) => GAPS[Math.floor(x / 4 + y / 5) % 3]) },
  { name: 'neighbours of all shapes', labels: grownMap(80, 60, 200) },
  { name: '70,000 segments', labels: grownMap(600, 600, 70_000) },
];
