/**
 * npm run bench -- full-size [--model ssd-1b] [--size 1024] [--tap attention] [--vae full,tiny] [--runs 2] [--folder DIR] [--device cpu] [--threads N]
 *                            [--reference] [--python python3] [--json]
 *
 * A diffusion encoder of the published shape with random weights, as `diffcut models pull` leaves one (the cut encoder,
 * the VAE's encoder, the tiny VAE's, the empty prompt): loading, encoding and peak memory, each VAE in a process of its
 * own. With --tap attention the whole UNet (of sd-1.4 at 512 where nothing else is said), and the solver diffseg. The file (0.84 GB for ssd-1b) is written once, to --folder. With --reference diffusers does the same work on two
 * threads (scripts/bench-diffusers.py), in turn with ours.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countOf, randomBytes } from './random-weights.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Keys of the published configs that shape the network. */
const XL = {
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 256,
  attention_head_dim: [5, 10, 20],
  block_out_channels: [320, 640, 1280],
  cross_attention_dim: 2048,
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
  projection_class_embeddings_input_dim: 2816,
  use_linear_projection: true,
};
const UNETS = {
  'ssd-1b': { ...XL, transformer_layers_per_block: [1, [2, 2], [4, 4]] },
  vega: { ...XL, transformer_layers_per_block: [1, [1, 1], [2, 2]] },
  sdxl: { ...XL, transformer_layers_per_block: [1, 2, 10] },
  'sd-1.4': { cross_attention_dim: 768 },
  'sd-1.5': { cross_attention_dim: 768 },
  'sd-2.1': { cross_attention_dim: 1024, attention_head_dim: [5, 10, 20, 20], use_linear_projection: true },
};
const VAE = {
  block_out_channels: [128, 256, 512, 512],
  down_block_types: Array(4).fill('DownEncoderBlock2D'),
  layers_per_block: 2,
  scaling_factor: 0.13025,
};
const PROMPT_TOKENS = 77;

const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== 'full-size'),
  options: {
    model: { type: 'string' },
    size: { type: 'string' },
    tap: { type: 'string', default: 'tokens' },
    vae: { type: 'string', default: 'full,tiny' },
    runs: { type: 'string', default: '2' },
    folder: { type: 'string', default: join(tmpdir(), 'diffcut-full-size') },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string' },
    one: { type: 'string' },
    reference: { type: 'boolean' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'boolean' },
  },
});
const isWhole = flags.tap === 'attention';
flags.model ??= isWhole ? 'sd-1.4' : 'ssd-1b';
flags.size ??= isWhole ? '512' : '1024';
const folder = join(flags.folder, isWhole ? `${flags.model}-whole` : flags.model);
const BYTES = { F16: 2, F32: 4 };
if (flags.one) await measure(flags.one);
else await report();

/** Weights that every graph finds what it asks for in: what they are asked for is what is written. */
function askedFor(prefix, dtype, ask) {
  const asked = new Map();
  const source = { name: prefix, size: 0, read: async () => new Uint8Array(0), close: async () => {} };
  const at = (path) => ({
    at: (name) => at(`${path}${name}.`),
    has: () => false,
    shapeOf: () => undefined,
    names: () => [],
    sources: () => [source],
    take(name, shape) {
      asked.set(path + name, { dtype, shape });
      return { key: path + name, source, dtype, shape, start: 0, end: 0 };
    },
  });
  const compiled = ask(at(''));
  return { compiled, tensors: [...asked].map(([key, { shape }]) => [`${prefix}.${key}`, { dtype, shape }]) };
}

async function makeModel() {
  const path = join(folder, 'weights.safetensors');
  if (existsSync(path)) return;
  const { compileMaps, compileUnet } = await import('../dist/compile/nets/unet.js');
  const { compileVae, compileTinyVae } = await import('../dist/compile/nets/vae.js');
  const { writeHeader } = await import('../dist/weights/safetensors.js');
  const { floatsToHalves } = await import('../dist/tensor/half.js');
  const compile = isWhole ? compileMaps : compileUnet;
  const unet = askedFor('unet', 'F16', (w) => compile(w, UNETS[flags.model], 'float32', isWhole ? [64, 64] : undefined));
  const vae = askedFor('vae', 'F16', (w) => compileVae(w, VAE, 'float32'));
  const tiny = askedFor('vae_tiny', 'F32', (w) => compileTinyVae(w, {}));
  const { promptChannels, pooledChannels } = unet.compiled;
  const constants = [['constants.prompt_embeds', { dtype: 'F32', shape: [PROMPT_TOKENS, promptChannels] }]];
  if (pooledChannels > 0) constants.push(['constants.pooled', { dtype: 'F32', shape: [pooledChannels] }]);
  const tensors = [...unet.tensors, ...vae.tensors, ...tiny.tensors, ...constants];
  const metadata = { unet: JSON.stringify(UNETS[flags.model]), vae: JSON.stringify(VAE), vae_tiny: '{}', constants: '1' };
  mkdirSync(folder, { recursive: true });
  const file = openSync(`${path}.part`, 'w');
  const sized = tensors.map(([name, t]) => [name, { ...t, bytes: countOf(t.shape) * BYTES[t.dtype] }]);
  writeSync(file, writeHeader(sized, metadata, 64));
  for (const [name, tensor] of tensors) writeSync(file, randomBytes(name, tensor, floatsToHalves));
  closeSync(file);
  renameSync(`${path}.part`, path);
}

/** In a process of its own: one encoder, opened, used `runs` times, opened again. */
async function measure(vae) {
  const { folderFiles, openEncoder, solve } = await import('../dist/index.js');
  const side = Number(flags.size);
  const image = { width: side, height: side, data: new Uint8Array(side * side * 3) };
  for (let i = 0; i < image.data.length; i++) image.data[i] = 128 + 90 * Math.sin(i / 97) + 30 * Math.sin(i / 3001);
  // In this process, whose memory is measured.
  const options = { vae, size: side, tap: flags.tap, device: flags.device, worker: false, ...(flags.threads && { threads: Number(flags.threads) }) };
  let start = performance.now();
  const encoder = await openEncoder(folderFiles(folder), options);
  const load = performance.now() - start;
  const runs = [];
  let features;
  for (let i = 0; i < Number(flags.runs); i++) {
    const marks = [];
    start = performance.now();
    const before = cpuSeconds();
    features = await encoder.encode(image, { onProgress: (_, done) => marks.push([done, performance.now() - start]) });
    const [, [, latents], [, end]] = marks;
    if (!features.data.every(Number.isFinite)) throw new Error('features that are not finite');
    runs.push({ vae: latents, unet: end - latents, total: performance.now() - start, cpu: cpuSeconds() - before });
  }
  let merging;
  if (isWhole) {
    start = performance.now();
    const [before, encodePeak] = [cpuSeconds(), process.resourceUsage().maxRSS / 1024];
    const { tree } = await solve('diffseg', features);
    merging = {
      encodePeakMB: Math.round(encodePeak),
      mergeCpu: cpuSeconds() - before,
      mergeSeconds: Math.round(performance.now() - start) / 1000,
      segments: new Set(tree.cells.data).size,
    };
  }
  const peak = process.resourceUsage().maxRSS / 1024;
  await encoder.dispose();
  start = performance.now();
  await (await openEncoder(folderFiles(folder), options)).dispose();
  const best = runs.reduce((a, b) => (b.total < a.total ? b : a));
  const seconds = (ms) => Math.round(ms) / 1000;
  const out = { vae, load: seconds(load), loadWarm: seconds(performance.now() - start), peakMB: Math.round(peak), device: encoder.device };
  console.log(
    JSON.stringify({
      ...out,
      vaeSeconds: seconds(best.vae),
      unetSeconds: seconds(best.unet),
      encodeSeconds: seconds(best.total),
      encodeCpu: best.cpu,
      ...merging,
    }),
  );
}

/** Of this process, all threads: what a machine that others use tells less wrongly than its clock. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1e4) / 100;
}

function runPython() {
  const out = execFileSync(flags.python, [join(root, 'scripts/bench-diffusers.py'), '--size', flags.size], { encoding: 'utf8' });
  return JSON.parse(out.trim().split('\n').pop());
}

async function report() {
  await makeModel();
  const one = (vae) =>
    JSON.parse(
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--one', vae, ...process.argv.slice(2).filter((a) => a !== 'full-size')], {
        encoding: 'utf8',
      })
        .trim()
        .split('\n')
        .pop(),
    );
  const rows = [];
  let reference;
  for (const vae of flags.vae.split(',')) {
    rows.push(one(vae));
    if (flags.reference && !reference) reference = runPython();
  }
  const machine = {
    cpu: cpus()[0].model,
    threads: availableParallelism(),
    node: process.version,
    load: loadavg().map((n) => Math.round(n * 100) / 100),
  };
  if (flags.json) {
    console.log(JSON.stringify({ machine, model: flags.model, size: Number(flags.size), rows, reference }));
    return;
  }
  console.log(
    `${flags.model} at ${flags.size} x ${flags.size}, random weights; ${machine.cpu}, ${machine.threads} threads, Node ${machine.node}, load ${machine.load}`,
  );
  console.table(rows);
  if (!reference) return;
  const total = reference.vae_encode.seconds + reference.unet_full.seconds;
  console.log(
    `diffusers: VAE ${reference.vae_encode.seconds} s, UNet ${reference.unet_full.seconds} s (${reference.unet_to_tap.seconds} s to the tap), together ${total.toFixed(1)} s; peak ${reference.unet_full.peak_mb} MB`,
  );
  for (const { vae, encodeSeconds, peakMB } of rows) console.log(`${vae} VAE: ${(encodeSeconds / total).toFixed(3)} of that time, ${peakMB} MB`);
}
