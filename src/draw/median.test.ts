import { describe, expect, it } from 'vitest';
import { random } from '../../test/random.ts';
import type { LabelMap } from '../types.ts';
import { median3x3 } from './median.ts';

const noise = (width: number, height: number, ids: number, seed: number): LabelMap => {
  const next = random(seed);
  return { data: Int32Array.from({ length: width * height }, () => 3 * Math.floor(ids * next())), width, height };
};

/** The nine ids around each pixel, edge pixels repeated. */
const windows = ({ data, width, height }: LabelMap): number[][] =>
  Array.from(data, (_, i) =>
    [-1, 0, 1].flatMap((dy) =>
      [-1, 0, 1].map((dx) => {
        const y = Math.min(height - 1, Math.max(0, Math.floor(i / width) + dy));
        return data[y * width + Math.min(width - 1, Math.max(0, (i % width) + dx))];
      }),
    ),
  );

const MAPS: [number, number, number][] = [
  [9, 7, 2],
  [12, 5, 3],
  [1, 8, 3],
  [8, 1, 4],
  [15, 11, 6],
];

describe('median3x3', () => {
  it.each(MAPS)('numeric is the fifth of nine: %ix%i, %i ids', async (width, height, ids) => {
    const labels = noise(width, height, ids, width);
    expect([...(await median3x3(labels, 'numeric')).data]).toEqual(windows(labels).map((window) => window.sort((a, b) => a - b)[4]));
  });

  it.each(MAPS)(
    "majority is the most frequent of nine, the centre's on a tie that it shares, else the lower: %ix%i, %i ids",
    async (width, height, ids) => {
      const labels = noise(width, height, ids, height);
      const want = windows(labels).map((window) => {
        const count = (id: number) => window.filter((other) => other === id).length;
        const most = Math.max(...window.map(count));
        return count(window[4]) === most ? window[4] : Math.min(...window.filter((id) => count(id) === most));
      });
      expect([...(await median3x3(labels, 'majority')).data]).toEqual(want);
    },
  );
});
