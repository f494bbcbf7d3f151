/** The tiny pipelines of test/golden/pipelines, for tests; the golden of a kind by its name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NpyArray, readNpy } from '../src/tensor/npy.ts';
import type { RgbImage } from '../src/types.ts';

export { centred, relativeError } from './compare.ts';

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
