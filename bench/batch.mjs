/**
 * npm run bench -- batch [--runs 3]
 *
 * Seconds a picture takes in a batch of the command line, one at a time with its default outputs, start-up left out: the time of many
 * pictures less that of one, shared out. The pictures are bundled photographs brought to the size.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } }, allowPositionals: true });
const root = fileURLToPath(new URL('..', import.meta.url));
const photos = readdirSync(join(root, 'photos')).filter((name) => name.endsWith('.jpg'));
/** Width, height, pictures in the batch. */
const SIZES = [
  [500, 375, 20],
  [4000, 3000, 4],
];

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-bench-'));
const seconds = (folder) => {
  const start = performance.now();
  execFileSync(process.execPath, [
    join(root, 'dist/cli/main.js'),
    'segment',
    folder,
    '-o',
    join(scratch, 'out'),
    '--overwrite',
    '--quiet',
    '--jobs',
    '1',
  ]);
  return (performance.now() - start) / 1000;
};

console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(2)} at the start`);
try {
  for (const [width, height, count] of SIZES) {
    const [one, many] = ['one', 'many'].map((name) => join(scratch, `${name}-${width}`));
    for (const folder of [one, many]) mkdirSync(folder);
    for (let i = 0; i <= count; i++) {
      const file = join(i === 0 ? one : many, `${i}.jpg`);
      await sharp(join(root, 'photos', photos[i % photos.length]))
        .resize(width, height, { fit: 'cover', kernel: 'lanczos3' })
        .jpeg({ quality: 90 })
        .toFile(file);
    }
    const each = Array.from({ length: Number(values.runs) }, () => (seconds(many) - seconds(one)) / (count - 1)).sort((a, b) => a - b);
    console.log(
      `${width}x${height}: ${each[each.length >> 1].toFixed(3)} s a picture (${each.map((s) => s.toFixed(3)).join(', ')}), batches of ${count} and 1`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
