/** How well scores tell two kinds apart, whatever the threshold; exact, by sorting, for weighted items. */

/** Items from the highest score to the lowest. */
export interface Ranking {
  /** Which item stands here. */
  order: Uint32Array;
  /** 1 where it is positive. */
  positive: Uint8Array;
  /** 1 where the next score is lower, or there is none: thresholds lie here, never between equal scores. */
  ends: Uint8Array;
}

/** @param scores finite numbers */
export const rankScores = (scores: Float64Array, positive: Uint8Array): Ranking => {
  const order = new Uint32Array(scores.length).map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  return {
    order,
    positive: Uint8Array.from(order, (item) => positive[item]),
    ends: Uint8Array.from(order, (item, at) => (at + 1 === order.length || scores[order[at + 1]] !== scores[item] ? 1 : 0)),
  };
};

/** Both NaN where one of the kinds is missing. */
export interface Areas {
  /** Area under the ROC curve: chance that a positive scores above a negative, ties counting half. */
  auc: number;
  /** Average precision: sum over thresholds of precision times the step in recall, not interpolated (as scikit-learn's). */
  ap: number;
}

/**
 * @param weights of the items in the ranking's order, 0 and up
 * @param totals weights of all positives and of all negatives
 * @param balanced whether negatives count as much as positives in all: chance is an average precision of 0.5 then
 */
export const areasOf = (
  { positive, ends }: Pick<Ranking, 'positive' | 'ends'>,
  weights: Float64Array,
  [positives, negatives]: readonly [number, number],
  balanced = false,
): Areas => {
  if (!(positives > 0 && negatives > 0)) return { auc: Number.NaN, ap: Number.NaN };
  const scale = balanced ? positives / negatives : 1;
  let hits = 0;
  let misses = 0;
  let hitsBefore = 0;
  let missesBefore = 0;
  let auc = 0;
  let ap = 0;
  for (let at = 0; at < weights.length; at++) {
    // products, not branches: which kind comes next is what a processor cannot guess
    hits += weights[at] * positive[at];
    misses += weights[at] * (1 - positive[at]);
    if (ends[at] === 0) continue;
    auc += ((hits + hitsBefore) / 2) * (misses - missesBefore);
    if (hits > 0) ap += ((hits - hitsBefore) * hits) / (hits + misses * scale);
    hitsBefore = hits;
    missesBefore = misses;
  }
  return { auc: auc / (positives * negatives), ap: ap / positives };
};
