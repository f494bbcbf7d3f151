/** What the open pictures have in common: their regions as vectors, grouped by likeness; and cut-outs of them to be seen. */
import { conceptPrice, findConcepts, joinVectors, type SegmentVectors } from 'diffcut';
import { boxOf } from '../edit/index.ts';
import type { Settings } from '../types.ts';
import { type Cutout, cutoutOf } from './cutout.ts';
import { picture } from './desk.ts';
import type { Pooled } from './pool.ts';
import { knownOf } from './similar.ts';
import type { Context } from './wire.ts';

/** A picture, and what sees it. */
export interface SeenBy {
  id: string;
  settings: Settings;
}

/** A picture's regions as they are. */
export interface SeenPicture {
  picture: string;
  version: number;
  /** Another number where the labels are others; what is said of regions has no say in it. */
  labels: number;
  regions: { id: number; share: number; classId?: number | undefined; hidden?: true | undefined }[];
}

/** By the place of each region in what was asked. */
export interface Grouped {
  row: Int32Array;
  cosine: Float32Array;
}

/** How much finer than it is shown a cut-out is taken from its picture. */
const FINER = 4;

/** Those of some regions; zeros where one is not there any more. */
const vectorsOf = ({ ids, vectors, channels }: Pooled, regions: readonly number[]): SegmentVectors => {
  const data = new Float32Array(regions.length * channels);
  for (const [k, region] of regions.entries()) {
    const from = ids.indexOf(region) * channels;
    if (from >= 0) data.set(vectors.subarray(from, from + channels), k * channels);
  }
  return { data, count: regions.length, channels };
};

const pngOf = ({ data, width, height }: Cutout, side: number): Promise<Blob> => {
  const full = new OffscreenCanvas(width, height);
  full.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  const by = Math.min(1, side / Math.max(width, height));
  const small = new OffscreenCanvas(Math.max(1, Math.round(width * by)), Math.max(1, Math.round(height * by)));
  const on = small.getContext('2d') as OffscreenCanvasRenderingContext2D;
  on.imageSmoothingQuality = 'high';
  on.drawImage(full, 0, 0, small.width, small.height);
  return small.convertToBlob({ type: 'image/png' });
};

export const conceptHandlers = {
  /** A picture's regions, and in this worker their vectors; segmented first where they never were. */
  conceptRegions: async ({ id, settings }: SeenBy, context: Context): Promise<SeenPicture> => {
    const { version, hash, marks, pooled } = await knownOf(id, settings, context);
    const pixels = pooled.areas.reduce((sum, area) => sum + area, 0);
    const regions = Array.from(pooled.ids, (region, k) => {
      const { classId, hidden } = marks.get(region) ?? {};
      return { id: region, share: pooled.areas[k] / pixels, classId, hidden };
    });
    return { picture: id, version, labels: hash, regions };
  },

  /**
   * Groups regions by likeness, the largest group first.
   * @param of some regions of each picture; all seen by one encoder
   * @param dearer than the price that goes with so many regions: times that
   */
  concepts: async (
    { of, dearer }: { of: readonly (SeenBy & { regions: readonly number[] })[]; dearer: number },
    context: Context,
  ): Promise<Grouped> => {
    const all: SegmentVectors[] = [];
    for (const { id, settings, regions } of of) all.push(vectorsOf((await knownOf(id, settings, context)).pooled, regions));
    const segments = joinVectors(all);
    const price = Math.min(1, dearer * conceptPrice(Math.max(1, segments.count)));
    const { of: row, cosine } = await findConcepts(segments, { price, signal: context.signal });
    return { row, cosine };
  },

  /** Regions of a picture as small PNGs; none where one is not there any more. @param side the longer one, device pixels */
  cutouts: async ({ id, regions, side }: { id: string; regions: readonly number[]; side: number }): Promise<(Blob | undefined)[]> => {
    const { image, sheet } = await picture(id);
    return Promise.all(
      regions.map(async (region) => {
        const box = sheet && boxOf(sheet, region);
        return box ? pngOf(cutoutOf(image, sheet, region, box, FINER * side), side) : undefined;
      }),
    );
  },
};
