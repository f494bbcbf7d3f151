/**
 * Segments that explain each other become one, whether they touch or not: where one concept is to be one segment, as under the
 * paper's protocol, and not each object its own.
 */
/** How much cheaper small segments are: the cost is divided by (the smaller one's share of the picture) ^ this. */
const EASE = 0.4;

/**
 * Joins the two segments that lose least, while what is lost, `(|S_i| + |S_j| - |S_i + S_j|) / min(a_i, a_j)^0.4`, is below
 * `price`; ties go to the lower numbers.
 * @param sums of the unit features over each segment / all pixels: a row of `channels` numbers a segment; changed in place
 * @param share of each segment in the picture's area; changed in place
 * @returns for each segment, the lowest number of those that it is joined with
 */
export const joinAlike = (sums: Float64Array, channels: number, share: Float64Array, price: number): Int32Array => {
  const n = share.length;
  const into = Int32Array.from({ length: n }, (_, i) => i);
  const live = Array.from(into);
  const row = (i: number) => sums.subarray(i * channels, (i + 1) * channels);
  const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  const norms = Float64Array.from(live, (i) => norm(row(i)));
  const costOf = (i: number, j: number): number => {
    const [a, b] = [row(i), row(j)];
    let along = 0;
    for (let c = 0; c < channels; c++) along += a[c] * b[c];
    const both = Math.sqrt(Math.max(0, norms[i] ** 2 + norms[j] ** 2 + 2 * along));
    return (norms[i] + norms[j] - both) / Math.min(share[i], share[j]) ** EASE;
  };
  const cost = new Float64Array(n * n); // of i < j
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) cost[i * n + j] = costOf(i, j);
  for (;;) {
    let [a, b, least] = [-1, -1, price];
    for (const i of live) for (const j of live) if (i < j && cost[i * n + j] < least) [a, b, least] = [i, j, cost[i * n + j]];
    if (a < 0) return into;
    const [grown, gone] = [row(a), row(b)];
    for (let c = 0; c < channels; c++) grown[c] += gone[c];
    norms[a] = norm(grown);
    share[a] += share[b];
    live.splice(live.indexOf(b), 1);
    for (let i = 0; i < n; i++) if (into[i] === b) into[i] = a;
    for (const i of live) if (i !== a) cost[Math.min(i, a) * n + Math.max(i, a)] = costOf(i, a);
  }
};
