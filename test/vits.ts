/** The tiny vision transformers of test/golden/vits, for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NpyArray, readNpy } from '../src/tensor/npy.ts';
import type { RgbImage } from '../src/types.ts';

export { centred, relativeError } from './compare.ts';

export const VITS = fileURLToPath(new URL('golden/vits', import.meta.url));

/** A model and a size; paths of arrays, of which `layer2` and the projections are there at one size. */
export interface VitCase {
  kind: string;
  /** Of the picture, pixels. */
  width: number;
  height: number;
  patch: number;
  /** Rows and columns. */
  grid: [number, number];
  channels: number;
  picture: string;
  features: string;
  layer2?: string;
  keys?: string;
  queries?: string;
  values?: string;
  keys2?: string;
}

const json = (name: string) => JSON.parse(readFileSync(join(VITS, name), 'utf8'));

export const CASES: VitCase[] = json('cases.json');
export const vitFolder = (kind: string): string => join(VITS, kind);
export const vitGolden = (path: string): NpyArray & { data: Float32Array } =>
  readNpy(readFileSync(join(VITS, path)), path) as NpyArray & { data: Float32Array };
export const vitJson = json;

export const vitPicture = ({ picture, width, height }: VitCase): RgbImage => ({ data: Uint8Array.from(vitGolden(picture).data), width, height });
