/**
 * What a coherence run remembers: of each picture its points, then of each encoder its features there. All points that a
 * picture may have are kept, not those that a set of some size needs, so that pictures of several shards make one set.
 */
import { InputError } from '../../toolkit.ts';
import type { Form, Line } from '../ledger.ts';
import type { Picked } from './sample.ts';

/** A picture and its points. */
export interface PickedPicture extends Line {
  width: number;
  height: number;
  picked: Picked;
}

/** Features at these points, points x channels, in the order of `picked`. */
export interface PointFeatures extends Line {
  encoder: string;
  features: Float32Array;
}

export type CoherenceLine = PickedPicture | PointFeatures;

export const isFeatures = (line: CoherenceLine): line is PointFeatures => 'features' in line;

const toBase64 = ({ buffer, byteOffset, byteLength }: Float32Array): string => Buffer.from(buffer, byteOffset, byteLength).toString('base64');

const fromBase64 = (text: unknown): Float32Array => {
  if (typeof text !== 'string') throw new Error('no features');
  const features = new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer); // throws for a part of a number
  if (!features.every(Number.isFinite)) throw new Error('no numbers');
  return features;
};

const pickedOf = (pairs: unknown, pixels: number): Picked => {
  const isPixel = (pixel: unknown): boolean => Number.isInteger(pixel) && (pixel as number) >= 0 && (pixel as number) < pixels;
  if (!Array.isArray(pairs)) throw new Error('no points');
  const picked = new Map(pairs as [number, number[]][]);
  for (const [value, points] of picked) if (!Number.isInteger(value) || !points.every(isPixel)) throw new Error('no points');
  return picked;
};

export const coherenceForm: Form<CoherenceLine> = {
  write: (line) => {
    if (isFeatures(line)) return { ...line, features: toBase64(line.features) };
    return { ...line, picked: [...line.picked] };
  },
  read: ({ id, at, encoder, width, height, picked, features }) => {
    if (encoder !== undefined) return { id, at, encoder, features: fromBase64(features) };
    const [w, h] = [width, height] as number[];
    if (![w, h].every((side) => Number.isInteger(side) && side > 0)) throw new Error('no size');
    return { id, at, width: w, height: h, picked: pickedOf(picked, w * h) };
  },
};

/** The features of the first `most` points of each class. @throws InputError where they are not of these points */
export const ofFirst = ({ id, features }: PointFeatures, { picked }: PickedPicture, most: number): Float32Array => {
  const groups = [...picked.values()].map(({ length }) => length);
  const points = groups.reduce((sum, count) => sum + count, 0);
  const channels = features.length / Math.max(1, points);
  if (!Number.isInteger(channels) || channels > 0 !== points > 0)
    throw new InputError(`The features that are kept of ${id} are not those of its points: delete the file that they stand in`);
  if (groups.every((count) => count <= most)) return features;
  const kept = groups.map((count) => Math.min(count, most));
  const out = new Float32Array(kept.reduce((sum, count) => sum + count, 0) * channels);
  let [from, to] = [0, 0];
  groups.forEach((count, group) => {
    out.set(features.subarray(from * channels, (from + kept[group]) * channels), to * channels);
    from += count;
    to += kept[group];
  });
  return out;
};
