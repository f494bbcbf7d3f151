import type { FeatureMap, LabelMap, RgbImage } from '../src/types.ts';
export declare const goldenJson: <T>(path: string) => T;
export declare const goldenFeatures: (path: string) => FeatureMap;
export declare const goldenLabels: (path: string) => LabelMap;
export declare const goldenImage: (path: string) => Promise<RgbImage>;
/** Grey PNG, the value is the id. */
export declare const goldenLabelImage: (path: string) => Promise<LabelMap>;
/** Share of places with the same id. */
export declare const sameShare: (a: LabelMap, b: LabelMap) => number;
/** The same after the best one-to-one renaming, taken greedily from the largest overlap down. */
export declare const agreement: (a: LabelMap, b: LabelMap) => number;
