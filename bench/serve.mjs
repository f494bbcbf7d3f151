/**
 * npm run bench -- serve [--requests 200] [--clients 16] [--jobs 2]
 *
 * `diffcut serve` asked by several clients at once for the labels of a bundled photograph, whole bodies in, whole answers out: pictures
 * a second, the median and the 95th percentile of an answer's time (waiting among it, and being sent away for it), how often a client
 * was sent away (429), and the memory of the server with its lanes before and after.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const options = {
  requests: { type: 'string', default: '200' },
  clients: { type: 'string', default: '16' },
  jobs: { type: 'string', default: String(availableParallelism()) },
};
const { values } = parseArgs({ options, allowPositionals: true });
const [requests, clients] = [Number(values.requests), Number(values.clients)];
const root = fileURLToPath(new URL('..', import.meta.url));
const body = await sharp(join(root, 'photos/rocket.jpg')).resize(500, 375, { fit: 'fill' }).jpeg().toBuffer();

const args = [join(root, 'dist/cli/main.js'), 'serve', '--port', '0', '--json', '--quiet', '--jobs', values.jobs];
const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
const first = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next();
const { url } = JSON.parse(first.value);

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone, or no Linux
  }
};
const memoryMB = () => {
  const pids = [server.pid, ...read(`/proc/${server.pid}/task/${server.pid}/children`).trim().split(' ')];
  return Math.round(pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024, 0));
};

let away = 0;
/** Milliseconds until there are labels. */
const ask = async () => {
  const start = performance.now();
  for (;;) {
    const answer = await fetch(`${url}/segment`, { method: 'POST', body, headers: { 'content-type': 'image/jpeg' } });
    await answer.arrayBuffer();
    if (answer.ok) return performance.now() - start;
    if (answer.status !== 429) throw new Error(`answered ${answer.status}`);
    away++;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

try {
  await Promise.all(Array.from({ length: Number(values.jobs) }, ask)); // every lane has its encoder
  away = 0;
  const before = memoryMB();
  const times = [];
  const start = performance.now();
  let left = requests;
  const client = async () => {
    while (left-- > 0) times.push(await ask());
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share) => `${(times[Math.ceil(share * times.length) - 1] / 1000).toFixed(2)} s`;
  console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`);
  console.log('| requests | clients | lanes | pictures a second | median | p95 | sent away | memory before, after |');
  console.log('|---|---|---|---|---|---|---|---|');
  const row = [requests, clients, values.jobs, (requests / seconds).toFixed(2), at(0.5), at(0.95), away, `${before}, ${memoryMB()} MB`];
  console.log(`| ${row.join(' | ')} |`);
} finally {
  server.kill('SIGTERM');
}
