/** Features of a vision transformer: patch tokens of one block. See compile/nets/vit.ts. */

import { devicesHere, isAttentionBounded } from '#runtime/session';
import { memoryHere } from '#store/locate';
import { compileVit } from '../../compile/nets/vit.ts';
import { InputError } from '../../errors.ts';
import type { ModelFiles } from '../../files/source.ts';
import type { EncoderRow } from '../../models/table.ts';
import type { VitOptions } from '../../options/encoders.ts';
import { checkMemory, estimateMemory } from '../../runtime/memory.ts';
import { sessionOpener } from '../../runtime/open.ts';
import { placeWeights } from '../../runtime/place.ts';
import { onDevice } from '../../runtime/session.ts';
import { openVitFiles } from '../../weights/vit-files.ts';
import type { Encoder } from '../encoder.ts';
import { featureCache } from '../feature-cache.ts';
import { type Compute, createEncoder, inBytes, planesOf } from '../input.ts';
import { inputSizeOf } from '../input-size.ts';
import { placeInputs, readPlaces } from './places.ts';

/** Side of a patch, pixels. @throws InputError for files that are no vision transformer */
export const patchOf = async (files: ModelFiles): Promise<number> => {
  const { weights, config } = await openVitFiles(files);
  return compileVit(weights, config).patch;
};

/**
 * @param files of a vision transformer: see weights/vit-files.ts
 * @throws InputError: files that are missing, broken or not supported, a layer that there is not, too little memory, a
 *   device that fails
 */
export const openVit = async (row: EncoderRow, files: ModelFiles, options: VitOptions, signal?: AbortSignal): Promise<Encoder> => {
  const { config, weights } = await openVitFiles(files);
  const json = row.architecture ? { ...config, architecture: row.architecture } : config;
  const inputSize = inputSizeOf(row, options);
  const size = inputSize({ width: 1, height: 1 });
  const plan = compileVit(weights, json, options); // what is wrong with the model is said before a device is tried
  if (plan.patch > Math.min(...size))
    throw new InputError(`${row.name} has patches of ${plan.patch} pixels: take a larger --size than ${size.join('x')}`, { code: 'E_OPTION' });
  checkMemory(row.name, estimateMemory([plan.graph], size), memoryHere(), 'a smaller --size or a smaller model');
  const places = await readPlaces(plan);
  const openSession = sessionOpener(options.worker, signal);
  const session = await onDevice(options.device, devicesHere, async (device) => {
    const { graph } = isAttentionBounded(device) ? plan : compileVit(weights, json, options, size);
    return openSession(await placeWeights(graph), { device, threads: options.threads, weights: 'streamed' });
  });
  const [mean, deviation] = [inBytes(plan.mean), inBytes(plan.deviation)];
  const compute: Compute = async (image, [width, height], watch) => {
    const { signal, onProgress } = watch;
    onProgress?.('encode', 0, 1);
    const grid = { width: Math.floor(width / plan.patch), height: Math.floor(height / plan.patch) };
    const picture = { data: await planesOf(image, width, height, mean, deviation, watch), dims: [1, 3, height, width] };
    const { features } = await session.run({ picture, ...placeInputs(plan, places, grid.width, grid.height) }, signal);
    onProgress?.('encode', 1, 1);
    return { data: features.data, ...grid, channels: plan.channels };
  };
  const cached = options.cacheFeatures
    ? await featureCache([plan.graph], [session.device, JSON.stringify(json)]).catch(async (error: unknown) => {
        await session.dispose();
        throw error;
      })
    : undefined;
  const { layer, tap } = options;
  const about = { name: row.name, row, device: session.device, inputSize, tap };
  return createEncoder(about, cached ? cached(compute) : compute, () => session.dispose(), { layer, tap });
};
