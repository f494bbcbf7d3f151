import { random } from './random.js';
export const paint = (width, height, colour) => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width)), i * 3);
  return { data, width, height };
};
export const noise = (width, height, seed = 1) => {
  const next = random(seed);
  return paint(width, height, () => [256 * next(), 256 * next(), 256 * next()]);
};
/** Tokens that point where `kindOf` the token says, with a little of the other directions in them. */
export const featuresOf = (width, height, kindOf, channels = 6) => {
  const next = random(2);
  const data = Float32Array.from({ length: width * height * channels }, (_, at) => {
    const token = Math.floor(at / channels);
    return 0.3 * next() + (kindOf(token % width, Math.floor(token / width)) === at % channels ? 1 : 0);
  });
  return { data, width, height, channels };
};
/** The same picture, or map of `channels` numbers a cell, left and right exchanged. */
export const mirrored = (map) => {
  const channels = map.data.length / (map.width * map.height);
  const data = map.data.slice();
  for (let i = 0; i < map.width * map.height; i++) {
    const from = i - (i % map.width) + map.width - 1 - (i % map.width);
    for (let c = 0; c < channels; c++) data[i * channels + c] = map.data[from * channels + c];
  }
  return { ...map, data };
};
/** Rows and columns exchanged. */
export const turned = (map) => {
  const { width, height } = map;
  const channels = map.data.length / (width * height);
  const data = map.data.slice();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) data[(x * height + y) * channels + c] = map.data[(y * width + x) * channels + c];
  return { ...map, data, width: height, height: width };
};
