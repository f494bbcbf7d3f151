/** Who measures the pictures of a set: an encoder in this process, or several processes with one each. */
import { countFor, openPool } from '../lanes/pool-node.ts';
import { describeEncoder, type Encoder, encoderOptionsOf, untilAborted } from '../toolkit.ts';
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

/** @throws InputError for what keeps the encoder from being opened; the signal's reason once it is aborted */
export const openMeasurers = async (options: EvaluateOptions, stages: Stages, pictures: number): Promise<Measurers> => {
  const { encoder: name = stages.DEFAULT_ENCODER, signal, predictions } = options;
  if (predictions !== undefined) return { count: 1, measure: (item, exercise) => measure(item, exercise, { stages, signal }), close: async () => {} };
  const count = await countFor(name, options, pictures, ENTRY);
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
