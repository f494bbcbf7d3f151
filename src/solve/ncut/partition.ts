import { expected } from '../../errors.ts';
import { PARTITION } from '../../options/cut.ts';
import { type Given, resolveOptions } from '../../options/spec.ts';
import { checkFeatures } from '../../tensor/features.ts';
import type { CutTree, FeatureMap, LabelMap, Watch } from '../../types.ts';
import { cut } from '../tree.ts';
import { recursiveCut } from './recursive-cut.ts';

/**
 * Features to coarse labels by recursive normalized cut.
 * @param features finite; any scale, each token is normalised
 * @param options alpha (default 10), tau (0.5), parity (true), treeTau (tau): see options/cut.ts
 * @returns ids 0..K-1 a token, and the tree down to treeTau for `cut` at another granularity
 * @throws InputError for features that are not finite or an option out of range
 */
export const partition = async (features: FeatureMap, options?: Given<typeof PARTITION> & Watch): Promise<{ labels: LabelMap; tree: CutTree }> => {
  const { alpha, tau, parity, treeTau = tau, ...watch } = resolveOptions('partition', PARTITION, options);
  if (treeTau < tau) throw expected(`a number from tau (${tau}) to 2`, 'treeTau', treeTau);
  const tree = await recursiveCut(checkFeatures(features), { alpha, parity, treeTau }, watch);
  return { labels: await cut(tree, features, { tau }), tree };
};
