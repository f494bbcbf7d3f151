/** From pictures with their points and features to what a run tells: the same of a run and of the files of its shards. */
import { setImmediate } from 'node:timers/promises';
import type { ENCODER, Given } from '../../toolkit.ts';
import { drawRounds } from '../bootstrap.ts';
import { DATASETS, ownClasses } from '../datasets.ts';
import type { Settings } from '../ledger.ts';
import { NUMBERS } from '../settings.ts';
import type { PickedPicture } from './lines.ts';
import { drawPairs } from './pairs.ts';
import { gatherSample } from './sample.ts';
import { cosineOf, nearnessOf, type Scores, scoreDraws, scoresOf } from './score.ts';

/** What came out of an encoder. */
export interface EncoderCoherence extends Scores {
  name: string;
  /** What has to be known before its figures are quoted. */
  note: string;
}

interface Lost {
  id: string;
  problem: string;
}

/** What came out. */
export interface Coherence {
  dataset: string;
  /** The shard of the set, where it is not all of it: `i/n`. */
  shard?: string;
  seed: number;
  background: number | null;
  /** Names of the mask's values, where the set has them. */
  names?: readonly string[] | undefined;
  /** Options of the encoders that were given, those that change a figure. */
  given: Given<typeof ENCODER>;
  /** Pictures that counted: read, and encoded by every encoder. */
  pictures: number;
  failed: Lost[];
  /** Points of the set, and of a class in a picture at most. */
  points: number;
  pointsPerClass: number;
  /** Draws of pictures behind the intervals. */
  rounds: number;
  encoders: EncoderCoherence[];
  /** What the pixels' places alone give, by the same pairs. */
  place: Scores;
}

/** What an encoder gives of pictures: features at the first `most` points of each class, by id, and what it failed on. */
export type Look = (
  encoder: string,
  pictures: readonly PickedPicture[],
  most: number,
) => Promise<{ features: Map<string, Float32Array>; failed: Lost[] }>;

/** What the settings of a run say of its figures. */
interface Asked {
  dataset: string;
  encoders: readonly string[];
  notes: readonly string[];
  seed: number;
  rounds: number;
  background: number | null;
  shard?: number;
  shards?: number;
}

/**
 * Encoder after encoder, by the same points and pairs. What one fails on, those after it are not asked about.
 * @param failed the pictures that have no points
 */
export const coherenceOf = async (
  settings: Settings,
  { pictures, failed }: { pictures: readonly PickedPicture[]; failed: readonly Lost[] },
  look: Look,
  signal?: AbortSignal,
): Promise<Coherence> => {
  const asked = settings as unknown as Asked;
  const { dataset, encoders: names, notes, seed, background, shard, shards } = asked;
  const sample = gatherSample(pictures);
  const draws = drawPairs(sample, seed, background ?? undefined);
  const likeness: Float64Array[][] = [];
  const lost = new Map<string, string>();
  for (const name of names) {
    const left = pictures.filter(({ id }) => !lost.has(id));
    const seen = await look(name, left, sample.pointsPerClass);
    const features = pictures.map(({ id }) => seen.features.get(id));
    likeness.push(scoreDraws(draws, cosineOf(sample, features)));
    for (const { id, problem } of seen.failed) lost.set(id, `${name}: ${problem}`);
  }
  const counts = pictures.map(({ id }) => !lost.has(id));
  const rounds = drawRounds(counts, seed, asked.rounds);
  const breathe = async (): Promise<void> => {
    await setImmediate();
    signal?.throwIfAborted();
  };
  const encoders: EncoderCoherence[] = [];
  for (const [i, name] of names.entries()) encoders.push({ name, note: notes[i], ...(await scoresOf(draws, likeness[i], sample, rounds, breathe)) });
  return {
    dataset,
    ...(shard !== undefined && { shard: `${shard}/${shards}` }),
    seed,
    background,
    names: ownClasses(DATASETS[dataset], settings)?.names,
    given: Object.fromEntries(NUMBERS.flatMap((key) => ((settings[key] ?? null) === null ? [] : [[key, settings[key]]]))),
    pictures: counts.filter(Boolean).length,
    failed: [...failed, ...[...lost].map(([id, problem]) => ({ id, problem }))],
    points: sample.pictureOf.length,
    pointsPerClass: sample.pointsPerClass,
    rounds: asked.rounds,
    encoders,
    place: await scoresOf(draws, scoreDraws(draws, nearnessOf(sample)), sample, rounds, breathe),
  };
};
