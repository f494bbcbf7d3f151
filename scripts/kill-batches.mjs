// Kills a batch at random moments, as a crash or the system's out-of-memory killer does, and looks at what is left:
// nothing that was there before is lost, nothing is half written, and the same command with --resume ends it.
//   node scripts/kill-batches.mjs [--kills 20] [--seed 1]
// Wants a build ("npm run build"). Pictures are copies of a bundled photograph.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } } });
const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const { decodeLabelPng } = await import('../dist/index.js');
const folder = mkdtempSync(join(tmpdir(), 'diffcut-kills-'));
const at = (...parts) => join(folder, ...parts);
const COUNT = 8;

let state = Number(values.seed);
/** 0..1, the same for the same seed. */
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

mkdirSync(at('in'));
const photograph = fileURLToPath(new URL('../photos/coffee.jpg', import.meta.url));
for (let i = 0; i < COUNT; i++) cpSync(photograph, at('in', `p${i}.jpg`));
const args = (...more) => [CLI, 'segment', at('in'), '-o', at('out'), '--format', 'labels,masks,json', '--size', '64', '--quiet', ...more];
const whole = () => spawnSync(process.execPath, args('--resume'), { encoding: 'utf8' });

/** Sentences of what is wrong with the outputs. @param complete whether all must be there */
const faults = (complete) => {
  const out = [];
  const names = existsSync(at('out')) ? readdirSync(at('out')) : [];
  for (let i = 0; i < COUNT; i++) {
    const [png, masks, json] = ['png', 'masks', 'json'].map((end) => `p${i}.${end}`);
    const there = [png, masks, json].filter((name) => names.includes(name));
    if (complete && there.length < 3) out.push(`only ${there} of p${i}`);
  }
  return { names, out };
};

const checkWhole = (names, out) => {
  try {
    for (const name of names) {
      if (/^p\d\.png$/.test(name)) decodeLabelPng(readFileSync(at('out', name)), name);
      if (/\.json$/.test(name)) JSON.parse(readFileSync(at('out', name), 'utf8'));
      if (/\.masks$/.test(name)) for (const mask of readdirSync(at('out', name))) decodeLabelPng(readFileSync(at('out', name, mask)), mask);
    }
  } catch (error) {
    out.push(error.message);
  }
};

const start = performance.now();
whole();
const taken = performance.now() - start;
let lost = 0;
let stages = 0;
for (let kill = 0; kill < Number(values.kills); kill++) {
  const isOver = kill % 2 === 1; // over what is there, or from nothing
  if (!isOver) rmSync(at('out'), { recursive: true, force: true });
  mkdirSync(at('out'), { recursive: true });
  writeFileSync(at('out', 'notes.txt'), 'mine');
  const before = new Set(readdirSync(at('out')));
  const more = isOver ? ['--overwrite', '--min-area', String(2 + kill)] : ['--resume'];
  const child = spawn(process.execPath, args(...more), { stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => setTimeout(resolve, taken * (0.2 + 0.75 * random())));
  try {
    process.kill(-child.pid, 'SIGKILL'); // with its processes
  } catch {} // it was faster
  await ended;
  const { names, out } = faults(false);
  stages += names.filter((name) => name.endsWith('.tmp')).length;
  checkWhole(names, out);
  const again = spawnSync(process.execPath, args(...more), { encoding: 'utf8' });
  if (again.status !== 0) out.push(`again: ${again.stderr}`);
  const after = faults(true);
  checkWhole(after.names, after.out);
  for (const name of before) if (!after.names.includes(name)) after.out.push(`${name} is lost`);
  const litter = after.names.filter((name) => name.endsWith('.tmp'));
  if (litter.length > 0) after.out.push(`${litter} is left`);
  if (statSync(at('out', 'notes.txt')).size !== 4) after.out.push('notes.txt was changed');
  for (const sentence of [...out, ...after.out]) console.log(`kill ${kill}: ${sentence}`);
  if (out.length + after.out.length > 0) lost++;
}
console.log(
  `${values.kills} kills of a batch of ${COUNT} pictures (${Math.round(taken)} ms), ${stages} stages left by them and cleared away: ${lost} with a fault`,
);
rmSync(folder, { recursive: true, force: true });
process.exitCode = lost > 0 ? 1 : 0;
