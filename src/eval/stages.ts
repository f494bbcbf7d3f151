import type { CutTree, FeatureMap, FloatImage, LabelMap, RgbImage, Watch } from '../types.ts';

/** What the evaluation asks of an encoder. */
export interface EvalEncoder {
  name: string;
  alpha: number;
  tau?: number;
  price?: number;
  encode(image: RgbImage, watch?: Watch): Promise<FeatureMap>;
  dispose(): Promise<void>;
}

/** The library's functions that the evaluation runs, as index.ts exports them; a test may give its own. */
export interface Stages {
  /** Encoder where the caller names none. */
  defaultEncoder: string;
  decodeImage(path: string, options: { maxPixels: number }): Promise<RgbImage>;
  decodeLabelPng(bytes: Uint8Array, name: string): LabelMap | Promise<LabelMap>;
  openEncoder(name: string, options: { size?: number | [number, number]; threads?: number }): Promise<EvalEncoder>;
  partition(features: FeatureMap, options: { alpha: number; tau?: number; signal?: AbortSignal }): Promise<{ labels: LabelMap; tree: CutTree }>;
  pruneAt(tree: CutTree, features: FeatureMap, price: number): LabelMap | Promise<LabelMap>;
  assign(labels: LabelMap, features: FeatureMap, size: { width: number; height: number }): Promise<LabelMap>;
  refine(
    labels: LabelMap,
    image: FloatImage,
    options: { method: 'pamr'; iterations: number; dilations: readonly number[]; median: 'numeric'; signal?: AbortSignal },
  ): Promise<LabelMap>;
  segment(
    image: RgbImage,
    options: { encoder: EvalEncoder; alpha?: number; tau?: number; price?: number; refine?: 'pamr' | 'none'; signal?: AbortSignal },
  ): Promise<{ labels: LabelMap }>;
  writeNpy(data: Int32Array, shape: readonly number[]): Uint8Array;
}
