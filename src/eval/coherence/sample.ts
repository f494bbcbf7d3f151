/**
 * The points that a set's coherence is measured at. They come from the masks and a seed alone: every encoder, whatever
 * its grid, is asked about the same pixels.
 *
 *   mask ─ pixels by class ─ up to 16 of each, at random ─ all pictures' points, numbered through
 */
import { InputError, type LabelMap } from '../../toolkit.ts';
import { type Draw, drawer } from '../random.ts';

/** Points of a class in a picture, at most. */
export const POINTS = 16;
/** Points of a set, about, at most: their features are in memory at once (0.3 GB at 1280 channels). */
const ALL_POINTS = 65_536;

/** Values that a mask may hold. */
export interface MaskValues {
  /** Classes are 0 to `classes` - 1. */
  classes: number;
  /** Pixels without a class; goes before the classes. */
  ignore: number;
}

/** Pixels of each class of a picture, `y * width + x`, in random order, classes ascending. */
export type Picked = ReadonlyMap<number, readonly number[]>;

/** Takes up to `POINTS` of a list at random, each at most once, and leaves them at its front (Fisher and Yates). */
const pick = (pixels: number[], draw: Draw): number[] => {
  const count = Math.min(POINTS, pixels.length);
  for (let i = 0; i < count; i++) {
    const j = i + draw(pixels.length - i);
    [pixels[i], pixels[j]] = [pixels[j], pixels[i]];
  }
  return pixels.slice(0, count);
};

/**
 * The points of a picture. A smaller number of them is a prefix of a larger one.
 * @param id of the picture: with the seed it decides the draw, so that leaving out another picture changes nothing here
 * @throws InputError for a value that is neither a class nor the ignored one
 */
export const pickPoints = ({ data }: LabelMap, { classes, ignore }: MaskValues, id: string, seed: number): Picked => {
  const byClass = new Map<number, number[]>();
  data.forEach((value, pixel) => {
    if (value === ignore) return;
    const pixels = byClass.get(value);
    if (pixels) pixels.push(pixel);
    else if (value < classes) byClass.set(value, [pixel]);
    else throw new InputError(`Expected mask values 0 to ${classes - 1} or ${ignore} (ignored) but found ${value}: check the number of classes`);
  });
  return new Map([...byClass].sort(([a], [b]) => a - b).map(([value, pixels]) => [value, pick(pixels, drawer(`${seed} points ${value} ${id}`))]));
};

/** A picture and its points, `[x, y]` in whole pixels. */
export interface SampledPicture {
  width: number;
  height: number;
  points: (readonly [x: number, y: number])[];
  /** Number of its first point in the whole sample. */
  first: number;
}

/** All points of a class in a picture: numbers `first` to `first + count - 1` of the sample. */
export interface Group {
  picture: number;
  value: number;
  first: number;
  count: number;
}

export interface Sample {
  pictures: SampledPicture[];
  groups: Group[];
  /** Picture of each point. */
  pictureOf: Int32Array;
  /** Points of a class in a picture, at most. */
  pointsPerClass: number;
}

/** The first `most` points of each class, `[x, y]`. */
export const pointsOf = (picked: Picked, width: number, most = POINTS): [number, number][] =>
  [...picked.values()].flatMap((pixels) => pixels.slice(0, most).map((pixel): [number, number] => [pixel % width, Math.floor(pixel / width)]));

/**
 * Numbers the points of a set through. A large set gets fewer a class and picture, so that memory stays bounded: more
 * pictures tell more than more points of one picture.
 */
export const gatherSample = (pictures: readonly { width: number; height: number; picked: Picked }[]): Sample => {
  const groupCount = pictures.reduce((sum, { picked }) => sum + picked.size, 0);
  const pointsPerClass = Math.max(2, Math.min(POINTS, Math.floor(ALL_POINTS / Math.max(1, groupCount))));
  const sample: Sample = { pictures: [], groups: [], pictureOf: new Int32Array(0), pointsPerClass };
  const owners: number[] = [];
  pictures.forEach(({ width, height, picked }, picture) => {
    const first = owners.length;
    for (const [value, { length }] of picked) {
      const count = Math.min(length, pointsPerClass);
      sample.groups.push({ picture, value, first: owners.length, count });
      for (let i = 0; i < count; i++) owners.push(picture);
    }
    sample.pictures.push({ width, height, points: pointsOf(picked, width, pointsPerClass), first });
  });
  return { ...sample, pictureOf: Int32Array.from(owners) };
};
