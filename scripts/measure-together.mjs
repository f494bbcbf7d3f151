/**
 * A few pictures of one thing cut together (`cutTogether`), beside the concepts of their segments (`findConcepts`): groups of pictures
 * that have a class in common, one dictionary a group, matched once over its pictures.
 *
 *   node scripts/measure-together.mjs --images DIR --masks DIR --classes 21 [--of 4] [--part 2/4] [--prices 0.02,0.03] [--alphas 2.5,5]
 *
 * Groups: for each class but 0 the pictures of which it is 8 % or more, by name, so many at a time; --part: every n-th group, from
 * the i-th on. Told: mean over groups of mIoU (the group's classes, background among them), and of the IoU of the class in common, percent,
 * with K the number of the group's classes and by prices; differences with 95 % of 2,000 draws of the groups. Needs `npm run build`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { parseArgs } from 'node:util';

const lib = await import('../dist/index.js');
const { assignMaximum } = await import('../dist/eval/class-protocol/matching.js');
const { drawer } = await import('../dist/eval/random.js');

const LEAST = 0.08;
const DRAWS = 2000;

const names = ['images', 'masks', 'classes', 'of', 'part', 'prices', 'alphas', 'conceptPrices'];
const { values: flags } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
const classes = Number(flags.classes);
const numbers = (text, fallback) => (text ?? fallback).split(',').map(Number);

const encoder = await lib.openEncoder('embedded');
const files = new Map((await readdir(flags.images)).map((name) => [parse(name).name, name]));
const masks = new Map();
for (const stem of [...files.keys()].sort())
  masks.set(stem, lib.decodeLabelPng(new Uint8Array(await readFile(join(flags.masks, `${stem}.png`))), stem));
const pictures = new Map();
const [part, parts] = (flags.part ?? '1/1').split('/').map(Number);
const groups = groupsOf(Number(flags.of ?? 4)).filter((_, i) => i % parts === part - 1);
console.log(`${groups.length} groups of ${flags.of ?? 4} pictures`);

const methods = new Map();
for (const { of, stems } of groups) {
  const read = [];
  for (const stem of stems) {
    if (!pictures.has(stem)) pictures.set(stem, await readOne(stem));
    read.push(pictures.get(stem));
  }
  const present = new Set(read.flatMap(({ mask }) => [...new Set(mask.data)].filter((value) => value < classes)));
  for (const [name, k, labels] of await labellings(read, present.size)) {
    if (!methods.has(name)) methods.set(name, []);
    const score = scoreOf(read, labels, [...present], of);
    methods.get(name).push({ ...score, k });
    console.log(`  class ${of}, ${stems.join(' ')}: ${name}, K ${k}, mIoU ${(100 * score.miou).toFixed(1)}, class ${(100 * score.iou).toFixed(1)}`);
  }
}
await encoder.dispose();

const baseline = methods.get('concepts, K');
for (const [name, scores] of methods) {
  const mean = (of) => (100 * scores.reduce((sum, one) => sum + of(one), 0)) / scores.length;
  const more = told(scores.map(({ miou }, i) => miou - baseline[i].miou));
  const own = told(scores.map(({ iou }, i) => iou - baseline[i].iou));
  console.log(
    `${name.padEnd(34)} K ${(mean(({ k }) => k) / 100).toFixed(1).padStart(5)}  mIoU ${mean(({ miou }) => miou).toFixed(1)} (${more})  class ${mean(({ iou }) => iou).toFixed(1)} (${own})`,
  );
}

/** The mean of the differences, percent, with the interval. */
function told(differences) {
  const draw = drawer('groups');
  const mean = (rows) => (100 * rows.reduce((sum, one) => sum + one, 0)) / rows.length;
  const draws = Array.from({ length: DRAWS }, () => mean(differences.map(() => differences[draw(differences.length)]))).sort((a, b) => a - b);
  const at = (share) => draws[Math.floor(share * (DRAWS - 1))].toFixed(1);
  return `${mean(differences).toFixed(1)} [${at(0.025)}, ${at(0.975)}]`;
}

function groupsOf(size) {
  const out = [];
  for (let of = 1; of < classes; of++) {
    const stems = [...masks].filter(([, { data }]) => data.reduce((sum, value) => sum + (value === of ? 1 : 0), 0) >= LEAST * data.length);
    for (let i = 0; i + size <= stems.length; i += size) out.push({ of, stems: stems.slice(i, i + size).map(([stem]) => stem) });
  }
  return out;
}

async function readOne(stem) {
  const analysis = await lib.analyse(join(flags.images, files.get(stem)), { encoder });
  const { labels } = await lib.describe(await lib.draw(analysis), analysis.picture);
  const { tokens, picture } = analysis;
  return { mask: masks.get(stem), picture, tokens, labels, vectors: await lib.segmentVectors(labels, tokens) };
}

/** By name: how many ids, and the label maps of the group's pictures. */
async function labellings(read, k) {
  const segments = lib.joinVectors(read.map(({ vectors }) => vectors));
  const out = [];
  const concepts = async (name, options) => {
    const { of, size } = await lib.findConcepts(segments, options);
    let at = 0;
    const maps = read.map(({ labels, vectors }) => {
      const own = of.subarray(at, at + vectors.count);
      at += vectors.count;
      return labels.data.map((id) => own[id]);
    });
    out.push([name, size.length, maps]);
  };
  const together = async (name, options) => {
    const cut = await lib.cutTogether(
      read.map(({ tokens }) => tokens),
      options,
    );
    const maps = [];
    for (const [i, { picture, tokens }] of read.entries()) {
      const fine = await lib.refine(cut.labels[i], picture, { method: 'edges', features: tokens });
      maps.push(fine.data);
    }
    out.push([name, cut.size.length, maps]);
  };
  await concepts('concepts, K', { k });
  for (const price of numbers(flags.conceptPrices, '0.003,0.02')) await concepts(`concepts, price ${price}`, { price });
  for (const alpha of numbers(flags.alphas, '2.5')) {
    await together(`together, alpha ${alpha}, K`, { k, alpha });
    for (const price of numbers(flags.prices, '0.03')) await together(`together, alpha ${alpha}, price ${price}`, { price, alpha });
  }
  return out;
}

/** @param present the group's classes @param of the one in common */
function scoreOf(read, maps, present, of) {
  const columns = 1 + maps.reduce((most, data) => data.reduce((a, b) => Math.max(a, b), most), 0);
  const row = new Map(present.map((value, r) => [value, r]));
  const matrix = new Float64Array(present.length * Math.max(columns, present.length));
  const width = Math.max(columns, present.length);
  read.forEach(({ mask }, p) => {
    mask.data.forEach((value, i) => {
      const r = row.get(value);
      if (r !== undefined) matrix[r * width + maps[p][i]]++;
    });
  });
  const columnOf = assignMaximum(matrix, present.length, width);
  const ious = present.map((_, r) => {
    let [ofRow, ofColumn] = [0, 0];
    for (let c = 0; c < width; c++) ofRow += matrix[r * width + c];
    for (let q = 0; q < present.length; q++) ofColumn += matrix[q * width + columnOf[r]];
    const hit = matrix[r * width + columnOf[r]];
    return hit / (ofRow + ofColumn - hit);
  });
  return { miou: ious.reduce((sum, one) => sum + one, 0) / ious.length, iou: ious[row.get(of)] };
}
