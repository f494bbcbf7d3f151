/** `npm run demo`: segments the bundled photographs into demo-output/ with the command line that was just built. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist', 'cli', 'main.js');
const photos = join(root, 'photos');
const output = join(root, 'demo-output');

if (!existsSync(cli)) {
  console.error('dist/cli/main.js is missing: run "npm run build" first, or "npm run demo", which does');
  process.exit(1);
}

const { status } = spawnSync(process.execPath, [cli, 'segment', photos, '--output', output, '--overwrite', '--quiet'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const stems = readdirSync(photos)
  .filter((name) => name.endsWith('.jpg'))
  .map((name) => name.slice(0, -'.jpg'.length));
const here = relative(process.cwd(), output) || '.';
console.log(`Segmented ${stems.length} photographs (${stems.join(', ')}) with the embedded encoder into ${here}:`);
console.log('  <stem>.overlay.jpg  the regions, tinted and outlined: look at this one');
console.log('  <stem>.png          labels: the pixel value is the segment');
console.log('  <stem>.json         the segments, the settings and the times');
