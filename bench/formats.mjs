/**
 * npm run bench -- formats [--runs 5]
 *
 * A label map of 12 megapixels with 200 segments to every format that labels alone make, warm. Milliseconds and bytes, one thread.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { FORMATS, SETS } from '../dist/export/index.js';
import { describe } from '../dist/index.js';

const { values } = parseArgs({ args: process.argv.slice(3), options: { runs: { type: 'string', default: '5' } } });
const [WIDTH, HEIGHT, SEGMENTS] = [4000, 3000, 200];

/** Regions around seeds, with borders that wander as those of photographs do. */
const made = () => {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const seeds = Array.from({ length: SEGMENTS }, () => [random() * WIDTH, random() * HEIGHT]);
  const [CELL, across] = [8, WIDTH / 8];
  const cells = Int32Array.from({ length: across * (HEIGHT / CELL) }, (_, i) => {
    const [x, y] = [(i % across) * CELL, Math.floor(i / across) * CELL];
    let [best, least] = [0, Infinity];
    for (let k = 0; k < SEGMENTS; k++) {
      const far = (seeds[k][0] - x) ** 2 + (seeds[k][1] - y) ** 2;
      if (far < least) [best, least] = [k, far];
    }
    return best;
  });
  const data = new Int32Array(WIDTH * HEIGHT);
  for (let y = 0, i = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++, i++) {
      const u = Math.min(WIDTH - 1, Math.max(0, x + 6 * Math.sin(y / 11) + 3 * Math.sin(y / 3.1)));
      const v = Math.min(HEIGHT - 1, Math.max(0, y + 6 * Math.sin(x / 13) + 3 * Math.sin(x / 2.7)));
      data[i] = cells[Math.floor(v / CELL) * across + Math.floor(u / CELL)];
    }
  return { data, width: WIDTH, height: HEIGHT };
};

const size = async (content) => {
  if (content instanceof Uint8Array) return content.length;
  let bytes = 0;
  for await (const piece of content) bytes += piece.length;
  return bytes;
};
const ofSet = async (files) => {
  let bytes = 0;
  for await (const { content } of files) bytes += await size(content);
  return bytes;
};

const labels = made();
const { segments } = await describe(labels, { data: new Uint8Array(3 * WIDTH * HEIGHT), width: WIDTH, height: HEIGHT });
const image = { data: new Uint8Array(0), width: WIDTH, height: HEIGHT };
const picture = { name: 'photo.jpg', labels };
const rows = [
  ...Object.entries(FORMATS)
    .filter(([name]) => !['overlay', 'cutouts', 'masks', 'json'].includes(name))
    .map(([name, { bytes }]) => [name, async () => size(await bytes({ name: picture.name, image, labels, segments, record: {} }))]),
  ...Object.entries(SETS).map(([name, { files }]) => [name, () => ofSet(files([picture], {}))]),
  ['coco, polygons', () => ofSet(SETS.coco.files([picture], { polygons: true }))],
  ['label-studio, polygons', () => ofSet(SETS['label-studio'].files([picture], { polygons: true }))],
];

console.log(
  `${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(2)}; ${WIDTH} x ${HEIGHT}, ${segments.length} segments`,
);
for (const [name, make] of rows) {
  const took = [];
  let bytes = 0;
  for (let run = 0; run <= Number(values.runs); run++) {
    const start = performance.now();
    bytes = await make();
    if (run > 0) took.push(performance.now() - start);
  }
  took.sort((a, b) => a - b);
  console.log(
    name.padEnd(26),
    `median ${took[Math.floor(took.length / 2)].toFixed(0)} ms`.padStart(16),
    `most ${took.at(-1).toFixed(0)}`.padStart(10),
    `${(bytes / 1e6).toFixed(2)} MB`.padStart(10),
  );
}
