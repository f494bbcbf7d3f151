import { encoderRow } from '../models/table.ts';
import { ENCODER, type Given, resolveOptions } from '../options.ts';
import { openEmbedded } from './embedded.ts';
import type { Encoder } from './encoder.ts';

/**
 * @param name of a row of the models table
 * @param options size (of the input: a side, or [width, height]) and threads: see options.ts
 * @throws InputError for an unknown name or an option out of range
 */
export const openEncoder = async (name: string, options?: Given<typeof ENCODER>): Promise<Encoder> => {
  const { size, threads } = resolveOptions('openEncoder', ENCODER, options);
  return openEmbedded(encoderRow(name), size, threads);
};
