/** 8-bit RGB picture: row by row, 3 bytes a pixel, `data[(y * width + x) * 3 + c]`. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
  /** How opaque each pixel is, a byte a pixel; left out where all are opaque. The colours in `data` lie on white already. */
  alpha?: Uint8Array;
  /** What file it came from and how that was read; left out for pixels that were given. */
  source?: PictureSource;
}

/** A picture file and how it was read. Plain JSON. */
export interface PictureSource {
  /** `JPEG`, `TIFF`, ... */
  format: string;
  /** Which page or frame this is, from 1, and of how many; left out where the file has one. */
  page?: number;
  pages?: number;
  /** Which of the file's bands are red, green and blue, or the one that is grey, from 1; left out where these are all, apart from alpha. */
  bands?: number[];
  /** The values that were made 0 and 255; left out where the type's own range was. */
  stretch?: [low: number, high: number];
  /** What a user should know of it, a sentence each: bands and pages left out, damage passed over, hardly any contrast. */
  notes?: string[];
  geo?: GeoReference;
}

/** Where on the earth a picture lies, as its GeoTIFF says. */
export interface GeoReference {
  /** `EPSG:32633`, where the file names a code. */
  crs?: string;
  /** Pixel (column, row), from the outer corner of the first pixel, to map: x = t[0] + column t[1] + row t[2], y = t[3] + column t[4] + row t[5], as GDAL has it. */
  transform?: [x0: number, xColumn: number, xRow: number, y0: number, yColumn: number, yRow: number];
  /** The tags themselves, by number: 33550 ModelPixelScale, 33922 ModelTiepoint, 34264 ModelTransformation, 34735 to 34737 the keys. */
  tags: Record<string, number[] | string>;
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
  /** Price of a segment for `ncut`, and its ease for both solvers (`cut`). */
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
  /** Size of the picture, pixels. */
  picture?: [width: number, height: number];
  /** Of the encoder's input, pixels. */
  size?: [width: number, height: number];
  /** Those of the encoder's own options that make its features. */
  settings?: Record<string, string | number>;
  /** Of several encoders together, what each gave. */
  parts?: Origin[];
  /** Of a picture that was encoded in tiles: their size and its own, pixels. */
  tile?: { size: [width: number, height: number]; of: [width: number, height: number] };
  /** How they are cut where nothing is said; the row's of that name in the table of encoders where it is left out. */
  cut?: CutSettings;
}

/** Dense features: row by row, channels last, `data[(y * width + x) * channels + c]`. A cell is a token. */
export interface FeatureMap {
  data: Float32Array;
  width: number;
  height: number;
  channels: number;
  /** The tokens have unit length already: no stage need normalise them again. */
  isUnit?: true;
  /** What encoded them, where that is known. */
  origin?: Origin;
}

/** What an encoder gave for one picture, by tap; `FEATURES` is the one that every encoder has. */
export type Features = Record<string, FeatureMap>;

/** One segment id a cell (or pixel), row by row. Ids are >= 0. */
export interface LabelMap {
  data: Int32Array;
  width: number;
  height: number;
  /** The id of the picture's transparent pixels, where they are a segment of their own (`keepAlpha`). */
  transparent?: number;
}

/** How fine segments are: a threshold of the NCut value, or what one more segment must explain (`cut`). */
export type Granularity = { tau: number } | { price: number; ease?: number | undefined; join?: number | undefined };

/** Segments by themselves, in the place of a granularity: nodes of a `CutTree` that have all of its elements between them, each once. */
export interface ChosenNodes {
  nodes: ArrayLike<number>;
}

/**
 * What a solver found: splits within splits, so that any granularity is a walk over it (`cut`). Plain arrays, a number a
 * node: node 0 is the whole picture, parents come before children.
 */
export interface CutTree {
  /** Name of the solver. */
  solver: string;
  /**
   * Element of each cell. With `ncut` a cell is a token, which is an element by itself; with `merge` the cells are the pixels
   * of the work size (the picture's, brought down to a longest side of 512, or of more with tiles) and an element is a small region.
   */
  cells: LabelMap;
  /** The elements in such an order that those of a node stand together: from `order[from[i]]` to `order[to[i] - 1]`. */
  order: Int32Array;
  from: Int32Array;
  to: Int32Array;
  /** -1 for the root. */
  parent: Int32Array;
  /** The two parts of node i at `2 i` and `2 i + 1`, with `ncut` [b = 1, the rest]; -1 for a leaf. */
  children: Int32Array;
  /** Of the picture's area, 0..1. */
  share: Float64Array;
  /** How much of the picture a node explains as one segment, 0..share: |sum of unit vectors|; with `merge` colours are in it. */
  worth: Float64Array;
  /** Only of `ncut`. */
  cut: {
    alpha: number;
    parity: boolean;
    /** Splits were looked for below this NCut value. */
    treeTau: number;
    /**
     * NCut value of each node's best bipartition, 0..2; Infinity where there is none (a single token). Known for every node
     * that the cut reached: all but those below a node whose own value is at or above `treeTau`.
     */
    ncut: Float64Array;
  } | null;
  /** Only of `merge`: cost of the join that made each node; never less than those below it, 0 for a leaf. */
  cost: Float64Array | null;
  /** Only of `maskcut` and `tokencut`: the elements that are objects, in the order in which they were found; all else is ground. */
  objects?: number[];
  /**
   * Only of `diffseg`: how much of each element's attention every cell gets, in units of an even share; an element's plane after
   * the other, `scores[(element * height + y) * width + x]`. By these segments are drawn, instead of by features.
   */
  scores?: Float32Array;
  /** How many tiles' areas the picture has, where it was encoded in tiles: a price is then a share of one. */
  tiles?: number;
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
  /** What it is, where something named it. */
  name?: string;
  /** How sure a model is of the name that it gave: the name's share among all that it could give, 0..1. */
  score?: number;
  /** These are the picture's transparent pixels (`keepAlpha`), of which there is one segment at most. */
  transparent?: true;
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

/** A file's content, at once or piece by piece. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** How a file is written. */
export interface WriteOptions {
  /** A file that is there already. */
  replace?: boolean | undefined;
  /** Done only when it would outlast a loss of power. */
  durable?: boolean | undefined;
  /** Stops the wait for somebody to read a pipe. */
  signal?: AbortSignal | undefined;
}
