/** Segments that no edge of the picture bears: what becomes of them. */

import type { LabelMap } from '../types.ts';
import type { Edges } from './edges.ts';
import type { ScoreMaps } from './score-maps.ts';
import type { Regions } from './unary.ts';

/**
 * Coarse segments that the drawing lost get back the regions where the features alone put them, if they are large and clear;
 * the others, and any that leads in no region, are given up.
 * @param drawn labels of the regions' size, by the ids of `coarse`
 * @param ownOf id that the features alone give each region
 * @param scores of `coarse`
 */
export const keepClear = (
  drawn: LabelMap,
  { data }: Pick<Regions, 'data'>,
  ownOf: Int32Array,
  coarse: LabelMap,
  scores: ScoreMaps,
  { leastTokens, clearness }: Edges['keep'],
): LabelMap => {
  const left = new Set(drawn.data);
  const found = leads(coarse, scores);
  const usual = found.reduce((sum, { lead }) => sum + lead, 0) / coarse.data.length;
  const back = new Set(
    found.filter(({ id, tokens, lead }) => !left.has(id) && tokens >= leastTokens && lead >= clearness * usual * tokens).map(({ id }) => id),
  );
  if (back.size === 0) return drawn;
  return { ...drawn, data: drawn.data.map((id, i) => (back.has(ownOf[data[i]]) ? ownOf[data[i]] : id)) };
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
