/** Rows of the table, pulled from a hub on the loopback that serves the tiny pipelines under the published names. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeHub, FIRST_COMMIT, startHub } from '../../test/fake-hub.ts';
import { centred, folderOf, golden, pictureOf, relativeError } from '../../test/pipelines.ts';
import { openEncoder } from '../encode/open.ts';
import { blobFiles, type ModelFiles } from '../files/source.ts';
import { fileSource } from '../files/source-node.ts';
import { encoderRow } from '../models/table.ts';
import { modelPath } from '../store/models-node.ts';
import type { PullModelOptions } from '../store/pulled.ts';
import type { FeatureMap } from '../types.ts';
import { readHeader } from '../weights/safetensors.ts';
import { pullModel } from './pull-model-node.ts';

const SIZE = '128x128';
const OF_HUB = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_HUB_OFFLINE'];
const OF_PROXIES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

let hub: FakeHub;
let scratch: string;

/** A pipeline's files by path, the goldens left out. */
const filesOf = (kind: string): Map<string, Buffer> => {
  const paths = readdirSync(folderOf(kind), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folderOf(kind).length + 1))
    .filter((path) => !path.startsWith('golden'));
  return new Map(paths.map((path) => [path.split(sep).join('/'), readFileSync(join(folderOf(kind), path))]));
};

/** The hub has `kind` as the row's repository, and the tiny VAE as the row's. */
const serve = (name: string, kind: string): void => {
  const { repository, tinyRepository } = encoderRow(name);
  for (const [path, bytes] of filesOf(kind)) hub.put(repository, path, bytes);
  for (const [path, bytes] of filesOf('taesdxl')) hub.put(tinyRepository, path, bytes);
};

const hash = (kind: 'sha1' | 'sha256', ...parts: (string | Buffer)[]): string =>
  parts.reduce((sum, part) => sum.update(part), createHash(kind)).digest('hex');

/** The hub's cache has them: blobs by their ETags, and links to them. */
const fillHubCache = (repo: string, kind: string, only = (_path: string) => true): void => {
  const folder = join(scratch, 'home', 'hub', `models--${repo.replace('/', '--')}`);
  mkdirSync(join(folder, 'refs'), { recursive: true });
  mkdirSync(join(folder, 'blobs'));
  writeFileSync(join(folder, 'refs', 'main'), FIRST_COMMIT);
  for (const [path, bytes] of filesOf(kind)) {
    if (!only(path)) continue;
    const blob = path.endsWith('.safetensors') ? hash('sha256', bytes) : hash('sha1', `blob ${bytes.length}\0`, bytes);
    const link = join(folder, 'snapshots', FIRST_COMMIT, ...path.split('/'));
    mkdirSync(dirname(link), { recursive: true });
    writeFileSync(join(folder, 'blobs', blob), bytes);
    symlinkSync(join(folder, 'blobs', blob), link);
  }
};

const isText = (path: string): boolean => path.startsWith('text_encoder');
const headerOf = (path: string): number => {
  const bytes = filesOf('ssd').get(path) ?? filesOf('taesdxl').get(path);
  return 8 + Number(bytes?.readBigUInt64LE(0));
};

/** Bytes that the hub has sent since. */
const sentBy = async (work: () => Promise<unknown>): Promise<number> => {
  const before = hub.sent();
  await work();
  return hub.sent() - before;
};

const tensorsOf = async (name: string) => (await readHeader(await fileSource(await modelPath(name)))).tensors;

const noiseOf = (kind: string) => golden(kind, `noise-${SIZE}`);

/** Features of the golden picture. */
const encode = async (encoder: string | ModelFiles, kind: string, options: Parameters<typeof openEncoder>[1] = {}): Promise<FeatureMap> => {
  const open = await openEncoder(encoder, { size: 128, device: 'cpu', noise: noiseOf(kind), ...options });
  try {
    return await open.encode(pictureOf(kind, SIZE));
  } finally {
    await open.dispose();
  }
};

const expectGolden = async (name: string, kind: string): Promise<void> => {
  const { data, channels } = await encode(name, kind);
  expect(relativeError(centred(data, channels), centred(golden(kind, `features-${SIZE}`).data, channels))).toBeLessThan(1e-3);
};

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'diffcut pull model '));
  hub = await startHub();
  for (const name of [...OF_HUB, ...OF_PROXIES]) vi.stubEnv(name, '');
  vi.stubEnv('HF_ENDPOINT', hub.settings.endpoint);
  vi.stubEnv('HF_HOME', join(scratch, 'home'));
  vi.stubEnv('DIFFCUT_CACHE', join(scratch, 'own'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(scratch, { recursive: true, force: true });
});

const own = (...parts: string[]): string => join(scratch, 'own', 'models', ...parts);

describe.each([
  ['ssd-1b', 'ssd', 'F16'],
  ['sdxl', 'sdxl', 'F32'], // in shards
  ['sd-1.4', 'sd1', 'F32'],
  ['sd-2.1', 'sd2', 'F16'],
])('%s, pulled', (name, kind, dtype) => {
  it('gives the features of diffusers from the tensors that they need', async () => {
    serve(name, kind);
    const { changed, bytes, path } = await pullModel(name);
    expect([changed, path]).toEqual([true, own(name, 'weights.safetensors')]);
    expect(bytes).toBe(lstatSync(path).size);
    expect(readdirSync(own(name))).toEqual(['weights.safetensors']); // the text encoders are gone

    const tensors = await tensorsOf(name);
    const wanted = /^(unet\.(conv_in|time_embedding|add_embedding|down_blocks)|vae\.(encoder|quant_conv)|vae_tiny\.encoder|constants)\./;
    expect([...tensors.keys()].filter((key) => !wanted.test(key))).toEqual([]);
    for (const part of ['unet', 'vae']) {
      const types = [...tensors].filter(([key]) => key.startsWith(`${part}.`)).map(([, t]) => t.dtype);
      expect(new Set(types)).toEqual(new Set([dtype]));
    }
    const taps = [...tensors.keys()].filter((key) => /attn1\.to_out/.test(key)).map((key) => key.split('.attn1.')[0]);
    const last = taps.sort().at(-1);
    expect([...tensors.keys()].filter((key) => key.startsWith(`${last}.`) && /attn2|\.ff\.|norm[23]/.test(key))).toEqual([]);

    await hub.close();
    await expectGolden(name, kind);
  });
});

describe('a pull', () => {
  beforeEach(() => serve('ssd-1b', 'ssd'));

  it('fetches less than the files, and nothing the second time', async () => {
    const whole = [...filesOf('ssd'), ...filesOf('taesdxl')].reduce((sum, [path, bytes]) => sum + (isText(path) ? 0 : bytes.length), 0);
    const text = [...filesOf('ssd')].reduce((sum, [path, bytes]) => sum + (isText(path) ? bytes.length : 0), 0);
    const sent = await sentBy(() => pullModel('ssd-1b'));
    expect(sent).toBeGreaterThan(text);
    expect(sent - text).toBeLessThan(0.75 * whole);
    const seen = hub.seen.length;
    expect(await pullModel('ssd-1b')).toMatchObject({ changed: false });
    const asked = hub.seen.slice(seen).filter(({ at }) => at === 'storage');
    expect(asked.filter(({ path, range }) => isText(path) || Number(range?.split('-')[1]) >= headerOf(path))).toEqual([]); // headers: is it the same?
  });

  it('of the tap attention brings the whole UNet, which stays where nothing is said', async () => {
    serve('sd-1.4', 'sd1');
    const asked = { tap: 'attention', device: 'cpu', size: 128 } as const;
    await pullModel('sd-1.4');
    await expect(openEncoder('sd-1.4', asked)).rejects.toThrow(/"diffcut models pull sd-1\.4 --tap attention" gets it$/);
    expect((await pullModel('sd-1.4', { tap: 'attention' })).changed).toBe(true);
    expect((await pullModel('sd-1.4')).changed).toBe(false);
    const [whole, folder] = [await openEncoder('sd-1.4', asked), await openEncoder(folderOf('sd1'), asked)];
    try {
      const picture = pictureOf('sd1', SIZE);
      expect((await whole.encode(picture)).data).toEqual((await folder.encode(picture)).data);
    } finally {
      await Promise.all([whole.dispose(), folder.dispose()]);
    }
    expect((await pullModel('sd-1.4', { tap: 'tokens' })).changed).toBe(true);
  });

  it('brings the tiny VAE', async () => {
    await pullModel('ssd-1b');
    const tiny = await encode('ssd-1b', 'ssd', { vae: 'tiny' });
    expect(tiny.data).toEqual((await encode(folderOf('ssd'), 'ssd', { vae: folderOf('taesdxl') })).data);
    expect(tiny.data).not.toEqual((await encode('ssd-1b', 'ssd')).data);
  });

  it('makes one file, which is all that a page needs', async () => {
    const { path } = await pullModel('ssd-1b');
    const files = blobFiles('ssd-1b', { 'weights.safetensors': new Blob([readFileSync(path)]) });
    expect((await encode(files, 'ssd')).data).toEqual((await encode('ssd-1b', 'ssd')).data);
  });

  it('keeps the text encoders where asked, and with them prompts', async () => {
    await pullModel('ssd-1b');
    await expect(encode('ssd-1b', 'ssd', { prompt: 'a boat' })).rejects.toThrow(/"diffcut models pull --keep" gets it/);
    expect(await pullModel('ssd-1b', { keep: true })).toMatchObject({ changed: false });
    await hub.close();
    const prompted = await encode('ssd-1b', 'ssd', { prompt: 'a boat' });
    expect(prompted.data).toEqual((await encode(folderOf('ssd'), 'ssd', { prompt: 'a boat' })).data);
    expect(prompted.data).not.toEqual((await encode('ssd-1b', 'ssd')).data);
  });

  it("uses and keeps the text encoders of the hub's cache where they lie", async () => {
    fillHubCache('segmind/SSD-1B', 'ssd', (path) => isText(path) || path.startsWith('tokenizer'));
    await pullModel('ssd-1b', { keep: true });
    expect(hub.seen.filter(({ at, path }) => at === 'storage' && isText(path))).toEqual([]);
    const kept = own('ssd-1b', 'files', 'main', 'text_encoder_2', 'model.fp16.safetensors');
    if (process.platform !== 'win32') expect(lstatSync(kept).isSymbolicLink()).toBe(true);
    expect((await encode('ssd-1b', 'ssd', { prompt: 'a boat' })).data).toEqual((await encode(folderOf('ssd'), 'ssd', { prompt: 'a boat' })).data);
  });

  it('takes the fp16 files where both are there', async () => {
    for (const path of ['unet/diffusion_pytorch_model', 'vae/diffusion_pytorch_model', 'text_encoder/model', 'text_encoder_2/model'])
      hub.put('segmind/SSD-1B', `${path}.safetensors`, 'not to be opened');
    await pullModel('ssd-1b');
    await expectGolden('ssd-1b', 'ssd');
  });

  it("pads the empty prompt as its tokenizer's files say", async () => {
    serve('sd-2.1', 'sd2');
    const put = (file: string, pad_token: string): void =>
      hub.put(encoderRow('sd-2.1').repository, `tokenizer/${file}`, JSON.stringify({ pad_token }));
    put('tokenizer_config.json', '<|endoftext|>'); // as published: the two differ
    put('special_tokens_map.json', '!');
    await pullModel('sd-2.1');
    await expectGolden('sd-2.1', 'sd2');
    const before = await encode('sd-2.1', 'sd2');
    put('special_tokens_map.json', '<|endoftext|>');
    expect(await pullModel('sd-2.1')).toMatchObject({ changed: true });
    expect((await encode('sd-2.1', 'sd2')).data).not.toEqual(before.data);
  });

  it('stopped while the empty prompt is read goes on there', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const say = (line: string): void => (/empty prompt/.test(line) ? controller.abort(reason) : undefined);
    await expect(pullModel('ssd-1b', { signal: controller.signal, say })).rejects.toBe(reason);
    await expect(modelPath('ssd-1b')).rejects.toThrow(/not on this machine/);
    await expect(openEncoder('ssd-1b')).rejects.toThrow(/"diffcut models pull ssd-1b"/);
    const sent = await sentBy(() => pullModel('ssd-1b'));
    expect(sent).toBeLessThan(200_000);
    expect(readdirSync(own('ssd-1b'))).toEqual(['weights.safetensors']);
    await expectGolden('ssd-1b', 'ssd');
  });
});

describe('without the network', () => {
  const folder = (...kinds: string[]): string => {
    const path = join(scratch, 'mine');
    for (const kind of kinds) {
      for (const [file, bytes] of filesOf(kind)) {
        const to = join(path, kind === 'ssd' ? '' : kind, ...file.split('/'));
        mkdirSync(dirname(to), { recursive: true });
        writeFileSync(to, bytes);
      }
    }
    return path;
  };
  const pulled = async (options: PullModelOptions): Promise<void> => {
    expect(await pullModel('ssd-1b', options)).toMatchObject({ changed: true });
    expect(hub.seen).toEqual([]);
    await expectGolden('ssd-1b', 'ssd');
  };

  it('a folder of the user is enough', async () => pulled({ from: folder('ssd', 'taesdxl') }));

  it("the hub's cache is enough", async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    fillHubCache('segmind/SSD-1B', 'ssd');
    fillHubCache('madebyollin/taesdxl', 'taesdxl');
    await pulled({});
    expect(existsSync(own('ssd-1b', 'files'))).toBe(false);
  });

  it('a model without the tiny VAE is one all the same, and is told', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const said: string[] = [];
    await pulled({ from: folder('ssd'), say: (line) => said.push(line) });
    expect(said.join('\n')).toMatch(/without the tiny VAE.*taesdxl.*HF_HUB_OFFLINE/);
    await expect(encode('ssd-1b', 'ssd', { vae: 'tiny' })).rejects.toThrow(/vae_tiny/);
  });

  it('a model keeps the tiny VAE that it has', async () => {
    serve('ssd-1b', 'ssd');
    await pullModel('ssd-1b');
    const before = await encode('ssd-1b', 'ssd', { vae: 'tiny' });
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    fillHubCache('segmind/SSD-1B', 'ssd');
    const said: string[] = [];
    for (let i = 0; i < 2; i++) {
      await pullModel('ssd-1b', { say: (line) => said.push(line) });
      expect((await encode('ssd-1b', 'ssd', { vae: 'tiny' })).data).toEqual(before.data);
    }
    expect(said.join('\n')).toMatch(/Keeps the tiny VAE that it has: .*HF_HUB_OFFLINE/);
    await expectGolden('ssd-1b', 'ssd');
  });
});
