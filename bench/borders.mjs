/**
 * node bench/borders.mjs --images DIR --masks DIR [--price 0.04] [--every 1 --from 0] ['{"anchor": 0.2}' …]
 *
 * Border precision and recall of the edge-drawing stage with other constants (EDGES in src/refine/edges.ts), on
 * a set laid out as `diffcut eval --dataset bsds500` wants it: how the constants were chosen. After `npm run build`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { parseArgs } from 'node:util';
import { scoreMaps } from '../dist/assign/assign.js';
import { scoreBorders } from '../dist/eval/borders.js';
import { decodeImage, decodeLabelPng, MODELS, openEncoder, PRUNE_TREE_TAU, partition, pruneAt } from '../dist/index.js';
import { drawEdges, EDGES } from '../dist/refine/edges.js';

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
const variants = positionals.length > 0 ? positionals : ['{}'];
const [{ name, alpha, ease, parity }] = MODELS;
const masks = readdirSync(values.masks);
const pictures = readdirSync(values.images)
  .sort()
  .filter((_, i) => i % Number(values.every) === Number(values.from));
const sums = variants.map(() => ({ precision: 0, recall: 0 }));
const encoder = await openEncoder(name);
for (const file of pictures) {
  const picture = await decodeImage(join(values.images, file));
  const features = await encoder.encode(picture);
  const { tree } = await partition(features, { alpha, tau: PRUNE_TREE_TAU, parity });
  const scores = scoreMaps(pruneAt(tree, features, Number(values.price), ease), features);
  const truth = masks.filter((mask) => mask.startsWith(`${parse(file).name}_`)).map((mask) => decodeLabelPng(readFileSync(join(values.masks, mask))));
  for (const [i, variant] of variants.entries()) {
    const score = scoreBorders(await drawEdges(scores, picture, {}, { ...EDGES, ...JSON.parse(variant) }), truth);
    sums[i].precision += score.precision / pictures.length;
    sums[i].recall += score.recall / pictures.length;
  }
}
await encoder.dispose();
for (const [i, { precision, recall }] of sums.entries())
  console.log(`precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  ${variants[i]}`);
