/**
 * npm run bench -- tile [--side 1024] [--rows 12-merge,60-merge,12-ncut,60-ncut]
 *
 * Pictures of 12 and 60 megapixels, the bundled photographs beside and below each other at about their own size, whole and in
 * tiles: seconds of each stage and peak memory, a process a row, the encoder among it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { openEncoder, segment } from '../dist/index.js';

const SIZES = { 12: [4000, 3000], 60: [9488, 6324] };
const CELL = [500, 375];
const { values } = parseArgs({
  options: {
    side: { type: 'string', default: '1024' },
    rows: { type: 'string', default: '12-merge,60-merge,12-ncut,60-ncut' },
    picture: { type: 'string' },
    solver: { type: 'string' },
    tile: { type: 'boolean' },
  },
  allowPositionals: true,
});

/** In the row's own process: one JSON line. */
const measure = async () => {
  const encoder = await openEncoder('embedded', { worker: false }); // in this process, whose memory is measured
  const start = performance.now();
  const { segments, timings } = await segment(values.picture, { encoder, solver: values.solver, ...(values.tile && { tile: Number(values.side) }) });
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage().user / 1e6;
  console.log(JSON.stringify({ segments: segments.length, timings, seconds, cpu, memory: Math.round(process.resourceUsage().maxRSS / 1024) }));
};

const makePicture = async ([width, height], file) => {
  const photos = fileURLToPath(new URL('../photos', import.meta.url));
  const names = readdirSync(photos).filter((name) => name.endsWith('.jpg'));
  const cells = await Promise.all(
    names.map((name) =>
      sharp(join(photos, name))
        .resize(...CELL)
        .toBuffer(),
    ),
  );
  const [columns, rows] = [Math.ceil(width / CELL[0]), Math.ceil(height / CELL[1])];
  const at = (i) => ({ left: (i % columns) * CELL[0], top: Math.floor(i / columns) * CELL[1] });
  const all = Array.from({ length: columns * rows }, (_, i) => ({ input: cells[(i * 5 + Math.floor(i / columns)) % cells.length], ...at(i) }));
  const whole = await sharp({ create: { width: columns * CELL[0], height: rows * CELL[1], channels: 3, background: '#fff' } })
    .composite(all)
    .png({ compressionLevel: 0 })
    .toBuffer();
  await sharp(whole).extract({ left: 0, top: 0, width, height }).jpeg({ quality: 90 }).toFile(file);
};

const report = async () => {
  console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(2)} at the start`);
  const scratch = mkdtempSync(join(tmpdir(), 'diffcut-bench-'));
  try {
    for (const [megapixels, size] of Object.entries(SIZES)) await makePicture(size, join(scratch, `${megapixels}.jpg`));
    for (const row of values.rows.split(',')) {
      const [megapixels, solver] = row.split('-');
      for (const tile of [false, true]) {
        const own = ['--picture', join(scratch, `${megapixels}.jpg`), '--solver', solver, '--side', values.side, ...(tile ? ['--tile'] : [])];
        const told = JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...own], { encoding: 'utf8' }));
        const stages = Object.entries(told.timings).map(([stage, ms]) => `${stage} ${(ms / 1000).toFixed(1)}`);
        console.log(
          `${megapixels} megapixels, ${solver}, ${tile ? `tiles of ${values.side}` : 'whole'}: ${told.seconds.toFixed(1)} s (${stages.join(', ')}; ` +
            `${told.cpu.toFixed(1)} s of the CPU), ${told.memory} MB, ${told.segments} segments`,
        );
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

await (values.picture ? measure() : report());
