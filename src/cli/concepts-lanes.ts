/** Who segments the pictures of `concepts`: an encoder in this process, or several processes with one each. */
import { dirname } from 'node:path';
import { type Lanes, lanesHere } from '../lanes/lanes.ts';
import { countFor, openPool } from '../lanes/pool-node.ts';
import { removeStages } from '../temporary-node.ts';
import { DEFAULT_ENCODER, type Encoder } from '../toolkit.ts';
import { sayDevice } from './batch.ts';
import { type ConceptsOptions, type Segmented, type SegmentTask, segmentTask } from './concepts-segments.ts';
import { encoderOptionsOf, withNoise } from './files.ts';

const ENTRY = new URL('./concepts-entry.js', import.meta.url);

export type SegmentLanes = Lanes<SegmentTask, Segmented>;

/** How many pictures at a time. @throws InputError where several are asked for and there is no build */
export const lanesFor = (pictures: number, options: ConceptsOptions): Promise<number> =>
  countFor(options.encoder ?? DEFAULT_ENCODER, options, pictures, ENTRY);

/** @param open the encoder, where this process has it open already */
export const openLanes = async (count: number, options: ConceptsOptions, open: Encoder | undefined, signal: AbortSignal): Promise<SegmentLanes> => {
  const { encoder = DEFAULT_ENCODER, quiet } = options;
  if (count < 2 && open) return lanesHere(segmentTask, open);
  const opening = { encoder, encoderOptions: await withNoise(encoderOptionsOf({ ...options }), signal) };
  let isTold = quiet === true || open !== undefined;
  const opened = (one: { name: string; device: string }): void => {
    if (!isTold) sayDevice(one);
    isTold = true;
  };
  const left = ({ job }: SegmentTask, pid: number): void => removeStages(dirname(job.folder), pid);
  return count < 2 ? lanesHere(segmentTask, opening, opened) : openPool(count, { entry: ENTRY, opening, opened, left });
};
