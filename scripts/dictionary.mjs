/** What measurements of concepts share: pictures of a set with ground truth, what the encoder gave of them, and one matching for many. Needs `npm run build`. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assignMaximum } from '../dist/eval/class-protocol/matching.js';
import { analyse, decodeLabelPng, describe, draw, segmentVectors } from '../dist/index.js';

/**
 * A picture's tokens and segments, and the pixels of each by class.
 * @param from { masks, cache, classes }: masks are PNGs of the pictures' stems, values 0..classes-1, anything else left out
 * @param encode gives { labels, tokens } where the cache has none
 */
export async function readPicture(stem, { masks, cache, classes }, encode) {
  const mask = decodeLabelPng(new Uint8Array(await readFile(join(masks, `${stem}.png`))), stem);
  const at = cache && join(cache, stem);
  const { labels, tokens } = at && existsSync(`${at}.json`) ? await kept(at) : await encode();
  if (at && !existsSync(`${at}.json`)) await keep(at, labels, tokens);
  const vectors = await segmentVectors(labels, tokens);
  const bySegment = new Float64Array(vectors.count * classes);
  const byToken = new Float64Array(tokens.width * tokens.height * classes);
  const shares = new Float64Array(classes);
  mask.data.forEach((value, i) => {
    if (value < 0 || value >= classes) return;
    const [x, y] = [i % mask.width, Math.floor(i / mask.width)];
    const cell = Math.floor(((y + 0.5) * tokens.height) / mask.height) * tokens.width + Math.floor(((x + 0.5) * tokens.width) / mask.width);
    bySegment[labels.data[i] * classes + value]++;
    byToken[cell * classes + value]++;
    shares[value] += 1 / mask.data.length;
  });
  return { stem, vectors, tokens, bySegment, byToken, shares };
}

/** What `readPicture` wants to be told: a picture cut as `diffcut concepts` cuts it. */
export const encoderOf = (file, encoder) => async () => {
  const analysis = await analyse(file, { encoder });
  const { labels } = await describe(await draw(analysis), analysis.picture);
  return { labels, tokens: analysis.tokens };
};

async function kept(at) {
  const read = async (end, Type) => new Type(new Uint8Array(await readFile(`${at}.${end}`)).buffer);
  const { width, height, gw, gh, c } = JSON.parse(await readFile(`${at}.json`, 'utf8'));
  const labels = { data: Int32Array.from(await read('labels', Uint16Array)), width, height };
  return { labels, tokens: { data: await read('tokens', Float32Array), width: gw, height: gh, channels: c, isUnit: true } };
}

async function keep(at, labels, tokens) {
  await mkdir(join(at, '..'), { recursive: true });
  await writeFile(`${at}.labels`, Uint16Array.from(labels.data));
  await writeFile(`${at}.tokens`, tokens.data);
  const told = { width: labels.width, height: labels.height, gw: tokens.width, gh: tokens.height, c: tokens.channels };
  await writeFile(`${at}.json`, JSON.stringify(told));
}

/** Mean IoU after the best one-to-one matching, over the classes that have pixels. @param matrix pixels, classes x columns, of which there are as many or more */
export function matchedIou(matrix, classes, columns) {
  const columnOf = assignMaximum(matrix, classes, columns);
  const ious = [];
  for (let c = 0; c < classes; c++) {
    let [ofClass, ofColumn] = [0, 0];
    for (let j = 0; j < columns; j++) ofClass += matrix[c * columns + j];
    for (let i = 0; i < classes; i++) ofColumn += matrix[i * columns + columnOf[c]];
    const hit = matrix[c * columns + columnOf[c]];
    if (ofClass + ofColumn > 0) ious.push(hit / (ofClass + ofColumn - hit));
  }
  return ious.reduce((sum, iou) => sum + iou, 0) / ious.length;
}
