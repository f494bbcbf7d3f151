/**
 * What a concept should cost by how many segments there are: folders of several sizes, made of a set with ground truth, each cut at
 * several prices.
 *
 *   node scripts/measure-price.mjs --cache DIR --masks DIR --classes 21 --half even [--sizes 2,4,8] [--folders 30] [--stuff]
 *
 * --cache is what `measure-concepts.mjs` kept. Half of the folders are drawn from all pictures, half from those that have a class in
 * common (8 % of each picture or more). Told of each size and price, the mean over folders: K; F1 of pairs of segments of two pictures
 * (the same concept against the same class, by the class that most of a segment is of; two of class 0 do not count unless --stuff);
 * mIoU of the folder's classes after one matching. --prices are the same for all folders, --roots are divided by the root of the number
 * of a folder's segments.
 * Needs `npm run build`.
 */
import { readdir } from 'node:fs/promises';
import { parse } from 'node:path';
import { parseArgs } from 'node:util';
import { drawer } from '../dist/eval/random.js';
import { findConcepts, joinVectors } from '../dist/index.js';
import { matchedIou, readPicture } from './dictionary.mjs';

const { values: flags } = parseArgs({
  options: {
    ...Object.fromEntries(['cache', 'masks', 'classes', 'half', 'sizes', 'folders', 'prices', 'roots'].map((name) => [name, { type: 'string' }])),
    stuff: { type: 'boolean' },
  },
});
const numbers = (text, fallback) => (text ?? fallback).split(',').map(Number);
const classes = Number(flags.classes);
const LEAST = 0.08;

const stems = (await readdir(flags.cache))
  .filter((name) => name.endsWith('.json'))
  .map((name) => parse(name).name)
  .sort();
const pictures = [];
for (const [i, stem] of stems.entries())
  if (i % 2 === ['even', 'odd'].indexOf(flags.half)) pictures.push(await readPicture(stem, { ...flags, classes }));

const draw = drawer('folders');
for (const size of numbers(flags.sizes, '2,4,8,16,32,64,128')) {
  if (size > pictures.length) break;
  const folders = Array.from({ length: Number(flags.folders ?? 30) }, (_, i) => folderOf(size, i % 2 === 1));
  const tried = [
    ...numbers(flags.prices, '0.1,0.05,0.03,0.02,0.015,0.01,0.007,0.005,0.003,0.002,0.001').map((price) => [`price ${price}`, () => price]),
    ...numbers(flags.roots, '0.25,0.2,0.16,0.125,0.1,0.08').map((root) => [`root  ${root}`, (count) => Math.min(1, root / Math.sqrt(count))]),
  ];
  for (const [name, priceOf] of tried) {
    const scores = [];
    for (const folder of folders) scores.push(await scoreOf(folder, priceOf));
    const mean = (of) => scores.reduce((sum, one) => sum + of(one), 0) / scores.length;
    const told = Object.keys(scores[0]).map(
      (key) =>
        `${key} ${mean((one) => one[key])
          .toFixed(1)
          .padStart(6)}`,
    );
    console.log(`${String(size).padStart(4)} pictures  ${name.padEnd(14)} ${told.join('  ')}`);
  }
}

/** So many pictures, drawn from all, or from those that share a class. */
function folderOf(size, isShared) {
  let pool = pictures;
  if (isShared) {
    const pools = [];
    for (let of = 1; of < classes; of++) {
      const having = pictures.filter(({ shares }) => shares[of] >= LEAST);
      if (having.length >= Math.min(size, 6)) pools.push(having);
    }
    pool = pools[draw(pools.length)];
  }
  const left = [...pool];
  const out = [];
  while (out.length < size && left.length > 0) out.push(...left.splice(draw(left.length), 1));
  while (out.length < size) {
    const other = pictures[draw(pictures.length)]; // of a class that so many pictures do not have
    if (!out.includes(other)) out.push(other);
  }
  return out;
}

async function scoreOf(folder, priceOf) {
  const segments = joinVectors(folder.map(({ vectors }) => vectors));
  const { of, size } = await findConcepts(segments, { price: priceOf(segments.count) });
  const owner = folder.flatMap(({ vectors }, picture) => Array(vectors.count).fill(picture));
  const rows = folder.flatMap(({ bySegment, vectors }) =>
    Array.from({ length: vectors.count }, (_, i) => bySegment.subarray(i * classes, (i + 1) * classes)),
  );
  const majority = rows.map((row) => (row.some((count) => count > 0) ? row.indexOf(Math.max(...row)) : -1));
  const pairs = { hits: 0, found: 0, there: 0 };
  for (let i = 0; i < of.length; i++) {
    for (let j = 0; j < i; j++) {
      if (owner[i] === owner[j] || majority[i] < 0 || majority[j] < 0) continue;
      if (!flags.stuff && majority[i] === 0 && majority[j] === 0) continue;
      const isSame = majority[i] === majority[j];
      if (isSame) pairs.there++;
      if (of[i] === of[j]) pairs.found++;
      if (isSame && of[i] === of[j]) pairs.hits++;
    }
  }
  const precision = pairs.found ? pairs.hits / pairs.found : 1;
  const recall = pairs.there ? pairs.hits / pairs.there : 1;
  const columns = Math.max(classes, size.length);
  const matrix = new Float64Array(classes * columns);
  rows.forEach((row, i) => row.forEach((count, c) => (matrix[c * columns + of[i]] += count)));
  const shared = Array.from(size, (_, id) => new Set(owner.filter((_, i) => of[i] === id)).size > 1).filter(Boolean).length / size.length;
  return {
    count: of.length,
    k: size.length,
    shared: 100 * shared,
    f1: 100 * (pairs.found + pairs.there ? (2 * pairs.hits) / (pairs.found + pairs.there) : 1),
    precision: 100 * precision,
    recall: 100 * recall,
    miou: 100 * matchedIou(matrix, classes, columns),
  };
}
