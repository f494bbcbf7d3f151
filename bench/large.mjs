/**
 * npm run bench -- large [--runs 1] [--sizes 60,200] [--tile 1024]
 *
 * Time and memory of `diffcut segment` with its default outputs for pictures of hundreds of megapixels: a bundled photograph
 * brought to the size. Memory is that of all processes together.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { measured } from './process-tree.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1' }, sizes: { type: 'string', default: '60,200' }, tile: { type: 'string' } },
  allowPositionals: true,
});
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'diffcut-bench-'));

console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(2)} at the start`);
try {
  for (const megapixels of values.sizes.split(',').map(Number)) {
    const width = Math.round(Math.sqrt(megapixels * 1e6 * 1.5));
    const height = Math.round((megapixels * 1e6) / width);
    for (const kind of ['jpg', 'png', 'tif']) {
      const file = join(scratch, `${megapixels}.${kind}`);
      await sharp(join(root, 'photos/horses.jpg'), { limitInputPixels: false }).resize(width, height, { fit: 'cover' }).toFile(file);
      const tile = values.tile ? ['--tile', values.tile] : [];
      const args = [join(root, 'dist/cli/main.js'), 'segment', file, '-o', join(scratch, 'out'), '--overwrite', '--quiet', ...tile];
      for (let run = 0; run < Number(values.runs); run++) {
        const { seconds, peak } = await measured(process.execPath, args);
        console.log(`${width}x${height} ${kind}: ${seconds.toFixed(1)} s, ${(peak / 1e6).toFixed(0)} MB`);
      }
      rmSync(file);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
