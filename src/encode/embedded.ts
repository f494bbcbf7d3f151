/**
 * The encoder that ships with the package: a small convolutional network. Its features are upsampled to the
 * grid of the cut and each token is brought to unit length.
 */
import { checkAborted, InputError } from '../errors.ts';
import { checkImage } from '../image/image.ts';
import type { EncoderRow } from '../models/table.ts';
import { unitTokens } from '../tensor/features.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import type { FeatureMap, RgbImage } from '../types.ts';
import type { Encoder } from './encoder.ts';
import type { Session } from './session.ts';
import { loadAsset, openSession } from './session-node.ts';

const WEIGHTS = new URL('../../assets/efficientnet-lite.onnx', import.meta.url);

/** Longer pictures are squeezed to this ratio of their sides. */
const MOST_RATIO = 4;

/**
 * @param size a side: pictures keep their ratio, up to 4 : 1, on as many pixels as a square of that side has; or
 *   [width, height], whatever the picture's ratio; the row's side where undefined. Brought to the row's multiple
 * @param threads of the runtime; its own choice where undefined
 */
export const openEmbedded = async (
  row: EncoderRow,
  size: number | readonly [number, number] | undefined,
  threads: number | undefined,
): Promise<Encoder> => {
  const session = await openSession(await loadAsset(WEIGHTS), { threads });
  let open = true;
  const whole = (side: number): number => Math.max(row.multiple, Math.round(side / row.multiple) * row.multiple);
  const inputSize = (image: { width: number; height: number }): [number, number] => {
    if (typeof size === 'object') return [whole(size[0]), whole(size[1])];
    const ratio = Math.sqrt(Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, image.width / image.height)));
    const side = size ?? row.size;
    return [whole(side * ratio), whole(side / ratio)];
  };
  return {
    name: row.name,
    row,
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
  const { data, dims } = await session.run(planes, [1, 3, height, width]);
  const [, channels, rows, columns] = dims;
  const tokens = new Float32Array(data.length);
  for (let i = 0; i < rows * columns; i++) for (let c = 0; c < channels; c++) tokens[i * channels + c] = data[c * rows * columns + i];
  return { data: tokens, width: columns, height: rows, channels };
};
