import type * as Diffcut from '../../src/index.ts';

interface Raster<T> {
  width: number;
  height: number;
  data: T;
}

export interface Outcome<T = ArrayLike<number>> {
  agreements: Record<string, number>;
  photo: Raster<T>;
  segmented: Raster<T> & { segments: number };
}

export function agreement(ours: ArrayLike<number>, theirs: ArrayLike<number>): number;
export function goldenPath(diffcut: typeof Diffcut, read: (path: string) => Promise<Uint8Array>): Promise<Outcome>;
