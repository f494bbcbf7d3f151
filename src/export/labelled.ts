/** A labelled picture as exchange formats tell of it, and what they make of one or of a whole set. */

import { type AnyLabels, isRuns, type RunMap, toRuns } from '../tensor/runs.ts';
import type { Content, GeoReference, Segment, Watch } from '../types.ts';
import { describeRuns } from './segments.ts';

export interface LabelledPicture {
  /** Its file's name, as other tools are to find it: `photo.jpg`, `train/photo.jpg`. Folders are parted by `/`. */
  name: string;
  labels: AnyLabels;
  /** What segments are, by id; undefined, or nothing there, where nothing named one. */
  names?: readonly (string | undefined)[];
  /** How sure each name is, by id, 0..1; nothing there where nobody said. */
  scores?: readonly (number | undefined)[];
  /** The id that stands for no object at all; none where it is left out. */
  background?: number;
  /** Of each id, 3 bytes; our own where not given. */
  colours?: Uint8Array;
  /** Where the picture lies on the earth, and the size in pixels that this is of. */
  geo?: GeoReference;
  picture?: { width: number; height: number };
  /** The picture's own file, for sets that hold the pictures themselves. */
  file?: () => Promise<Content>;
}

/** A file of a set: its path below the set's folder, parted by `/`. Its content is read before the next file is asked for. */
export interface SetFile {
  path: string;
  content: Content;
}

/** The name of segments that have none. */
export const UNNAMED = 'segment';

/** The segments that formats of objects tell of, ascending by id: neither the background nor what is transparent. */
export interface Objects {
  runs: RunMap;
  segments: (Segment & { name: string })[];
}

/** @throws InputError for labels that are none; the signal's reason once aborted */
export const objectsOf = async ({ labels, names = [], scores = [], background }: LabelledPicture, watch: Watch = {}): Promise<Objects> => {
  const runs = isRuns(labels) ? labels : await toRuns(labels, watch);
  const segments = describeRuns(runs)
    .filter(({ id, transparent }) => id !== background && !transparent)
    .map((segment) => ({ ...segment, name: names[segment.id] ?? UNNAMED, ...(scores[segment.id] !== undefined && { score: scores[segment.id] }) }));
  return { runs, segments };
};

/** Names of segments, numbered from 1: those that are known before, then others in order of first appearance. */
export interface Categories {
  idOf(name: string): number;
  names(): string[];
}

export const createCategories = (known: readonly string[] = []): Categories => {
  const ids = new Map([...new Set(known)].map((name, i) => [name, i + 1]));
  return {
    idOf(name) {
      const id = ids.get(name) ?? ids.size + 1;
      ids.set(name, id);
      return id;
    },
    names: () => [...ids.keys()],
  };
};
