/**
 * npm run bench -- regions [--runs 7]
 *
 * Milliseconds of each stage after encoding, on one thread, for every bundled photograph: the regions, merging them, and
 * for token labels the cut, and its drawing with spectral contours but without the regions; then the medians over the
 * photographs. `second` is another price of an analysed picture, drawn at full size; `preview` the same without drawing and at
 * most 512 pixels long.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { analyse, decodeImage, draw, openEncoder } from '../dist/index.js';
import { regionGraph } from '../dist/regions/regions.js';
import { withContours } from '../dist/solve/contours.js';
import { mergeRegions } from '../dist/solve/merge/merge.js';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } }, allowPositionals: true });
const photos = fileURLToPath(new URL('../photos', import.meta.url));
const COLUMNS = ['regions', 'merge', 'both', 'second', 'preview', 'cut', 'drawing'];

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const line = (name, cells) => console.log(name.padEnd(12), ...cells.map((cell) => String(cell).padStart(8)));

console.log(
  `${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(2)} at the start; milliseconds`,
);
line('', COLUMNS);
const encoder = await openEncoder('embedded');
const all = COLUMNS.map(() => []);
for (const file of readdirSync(photos).filter((name) => name.endsWith('.jpg'))) {
  const picture = await decodeImage(join(photos, file));
  const features = await encoder.encode(picture);
  const runs = COLUMNS.map(() => []);
  for (let run = 0; run <= Number(values.runs); run++) {
    const start = performance.now();
    const graph = await regionGraph(picture, features);
    const made = performance.now();
    await mergeRegions(graph, features);
    const merged = performance.now();
    const regions = await analyse(picture, { features, solver: 'merge' });
    const analysed = performance.now();
    await draw(regions, { price: 0.04 });
    const drawn = performance.now();
    await draw(regions, { price: 0.03 }, { size: 512, refine: 'none' });
    const previewed = performance.now();
    const tokens = await analyse(picture, { features, solver: 'ncut' });
    const cut = performance.now();
    const before = performance.now();
    tokens.regions = await withContours(graph, features);
    await draw(tokens);
    const end = performance.now();
    if (run === 0) continue; // engines put optimised code in place
    for (const [i, ms] of [made - start, merged - made, merged - start, drawn - analysed, previewed - drawn, cut - previewed, end - before].entries())
      runs[i].push(ms);
  }
  const medians = runs.map(median);
  for (const [i, ms] of medians.entries()) all[i].push(ms);
  line(
    basename(file, '.jpg'),
    medians.map((ms) => ms.toFixed(0)),
  );
}
await encoder.dispose();
line(
  'median',
  all.map((column) => median(column).toFixed(0)),
);
