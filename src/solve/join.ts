/**
 * Segments that explain each other become one, whether they touch or not: where one concept is to be one segment, as under the
 * paper's protocol, and not each object its own.
 */
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';

/** How much cheaper small segments are: the cost is divided by (the smaller one's share of the picture) ^ this. */
const EASE = 0.4;

/**
 * Joins the two segments that lose least, while what is lost, `(|S_i| + |S_j| - |S_i + S_j|) / min(a_i, a_j)^0.4`, is below
 * `price`; ties go to the lower numbers.
 * @param sums of the unit features over each segment / all pixels: a row of `channels` numbers a segment; changed in place
 * @param share of each segment in the picture's area; changed in place
 * @returns for each segment, the lowest number of those that it is joined with
 * @throws the signal's reason once aborted
 */
export const joinAlike = async (sums: Float64Array, channels: number, share: Float64Array, price: number, watch: Watch = {}): Promise<Int32Array> => {
  const n = share.length;
  const into = Int32Array.from({ length: n }, (_, i) => i);
  const live = Array.from(into);
  const norms = Float64Array.from(live, (i) => norm(sums, i, channels));
  const costOf = (i: number, j: number): number => {
    let along = 0;
    for (let c = 0, p = i * channels, q = j * channels; c < channels; c++) along += sums[p++] * sums[q++];
    const both = Math.sqrt(Math.max(0, norms[i] ** 2 + norms[j] ** 2 + 2 * along));
    return (norms[i] + norms[j] - both) / Math.min(share[i], share[j]) ** EASE;
  };
  // 1. What each pair would lose, and for each segment the cheapest partner of a higher number.
  const cost = new Float64Array(n * n); // of i < j
  const partner = new Int32Array(n);
  const choose = (i: number): void => {
    let best = -1;
    for (const j of live) if (j > i && (best < 0 || cost[i * n + j] < cost[i * n + best])) best = j;
    partner[i] = best;
  };
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) cost[i * n + j] = costOf(i, j);
    choose(i);
    await pause(watch);
  }
  for (;;) {
    // 2. The cheapest pair of all.
    let a = -1;
    for (const i of live) if (partner[i] >= 0 && (a < 0 || cost[i * n + partner[i]] < cost[a * n + partner[a]])) a = i;
    if (a < 0 || !(cost[a * n + partner[a]] < price)) return into;
    const b = partner[a];
    // 3. It becomes one: the lower number stands for both.
    for (let c = 0, p = a * channels, q = b * channels; c < channels; c++) sums[p++] += sums[q++];
    norms[a] = norm(sums, a, channels);
    share[a] += share[b];
    live.splice(live.indexOf(b), 1);
    for (let i = 0; i < n; i++) if (into[i] === b) into[i] = a;
    // 4. Costs with it are new; who was its partner, or is cheaper with it now, chooses again.
    for (const i of live) if (i !== a) cost[Math.min(i, a) * n + Math.max(i, a)] = costOf(i, a);
    for (const i of live) if (i === a || partner[i] === a || partner[i] === b || (i < a && cost[i * n + a] <= cost[i * n + partner[i]])) choose(i);
    await pause(watch);
  }
};

/** Length of a row. */
const norm = (rows: Float64Array, i: number, channels: number): number => {
  let square = 0;
  for (let c = 0, p = i * channels; c < channels; c++, p++) square += rows[p] * rows[p];
  return Math.sqrt(square);
};
