/** Features of finished pictures, kept between runs. */

import { identityOf, keep, kept } from '#store/keep';
import type { Graph } from '../compile/graph.ts';
import { InputError, noneIfBad } from '../errors.ts';
import { cacheKey } from '../store/cache-key.ts';
import { featuresFromNpy, writeNpy } from '../tensor/npy.ts';
import type { FeatureMap } from '../types.ts';
import type { Compute } from './input.ts';

const readKept = async (bytes: Uint8Array): Promise<FeatureMap> => featuresFromNpy(bytes, 'The kept features');

/** In place. */
const scaled = <T extends Pick<FeatureMap, 'data'>>(features: T, by: number): T => {
  for (let i = 0; i < features.data.length; i++) features.data[i] *= by;
  return features;
};

/**
 * A computation that looks first whether it was done before. Features are kept as halves; what is used is what is kept,
 * so that a second time gives the same.
 * @param told what makes the features besides these networks and the picture
 * @param areShares the numbers of a token add up to 1: they are kept times their count, since halves end at 6e-8
 * @throws InputError where the weights do not lie on a disk, since names and sizes do not tell models apart
 */
export const featureCache = async (
  graphs: readonly Graph[],
  told: readonly (string | Uint8Array)[],
  areShares = false,
): Promise<(compute: Compute) => Compute> => {
  const files = await identityOf([...new Set(graphs.flatMap(({ weights }) => weights.map(({ tensor }) => tensor.source)))]);
  if (files === undefined)
    throw new InputError('Features can only be kept of a model that lies on a disk: leave cacheFeatures out', { code: 'E_OPTION' });
  const model = await cacheKey('features', [files, JSON.stringify(graphs.map((graph) => graph.nodes)), ...told]);
  return (compute) => async (image, size, watch) => {
    const key = await cacheKey('features', [model, size.join('x'), `${image.width}x${image.height}`, image.data]);
    const bytes = await kept('features', key);
    const before = bytes && (await readKept(bytes).catch(noneIfBad));
    if (before) return areShares ? scaled(before, 1 / before.channels) : before;
    const computed = await compute(image, size, watch);
    const { data, width, height, channels } = areShares ? scaled(computed, computed.channels) : computed;
    const half = writeNpy(data, [height, width, channels], 'f2');
    await keep('features', key, half);
    const again = featuresFromNpy(half, 'The features');
    return areShares ? scaled(again, 1 / channels) : again;
  };
};
