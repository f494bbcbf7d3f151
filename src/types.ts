/** 8-bit RGB picture: row by row, 3 bytes a pixel, `data[(y * width + x) * 3 + c]`. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** RGB picture as numbers 0..255 that need not be whole: what resizing leaves. Laid out as `RgbImage`. */
export interface FloatImage {
  data: Float32Array;
  width: number;
  height: number;
}

/** How an encoder's features are cut where nothing is said. */
export interface CutSettings {
  /** What cuts pictures. */
  solver: 'ncut' | 'merge';
  /** Exponent of the affinity. */
  alpha: number;
  /** Where given, `ncut` cuts pictures at this tau instead of at the price. */
  tau?: number;
  /** Price of a segment for `ncut`, and its ease for both solvers (`pruneAt`). */
  price: number;
  ease: number;
  /** The price under the paper's protocol, which matches one segment to a class and so wants fewer than people do. */
  protocolPrice: number;
  /** The same for `merge`; under the protocol segments that are alike join. */
  merge: { price: number; protocolPrice: number; protocolJoin: number };
  /** Whether tokens with an exact zero in the affinity are dropped, as the reference does. */
  parity: boolean;
}

/** Where features come from, as plain JSON: it goes with them, into files too. */
export interface Origin {
  /** The encoder's name. */
  encoder: string;
  device?: string;
  /** Of the encoder's input, pixels. */
  size?: [width: number, height: number];
  /** Those of the encoder's own options that make its features. */
  settings?: Record<string, string | number>;
  /** Of several encoders together, what each gave. */
  parts?: Origin[];
  /** How they are cut where nothing is said; the row's of that name in the table of encoders where it is left out. */
  cut?: CutSettings;
}

/** Dense features: row by row, channels last, `data[(y * width + x) * channels + c]`. A cell is a token. */
export interface FeatureMap {
  data: Float32Array;
  width: number;
  height: number;
  channels: number;
  /** What encoded them, where that is known. */
  origin?: Origin;
}

/** One segment id a cell (or pixel), row by row. Ids are >= 0. */
export interface LabelMap {
  data: Int32Array;
  width: number;
  height: number;
}

/** A set of tokens that the recursive cut looked at. */
export interface CutNode {
  /** Tokens of the set, ascending, as `y * width + x`. */
  tokens: Int32Array;
  /**
   * NCut value of the best bipartition of the set, 0..2; Infinity where there is none (a single
   * token). Known for every node that the cut reached: all but those below a node whose own value
   * is at or above `treeTau`.
   */
  ncut: number;
  /** Index of the parent in `CutTree.nodes`; -1 for the root, which is node 0. */
  parent: number;
  /** Indices of the two sides of the best bipartition, `[b = 1, the rest]`; null for a leaf. */
  children: [number, number] | null;
}

/** Every split down to `treeTau`: any granularity is a walk over it, without an eigenproblem. */
export interface CutTree {
  width: number;
  height: number;
  alpha: number;
  parity: boolean;
  treeTau: number;
  /** Parents before children. */
  nodes: CutNode[];
}

/**
 * What `merge` gives: a binary tree whose leaves are small regions of the picture. Any price is a walk over it. Node 0
 * is the whole picture, parents come before children; leaf `2 count - 2 - r` is region r.
 */
export interface MergeTree {
  /** Region of each pixel, 0..count-1, at the work size: the picture's, brought down to a longest side of 512. */
  regions: LabelMap;
  count: number;
  /** The two parts of node i at `2 i` and `2 i + 1`; -1 for a leaf. */
  children: Int32Array;
  /** Of each node in the picture's area, 0..1. */
  share: Float64Array;
  /** How much of the picture each node explains by itself, 0..share: |sum of unit vectors|, features and colours. */
  worth: Float64Array;
  /** Of the join that made each node; never less than those below it, 0 for a leaf. */
  cost: Float64Array;
}

/** A region of the final label map, in pixels of the picture. */
export interface Segment {
  id: number;
  /** Pixels. */
  area: number;
  /** `[left, top, width, height]`, pixels. */
  boxXYWH: [number, number, number, number];
  /** Mean pixel position, in pixel centres: the first pixel is 0, 0. */
  centroidXY: [number, number];
  /** Mean colour, 0..255 a channel. */
  meanRgb: [number, number, number];
}

/** Noise as numbers: (channels, height, width) of the latents, a leading 1 accepted. */
export interface NoiseArray {
  shape: readonly number[];
  data: Float32Array;
}

/** `cuda:42`, `seed:7`, `zero`, or the numbers themselves. */
export type Noise = string | NoiseArray;

/** Told how far a long piece of work is: `done` of `total`, in units of the stage. */
export type Progress = (stage: string, done: number, total: number) => void;

/** What every stage that can take over a second accepts. */
export interface Watch {
  signal?: AbortSignal | undefined;
  onProgress?: Progress | undefined;
}
