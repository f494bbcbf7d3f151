// A queue whose workers are killed at random moments, as machines that go away are, and whose Redis is killed and started again:
// every picture is done, nothing is half written, and all is as one machine makes it.
//   node scripts/kill-queue.mjs [--pictures 500] [--workers 4] [--kills 20] [--seed 1]
// Wants a build ("npm run build") and redis-server. Pictures are made here. Each worker is killed with its processes, or alone.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from './own-redis.mjs';

const options = Object.fromEntries(
  Object.entries({ pictures: '500', workers: '4', kills: '20', seed: '1' }).map(([k, v]) => [k, { type: 'string', default: v }]),
);
const { values } = parseArgs({ options });
const [PICTURES, WORKERS, KILLS] = [values.pictures, values.workers, values.kills].map(Number);
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const { encodePng } = await import('../dist/index.js');
const folder = mkdtempSync(join(tmpdir(), 'diffcut-queue-'));
const at = (...parts) => join(folder, ...parts);

let state = Number(values.seed);
/** 0..1, the same for the same seed. */
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

const redis = await startRedis();
const env = { ...process.env, DIFFCUT_QUEUE: redis.url };
const diffcut = (...args) => spawnSync(process.execPath, [CLI, ...args], { env, encoding: 'utf8', maxBuffer: 2 ** 30 });
const status = () => JSON.parse(diffcut('queue', 'status', '--json').stdout);

/** Stripes and a square of shades that follow from the number. */
const pictureOf = (i) => {
  const [width, height] = [96, 72];
  const data = new Uint8Array(width * height * 3);
  for (let p = 0; p < width * height; p++) {
    const [x, y] = [p % width, Math.floor(p / width)];
    const shade = x > 20 + (i % 30) && x < 60 && y > 15 && y < 50 ? 230 - (i % 90) : (Math.floor(x / (12 + (i % 7))) % 2) * 60;
    data.set([shade, (shade + i) % 256, 128], 3 * p);
  }
  return encodePng({ data, width, height });
};

mkdirSync(at('in'));
for (let i = 0; i < PICTURES; i++) writeFileSync(at('in', `p${String(i).padStart(4, '0')}.png`), await pictureOf(i));
const asked = ['--format', 'labels,masks,json', '--size', '64'];
const told = (title, { status: code, stderr }) => {
  if (code !== 0) throw new Error(`${title}: ${stderr}`);
};
let start = performance.now();
told('one machine', diffcut('segment', at('in'), '-o', at('one'), ...asked, '--quiet'));
const alone = (performance.now() - start) / 1000;
told('enqueue', diffcut('enqueue', at('in'), '-o', at('many'), ...asked));

/** A worker in a group of its own, and one in its place where it ends before the queue does. */
const workers = new Set();
let isOver = false;
const hire = () => {
  const child = spawn(process.execPath, [CLI, 'work', '--jobs', '1', '--until-empty', '--take-over', '2', '--backoff', '1', '--quiet'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  workers.add(child);
  child.once('exit', (code) => {
    workers.delete(child);
    if (code !== 0 && !isOver) hire();
  });
  return child;
};
start = performance.now();
for (let i = 0; i < WORKERS; i++) hire();

const isDone = (name) => name.endsWith('.json') && !name.startsWith('.');
const doneNow = () => (existsSync(at('many')) ? readdirSync(at('many')).filter(isDone).length : 0);

let [killed, restarts] = [0, 0];
for (let kill = 0; kill < KILLS; kill++) {
  // Spread over the whole run: one after each share of the pictures, at a moment of its own.
  while (workers.size > 0 && doneNow() < (PICTURES * (kill + 0.5)) / (KILLS + 1)) await delay(20);
  await delay(500 * random());
  const child = [...workers][Math.floor(random() * workers.size)];
  if (!child) break;
  process.kill(random() < 0.5 ? child.pid : -child.pid, 'SIGKILL');
  killed++;
  if (kill === Math.floor(KILLS / 2)) {
    await redis.kill();
    await delay(1000);
    await redis.start();
    restarts++;
  }
}
while (workers.size > 0) await delay(500);
isOver = true;
const seconds = (performance.now() - start) / 1000;

/** All files below a folder, of JSON what is the same whenever it was made. */
const filesOf = (name) =>
  Object.fromEntries(
    readdirSync(at(name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== '.diffcut.jsonl')
      .map((entry) => {
        const path = join(entry.parentPath ?? entry.path, entry.name);
        const bytes = readFileSync(path);
        return [
          path.slice(at(name).length + 1),
          path.endsWith('.json') ? JSON.stringify({ ...JSON.parse(bytes), timings: 0 }) : bytes.toString('base64'),
        ];
      }),
  );
const left = readdirSync(at('many')).filter((name) => name.startsWith('.') && name !== '.diffcut.jsonl');
const [one, many] = [filesOf('one'), filesOf('many')];
const faults = [
  ...Object.keys(one)
    .filter((name) => !(name in many))
    .map((name) => `${name} is missing`),
  ...Object.keys(many)
    .filter((name) => !(name in one))
    .map((name) => `${name} is left over`),
  ...Object.keys(one)
    .filter((name) => name in many && many[name] !== one[name])
    .map((name) => `${name} is not as one machine makes it`),
];
const end = status();
if (end.waiting + end.running + end.delayed > 0) faults.push(`in the queue: ${JSON.stringify(end)}`);
if (end.setAside > 0) faults.push(`set aside: ${JSON.stringify(end.failed)}`);
for (const sentence of faults.slice(0, 20)) console.log(sentence);
const lines = readFileSync(at('many', '.diffcut.jsonl'), 'utf8').split('\n').filter(Boolean);
console.log(
  `${PICTURES} pictures, ${WORKERS} workers, ${killed} times one of them killed, Redis killed and started again ${restarts} times, ` +
    `${seconds.toFixed(0)} s (${alone.toFixed(0)} s on one machine): ${end.done} done, ${lines.length} lines in the ledger, ` +
    `${Object.keys(many).length} files against ${Object.keys(one).length}, ${left.length} stages left, ${faults.length} faults`,
);
await redis.end();
rmSync(folder, { recursive: true, force: true });
process.exitCode = faults.length > 0 ? 1 : 0;
