/** Who measures the pictures of a set: an encoder in this process, or several processes with one each. */
import { isBuilt, openPool, usualCount } from '../lanes/pool-node.ts';
import { describeEncoder, type Encoder, encoderOptionsOf, InputError, untilAborted } from '../toolkit.ts';
import type { Item } from './datasets.ts';
import { type Exercise, type Measured, measure, type Stages } from './measure.ts';
import type { EvaluateOptions } from './settings.ts';

const ENTRY = new URL('./lane-entry.js', import.meta.url);

/** What a process is asked. */
export interface MeasureTask {
  item: Item;
  exercise: Exercise;
}

export interface Measurers {
  /** What the settings tell of the encoder; none where predictions are given. */
  encoder?: Pick<Encoder, 'name' | 'row'>;
  /** How many pictures at a time. */
  count: number;
  /** @throws what keeps a picture from being scored; the signal's reason once it is aborted */
  measure(item: Item, exercise: Exercise): Promise<Measured>;
  close(): Promise<void>;
}

/** As `segment` has it: what was asked for, or what suits encoder and machine; no more than there are pictures. */
const countOf = async ({ jobs, device }: EvaluateOptions, encoder: string, pictures: number): Promise<number> => {
  if (jobs !== undefined && jobs > 1 && !isBuilt(ENTRY))
    throw new InputError('There is no built code beside the sources: run "npm run build", or leave jobs out');
  if (jobs !== undefined || pictures < 2) return Math.min(jobs ?? 1, pictures);
  return isBuilt(ENTRY) ? Math.min(pictures, usualCount(await describeEncoder(encoder), device)) : 1;
};

/** @throws InputError for what keeps the encoder from being opened; the signal's reason once it is aborted */
export const openMeasurers = async (options: EvaluateOptions, stages: Stages, pictures: number): Promise<Measurers> => {
  const { encoder: name = stages.DEFAULT_ENCODER, signal, predictions } = options;
  if (predictions !== undefined) return { count: 1, measure: (item, exercise) => measure(item, exercise, { stages, signal }), close: async () => {} };
  const count = await countOf(options, name, pictures);
  if (count < 2) {
    const encoder = await stages.openEncoder(name, { ...encoderOptionsOf(options), signal });
    return { encoder, count, measure: (item, exercise) => measure(item, exercise, { stages, encoder, signal }), close: () => encoder.dispose() };
  }
  const row = await describeEncoder(name);
  const opening = { encoder: name, encoderOptions: encoderOptionsOf(options) };
  const lanes = openPool<MeasureTask, Measured>(count, { entry: ENTRY, opening, opened: () => {} });
  await untilAborted(lanes.open(), signal).catch(async (error) => {
    await lanes.close();
    throw error;
  });
  return {
    encoder: { name: row.name, row },
    count,
    measure: (item, exercise) => lanes.run({ item, exercise }, { signal }),
    close: lanes.close,
  };
};
