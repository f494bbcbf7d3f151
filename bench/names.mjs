/**
 * npm run bench -- names [--models 8m,39m,convnext-l] [--pairs 3] [--vocabulary voc] [--folder DIR] [--threads N] [--reference] [--python python3] [--json]
 *
 * What names segments, at the published shapes with random weights, in the published layouts: opening with two classes or with a vocabulary,
 * naming the 20 segments of a picture, and peak memory, each measurement in a process of its own. The files (0.09, 0.33 and 1.41 GB) are
 * written once, to --folder. With --reference open_clip or transformers computes the same of the same file on two threads
 * (scripts/bench-clip.py), in turn with ours. The tokenizer is a tiny one, whose texts have more tokens than those of CLIP's own.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countOf, randomBytes } from './random-weights.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tokenizer = join(root, 'test/golden/pipelines/sd1/tokenizer');
const WORDS = 49_408;
const LENGTH = 77;
const SEGMENTS = 20;

/** Widths and depths as the models' pages have them. */
const MODELS = {
  '8m': { row: 'tinyclip-8m', size: 448, dimensions: 512, picture: { c: 256, depth: 10, heads: 4 }, text: { c: 256, depth: 3, heads: 4 } },
  '39m': { row: 'tinyclip-39m', size: 448, dimensions: 512, picture: { c: 512, depth: 12, heads: 8 }, text: { c: 512, depth: 6, heads: 8 } },
  'convnext-l': {
    row: 'clip-convnext-l',
    size: 1024,
    dimensions: 768,
    stages: [3, 3, 27, 3],
    dims: [192, 384, 768, 1536],
    text: { c: 768, depth: 16, heads: 12 },
  },
};

const args = process.argv.slice(2).filter((arg) => arg !== 'names');
const { values: flags } = parseArgs({
  args,
  options: {
    models: { type: 'string', default: '8m,39m,convnext-l' },
    pairs: { type: 'string', default: '3' },
    folder: { type: 'string', default: join(tmpdir(), 'diffcut-names') },
    vocabulary: { type: 'string' },
    threads: { type: 'string' },
    one: { type: 'string' },
    reference: { type: 'boolean' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'boolean' },
  },
});
if (flags.one) await measure(flags.one);
else for (const name of flags.models.split(',')) await report(name);

function both(name, weight) {
  return [
    [`${name}.weight`, weight],
    [`${name}.bias`, weight.slice(0, 1)],
  ];
}

/** transformers' `CLIPModel`: a block of either half. */
function plainBlock(at, c) {
  return [
    ...both(`${at}.layer_norm1`, [c]),
    ...['q', 'k', 'v'].flatMap((part) => both(`${at}.self_attn.${part}_proj`, [c, c])),
    ...both(`${at}.self_attn.out_proj`, [c, c]),
    ...both(`${at}.layer_norm2`, [c]),
    ...both(`${at}.mlp.fc1`, [4 * c, c]),
    ...both(`${at}.mlp.fc2`, [c, 4 * c]),
  ];
}

function plainTensors({ dimensions, picture, text }) {
  const [v, t] = [picture.c, text.c];
  const blocks = (half, { c, depth }) => Array.from({ length: depth }, (_, i) => plainBlock(`${half}.encoder.layers.${i}`, c)).flat();
  return [
    ['logit_scale', []],
    ['vision_model.embeddings.class_embedding', [v]],
    ['vision_model.embeddings.patch_embedding.weight', [v, 3, 16, 16]],
    ['vision_model.embeddings.position_embedding.weight', [197, v]],
    ...both('vision_model.pre_layrnorm', [v]),
    ...blocks('vision_model', picture),
    ...both('vision_model.post_layernorm', [v]),
    ['visual_projection.weight', [dimensions, v]],
    ['text_model.embeddings.token_embedding.weight', [WORDS, t]],
    ['text_model.embeddings.position_embedding.weight', [LENGTH, t]],
    ...blocks('text_model', text),
    ...both('text_model.final_layer_norm', [t]),
    ['text_projection.weight', [dimensions, t]],
  ];
}

function convnextBlock(at, c) {
  return [
    [`${at}.gamma`, [c]],
    ...both(`${at}.conv_dw`, [c, 1, 7, 7]),
    ...both(`${at}.norm`, [c]),
    ...both(`${at}.mlp.fc1`, [4 * c, c]),
    ...both(`${at}.mlp.fc2`, [c, 4 * c]),
  ];
}

/** open_clip's CLIP around a ConvNeXt. */
function openTensors({ dimensions, stages, dims, text: { c, depth } }) {
  const trunk = 'visual.trunk';
  const last = dims.at(-1);
  const textBlock = (at) => [
    ...both(`${at}.ln_1`, [c]),
    [`${at}.attn.in_proj_weight`, [3 * c, c]],
    [`${at}.attn.in_proj_bias`, [3 * c]],
    ...both(`${at}.attn.out_proj`, [c, c]),
    ...both(`${at}.ln_2`, [c]),
    ...both(`${at}.mlp.c_fc`, [4 * c, c]),
    ...both(`${at}.mlp.c_proj`, [c, 4 * c]),
  ];
  return [
    ['logit_scale', []],
    ['positional_embedding', [LENGTH, c]],
    ['text_projection', [c, dimensions]],
    ...both(`${trunk}.stem.0`, [dims[0], 3, 4, 4]),
    ...both(`${trunk}.stem.1`, [dims[0]]),
    ...stages.flatMap((count, s) => [
      ...(s === 0
        ? []
        : [...both(`${trunk}.stages.${s}.downsample.0`, [dims[s - 1]]), ...both(`${trunk}.stages.${s}.downsample.1`, [dims[s], dims[s - 1], 2, 2])]),
      ...Array.from({ length: count }, (_, b) => convnextBlock(`${trunk}.stages.${s}.blocks.${b}`, dims[s])).flat(),
    ]),
    ...both(`${trunk}.head.norm`, [last]),
    ...both('visual.head.mlp.fc1', [2 * dimensions, last]),
    ['visual.head.mlp.fc2.weight', [dimensions, 2 * dimensions]],
    ['token_embedding.weight', [WORDS, c]],
    ...Array.from({ length: depth }, (_, i) => textBlock(`transformer.resblocks.${i}`)).flat(),
    ...both('ln_final', [c]),
  ];
}

/** Its tensors, its config, and what they are called. */
function filesOf(name) {
  const model = MODELS[name];
  if (model.stages) {
    const { c: width, heads, depth: layers } = model.text;
    const vision_cfg = {
      timm_model_name: 'convnext_large',
      timm_model_pretrained: false,
      timm_pool: '',
      timm_proj: 'mlp',
      timm_drop: 0,
      image_size: 320,
    };
    const text_cfg = { context_length: LENGTH, vocab_size: WORDS, width, heads, layers };
    const config = { model_cfg: { embed_dim: model.dimensions, vision_cfg, text_cfg } };
    return { tensors: openTensors(model), config, configName: 'open_clip_config.json', weightsName: 'open_clip_model.safetensors' };
  }
  const half = ({ c, depth, heads }) => ({
    hidden_size: c,
    intermediate_size: 4 * c,
    num_hidden_layers: depth,
    num_attention_heads: heads,
    projection_dim: model.dimensions,
  });
  const config = {
    model_type: 'clip',
    projection_dim: model.dimensions,
    vision_config: { ...half(model.picture), image_size: 224, patch_size: 16 },
    text_config: { ...half(model.text), vocab_size: WORDS, max_position_embeddings: LENGTH, bos_token_id: 0, eos_token_id: 2, pad_token_id: 1 },
  };
  return { tensors: plainTensors(model), config, configName: 'config.json', weightsName: 'model.safetensors' };
}

async function makeModel(name) {
  const folder = join(flags.folder, name);
  const { tensors, config, configName, weightsName } = filesOf(name);
  const path = join(folder, weightsName);
  if (existsSync(path)) return folder;
  const { writeHeader } = await import('../dist/weights/safetensors.js');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, configName), JSON.stringify(config));
  for (const file of ['vocab.json', 'merges.txt']) copyFileSync(join(tokenizer, file), join(folder, file));
  const rows = tensors.map(([key, shape]) => [key, { dtype: 'F32', shape, bytes: 4 * countOf(shape) }]);
  const file = openSync(`${path}.part`, 'w');
  writeSync(file, writeHeader(rows, { format: 'pt' }, 64));
  for (const [key, tensor] of rows) writeSync(file, key === 'logit_scale' ? new Uint8Array(Float32Array.of(4.6).buffer) : randomBytes(key, tensor));
  closeSync(file);
  renameSync(`${path}.part`, path);
  return folder;
}

/** A picture of noise and 20 segments, which is as much work as any. */
function picture() {
  const [width, height] = [640, 480];
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 2_654_435_761) >>> 24);
  const labels = {
    data: Int32Array.from({ length: width * height }, (_, i) => Math.floor(((i % width) * 5) / width) + 5 * Math.floor((i * 4) / (width * height))),
    width,
    height,
  };
  return { image: { data, width, height }, labels, segments: Array.from({ length: SEGMENTS }, (_, id) => ({ id })) };
}

/** One measurement, in this process. */
async function measure(name) {
  const { openNamer } = await import('../dist/index.js');
  const folder = await makeModel(name);
  const threads = flags.threads === undefined ? undefined : Number(flags.threads);
  const { size } = MODELS[name];
  const names = flags.vocabulary === undefined ? { classes: ['cat', 'dog'] } : { vocabulary: flags.vocabulary };
  const given = { ...names, device: 'cpu', threads, worker: false, size };
  const start = performance.now();
  const namer = await openNamer(folder, given);
  const opened = performance.now();
  const { image, labels, segments } = picture();
  await namer.name(image, labels, segments);
  const before = performance.now();
  await namer.name(image, labels, segments);
  const named = performance.now() - before;
  await namer.dispose();
  console.log(JSON.stringify({ open: (opened - start) / 1000, name: named / 1000, peakMB: process.resourceUsage().maxRSS / 1024 }));
}

async function report(name) {
  const folder = await makeModel(name);
  const cache = join(flags.folder, 'cache');
  const env = { ...process.env, DIFFCUT_CACHE: cache };
  rmSync(cache, { recursive: true, force: true });
  const ours = () => lastLine(execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...args, '--one', name], { env, encoding: 'utf8' }));
  const theirs = () =>
    lastLine(
      execFileSync(flags.python, [join(root, 'scripts/bench-clip.py'), folder, '--size', String(MODELS[name].size), '--segments', String(SEGMENTS)], {
        encoding: 'utf8',
      }),
    );
  const first = ours(); // reads the names, which the others find
  const pairs = Array.from({ length: Number(flags.pairs) }, () => ({ ours: ours(), theirs: flags.reference ? theirs() : undefined }));
  const of = (side, key) => median(pairs.map((pair) => pair[side][key]));
  const row = {
    model: MODELS[name].row,
    vocabulary: first.open,
    open: of('ours', 'open'),
    name: of('ours', 'name'),
    peakMB: of('ours', 'peakMB'),
    ...(flags.reference && {
      reference: { name: of('theirs', 'name'), peakMB: of('theirs', 'peakMB') },
      ratio: median(pairs.map((p) => p.ours.name / p.theirs.name)),
    }),
    load: loadavg()[0],
    cpu: `${availableParallelism()} x ${cpus()[0].model}`,
  };
  if (flags.json) console.log(JSON.stringify(row));
  else {
    console.log(
      `${row.model}: opening with ${flags.vocabulary ?? 'two classes'} ${row.vocabulary.toFixed(1)} s, again ${row.open.toFixed(2)} s; a picture's ${SEGMENTS} segments ${row.name.toFixed(2)} s, ${row.peakMB.toFixed(0)} MB`,
    );
    if (flags.reference)
      console.log(
        `  reference: ${row.reference.name.toFixed(2)} s, ${row.reference.peakMB.toFixed(0)} MB; ours takes ${row.ratio.toFixed(2)} of its time, in turn (load ${row.load.toFixed(1)}, ${row.cpu})`,
      );
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function lastLine(text) {
  return JSON.parse(text.trim().split('\n').at(-1));
}
