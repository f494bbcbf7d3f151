/** Pictures as networks take them, and what every encoder does besides its network. */
import { checkAborted, InputError } from '../errors.ts';
import { checkImage } from '../image/image.ts';
import { cutSettings } from '../models/origin.ts';
import { checkWatch } from '../options/spec.ts';
import { axis, resizeRows } from '../tensor/resize.ts';
import { pause } from '../tensor/watch.ts';
import type { FeatureMap, Origin, RgbImage, Watch } from '../types.ts';
import type { Encoder } from './encoder.ts';

/** One number for each of red, green and blue. */
export type Triple = readonly [red: number, green: number, blue: number];

/** Numbers that are told for values of 0..1, for values of 0..255. */
export const inBytes = (of: Triple): Triple => [255 * of[0], 255 * of[1], 255 * of[2]];
/** Pixels that are resized at once: some 10 ms. */
const BAND = 2 ** 18;

/**
 * The picture resized to width x height (bilinear), as planes: all of red, then green, then blue.
 * @param mean what is taken off a value of 0..255, before it is divided by `deviation`
 * @param watch has its turn between bands
 */
export const planesOf = async (
  image: RgbImage,
  width: number,
  height: number,
  mean: Triple,
  deviation: Triple,
  watch: Watch = {},
): Promise<Float32Array> => {
  const [xs, ys] = [axis(image.width, width), axis(image.height, height)];
  const area = width * height;
  const planes = new Float32Array(3 * area);
  const rows = Math.min(height, Math.ceil(BAND / width));
  const band = new Float32Array(3 * rows * width);
  for (let y = 0; y < height; y += rows) {
    if (y > 0) await pause(watch);
    const end = Math.min(height, y + rows);
    resizeRows(image.data, image.width, 3, xs, ys, y, end, band);
    const [from, count] = [y * width, (end - y) * width];
    for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) planes[c * area + from + i] = (band[i * 3 + c] - mean[c]) / deviation[c];
  }
  return planes;
};

/** Channels x height x width -> height x width x channels. */
export const channelsLast = (data: Float32Array, channels: number): Float32Array => {
  const area = data.length / channels;
  const out = new Float32Array(data.length);
  for (let i = 0; i < area; i++) for (let c = 0; c < channels; c++) out[i * channels + c] = data[c * area + i];
  return out;
};

/** Features, and of several encoders together where each one's come from. */
export type Computed = Omit<FeatureMap, 'origin'> & Pick<Origin, 'parts'>;

/** How an encoder computes the features of a picture at the size of its input. */
export type Compute = (image: RgbImage, size: readonly [width: number, height: number], watch: Watch) => Promise<Computed>;

/**
 * An encoder around its network: pictures are checked, one that is disposed of refuses work, and what was begun is
 * finished before its memory goes. Features say where they come from.
 * @param release gives the memory back; called once
 * @param settings those of the encoder's own options that make its features
 */
export const createEncoder = (
  about: Pick<Encoder, 'name' | 'row' | 'device' | 'inputSize' | 'tap'>,
  compute: Compute,
  release: () => Promise<unknown>,
  settings: Origin['settings'] = {},
): Encoder => {
  const { name: encoder, device } = about;
  const cut = cutSettings(about.row);
  const encode = async (image: RgbImage, watch: Watch): Promise<FeatureMap> => {
    const size = about.inputSize(image);
    const { parts, ...features } = await compute(image, size, watch);
    return { ...features, origin: { encoder, device, picture: [image.width, image.height], size, settings, ...(parts && { parts }), cut } };
  };
  const running = new Set<Promise<FeatureMap>>();
  let released: Promise<unknown> | undefined;
  return {
    ...about,
    async encode(image, watch = {}) {
      if (released) throw new InputError(`The encoder ${about.name} was disposed of: open it again`);
      checkImage(image);
      checkWatch('encode', watch);
      checkAborted(watch.signal);
      const work = encode(image, watch);
      running.add(work);
      return work.finally(() => running.delete(work));
    },
    async dispose() {
      released ??= Promise.allSettled(running).then(release);
      await released;
    },
  };
};
