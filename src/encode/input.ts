/** Pictures as networks take them, and what every encoder does besides its network. */
import { checkAborted, InputError } from '../errors.ts';
import { checkImage } from '../image/image.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import type { FeatureMap, RgbImage, Watch } from '../types.ts';
import type { Encoder } from './encoder.ts';

/** One number for each of red, green and blue. */
export type Triple = readonly [red: number, green: number, blue: number];

/** Numbers that are told for values of 0..1, for values of 0..255. */
export const inBytes = (of: Triple): Triple => [255 * of[0], 255 * of[1], 255 * of[2]];

/**
 * The picture resized to width x height (bilinear), as planes: all of red, then green, then blue.
 * @param mean what is taken off a value of 0..255, before it is divided by `deviation`
 */
export const planesOf = (image: RgbImage, width: number, height: number, mean: Triple, deviation: Triple): Float32Array => {
  const pixels = resizeBilinear(image.data, image.width, image.height, 3, width, height);
  const area = width * height;
  const planes = new Float32Array(3 * area);
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) planes[c * area + i] = (pixels[i * 3 + c] - mean[c]) / deviation[c];
  return planes;
};

/** Channels x height x width -> height x width x channels. */
export const channelsLast = (data: Float32Array, channels: number): Float32Array => {
  const area = data.length / channels;
  const out = new Float32Array(data.length);
  for (let i = 0; i < area; i++) for (let c = 0; c < channels; c++) out[i * channels + c] = data[c * area + i];
  return out;
};

/** How an encoder computes the features of a picture at the size of its input. */
export type Compute = (image: RgbImage, size: readonly [width: number, height: number], watch: Watch) => Promise<FeatureMap>;

/**
 * An encoder around its network: pictures are checked, one that is disposed of refuses work, and what was begun is
 * finished before its memory goes.
 * @param release gives the memory back; called once
 */
export const createEncoder = (
  about: Pick<Encoder, 'name' | 'row' | 'device' | 'inputSize'>,
  compute: Compute,
  release: () => Promise<unknown>,
): Encoder => {
  const running = new Set<Promise<FeatureMap>>();
  let released: Promise<unknown> | undefined;
  return {
    ...about,
    async encode(image, watch = {}) {
      if (released) throw new InputError(`The encoder ${about.name} was disposed of: open it again`);
      checkImage(image);
      checkAborted(watch.signal);
      const work = compute(image, about.inputSize(image), watch);
      running.add(work);
      return work.finally(() => running.delete(work));
    },
    async dispose() {
      released ??= Promise.allSettled(running).then(release);
      await released;
    },
  };
};
