/** Pictures and features made by hand, for tests of what is drawn. */
import { addRows, type ColouredRuns, createRuns, finishRuns } from '../src/tensor/runs.ts';
import type { FeatureMap, LabelMap, RgbImage } from '../src/types.ts';
import { random } from './random.ts';

/** The same labels as runs, written a few rows at a time. */
export const runsOf = (
  { data, width, height }: LabelMap,
  picture: RgbImage = { data: new Uint8Array(3 * data.length).fill(2), width, height },
  atOnce = 1,
): ColouredRuns => {
  const runs = createRuns(width, height);
  for (let y = 0; y < height; y += atOnce) {
    const [from, to] = [y * width, (y + atOnce) * width];
    addRows(runs, data.subarray(from, to), picture.data.subarray(3 * from, 3 * to));
  }
  return finishRuns(runs);
};

export const paint = (width: number, height: number, colour: (x: number, y: number) => readonly number[]): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width)), i * 3);
  return { data, width, height };
};

export const noise = (width: number, height: number, seed = 1): RgbImage => {
  const next = random(seed);
  return paint(width, height, () => [256 * next(), 256 * next(), 256 * next()]);
};

/** Tokens that point where `kindOf` the token says, with a little of the other directions in them. */
export const featuresOf = (width: number, height: number, kindOf: (x: number, y: number) => number, channels = 6): FeatureMap => {
  const next = random(2);
  const data = Float32Array.from({ length: width * height * channels }, (_, at) => {
    const token = Math.floor(at / channels);
    return 0.3 * next() + (kindOf(token % width, Math.floor(token / width)) === at % channels ? 1 : 0);
  });
  return { data, width, height, channels };
};

/** The same picture, or map of `channels` numbers a cell, left and right exchanged. */
export const mirrored = <T extends { data: Uint8Array | Float32Array | Int32Array; width: number; height: number }>(map: T): T => {
  const channels = map.data.length / (map.width * map.height);
  const data = map.data.slice();
  for (let i = 0; i < map.width * map.height; i++) {
    const from = i - (i % map.width) + map.width - 1 - (i % map.width);
    for (let c = 0; c < channels; c++) data[i * channels + c] = map.data[from * channels + c];
  }
  return { ...map, data };
};

/** Rows and columns exchanged. */
export const turned = <T extends { data: Uint8Array | Float32Array | Int32Array; width: number; height: number }>(map: T): T => {
  const { width, height } = map;
  const channels = map.data.length / (width * height);
  const data = map.data.slice();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) data[(x * height + y) * channels + c] = map.data[(y * width + x) * channels + c];
  return { ...map, data, width: height, height: width };
};
