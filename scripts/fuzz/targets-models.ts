/** Readers of models' files, and of what servers answer. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTextEncoder } from '../../src/compile/nets/clip-text.ts';
import { compileUnet } from '../../src/compile/nets/unet.ts';
import { compileTinyVae, compileVae } from '../../src/compile/nets/vae.ts';
import { compileVit } from '../../src/compile/nets/vit.ts';
import { readSchedule } from '../../src/encode/diffusion/schedule.ts';
import { findOnnx, readAbout, readModel } from '../../src/encode/onnx/file.ts';
import { type ModelFiles, readJson } from '../../src/files/source.ts';
import { urlFiles } from '../../src/files/url.ts';
import { openHub } from '../../src/hub/files-node.ts';
import type { HubResponse } from '../../src/hub/http-node.ts';
import { fetchBytes } from '../../src/net/download.ts';
import { reachedOf } from '../../src/pull/download-node.ts';
import { withLock } from '../../src/store/lock-node.ts';
import { pulledModels } from '../../src/store/models-node.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { openPipeline, PARTS } from '../../src/weights/pipeline.ts';
import { writeHeader } from '../../src/weights/safetensors.ts';
import { openVitFiles, vitConfig } from '../../src/weights/vit-files.ts';
import { openWeights } from '../../src/weights/weights.ts';
import { TINY_JSON, tinyOnnx } from '../../test/tiny-onnx.ts';
import type { Target } from './targets.ts';

const PIPELINES = 'test/golden/pipelines';
const VITS = 'test/golden/vits';

const json = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)));

/** A model's folder in memory. */
const filesOf = (files: Record<string, Uint8Array>): ModelFiles => ({
  name: '"model"',
  open: async (path) =>
    Object.hasOwn(files, path)
      ? { name: `model/${path}`, size: files[path].length, read: async (start, end) => files[path].slice(start, end) }
      : undefined,
  list: async (folder) => (folder === '' ? Object.keys(files) : []),
});

const folderFiles = (folder: string, names: readonly string[]): Record<string, Uint8Array> =>
  Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));

/** A config that fits weights of the goldens, compiled. */
const config = (
  name: string,
  folder: string,
  kinds: readonly string[],
  compile: (files: ModelFiles, config: Record<string, unknown>) => unknown,
): Target => {
  const path = folder ? `${folder}/config.json` : 'config.json';
  const seeds = kinds.map((kind) => new Uint8Array(readFileSync(join(kind, path))));
  const weights = readdirSync(join(kinds[0], folder)).filter((file) => file.endsWith('.safetensors'));
  const around = folderFiles(
    kinds[0],
    weights.map((file) => join(folder, file)),
  );
  return {
    name,
    kind: 'json',
    seeds: () => seeds,
    run: async (bytes) => {
      const files = filesOf({ ...around, [path]: bytes });
      const told = await readJson(files, path);
      if (told) await compile(files, told);
    },
  };
};

const tensor = { dtype: 'F32', shape: [2, 3], bytes: 24 };

/** A small safetensors file. */
const safetensors = (metadata: Record<string, string>, ...names: string[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      writeHeader(
        names.map((name) => [name, tensor]),
        metadata,
      ),
      Buffer.alloc(24 * names.length),
    ]),
  );

const textOf = (path: string): string => readFileSync(path, 'utf8');

/** The configs of a pipeline as the file that `models pull` makes carries them. */
const packed = (): Uint8Array => {
  const at = (path: string): string => textOf(join(PIPELINES, 'sd1', path));
  const sources = JSON.stringify({ main: { repo: 'a/b', revision: 'main', commit: 'c'.repeat(40), files: {} } });
  const configs = { unet: at('unet/config.json'), vae: at('vae/config.json'), scheduler: at('scheduler/scheduler_config.json') };
  return safetensors({ ...configs, sources, constants: '1' }, 'unet.conv_in.weight', 'constants.tokens');
};

/** A folder of its own for one file. */
const scratch = (): string => mkdtempSync(join(tmpdir(), 'fuzz-'));

/** What a server says to one request after the other, the last again and again: JSON of the answers. */
interface Answer {
  status?: unknown;
  headers?: unknown;
  body?: unknown;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Headers as Node gives them: names in lower case, texts of Latin letters, without line ends. */
const headersOf = ({ headers }: Answer): Record<string, string> =>
  Object.fromEntries(
    Object.entries(isObject(headers) ? headers : {}).flatMap(([name, value]) =>
      /^[\w-]+$/.test(name) && typeof value === 'string'
        ? [
            [
              name.toLowerCase(),
              String(value)
                .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
                .trim(),
            ],
          ]
        : [],
    ),
  );

const statusOf = ({ status }: Answer): number =>
  Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599 ? (status as number) : 200;
const bodyOf = ({ body }: Answer): Buffer => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? ''));

const answersIn = (bytes: Uint8Array): (() => Answer) | undefined => {
  let answers: unknown;
  try {
    answers = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined; // no program of answers
  }
  const list = Array.isArray(answers) && answers.length > 0 ? answers : [answers];
  let next = 0;
  return () => {
    const answer = list[Math.min(next++, list.length - 1)];
    return isObject(answer) ? answer : {};
  };
};

const ENDPOINT = 'https://hub.example';
const SETTINGS = { endpoint: ENDPOINT, token: 'hf_secret', cache: '/nonexistent', offline: false, proxy: { except: '' } };

/** Asks a hub for a file and for the list of files. @throws Error where the token goes elsewhere */
const askHub = async (bytes: Uint8Array): Promise<void> => {
  const next = answersIn(bytes);
  if (!next) return;
  const fetch = async (url: string, { headers }: { headers?: Record<string, string> }): Promise<HubResponse> => {
    if (new URL(url).origin !== ENDPOINT && JSON.stringify(headers).includes(SETTINGS.token)) throw new TypeError(`the token went to ${url}`);
    const answer = next();
    return {
      status: statusOf(answer),
      headers: headersOf(answer),
      body: (async function* () {
        yield bodyOf(answer);
      })(),
      dispose: async () => undefined,
    } as HubResponse;
  };
  const options = { repo: 'org/name', revision: 'main', settings: SETTINGS, fetch, patience: { pauses: [0, 0, 0], sleep: async () => undefined } };
  const hub = openHub(options as never);
  const source = await hub.open('unet/config.json');
  if (source) await source.read(0, Math.min(source.size, 1000));
  await hub.list('');
};

const found = { status: 200, headers: { etag: '"abc"', 'x-repo-commit': 'd'.repeat(40), 'content-length': '7' } };
const HUB_ANSWERS = [
  [found, { ...found, body: '{"a":1}' }, { status: 200, body: '{"sha":"d","siblings":[{"rfilename":"config.json"}]}' }],
  [
    {
      status: 302,
      headers: {
        location: 'https://cdn.example/x?signature=1',
        'x-linked-etag': `"${'a'.repeat(64)}"`,
        'x-linked-size': '7',
        'x-repo-commit': 'd'.repeat(40),
      },
    },
    { status: 206, headers: { etag: '"z"', 'content-range': 'bytes 0-6/7' }, body: '{"a":1}' },
    { status: 200, body: { sha: 'd', siblings: [] } },
  ],
  [
    { status: 429, headers: { ratelimit: '"api";r=0;t=100', 'retry-after': '1' } },
    { status: 401, headers: { 'x-error-code': 'GatedRepo' } },
  ],
  [{ status: 404, headers: { 'x-error-code': 'EntryNotFound' } }, { status: 307, headers: { location: '/api/resolve-cache/a' } }, found],
  [
    { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2035 07:28:00 GMT' } },
    { status: 403, headers: { 'x-error-message': 'no' } },
  ],
];

/** What `fetch` gives for each answer. */
const fetchOf = (next: () => Answer) => async (): Promise<Response> => {
  const answer = next();
  const status = statusOf(answer);
  return new Response([204, 205, 304].includes(status) ? null : new Uint8Array(bodyOf(answer)), { status, headers: headersOf(answer) });
};

const askUrls = async (bytes: Uint8Array): Promise<void> => {
  const next = answersIn(bytes);
  if (!next) return;
  const files = urlFiles('https://models.example/a', { fetch: fetchOf(next) as typeof fetch });
  await readJson(files, 'config.json');
};

const download = async (bytes: Uint8Array): Promise<void> => {
  const next = answersIn(bytes);
  if (!next) return;
  await fetchBytes('https://pictures.example/a.jpg', { maxBytes: 1000, timeout: 10, allowPrivate: false }, fetchOf(next));
};

const RANGES = [
  [
    { status: 206, headers: { 'content-range': 'bytes 0-0/7', etag: '"a"' }, body: '{' },
    { status: 206, headers: { 'content-range': 'bytes 0-6/7', etag: '"a"' }, body: '{"a":1}' },
  ],
  [{ status: 416, headers: { 'content-range': 'bytes */0' } }],
  [{ status: 404 }],
];

const sharded = (): Target => {
  const shards = { 'a.safetensors': safetensors({}, 'x', 'y'), 'b.safetensors': safetensors({}, 'z') };
  return {
    name: 'sharded-index',
    kind: 'json',
    seeds: () => [json({ metadata: { total_size: 72 }, weight_map: { x: 'a.safetensors', y: 'a.safetensors', z: 'b.safetensors' } })],
    run: async (bytes) => (await openWeights(filesOf({ ...shards, 'model.safetensors.index.json': bytes }), '', 'model')).take('x', [2, 3]),
  };
};

const tokenizerSeed = (): Uint8Array => {
  const folder = join(PIPELINES, 'sd1', 'tokenizer');
  return json({ vocab: textOf(join(folder, 'vocab.json')), merges: textOf(join(folder, 'merges.txt')), text: 'a photo of 2 cats, naïve\n' });
};

/** Both files of a tokenizer and a text, as JSON of texts; the vocabulary may be JSON itself. */
const tokenize = (bytes: Uint8Array): unknown => {
  let told: Record<string, unknown>;
  try {
    told = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined; // not these three
  }
  const { vocab, merges, text } = isObject(told) ? told : ({} as Record<string, unknown>);
  const asText = (value: unknown): string => (typeof value === 'string' ? value : '{');
  return createTokenizer(asText(vocab), asText(merges))(asText(text).slice(0, 2000));
};

const readPacked = async (bytes: Uint8Array): Promise<void> => {
  const pipeline = await openPipeline(filesOf({ 'weights.safetensors': bytes }));
  for (const part of PARTS) await pipeline.config(part);
  await pipeline.weights('unet');
};

const listPulled = async (bytes: Uint8Array): Promise<void> => {
  mkdirSync(join(listPulled.cache, 'models', 'a'), { recursive: true });
  writeFileSync(join(listPulled.cache, 'models', 'a', 'weights.safetensors'), bytes);
  await pulledModels(listPulled.cache);
};
listPulled.cache = scratch();

const folder = scratch();

export const MODEL_TARGETS: readonly Target[] = [
  {
    name: 'safetensors',
    kind: 'safetensors',
    seeds: () => [safetensors({ format: 'pt' }, 'a', 'b.weight'), safetensors({}, 'a')],
    run: async (bytes) => (await openWeights(filesOf({ 'model.safetensors': bytes }), '', 'model')).take('a', [2, 3]),
  },
  sharded(),
  { name: 'packed-model', kind: 'safetensors', seeds: () => [packed()], run: readPacked },
  { name: 'pulled-models', kind: 'safetensors', seeds: () => [packed()], run: listPulled },
  {
    name: 'packed-vit',
    kind: 'safetensors',
    seeds: () => [safetensors({ vit: textOf(join(VITS, 'dinov2', 'config.json')) }, 'vit.norm.weight')],
    run: async (bytes) => {
      const files = filesOf({ 'weights.safetensors': bytes });
      await vitConfig(files);
      const { config, weights } = await openVitFiles(files);
      compileVit(weights, config);
    },
  },
  config(
    'unet-config',
    'unet',
    ['sd1', 'sd2', 'ssd', 'sdxl'].map((kind) => join(PIPELINES, kind)),
    async (files, told) => compileUnet(await openWeights(files, 'unet', 'diffusion_pytorch_model'), told, 'float32'),
  ),
  config(
    'vae-config',
    'vae',
    ['sd1', 'ssd'].map((kind) => join(PIPELINES, kind)),
    async (files, told) => compileVae(await openWeights(files, 'vae', 'diffusion_pytorch_model'), told, 'float32'),
  ),
  config(
    'text-config',
    'text_encoder',
    ['sd1', 'ssd'].map((kind) => join(PIPELINES, kind)),
    async (files, told) => compileTextEncoder(await openWeights(files, 'text_encoder', 'model'), told, 'text_encoder', { skip: 1, pooled: true }),
  ),
  config(
    'vit-config',
    '',
    ['dinov2', 'dino', 'clip', 'siglip', 'dinov3', 'dinov2-reg'].map((kind) => join(VITS, kind)),
    async (files, told) => compileVit(await openWeights(files, '', 'model'), told),
  ),
  config('tiny-vae-config', '', [join(PIPELINES, 'taesdxl')], async (files, told) =>
    compileTinyVae(await openWeights(files, '', 'diffusion_pytorch_model'), told),
  ),
  {
    name: 'scheduler-config',
    kind: 'json',
    seeds: () => [new Uint8Array(readFileSync(join(PIPELINES, 'sd1', 'scheduler', 'scheduler_config.json')))],
    run: async (bytes) => readSchedule(await readJson(filesOf({ 'a.json': bytes }), 'a.json')),
  },
  {
    name: 'onnx',
    kind: 'bytes',
    seeds: () => [tinyOnnx(), tinyOnnx({ location: 'a.bin' }), tinyOnnx({ prefix: 2, layout: 'tokens', location: './a.bin' })],
    run: (bytes) => readModel(filesOf({ 'a.onnx': bytes, 'a.bin': new Uint8Array(16) }), 'a.onnx'),
  },
  {
    name: 'onnx-json',
    kind: 'json',
    seeds: () => [json(TINY_JSON), json({ ...TINY_JSON, size: [32, 64], multiple: 8, prefix: 1, alpha: 10, tau: 0.5, input: 'x', layout: 'tokens' })],
    run: async (bytes) => {
      const files = filesOf({ 'a.onnx': tinyOnnx(), 'a.json': bytes });
      await findOnnx(files);
      await readAbout(files);
    },
  },
  { name: 'tokenizer', kind: 'json', seeds: () => [tokenizerSeed()], run: tokenize },
  {
    name: 'lock',
    kind: 'json',
    seeds: () => [json({ pid: 1, host: 'a', started: 1, id: 'x' }), json({ pid: 2, host: 'b', id: 'y', beat: 7 })],
    run: async (bytes) => {
      writeFileSync(join(folder, '.lock'), bytes);
      await withLock(folder, 'A pull of a', async () => undefined, { rhythm: { beat: 1, silence: 2 } });
    },
  },
  {
    name: 'journal',
    kind: 'json',
    seeds: () => [json({ identity: 'x', reached: 3 })],
    run: async (bytes) => {
      const path = join(folder, 'a');
      writeFileSync(`${path}.part`, 'abcd');
      writeFileSync(`${path}.part.json`, bytes);
      const reached = await reachedOf({ path, identity: 'x' });
      if (!(Number.isInteger(reached) && reached >= 0 && reached <= 4)) throw new Error(`${reached} bytes of 4 are there`);
    },
  },
  { name: 'hub-answers', kind: 'json', seeds: () => HUB_ANSWERS.map(json), run: askHub },
  { name: 'url-answers', kind: 'json', seeds: () => RANGES.map(json), run: askUrls },
  {
    name: 'download',
    kind: 'json',
    seeds: () => [json([{ status: 200, headers: { 'content-length': '3' }, body: 'abc' }]), json([{ status: 404 }])],
    run: download,
  },
];
