/**
 * npm run bench -- queue [--pictures 60] [--workers 1,2,4]
 *
 * Photographs through a queue, in labels: how many a second are added, and how many a second are done by 1, 2 and 4 workers with a lane
 * each, from the first that is done to the last, so that starting is not counted. Before them the same pictures by `diffcut segment`,
 * one at a time. The pictures are bundled photographs brought to 500 x 375; Redis is one of its own on this machine, and wants redis-server.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { startRedis } from '../scripts/own-redis.mjs';

const options = { pictures: { type: 'string', default: '60' }, workers: { type: 'string', default: '1,2,4' } };
const { values } = parseArgs({ options, allowPositionals: true });
const count = Number(values.pictures);
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'diffcut-bench-'));
const redis = await startRedis();

const diffcut = async (...args) => {
  const env = { ...process.env, DIFFCUT_QUEUE: redis.url };
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args, '--quiet'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`diffcut ${args[0]} ended with ${code}`);
};
const secondsOf = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
/** Pictures a second between the first file of a folder and the last. */
const paceOf = (folder) => {
  const times = readdirSync(folder).flatMap((name) => (name.endsWith('.png') ? [statSync(join(folder, name)).mtimeMs] : []));
  return (1000 * (times.length - 1)) / (Math.max(...times) - Math.min(...times));
};

try {
  const [input, output] = [join(scratch, 'in'), (name) => join(scratch, String(name))];
  mkdirSync(input);
  const photos = readdirSync(join(root, 'photos')).filter((name) => name.endsWith('.jpg'));
  for (let i = 0; i < count; i++) {
    const path = join(input, `${i}.jpg`);
    if (i >= photos.length) cpSync(join(input, `${i % photos.length}.jpg`), path);
    else
      await sharp(join(root, 'photos', photos[i]))
        .resize(500, 375, { fit: 'cover' })
        .jpeg({ quality: 90 })
        .toFile(path);
  }
  console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, ${count} pictures of 500 x 375`);
  console.log('| | pictures a second | whole command | load before |');
  console.log('|---|---|---|---|');
  const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
  let load = loadavg()[0].toFixed(1);
  const alone = await secondsOf(() => diffcut('segment', input, '-o', output('alone'), '--format', 'labels', '--jobs', '1'));
  row('segment, one at a time', paceOf(output('alone')).toFixed(2), `${alone.toFixed(1)} s`, load);
  for (const workers of values.workers.split(',').map(Number)) {
    load = loadavg()[0].toFixed(1);
    const adding = await secondsOf(() => diffcut('enqueue', input, '-o', output(workers), '--format', 'labels'));
    const working = await secondsOf(() => Promise.all(Array.from({ length: workers }, () => diffcut('work', '--jobs', '1', '--until-empty'))));
    row(
      `${workers} worker${workers === 1 ? '' : 's'}`,
      paceOf(output(workers)).toFixed(2),
      `${adding.toFixed(1)} s added, ${working.toFixed(1)} s done`,
      load,
    );
  }
} finally {
  await redis.end();
  rmSync(scratch, { recursive: true, force: true });
}
