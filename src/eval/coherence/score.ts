/** From pairs and their scores to the figures of one encoder. */
import { type Figure, figureOf } from '../bootstrap.ts';
import { areasByRound, meanSeries, type ScoredPairs, type Series } from './bootstrap.ts';
import { type ClassDraws, SCOPES, type Scope } from './pairs.ts';
import type { Sample } from './sample.ts';

/** How well pairs of one class are told from pairs of two; all null where there is nothing to compare. */
export interface Measure {
  /** Pairs that counted, of either kind. */
  pairs: number;
  /** Pictures that their anchors lie in. */
  pictures: number;
  auc: Figure;
  ap: Figure;
}

/** A class and its mask value. */
export interface ClassCoherence extends Record<Scope, Measure> {
  class: number;
}

/** `within` and `across`: means over the classes. */
export interface Scores extends Record<Scope, Measure> {
  classes: ClassCoherence[];
}

/** How alike two points are; a number of the sample each. Finite. */
export type Likeness = (a: number, b: number) => number;

/** Cosines, from unit features a picture, points x channels; 0 for a picture that has none. */
export const cosineOf =
  ({ pictureOf, pictures }: Sample, features: readonly (Float32Array | undefined)[]): Likeness =>
  (a, b) => {
    const [pictureA, pictureB] = [pictureOf[a], pictureOf[b]];
    const [featuresA, featuresB] = [features[pictureA], features[pictureB]];
    if (!featuresA || !featuresB) return 0;
    const channels = featuresA.length / pictures[pictureA].points.length;
    const fromA = (a - pictures[pictureA].first) * channels;
    const fromB = (b - pictures[pictureB].first) * channels;
    let dot = 0;
    for (let c = 0; c < channels; c++) dot += featuresA[fromA + c] * featuresB[fromB + c];
    return dot;
  };

/** The nearer, the more alike, in shares of the pictures' sides: what can be told without looking at the picture. */
export const nearnessOf = ({ pictureOf, pictures }: Sample): Likeness => {
  const place = (point: number): [number, number] => {
    const { width, height, points, first } = pictures[pictureOf[point]];
    const [x, y] = points[point - first];
    return [(x + 0.5) / width, (y + 0.5) / height];
  };
  return (a, b) => {
    const [ax, ay] = place(a);
    const [bx, by] = place(b);
    return -Math.hypot(ax - bx, ay - by);
  };
};

/** Likeness of the pairs of all classes: first those with the anchor's class, then those with another. */
export const scoreDraws = (draws: readonly ClassDraws[], likeness: Likeness): Float64Array[] =>
  draws.map(({ anchor, same, other }) => {
    const count = anchor.length;
    return Float64Array.from({ length: 2 * count }, (_, i) =>
      i < count ? likeness(anchor[i], same[i]) : likeness(anchor[i - count], other[i - count]),
    );
  });

const pairsOf = ({ anchor, same, other }: ClassDraws, scores: Float64Array, { pictureOf }: Sample): ScoredPairs => {
  const count = anchor.length;
  return {
    scores,
    positive: new Uint8Array(2 * count).fill(1, 0, count),
    first: Int32Array.from({ length: 2 * count }, (_, i) => pictureOf[anchor[i % count]]),
    second: Int32Array.from({ length: 2 * count }, (_, i) => pictureOf[i < count ? same[i] : other[i - count]]),
  };
};

interface Rated {
  scope: Scope;
  value: number;
  pairs: number;
  /** Pictures of the anchors. */
  among: Set<number>;
  series: Series;
}

const rate = (draws: ClassDraws, scores: Float64Array, sample: Sample, rounds: readonly Uint16Array[]): Rated => {
  const { scope, value } = draws;
  const scored = pairsOf(draws, scores, sample);
  const [counted] = rounds;
  const among = new Set<number>();
  let pairs = 0;
  scored.first.forEach((picture, i) => {
    if (!counted[picture] || !counted[scored.second[i]]) return;
    among.add(picture);
    pairs++;
  });
  return { scope, value, pairs, among, series: areasByRound(scored, rounds) };
};

const measureOf = ({ pairs, among, series: { auc, ap } }: Pick<Rated, 'pairs' | 'among' | 'series'>): Measure => ({
  pairs,
  pictures: among.size,
  auc: figureOf(auc, among.size),
  ap: figureOf(ap, among.size),
});

/** Each class counts the same, however often it occurs; one that cannot be compared is left out. */
const overall = (rated: readonly Rated[], rounds: number): Measure => {
  const mean = (figure: 'auc' | 'ap'): Float64Array =>
    meanSeries(
      rated.map(({ series }) => series[figure]),
      rounds,
    );
  return measureOf({
    pairs: rated.reduce((sum, { pairs }) => sum + pairs, 0),
    among: new Set(rated.flatMap(({ among }) => [...among])),
    series: { auc: mean('auc'), ap: mean('ap') },
  });
};

/**
 * @param scores of `scoreDraws`, in the order of `draws`
 * @param rounds how often each picture counts: as measured, then in each round
 * @param breathe awaited between classes: this takes seconds
 */
export const scoresOf = async (
  draws: readonly ClassDraws[],
  scores: readonly Float64Array[],
  sample: Sample,
  rounds: readonly Uint16Array[],
  breathe: () => Promise<void>,
): Promise<Scores> => {
  const rated: Rated[] = [];
  for (const [i, one] of draws.entries()) {
    rated.push(rate(one, scores[i], sample, rounds));
    await breathe();
  }
  const of = (scope: Scope): Rated[] => rated.filter((one) => one.scope === scope);
  const [within, across] = SCOPES.map(of);
  return {
    within: overall(within, rounds.length),
    across: overall(across, rounds.length),
    classes: within.map((one, i) => ({ class: one.value, within: measureOf(one), across: measureOf(across[i]) })),
  };
};
