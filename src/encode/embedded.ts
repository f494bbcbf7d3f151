/**
 * The encoder that ships with the package: a small convolutional network. Its features are upsampled to the
 * grid of the cut and each token is brought to unit length.
 */

import { devicesHere } from '#runtime/session';
import type { EncoderRow } from '../models/table.ts';
import type { ENCODER } from '../options/encoders.ts';
import type { Resolved } from '../options/spec.ts';
import { loadAsset } from '../runtime/assets.ts';
import { sessionOpener } from '../runtime/open.ts';
import { onDevice, type Session } from '../runtime/session.ts';
import { unitTokens } from '../tensor/features.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import type { FeatureMap, RgbImage, Watch } from '../types.ts';
import type { Encoder } from './encoder.ts';
import { channelsLast, createEncoder, planesOf, type Triple } from './input.ts';
import { inputSizeOf } from './input-size.ts';

/** Written out like this it is what bundlers look for; where one leaves no `import.meta.url`, it is only asked for when needed. */
const packaged = (): URL => new URL('../../assets/efficientnet-lite.onnx', import.meta.url);

/** Of the input, values 0..255. */
const MEAN: Triple = [127, 127, 127];
const DEVIATION: Triple = [128, 128, 128];

/**
 * @param options of any encoder: see options/encoders.ts. `auto` is the CPU, since a network of this size runs before a GPU is awake
 */
export const openEmbedded = async (row: EncoderRow, options: Resolved<typeof ENCODER>, signal?: AbortSignal): Promise<Encoder> => {
  const { threads, worker } = options;
  const openSession = sessionOpener(worker, signal);
  const inputSize = inputSizeOf(row, options);
  const bytes = await loadAsset('efficientnet-lite.onnx', packaged);
  const session = await onDevice(options.device === 'auto' ? 'cpu' : options.device, devicesHere, (device) =>
    openSession({ bytes }, { threads, device }),
  );
  const compute: Parameters<typeof createEncoder>[1] = async (image, [width, height], watch) => {
    const { onProgress } = watch;
    onProgress?.('encode', 0, 1);
    const raw = await run(session, image, width, height, watch);
    onProgress?.('encode', 1, 1);
    const grid = { width: Math.max(1, Math.round(width / row.gridStep)), height: Math.max(1, Math.round(height / row.gridStep)) };
    const data = resizeBilinear(raw.data, raw.width, raw.height, raw.channels, grid.width, grid.height);
    return { ...grid, channels: raw.channels, data: unitTokens({ data, channels: raw.channels }) };
  };
  return createEncoder({ name: row.name, row, device: session.device, inputSize }, compute, () => session.dispose());
};

/** The network's own features of a picture resized to width x height. */
const run = async (session: Session, image: RgbImage, width: number, height: number, watch: Watch): Promise<FeatureMap> => {
  const data = await planesOf(image, width, height, MEAN, DEVIATION, watch);
  const { features } = await session.run({ image: { data, dims: [1, 3, height, width] } }, watch.signal);
  const [, channels, rows, columns] = features.dims;
  return { data: channelsLast(features.data, channels), width: columns, height: rows, channels };
};
