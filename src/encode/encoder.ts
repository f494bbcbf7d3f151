import type { EncoderRow } from '../models/table.ts';
import type { Tap } from '../options/encoders.ts';
import type { FeatureMap, RgbImage, Watch } from '../types.ts';

/** Picture to features. Opened once, used for any number of pictures. */
export interface Encoder {
  name: string;
  /** What the models table says of it: its own alpha and granularity among others. */
  row: EncoderRow;
  /** What computes it: `cpu`, `webgpu`, ... */
  device: string;
  /** What of the network is taken, where there is a choice. */
  tap?: Tap;
  /** Width and height that a picture of this size is resized to, pixels. */
  inputSize(image: { width: number; height: number }): [width: number, height: number];
  /** @throws InputError for a picture that is not width x height x 3 bytes; the signal's reason once aborted */
  encode(image: RgbImage, watch?: Watch): Promise<FeatureMap>;
  /** Gives the memory back. An encoder that is disposed of refuses work. */
  dispose(): Promise<void>;
}
