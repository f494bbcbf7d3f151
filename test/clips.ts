/** The tiny CLIPs of test/golden/clips, for tests. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type NpyArray, readNpy } from '../src/tensor/npy.ts';
import type { LabelMap, RgbImage } from '../src/types.ts';
import { PIPELINES } from './pipelines.ts';

const CLIPS = fileURLToPath(new URL('golden/clips', import.meta.url));

/** What scripts/save-clip.py saved of the plain one. */
export const CHECKED_CLIP = join(CLIPS, 'check-plain-vit');

export const CLIP_KINDS = ['convnext', 'open-vit', 'plain-vit'] as const;
export type ClipKind = (typeof CLIP_KINDS)[number];

const json = (path: string) => JSON.parse(readFileSync(join(CLIPS, path), 'utf8'));

/** Side of what goes into the network, pixels; texts; each class's synonyms. */
export const CLIP_CASES = json('cases.json') as { input: number; texts: string[]; classes: string[][] };

export const clipGolden = (path: string): NpyArray & { data: Float32Array } =>
  readNpy(readFileSync(join(CLIPS, `${path}.npy`)), path) as NpyArray & { data: Float32Array };

/** By how the last block is read; a picture each: class and share of each segment. */
export const clipNames = (kind: ClipKind): Partial<Record<'values' | 'residual', { classes: number[]; scores: number[] }[]>> =>
  json(`${kind}/names.json`);

/** The ten pictures and the maps of their segments. */
export const clipPictures = (): { picture: RgbImage; labels: LabelMap }[] => {
  const [pictures, maps] = [clipGolden('pictures'), clipGolden('labels')];
  const [count, height, width] = maps.shape;
  const area = width * height;
  return Array.from({ length: count }, (_, i) => ({
    picture: { data: Uint8Array.from(pictures.data.subarray(3 * area * i, 3 * area * (i + 1))), width, height },
    labels: { data: Int32Array.from(maps.data.subarray(area * i, area * (i + 1))), width, height },
  }));
};

/** The files of a model, unzipped into a folder of that name: as they are published, with the tokenizer of the pipelines. */
export const unpackClip = (kind: ClipKind, into: string): string => {
  const folder = join(into, kind);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(CLIPS, kind))) {
    if (name.endsWith('.gz')) writeFileSync(join(folder, name.slice(0, -3)), gunzipSync(readFileSync(join(CLIPS, kind, name))));
    else if (/config\.json$/.test(name)) copyFileSync(join(CLIPS, kind, name), join(folder, name));
  }
  for (const name of ['vocab.json', 'merges.txt']) copyFileSync(join(PIPELINES, 'sd1/tokenizer', name), join(folder, name));
  return folder;
};
