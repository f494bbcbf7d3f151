/**
 * npm run bench -- vit [--models s16,b16,l14] [--pairs 3] [--folder DIR] [--device cpu] [--threads N] [--reference] [--python python3] [--json]
 *
 * Vision transformers of the published shape with random weights, in timm's layout: loading, encoding and peak memory,
 * each measurement in a process of its own. The files (0.09, 0.34 and 1.22 GB) are written once, to --folder. With --reference
 * timm computes the same features from the same file on two threads (scripts/bench-timm.py), in turn with ours: loaded as
 * a user loads it, and once with as little memory as torch can do with (--lean).
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countOf, randomBytes } from './random-weights.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const MODELS = {
  s16: { architecture: 'vit_small_patch16_224', size: 1024, channels: 384, depth: 12, patch: 16, native: 14 },
  b16: { architecture: 'vit_base_patch16_224', size: 1024, channels: 768, depth: 12, patch: 16, native: 14 },
  l14: { architecture: 'vit_large_patch14_dinov2', size: 1022, channels: 1024, depth: 24, patch: 14, native: 37, scaled: true },
};

const args = process.argv.slice(2).filter((arg) => arg !== 'vit');
const { values: flags } = parseArgs({
  args,
  options: {
    models: { type: 'string', default: 'b16,l14' },
    pairs: { type: 'string', default: '3' },
    folder: { type: 'string', default: join(tmpdir(), 'diffcut-vit') },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string' },
    one: { type: 'string' },
    reference: { type: 'boolean' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'boolean' },
  },
});
if (flags.one) await measure(flags.one);
else for (const name of flags.models.split(',')) await report(name);

/** Names and shapes, as timm has them. */
function tensorsOf({ channels: c, depth, patch, native, scaled }) {
  const tensors = [
    ['cls_token', [1, 1, c]],
    ['pos_embed', [1, native * native + 1, c]],
    ['patch_embed.proj.weight', [c, 3, patch, patch]],
    ['patch_embed.proj.bias', [c]],
    ['norm.weight', [c]],
    ['norm.bias', [c]],
  ];
  const block = [
    ['norm1', [c], [c]],
    ['attn.qkv', [3 * c, c], [3 * c]],
    ['attn.proj', [c, c], [c]],
    ['norm2', [c], [c]],
    ['mlp.fc1', [4 * c, c], [4 * c]],
    ['mlp.fc2', [c, 4 * c], [c]],
  ];
  for (let i = 0; i < depth; i++) {
    for (const [name, weight, bias] of block) tensors.push([`blocks.${i}.${name}.weight`, weight], [`blocks.${i}.${name}.bias`, bias]);
    if (scaled) for (const name of ['ls1', 'ls2']) tensors.push([`blocks.${i}.${name}.gamma`, [c]]);
  }
  return tensors.map(([name, shape]) => [name, { dtype: 'F32', shape, bytes: countOf(shape) * 4 }]);
}

async function makeModel(name) {
  const folder = join(flags.folder, name);
  const path = join(folder, 'model.safetensors');
  if (existsSync(path)) return folder;
  const { writeHeader } = await import('../dist/weights/safetensors.js');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ architecture: MODELS[name].architecture, num_classes: 0, pretrained_cfg: {} }));
  const file = openSync(`${path}.part`, 'w');
  const tensors = tensorsOf(MODELS[name]);
  writeSync(file, writeHeader(tensors, { format: 'pt' }, 64));
  for (const [key, tensor] of tensors) writeSync(file, randomBytes(key, tensor));
  closeSync(file);
  renameSync(`${path}.part`, path);
  return folder;
}

/** In a process of its own: one encoder, opened, used once to warm up and once to be timed. */
async function measure(name) {
  const { folderFiles, openEncoder } = await import('../dist/index.js');
  const { size } = MODELS[name];
  const image = { width: size, height: size, data: new Uint8Array(size * size * 3) };
  for (let i = 0; i < image.data.length; i++) image.data[i] = 128 + 90 * Math.sin(i / 97) + 30 * Math.sin(i / 3001);
  let start = performance.now();
  const encoder = await openEncoder(folderFiles(join(flags.folder, name)), {
    size,
    device: flags.device,
    worker: false, // in this process, whose memory is measured
    ...(flags.threads && { threads: Number(flags.threads) }),
  });
  const load = performance.now() - start;
  const runs = [];
  for (let i = 0; i < 2; i++) {
    start = performance.now();
    const { data } = await encoder.encode(image);
    runs.push((performance.now() - start) / 1000);
    if (!data.every(Number.isFinite)) throw new Error('features that are not finite');
  }
  const { device } = encoder;
  console.log(JSON.stringify({ name, device, load: load / 1000, runs, seconds: Math.min(...runs), peakMB: process.resourceUsage().maxRSS / 1024 }));
}

function lastLine(command, all) {
  return JSON.parse(execFileSync(command, all, { encoding: 'utf8' }).trim().split('\n').at(-1));
}

function timm(name, folder, ...more) {
  const { architecture, size } = MODELS[name];
  const script = join(root, 'scripts/bench-timm.py');
  const row = lastLine(flags.python, [script, '--model', architecture, '--size', String(size), '--weights', folder, '--repeats', '2', ...more]);
  return { seconds: Math.min(...row.runs), peakMB: Math.max(...row.peak_mb), imports: row.imports_peak_mb };
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

async function report(name) {
  const folder = await makeModel(name);
  const ours = [];
  const theirs = [];
  for (let i = 0; i < Number(flags.pairs); i++) {
    ours.push(lastLine(process.execPath, [fileURLToPath(import.meta.url), '--one', name, ...args]));
    if (flags.reference) theirs.push(timm(name, folder));
  }
  const lean = flags.reference ? timm(name, folder, '--lean') : undefined;
  const { architecture, size } = MODELS[name];
  const machine = { cpu: cpus()[0].model, threads: availableParallelism(), node: process.version, load: loadavg()[0] };
  if (flags.json) return console.log(JSON.stringify({ machine, architecture, size, ours, theirs, lean }));
  console.log(`${architecture} at ${size} x ${size}, random weights; ${machine.cpu}, ${machine.threads} threads, Node ${machine.node}`);
  for (const [i, { load, seconds, peakMB }] of ours.entries()) {
    const beside =
      theirs[i] &&
      `; timm ${theirs[i].seconds.toFixed(1)} s, ${Math.round(theirs[i].peakMB)} MB: ${(seconds / theirs[i].seconds).toFixed(2)} of its time, ${(peakMB / theirs[i].peakMB).toFixed(2)} of its memory`;
    console.log(`  open ${load.toFixed(2)} s, encode ${seconds.toFixed(1)} s, peak ${Math.round(peakMB)} MB${beside ?? ''}`);
  }
  if (!lean) return;
  const time = median(ours.map(({ seconds }, i) => seconds / theirs[i].seconds));
  const memory = median(ours.map(({ peakMB }, i) => peakMB / theirs[i].peakMB));
  const least = median(ours.map(({ peakMB }) => peakMB)) / lean.peakMB;
  console.log(`  median: ${time.toFixed(2)} of timm's time, ${memory.toFixed(2)} of its memory; ${least.toFixed(2)} of what it takes loaded leanly`);
}
