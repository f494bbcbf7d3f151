/** How a vision transformer is told where its patches lie: a grid that is resampled, or angles. */
import type { VitEncoder } from '../../compile/nets/vit.ts';
import type { Tensor } from '../../runtime/session.ts';
import { resizeBicubic } from '../../tensor/bicubic.ts';
import { readFloats } from '../../weights/weights.ts';

/** What of the weights is read for it. */
export interface Places {
  /** Class token and registers with their own places, rows of `channels`; none where the network has none. */
  prefix: Float32Array;
  /** The grid of the patches' places as it was trained. */
  grid?: { data: Float32Array; width: number; height: number };
}

/** @throws InputError where the weights cannot be read */
export const readPlaces = async ({ prefix, places }: VitEncoder): Promise<Places> => {
  const rows = (await Promise.all(prefix.map((tensor) => readFloats(tensor)))).flatMap((data) => [...data]);
  if (!places) return { prefix: Float32Array.from(rows) };
  const { tensor, width, height } = places;
  const data = await readFloats(tensor);
  const own = data.length - width * height * tensor.shape[2]; // what belongs to the prefix stands first
  return { prefix: Float32Array.from(rows, (value, i) => value + (i < own ? data[i] : 0)), grid: { data: data.subarray(own), width, height } };
};

/**
 * Cosines and sines of each token's angles: half of a head's channels, those of y first, then those of x. Places are
 * the centres of the patches in -1..1 both ways; the prefix is not turned. DINOv3, section 3.2; timm's RotaryEmbeddingDinoV3.
 * @returns tokens x channels / 2 each
 */
export const rotations = (
  width: number,
  height: number,
  prefixCount: number,
  { channels, temperature }: { channels: number; temperature: number },
): { cosines: Float32Array; sines: Float32Array } => {
  const half = channels / 2;
  const quarter = channels / 4;
  const turns = Float32Array.from({ length: quarter }, (_, i) => (2 * Math.PI) / temperature ** ((2 * i) / half));
  const cosines = new Float32Array((prefixCount + width * height) * half).fill(1, 0, prefixCount * half);
  const sines = new Float32Array(cosines.length);
  for (let y = 0, at = prefixCount * half; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const place of [(2 * (y + 0.5)) / height - 1, (2 * (x + 0.5)) / width - 1]) {
        for (let i = 0; i < quarter; i++, at++) {
          cosines[at] = Math.cos(place * turns[i]);
          sines[at] = Math.sin(place * turns[i]);
        }
      }
    }
  }
  return { cosines, sines };
};

/** What the graph is given besides the picture, for a grid of width x height patches. */
export const placeInputs = ({ channels, rotary }: VitEncoder, { prefix, grid }: Places, width: number, height: number): Record<string, Tensor> => {
  const prefixCount = prefix.length / channels;
  const inputs: Record<string, Tensor> = {};
  if (prefixCount > 0) inputs.prefix = { data: prefix, dims: [prefixCount, channels] };
  if (grid) {
    const data = resizeBicubic(grid.data, grid.width, grid.height, channels, width, height);
    inputs.positions = { data, dims: [width * height, channels] };
  }
  if (rotary) {
    const dims = [prefixCount + width * height, rotary.channels / 2];
    for (const [name, data] of Object.entries(rotations(width, height, prefixCount, rotary))) inputs[name] = { data, dims };
  }
  return inputs;
};
