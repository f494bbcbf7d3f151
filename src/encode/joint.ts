/**
 * Several encoders as one: the unit tokens of each, on the finest of their grids, one after the other in channels.
 * Each part is scaled by the root of its share, so the cosine of two tokens is the weighted mean of the parts' cosines.
 */
import { checkAborted } from '../errors.ts';
import type { EncoderRow } from '../models/table.ts';
import { unitTokens } from '../tensor/features.ts';
import { resizeBilinear } from '../tensor/resize.ts';
import { pause } from '../tensor/watch.ts';
import type { FeatureMap, Watch } from '../types.ts';
import type { Encoder } from './encoder.ts';
import { createEncoder } from './input.ts';

/** @param weights one a map, above 0; only their ratios count */
export const joinFeatures = async (maps: readonly FeatureMap[], weights: readonly number[], watch: Watch = {}): Promise<FeatureMap> => {
  const width = Math.max(...maps.map((map) => map.width));
  const height = Math.max(...maps.map((map) => map.height));
  const channels = maps.reduce((sum, map) => sum + map.channels, 0);
  const total = weights.reduce((a, b) => a + b, 0);
  const data = new Float32Array(width * height * channels);
  let from = 0;
  for (const [i, map] of maps.entries()) {
    const scale = Math.sqrt(weights[i] / total);
    const unit = unitTokens({ data: resizeBilinear(map.data, map.width, map.height, map.channels, width, height), channels: map.channels });
    await pause(watch);
    for (let token = 0; token < width * height; token++)
      for (let c = 0; c < map.channels; c++) data[token * channels + from + c] = scale * unit[token * map.channels + c];
    await pause(watch);
    from += map.channels;
  }
  return { data, width, height, channels };
};

/** The first one's alpha and granularity, since features together were tuned by nobody; the finest one's grid. */
export const jointRow = (name: string, rows: readonly EncoderRow[]): EncoderRow => ({
  ...rows[0],
  name,
  kind: 'joint',
  gridStep: Math.min(...rows.map(({ gridStep }) => gridStep)),
  what: 'several encoders together',
  licence: [...new Set(rows.map(({ licence }) => licence))].join(', '),
  note: [...new Set(rows.map(({ note }) => note))].join('; '),
  parity: rows.every(({ parity }) => parity),
});

/** @param encoders open ones, which it takes over: they are disposed of with it */
export const joinEncoders = (name: string, encoders: readonly Encoder[], weights: readonly number[]): Encoder => {
  const row = jointRow(
    name,
    encoders.map((encoder) => encoder.row),
  );
  const device = [...new Set(encoders.map((encoder) => encoder.device))].join('+');
  const largest: Encoder['inputSize'] = (image) =>
    encoders.map((encoder) => encoder.inputSize(image)).reduce((a, b) => (b[0] * b[1] > a[0] * a[1] ? b : a));
  return createEncoder(
    { name, row, device, inputSize: largest },
    async (image, _, { signal, onProgress }) => {
      const maps: FeatureMap[] = [];
      for (const encoder of encoders) {
        onProgress?.('encode', maps.length, encoders.length);
        maps.push(await encoder.encode(image, { signal }));
        checkAborted(signal);
      }
      onProgress?.('encode', encoders.length, encoders.length);
      return { ...(await joinFeatures(maps, weights, { signal })), parts: maps.flatMap(({ origin }) => origin ?? []) };
    },
    () => Promise.all(encoders.map((encoder) => encoder.dispose())),
  );
};
