/**
 * node bench/borders.mjs --images DIR --masks DIR [--price 0.04] [--every 1 --from 0] ['{"walker": {"sigma": 1}}' …]
 *
 * Border precision and recall of the drawing of token segments with other constants (src/draw/edges.ts),
 * on a set laid out as `diffcut eval --dataset bsds500` wants it: how the constants were chosen. After `npm run build`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { parseArgs } from 'node:util';
import { EDGES } from '../dist/draw/edges.js';
import { drawAlongRegions } from '../dist/draw/regions.js';
import { scoreBorders } from '../dist/eval/regions/borders.js';
import { regionGraph } from '../dist/regions/regions.js';
import { withContours } from '../dist/solve/contours.js';
import { cut, decodeImage, decodeLabelPng, MODELS, openEncoder, partition, treeTauOf } from '../dist/toolkit.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: 'string' },
    masks: { type: 'string' },
    price: { type: 'string', default: String(MODELS[0].price) },
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
});
/** The constants with some replaced, groups of them in part. */
const altered = (settings, by) =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      typeof value === 'object' && !Array.isArray(value) ? { ...value, ...by[key] } : (by[key] ?? value),
    ]),
  );

const variants = positionals.length > 0 ? positionals : ['{}'];
const [{ name, alpha, ease, parity }] = MODELS;
const masks = readdirSync(values.masks);
const pictures = readdirSync(values.images)
  .sort()
  .filter((_, i) => i % Number(values.every) === Number(values.from));
const sums = variants.map(() => ({ precision: 0, recall: 0 }));
const encoder = await openEncoder(name);
const granularity = { price: Number(values.price), ease };
for (const file of pictures) {
  const picture = await decodeImage(join(values.images, file));
  const features = await encoder.encode(picture);
  const { tree } = await partition(features, { alpha, tau: treeTauOf(granularity), parity });
  const coarse = await cut(tree, features, granularity);
  const graph = await withContours(await regionGraph(picture, features), features);
  const truth = masks.filter((mask) => mask.startsWith(`${parse(file).name}_`)).map((mask) => decodeLabelPng(readFileSync(join(values.masks, mask))));
  for (const [i, variant] of variants.entries()) {
    const score = scoreBorders(await drawAlongRegions(coarse, features, graph, {}, altered(EDGES, JSON.parse(variant))), truth);
    sums[i].precision += score.precision / pictures.length;
    sums[i].recall += score.recall / pictures.length;
  }
}
await encoder.dispose();
for (const [i, { precision, recall }] of sums.entries())
  console.log(`precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  ${variants[i]}`);
