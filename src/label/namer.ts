import type { NAMING } from '../options/names.ts';
import type { Resolved } from '../options/spec.ts';
import type { AnyLabels } from '../tensor/runs.ts';
import type { RgbImage, Segment, Watch } from '../types.ts';
import type { Label } from './classify.ts';

/** What a namer is told besides which names there are. */
export type NamerSettings = Pick<Resolved<typeof NAMING>, 'dense' | 'minScore' | 'device' | 'threads' | 'worker'>;

/** A picture and its segments to what they are. Opened once, used for any number of pictures. */
export interface Namer {
  /** Its name in the table of models, or of a folder its last part. */
  model: string;
  /** What computes it: `cpu`, `webgpu`, ... */
  device: string;
  /**
   * @param image the picture; labels may be of another size
   * @param segments of the labels, in any order
   * @returns in that order; undefined for a segment whose best name is below `minScore`
   * @throws the signal's reason once aborted
   */
  name(image: RgbImage, labels: AnyLabels, segments: readonly Segment[], watch?: Watch): Promise<(Label | undefined)[]>;
  /** Gives the memory back. */
  dispose(): Promise<void>;
}
