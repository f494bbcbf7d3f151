/** Pictures and features made by hand, for tests of what is drawn. */
import type { FeatureMap, RgbImage } from '../src/types.ts';
export declare const paint: (width: number, height: number, colour: (x: number, y: number) => readonly number[]) => RgbImage;
export declare const noise: (width: number, height: number, seed?: number) => RgbImage;
/** Tokens that point where `kindOf` the token says, with a little of the other directions in them. */
export declare const featuresOf: (width: number, height: number, kindOf: (x: number, y: number) => number, channels?: number) => FeatureMap;
/** The same picture, or map of `channels` numbers a cell, left and right exchanged. */
export declare const mirrored: <
  T extends {
    data: Uint8Array | Float32Array | Int32Array;
    width: number;
    height: number;
  },
>(
  map: T,
) => T;
/** Rows and columns exchanged. */
export declare const turned: <
  T extends {
    data: Uint8Array | Float32Array | Int32Array;
    width: number;
    height: number;
  },
>(
  map: T,
) => T;
