/**
 * The encoder that ships with the package: a small convolutional network. Every view of the picture (a size,
 * maybe mirrored) goes through it alone; its features are upsampled to one grid, each token is brought to
 * unit length, and the views are averaged.
 */
import { checkAborted, InputError } from '../errors.ts';
import { checkImage } from '../image/image.ts';
import type { EncoderRow, View } from '../models/table.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import type { FeatureMap, RgbImage } from '../types.ts';
import type { Encoder } from './encoder.ts';
import type { Session } from './session.ts';
import { loadAsset, openSession } from './session-node.ts';

const WEIGHTS = new URL('../../assets/efficientnet-lite.onnx', import.meta.url);

export const openEmbedded = async (
  row: EncoderRow,
  size: number | readonly [number, number] | undefined,
  threads: number | undefined,
): Promise<Encoder> => {
  const session = await openSession(await loadAsset(WEIGHTS), { threads });
  let open = true;
  const [inputWidth, inputHeight] = typeof size === 'object' ? size : [size ?? row.size, size ?? row.size];
  const inputSize = (): [number, number] => [inputWidth, inputHeight];
  return {
    name: row.name,
    row,
    inputSize,
    async encode(image, { signal, onProgress } = {}) {
      if (!open) throw new InputError(`The encoder ${row.name} was disposed of: open it again`);
      checkImage(image);
      const width = Math.max(1, Math.round(inputWidth / row.gridStep));
      const height = Math.max(1, Math.round(inputHeight / row.gridStep));
      let sum: FeatureMap | undefined;
      for (const [i, view] of row.views.entries()) {
        checkAborted(signal);
        const features = await encodeView(session, row, image, view, [inputWidth, inputHeight], [width, height]);
        sum = sum ? add(sum, features) : features;
        onProgress?.('encode', i + 1, row.views.length);
      }
      checkAborted(signal);
      return scaled(sum as FeatureMap, 1 / row.views.length);
    },
    async dispose() {
      if (open) await session.dispose();
      open = false;
    },
  };
};

/** One view through the network, on the common grid, tokens of unit length. */
const encodeView = async (
  session: Session,
  { mean, deviation, multiple }: EncoderRow,
  image: RgbImage,
  view: View,
  input: readonly [number, number],
  grid: readonly [number, number],
): Promise<FeatureMap> => {
  const [width, height] = input.map((side) => Math.max(multiple, Math.round((side * view.scale) / multiple) * multiple));
  const pixels = resizeBilinear(image.data, image.width, image.height, 3, width, height);
  const planes = new Float32Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + (view.mirrored ? width - 1 - x : x)) * 3;
      for (let c = 0; c < 3; c++) planes[(c * height + y) * width + x] = (pixels[from + c] - mean) / deviation;
    }
  }
  const { data, dims } = await session.run(planes, [1, 3, height, width]);
  const [, channels, rows, columns] = dims;
  const tokens = new Float32Array(data.length);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const to = (y * columns + (view.mirrored ? columns - 1 - x : x)) * channels;
      for (let c = 0; c < channels; c++) tokens[to + c] = data[(c * rows + y) * columns + x];
    }
  }
  return unit({ data: resizeBilinear(tokens, columns, rows, channels, ...grid), width: grid[0], height: grid[1], channels });
};

/** Tokens of unit length, in place. */
const unit = (features: FeatureMap): FeatureMap => {
  const { data, channels } = features;
  for (let from = 0; from < data.length; from += channels) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[from + c] ** 2;
    const by = 1 / Math.max(Math.sqrt(sum), 1e-12);
    for (let c = 0; c < channels; c++) data[from + c] *= by;
  }
  return features;
};

const add = (sum: FeatureMap, more: FeatureMap): FeatureMap => {
  for (let i = 0; i < sum.data.length; i++) sum.data[i] += more.data[i];
  return sum;
};

const scaled = (features: FeatureMap, by: number): FeatureMap => {
  for (let i = 0; i < features.data.length; i++) features.data[i] *= by;
  return features;
};
