/** Reading the golden data, and comparing label maps, for tests of any stage. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { featuresFromNpy, labelsFromNpy } from '../src/tensor/npy.ts';
import type { FeatureMap, LabelMap, RgbImage } from '../src/types.ts';

const at = (path: string): string => fileURLToPath(new URL(`golden/${path}`, import.meta.url));

export const goldenJson = <T>(path: string): T => JSON.parse(readFileSync(at(path), 'utf8')) as T;
export const goldenBytes = (path: string): Uint8Array => new Uint8Array(readFileSync(at(path)));
export const goldenFeatures = (path: string): FeatureMap => featuresFromNpy(readFileSync(at(path)), path);
export const goldenLabels = (path: string): LabelMap => labelsFromNpy(readFileSync(at(path)), path);

export const goldenImage = async (path: string): Promise<RgbImage> => {
  const { data, info } = await sharp(at(path)).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
};

/** Grey PNG, the value is the id. */
export const goldenLabelImage = async (path: string): Promise<LabelMap> => {
  const { data, info } = await sharp(at(path)).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return { data: Int32Array.from(data), width: info.width, height: info.height };
};

/** Share of places with the same id. */
export const sameShare = (a: LabelMap, b: LabelMap): number => a.data.reduce((same, id, i) => same + (id === b.data[i] ? 1 : 0), 0) / a.data.length;

/** The same after the best one-to-one renaming, taken greedily from the largest overlap down. */
export const agreement = (a: LabelMap, b: LabelMap): number => {
  const overlaps = new Map<string, { a: number; b: number; count: number }>();
  a.data.forEach((id, i) => {
    const key = `${id} ${b.data[i]}`;
    const entry = overlaps.get(key) ?? { a: id, b: b.data[i], count: 0 };
    entry.count++;
    overlaps.set(key, entry);
  });
  const usedA = new Set<number>();
  const usedB = new Set<number>();
  let same = 0;
  for (const entry of [...overlaps.values()].sort((x, y) => y.count - x.count)) {
    if (usedA.has(entry.a) || usedB.has(entry.b)) continue;
    usedA.add(entry.a);
    usedB.add(entry.b);
    same += entry.count;
  }
  return same / a.data.length;
};
