/** The tiny pipelines of test/golden/pipelines, for tests; the golden of a kind by its name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NpyArray, readNpy } from '../src/tensor/npy.ts';
import type { RgbImage } from '../src/types.ts';

export const PIPELINES = fileURLToPath(new URL('golden/pipelines', import.meta.url));
export const KINDS = ['ssd', 'sdxl', 'sd1', 'sd2'] as const;
/** Width x height. */
export const SIZES = ['128x128', '192x128'] as const;

export const folderOf = (kind: string): string => join(PIPELINES, kind);

export const golden = (kind: string, name: string): NpyArray & { data: Float32Array } =>
  readNpy(readFileSync(join(PIPELINES, kind, 'golden', `${name}.npy`)), name) as NpyArray & { data: Float32Array };

export const pictureOf = (kind: string, size: string): RgbImage => {
  const { shape, data } = golden(kind, `picture-${size}`);
  return { data: Uint8Array.from(data), height: shape[0], width: shape[1] };
};

/** |a - b| / |b|. */
export const relativeError = (a: Float32Array, b: Float32Array): number => {
  if (a.length !== b.length) throw new Error(`${a.length} values beside ${b.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    size += b[i] ** 2;
  }
  return Math.sqrt(difference / size);
};

/** Tokens with the mean over all of them taken off: what random networks share hides their errors. */
export const centred = (data: Float32Array, channels: number): Float32Array => {
  const count = data.length / channels;
  const mean = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) mean[i % channels] += data[i] / count;
  return data.map((value, i) => value - mean[i % channels]);
};
