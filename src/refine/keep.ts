/** Segments that no edge of the picture bears: what becomes of them. */
import { assign } from '../assign/assign.ts';
import type { ScoreMaps } from '../tensor/score-maps.ts';
import type { FeatureMap, LabelMap } from '../types.ts';

export interface KeepSettings {
  /** Tokens that a segment must have to be kept. */
  leastTokens: number;
  /** How far its own score must lead on its tokens, on average, in units of the mean lead over all tokens. */
  clearness: number;
}

/**
 * Coarse segments that the drawing lost are drawn over it where the features have them, if they are large and clear; the others
 * are given up.
 * @param drawn labels by the ids of `coarse`
 * @param scores of `coarse`
 */
export const keepClear = async (
  drawn: LabelMap,
  coarse: LabelMap,
  scores: ScoreMaps,
  features: FeatureMap,
  { leastTokens, clearness }: KeepSettings,
): Promise<LabelMap> => {
  const left = new Set(drawn.data);
  const clear = leads(coarse, scores);
  const usual = clear.reduce((sum, { lead }) => sum + lead, 0) / coarse.data.length;
  const back = new Set(
    clear.filter(({ id, tokens, lead }) => !left.has(id) && tokens >= leastTokens && lead >= clearness * usual * tokens).map(({ id }) => id),
  );
  if (back.size === 0) return drawn;
  const { width, height } = drawn;
  const soft = await assign(coarse, features, { width, height });
  return { data: drawn.data.map((id, i) => (back.has(soft.data[i]) ? soft.data[i] : id)), width, height };
};

/** Tokens of each segment, and the sum over them of how far its score leads the best of the others. */
const leads = (coarse: LabelMap, { data, ids }: ScoreMaps): { id: number; tokens: number; lead: number }[] => {
  const n = coarse.data.length;
  const out = ids.map((id) => ({ id, tokens: 0, lead: 0 }));
  const planeOf = new Map(ids.map((id, s) => [id, s]));
  for (let t = 0; t < n; t++) {
    const own = planeOf.get(coarse.data[t]) as number;
    let other = -Infinity;
    for (let s = 0; s < ids.length; s++) if (s !== own && data[s * n + t] > other) other = data[s * n + t];
    out[own].tokens++;
    out[own].lead += data[own * n + t] - other;
  }
  return out;
};
