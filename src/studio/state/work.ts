/** What the page knows, as signals: whoever reads one is drawn anew when it changes. Changes are made by the actions beside. */
import { computed, signal } from '@preact/signals';
import type { ClassRow, Engine, Frame, PictureRow, Regions, ScoredRow, Settings, View } from '../types.ts';

/** A picture of the strip. */
export interface Item {
  id: string;
  name: string;
  status: 'waiting' | 'working' | 'ready' | 'failed';
  /** Why it failed, in one sentence. */
  problem?: string;
  /** Address of its thumbnail. */
  thumb?: string;
  width?: number;
  height?: number;
  notes?: readonly string[];
  isDone: boolean;
  settings: Settings;
  order: number;
  /** Where it came from, where the browser gave the folder. */
  folder?: FileSystemDirectoryHandle;
}

export const MODES = ['regions', 'coherence', 'compare', 'concepts'] as const;
export type Mode = (typeof MODES)[number];
export const TOOLS = ['select', 'pan', 'line', 'brush', 'eraser', 'lasso'] as const;
export type Tool = (typeof TOOLS)[number];

export const items = signal<readonly Item[]>([]);
export const activeId = signal<string | undefined>(undefined);
export const active = computed(() => items.value.find(({ id }) => id === activeId.value));

/** The picture on the stage, from full size downwards. */
export interface Shown {
  id: string;
  width: number;
  height: number;
  levels: ImageBitmap[];
}
export const shown = signal<Shown | undefined>(undefined);
export const regions = signal<Regions | undefined>(undefined);
export const overlay = signal<Frame | undefined>(undefined);

export const selection = signal<ReadonlySet<number>>(new Set());
export const hover = signal<number | undefined>(undefined);
/** Regions that are lit up beside the selected ones: proposals. */
export const lit = signal<readonly number[]>([]);
/** The node of the cut tree that is lit. */
export const litNode = signal<number | undefined>(undefined);

/** Regions that are proposed to be of a class, of the picture on the stage. */
export const proposed = signal<ReadonlyMap<number, ScoredRow>>(new Map());
/** The region whose name or colour is being changed in the list. */
export const editing = signal<{ id: number; what: 'name' | 'colour' } | undefined>(undefined);
/** What the panel shows. */
export const tab = signal('regions');

/** Picture coordinates of the stage's left upper corner, and device pixels a pixel of the picture. */
export const view = signal<Pick<View, 'x' | 'y' | 'scale'>>({ x: 0, y: 0, scale: 1 });
/** Of the stage's canvas, device pixels. */
export const stage = signal({ width: 0, height: 0, ratio: 1 });

export const mode = signal<Mode>('regions');
export const tool = signal<Tool>('select');
/** Radius of brush and eraser, pixels of the picture. */
export const radius = signal(24);
export const snap = signal(true);

export const tint = signal(0.45);
export const outlines = signal(true);
export const patterns = signal(false);
export const names = signal(true);

export const classes = signal<readonly ClassRow[]>([]);
/** Those that were deleted: their ids are never given again, but to a class of the same name. */
export const goneClasses = signal<readonly ClassRow[]>([]);
/** What new pictures are segmented with. */
export const settings = signal<Settings>({});

export const engine = signal<Engine | undefined>(undefined);
/** What is being computed for the picture on the stage. */
export const progress = signal<{ stage: string; done: number; total: number } | undefined>(undefined);

/** One sentence for the user, and what can be done about it. */
export interface Notice {
  text: string;
  kind: 'said' | 'problem';
  action?: { text: string; run(): void };
  /** The view that it is of: it goes when that is left. */
  of?: Mode;
  /** Of what was just tried: it goes by itself, and with the regions that it was tried on. */
  isPassing?: true;
}
export const notice = signal<Notice | undefined>(undefined);

export const DIALOGS = ['keys', 'export', 'open', 'classes', 'encoders', 'project', 'labels', 'naming'] as const;
export const dialog = signal<(typeof DIALOGS)[number] | undefined>(undefined);

export const itemOf = ({ id, name, width, height, notes, thumb, isDone, settings: own, order, at, folder }: PictureRow): Item => ({
  id,
  name,
  order,
  status: at === undefined ? 'waiting' : 'ready',
  isDone: isDone === true,
  settings: own,
  ...(width !== undefined && { width, height }),
  ...(notes && { notes }),
  ...(folder && { folder }),
  ...(thumb && { thumb: URL.createObjectURL(thumb) }),
});
