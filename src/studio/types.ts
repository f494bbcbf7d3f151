/** What the page and its worker tell each other: plain data, posted and kept as it is. */
import type { SegmentOptions } from 'diffcut';

/** How a picture is segmented: only what was chosen; the encoder's own where nothing is. */
export interface Settings extends Pick<SegmentOptions, 'price' | 'tau' | 'alpha' | 'solver' | 'refine' | 'minArea' | 'split' | 'keepAlpha'> {
  /** Side of a square that has as many pixels as the encoder sees. */
  size?: number | undefined;
  /** Name of an encoder; `embedded` where not given. */
  encoder?: string | undefined;
  /** Where it computes: in this page, or in the program that served it. */
  where?: 'page' | 'computer' | undefined;
}

/** A model that can be chosen, by where it computes and its name. */
export interface ModelChoice {
  name: string;
  where: 'page' | 'computer';
  what: string;
  licence: string;
  /** What has to be known before its results are quoted; empty where there is nothing. */
  note: string;
  /** Of its weights, where they lie. */
  bytes: number;
  /** Added to this browser from a folder of the user's: it can be deleted. */
  isAdded?: true;
  /** It names regions, and encodes none. */
  isNamer?: true;
}

/** An encoder: where it computes and its name are what settings say of it. */
export interface EncoderChoice extends ModelChoice {
  /** Its own input: longest side, pixels; and what sides are multiples of. */
  size: number;
  multiple: number;
}

/** Which names regions may get: those of a published list, or one's own, synonyms of one with commas between. */
export type Words = { vocabulary: string } | { classes: readonly string[] };

/** A named class that regions may be of. */
export interface ClassRow {
  id: number;
  name: string;
  /** sRGB, 0..255. */
  colour: [number, number, number];
}

/** A picture of the strip, as it is kept between visits. */
export interface PictureRow {
  id: string;
  name: string;
  /** Its place in the strip. */
  order: number;
  /** The file as it was given. */
  blob: Blob;
  /** Pixels of the file; absent until it was read. */
  width?: number;
  height?: number;
  /** What should be known of it: pages left out, depth stretched. */
  notes?: string[];
  thumb?: Blob;
  settings: Settings;
  /** Looked through by a person. */
  isDone?: boolean;
  /** Removed from the strip: it can still be brought back, until the page is opened the next time. */
  isAside?: boolean;
  /** How many steps of its history are in force; absent where it was never segmented. */
  at?: number;
  /** What segmented it, by how many steps were in force then: undo goes back to earlier ones. */
  drawn?: readonly Drawn[];
  /** Where results go, where the browser gave the folder. */
  folder?: FileSystemDirectoryHandle;
}

/** A part of the picture as it lies on the screen. */
export interface View {
  /** Picture coordinates of the canvas's left upper corner. */
  x: number;
  y: number;
  /** Device pixels a pixel of the picture. */
  scale: number;
  /** Of the canvas, device pixels. */
  width: number;
  height: number;
}

/** How regions are drawn over the picture. */
export interface Look {
  /** Opacity of the colours, 0..1. */
  tint: number;
  outlines: boolean;
  /** A pattern for each region beside its colour. */
  patterns: boolean;
  /** Device pixels a pixel of the page: lines are as wide everywhere. */
  ratio: number;
  selected: readonly number[];
  hover?: number;
  /** Lit up as well: proposals. */
  lit?: readonly number[];
  /** A node of the tree that is shown: it is lit, and the rest lies in the shade. */
  node?: number;
  /** Proposed to be of a class: dotted, within a dashed line. */
  proposed?: readonly number[];
  classes: readonly ClassRow[];
}

/** What the overlay of a view looks like. */
export interface Frame {
  view: View;
  bitmap: ImageBitmap;
}

/** A picture under its regions, small. */
export interface SmallPicture {
  /** How many there are. */
  regions: number;
  bitmap: ImageBitmap;
}

/** A picture by other settings than its own. */
export interface Compared {
  used: Used;
  /** How many there are. */
  regions: number;
  /** How well the picture's own regions are found in these, 0..1: mean best intersection over union, by area. */
  agreement: number;
  /** Of the picture's own regions. */
  version: number;
}

/** A node of the cut tree as it is shown. */
export interface TreeBranch {
  node: number;
  /** Index of the branch above; -1 for the whole picture. */
  parent: number;
  /** Indices of what it falls apart into; empty where that is not shown. */
  parts: readonly number[];
  /** Of the picture, 0..1. */
  share: number;
  /** It is in parts below this price, or above this tau; undefined where it never is. */
  at: number | undefined;
  /** NCut value of its split, or cost of the join that made it. */
  value: number | undefined;
  /** Several regions; one; a part of one; or nothing, since no edge bears it. */
  state: 'split' | 'region' | 'within' | 'lost';
  /** Ids of the regions that lie in it. */
  regions: readonly number[];
}

/** The cut tree around the granularity that is in force. */
export interface TreeView {
  picture: string;
  version: number;
  /** What `at` and `now` are. */
  way: 'price' | 'tau';
  /** The granularity that is in force. */
  now: number;
  measure: 'ncut' | 'cost';
  /** The whole picture first; parents before their parts. */
  branches: readonly TreeBranch[];
}

/** A region, for the list and for the pointer. */
export interface RegionRow {
  id: number;
  /** Pixels of the picture that is worked on. */
  area: number;
  /** `[left, top, width, height]`. */
  box: [number, number, number, number];
  /** A pixel inside, well away from the border: for the name. */
  label: [number, number];
  colour: [number, number, number];
  classId?: number;
  name?: string;
  hidden?: true;
  locked?: true;
  /** Of the cut tree, while its pixels are those of the node. */
  node?: number;
}

/** A region that is proposed: how like it is to what was looked for (a cosine), or what a model takes it for and how sure it is (0..1). */
export interface ScoredRow {
  id: number;
  score: number;
  name?: string;
}

/** What is proposed of a picture's regions. */
export interface Scored {
  picture: string;
  /** Of the regions that were looked at. */
  version: number;
  /** The surest first. */
  rows: ScoredRow[];
}

/** A label map small enough for the page's own thread: what lies under the pointer. */
export interface SmallLabels {
  data: Int32Array;
  width: number;
  height: number;
}

/** The regions of a picture, after whatever changed them. */
export interface Regions {
  picture: string;
  /** Of the file: its size in pixels, and what should be known of it. */
  file: { width: number; height: number; notes: string[] };
  /** Counts up with each change. */
  version: number;
  /** Of the picture that is worked on. */
  width: number;
  height: number;
  rows: RegionRow[];
  small: SmallLabels;
  canUndo: boolean;
  canRedo: boolean;
  /** Texts' key of the step that undo would take back. */
  undoes?: string;
  redoes?: string;
  /** What segmented them, and what that came to, defaults filled in. */
  settings?: Settings;
  used?: Used;
}

/** What segmented a picture: after so many steps of its history. */
export interface Drawn {
  at: number;
  settings: Settings;
  used: Used;
  /** What a JSON tells of it: what was used, how many segments the drawing gave up, milliseconds a stage. */
  told: { options: Record<string, unknown>; lost: number; timings: Record<string, number> };
  /** Locked regions kept their pixels, so the regions are not the drawing's alone. */
  isMixed?: true;
}

/** What segmented a picture, defaults filled in. */
export interface Used {
  encoder: string;
  device: string | null;
  solver: string;
  alpha: number | null;
  price: number | null;
  tau: number | null;
  size: [number, number] | null;
  /** It took, what was kept from before not counted in. */
  milliseconds: number;
  /** From the picture to its regions, as if nothing had been kept. */
  whole: number;
  /** What the encoder is cut by where nothing is chosen. */
  own: { solver: string; price: number; mergePrice: number; tau: number | null };
}

/** Where the page computes, and why not better. */
export interface Engine {
  device: 'webgpu' | 'wasm';
  threads: number;
  isolated: boolean;
  version: string;
}
