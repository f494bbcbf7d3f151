/**
 * The encoder that ships with the package: a small convolutional network. Its features are upsampled to the
 * grid of the cut and each token is brought to unit length.
 */
import { checkAborted, InputError } from '../errors.ts';
import { checkImage } from '../image/image.ts';
import type { EncoderRow } from '../models/table.ts';
import type { ENCODER, Resolved } from '../options.ts';
import { unitTokens } from '../tensor/features.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import type { FeatureMap, RgbImage } from '../types.ts';
import type { Encoder } from './encoder.ts';
import { inputSizeOf } from './input-size.ts';
import { onDevice, type Session } from './session.ts';
import { devicesHere, loadAsset, openSession } from './session-node.ts';

const WEIGHTS = new URL('../../assets/efficientnet-lite.onnx', import.meta.url);

/**
 * @param options of any encoder: see options.ts. `auto` is the CPU, since a network of this size runs before a GPU is awake
 */
export const openEmbedded = async (row: EncoderRow, options: Resolved<typeof ENCODER>): Promise<Encoder> => {
  const { threads } = options;
  const inputSize = inputSizeOf(row, options);
  const bytes = await loadAsset(WEIGHTS);
  const session = await onDevice(options.device === 'auto' ? 'cpu' : options.device, devicesHere(), (device) =>
    openSession({ bytes }, { threads, device }),
  );
  let open = true;
  return {
    name: row.name,
    row,
    device: session.device,
    inputSize,
    async encode(image, { signal, onProgress } = {}) {
      if (!open) throw new InputError(`The encoder ${row.name} was disposed of: open it again`);
      checkImage(image);
      const [width, height] = inputSize(image);
      onProgress?.('encode', 0, 1);
      const raw = await run(session, row, image, width, height);
      checkAborted(signal);
      onProgress?.('encode', 1, 1);
      const grid = { width: Math.max(1, Math.round(width / row.gridStep)), height: Math.max(1, Math.round(height / row.gridStep)) };
      const data = resizeBilinear(raw.data, raw.width, raw.height, raw.channels, grid.width, grid.height);
      return { ...grid, channels: raw.channels, data: unitTokens({ data, channels: raw.channels }) };
    },
    async dispose() {
      if (open) await session.dispose();
      open = false;
    },
  };
};

/** The network's own features of a picture resized to width x height. */
const run = async (session: Session, { mean, deviation }: EncoderRow, image: RgbImage, width: number, height: number): Promise<FeatureMap> => {
  const pixels = resizeBilinear(image.data, image.width, image.height, 3, width, height);
  const planes = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) planes[c * width * height + i] = (pixels[i * 3 + c] - mean) / deviation;
  const {
    features: { data, dims },
  } = await session.run({ image: { data: planes, dims: [1, 3, height, width] } });
  const [, channels, rows, columns] = dims;
  const tokens = new Float32Array(data.length);
  for (let i = 0; i < rows * columns; i++) for (let c = 0; c < channels; c++) tokens[i * channels + c] = data[c * rows * columns + i];
  return { data: tokens, width: columns, height: rows, channels };
};
