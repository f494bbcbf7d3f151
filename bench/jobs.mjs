/**
 * npm run bench -- jobs [--runs 3] [--jobs 2]
 *
 * 20 photographs by the command line with its default outputs, one at a time and several (as many as cores), in turn: the
 * whole command's time, and the most memory that a job took, its encoder's process with it (on Linux). The pictures are bundled
 * photographs brought to the size.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const options = { runs: { type: 'string', default: '3' }, jobs: { type: 'string', default: String(availableParallelism()) } };
const { values } = parseArgs({ options, allowPositionals: true });
const root = fileURLToPath(new URL('..', import.meta.url));
const photos = readdirSync(join(root, 'photos')).filter((name) => name.endsWith('.jpg'));
const COUNT = 20;
const SIZES = [
  [500, 375],
  [1600, 1200],
  [4000, 3000],
];

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone, or no Linux
  }
};
const childrenOf = (pid) => read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean);
const peakMB = (pid) => Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

/** @returns seconds, and the peak of each process by its id */
const measure = async (folder, output, jobs) => {
  const start = performance.now();
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'segment', folder, '-o', output, '--overwrite', '--quiet', '--jobs', jobs]);
  const peaks = new Map();
  const timer = setInterval(() => {
    for (const pid of [String(child.pid), ...childrenOf(child.pid)]) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakMB(pid)));
  }, 50);
  const [code] = await once(child, 'exit');
  clearInterval(timer);
  if (code !== 0) throw new Error(`diffcut ended with ${code}`);
  const own = peaks.get(String(child.pid));
  peaks.delete(String(child.pid));
  const seconds = (performance.now() - start) / 1000;
  // one at a time: the command itself works, and its encoder's process
  return { seconds, own, job: jobs === '1' ? own + Math.max(0, ...peaks.values()) : Math.max(0, ...peaks.values()) };
};

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const told = (runs) => `${median(runs).toFixed(1)} s (${runs.map((s) => s.toFixed(1)).join(', ')})`;

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-bench-'));
console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}`);
try {
  for (const [width, height] of SIZES) {
    const folder = join(scratch, String(width));
    mkdirSync(folder);
    for (let i = 0; i < COUNT; i++)
      await sharp(join(root, 'photos', photos[i % photos.length]))
        .resize(width, height, { fit: 'cover', kernel: 'lanczos3' })
        .jpeg({ quality: 90 })
        .toFile(join(folder, `${i}.jpg`));
    const load = loadavg()[0];
    const runs = [];
    for (let i = 0; i < Number(values.runs); i++)
      runs.push({ one: await measure(folder, join(scratch, 'one'), '1'), all: await measure(folder, join(scratch, 'all'), values.jobs) });
    const [one, all] = ['one', 'all'].map((name) => runs.map((run) => run[name].seconds));
    console.log(`${COUNT} of ${width}x${height}, load ${load.toFixed(1)} to ${loadavg()[0].toFixed(1)}`);
    console.log(
      `  one at a time ${told(one)}, ${values.jobs} at a time ${told(all)}: ${median(runs.map(({ one, all }) => one.seconds / all.seconds)).toFixed(2)} times the throughput`,
    );
    const most = (name, of) => Math.round(Math.max(...runs.map((run) => run[name][of])));
    console.log(`  peak: ${most('one', 'job')} MB one at a time; ${most('all', 'job')} MB a job and ${most('all', 'own')} MB the command`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
