import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { folderOf, pictureOf, relativeError } from '../../../test/pipelines.ts';
import { InputError } from '../../errors.ts';
import { blobFiles, type ModelFiles } from '../../files/source.ts';
import { fileSource, folderFiles } from '../../files/source-node.ts';
import { devicesHere } from '../../runtime/session-node.ts';
import type { FeatureMap } from '../../types.ts';
import { readHeader, writeHeader } from '../../weights/safetensors.ts';
import type { Encoder } from '../encoder.ts';
import { openEncoder } from '../open.ts';

const temporary = mkdtempSync(join(tmpdir(), 'diffcut-diffusion-'));
const newCache = (): string => mkdtempSync(join(temporary, 'cache-'));
/** Prompts are kept here, so that they are read once; what a test writes besides goes to a cache of its own. */
const shared = newCache();
beforeEach(() => {
  process.env.DIFFCUT_CACHE = shared;
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

type Options = Parameters<typeof openEncoder>[1];
const CPU = { size: 64, device: 'cpu', threads: 1 } as const;
const PICTURE = pictureOf('ssd', '128x128');

/** Opened for `use`, and disposed of whatever comes. */
const withEncoder = async <T>(encoder: string | ModelFiles, options: Options, use: (opened: Encoder) => Promise<T>): Promise<T> => {
  const opened = await openEncoder(encoder, { ...CPU, ...options });
  try {
    return await use(opened);
  } finally {
    await opened.dispose();
  }
};
const encodeOnce = (encoder: string | ModelFiles, options: Options = {}): Promise<FeatureMap> =>
  withEncoder(encoder, options, (opened) => opened.encode(PICTURE));

const refused = async (encoder: string | ModelFiles, options: Options, message: RegExp): Promise<void> => {
  const error = await withEncoder(encoder, options, async () => undefined).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(message);
};

/** A pipeline with some folders of another. */
const mixed = (kind: string, folders: RegExp, other: string): ModelFiles => {
  const [own, foreign] = [folderFiles(folderOf(kind)), folderFiles(folderOf(other))];
  return { name: 'mixed', open: (path) => (folders.test(path) ? foreign : own).open(path) };
};

describe('one encode', () => {
  it('gives tokens of the grid that the size has', async () => {
    await withEncoder(folderOf('sd1'), { size: [192, 128] }, async (opened) => {
      const { width, height, channels, data } = await opened.encode(PICTURE);
      expect([width, height, channels, data.length]).toEqual([6, 4, 16, 6 * 4 * 16]);
      expect(opened.inputSize(PICTURE)).toEqual([192, 128]);
    });
  });

  it('depends on timestep, noise and prompt', async () => {
    const all = await Promise.all(
      [{}, { timestep: 51 }, { noise: 'cuda:43' }, { noise: 'seed:42' }, { noise: 'zero' }, { prompt: 'a boat' }].map((o) =>
        encodeOnce(folderOf('sd1'), o),
      ),
    );
    for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) expect(relativeError(a.data, b.data)).toBeGreaterThan(1e-6);
  });
});

describe('an encode that is aborted', () => {
  it('while a network runs ends after that one, without the noise for the next', async () => {
    const noise = { data: new Float32Array(64), shape: [4, 4, 4] }; // does not fit, and would be refused
    await withEncoder(folderOf('sd1'), { noise, size: 256 }, async (opened) => {
      const abort = new AbortController();
      const reason = new Error('enough');
      // The runtime begins in the same round of immediates, so this one comes between its being asked and its answer.
      const onProgress = (): void => void setImmediate(() => abort.abort(reason));
      await expect(opened.encode(PICTURE, { signal: abort.signal, onProgress })).rejects.toBe(reason);
      await expect(opened.encode(PICTURE)).rejects.toThrow(/^The noise has shape/);
    });
  });

  it('between its networks ends there, keeps nothing, and leaves the encoder as it was', async () => {
    const cache = newCache();
    process.env.DIFFCUT_CACHE = cache;
    await withEncoder(folderOf('sd1'), { cacheFeatures: true }, async (opened) => {
      const abort = new AbortController();
      const reason = new Error('enough');
      const said: number[] = [];
      const onProgress = (_: string, done: number): void => {
        said.push(done);
        if (done === 1) abort.abort(reason);
      };
      await expect(opened.encode(PICTURE, { signal: abort.signal, onProgress })).rejects.toBe(reason);
      expect(said).toEqual([0, 1]);
      expect(existsSync(join(cache, 'features'))).toBe(false);
      expect((await opened.encode(PICTURE)).data.every(Number.isFinite)).toBe(true);
    });
  });
});

describe('memory', () => {
  const openAndDispose = (options: Options = {}): Promise<void> => withEncoder(folderOf('sd1'), options, async () => {});
  const megabytes = (): number => process.memoryUsage().rss / 2 ** 20;

  it('does not grow with the pictures', async () => {
    await withEncoder(folderOf('sd1'), {}, async (opened) => {
      let warm = 0;
      for (let i = 1; i <= 50; i++) {
        await opened.encode(PICTURE);
        if (i === 10) warm = megabytes();
      }
      expect(megabytes() - warm).toBeLessThan(40);
    });
  });

  // Each session has threads of its own, so they tell whether it is gone: its memory is too little to show here.
  it.skipIf(process.platform !== 'linux')('is given back with each encoder, and its threads', async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    await openAndDispose({ threads: 3 });
    const before = threads();
    for (let i = 0; i < 3; i++) await openAndDispose({ threads: 3 });
    expect(threads()).toBeLessThanOrEqual(before);
  });

  it('does not grow with the encoders', async () => {
    let warm = 0;
    for (let i = 1; i <= 20; i++) {
      await openAndDispose();
      if (i === 5) warm = megabytes();
    }
    expect(megabytes() - warm).toBeLessThan(60);
  });
});

describe('features that are kept', () => {
  const cached = (options: Options = {}, encoder: string | ModelFiles = folderOf('sd1')) => encodeOnce(encoder, { cacheFeatures: true, ...options });
  const keptIn = (cache: string): string[] => (existsSync(join(cache, 'features')) ? readdirSync(join(cache, 'features')) : []);

  it('are read again, bit by bit, by the next encoder with these settings', async () => {
    const cache = newCache();
    process.env.DIFFCUT_CACHE = cache;
    const first = await cached();
    expect(keptIn(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const said: unknown[] = [];
    const second = await withEncoder(folderOf('sd1'), { cacheFeatures: true }, (opened) =>
      opened.encode(PICTURE, { onProgress: (...args) => said.push(args) }),
    );
    expect(second).toEqual(first);
    expect(said).toEqual([]); // no network was run
    expect(keptIn(cache)).toHaveLength(1);
  });

  it('are halves of what is computed', async () => {
    process.env.DIFFCUT_CACHE = newCache();
    const [kept, exact] = [await cached(), await encodeOnce(folderOf('sd1'))];
    expect(kept).toMatchObject({ width: exact.width, height: exact.height, channels: exact.channels });
    const error = relativeError(kept.data, exact.data);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(1e-3);
  });

  it('are of their picture, settings and model', async () => {
    const cache = newCache();
    process.env.DIFFCUT_CACHE = cache;
    const noise = { data: new Float32Array(4 * 8 * 8).fill(0.5), shape: [4, 8, 8] };
    const others: Options[] = [{}, { timestep: 51 }, { noise: 'cuda:43' }, { noise }, { noise: { ...noise, data: noise.data.with(0, 0) } }];
    for (const options of [...others, { prompt: 'a boat' }, { size: 128 }, { vae: folderOf('taesdxl') }]) await cached(options);
    expect(keptIn(cache)).toHaveLength(8);
    await withEncoder(folderOf('sd1'), { cacheFeatures: true }, (opened) =>
      opened.encode({ ...PICTURE, data: PICTURE.data.with(0, 255 - PICTURE.data[0]) }),
    );
    await cached({}, folderOf('sd2'));
    await cached({}, mixed('sd1', /^text_encoder\//, 'sd2'));
    expect(keptIn(cache)).toHaveLength(11);
  });

  it('are made anew where the file is damaged', async () => {
    const cache = newCache();
    process.env.DIFFCUT_CACHE = cache;
    const first = await cached();
    const [name] = keptIn(cache);
    writeFileSync(join(cache, 'features', name), 'half a file');
    expect(await cached()).toEqual(first);
    expect(await cached()).toEqual(first);
  });

  it('are refused where the files lie on no disk', async () => {
    const cache = newCache();
    process.env.DIFFCUT_CACHE = cache;
    const paths = ['unet', 'vae'].map((folder) => `${folder}/diffusion_pytorch_model.safetensors`);
    const blobs = blobFiles('picked', Object.fromEntries(paths.map((path) => [path, new Blob([readFileSync(join(folderOf('sd1'), path))])])));
    const disk = folderFiles(folderOf('sd1'));
    const files: ModelFiles = { name: 'picked', open: (path) => (paths.includes(path) ? blobs : disk).open(path) };
    await expect(cached({}, files)).rejects.toThrow(/only be kept of a model that lies on a disk/);
    expect(keptIn(cache)).toEqual([]);
  });
});

describe('options that do not fit', () => {
  it.each([
    ['noise', 'zero'],
    ['timestep', 50],
    ['prompt', ''],
    ['vae', 'tiny'],
  ])('the embedded encoder refuses %s by name', async (name, value) => {
    await refused('embedded', { size: 768, [name]: value }, new RegExp(`^The encoder embedded takes no ${name}: it is of diffusion encoders$`));
  });

  it.each([
    [{ size: 100 }, /^sd1 takes sizes that are multiples of 64 pixels, not 100$/],
    [{ size: [128, 100] as const }, /multiples of 64 pixels, not 128x100$/],
    [{ timestep: 1000 }, /timestep/],
    [{ timestep: -1 }, /timestep/],
    [{ timestep: 1.5 }, /timestep/],
    [{ noise: 'cuda' }, /noise/],
    [{ noise: `cuda:${2n ** 64n}` }, /noise/],
    [{ vae: 'tiny' }, /sd1 has no vae_tiny\/: --vae takes the folder of an AutoencoderTiny/],
    [{ vae: join(temporary, 'nothing') }, /^There is no folder ".*nothing" for the VAE: give full, tiny or the folder of an AutoencoderTiny$/],
    [{ vae: folderOf('sd1') }, /sd1 has no config\.json: give the folder of an AutoencoderTiny/],
    [{ vae: join(folderOf('sd1'), 'vae') }, /^the tiny VAE's config\.json has "act_fn": "silu", which is not supported: it may be "relu"$/],
  ])('%j is refused', async (options, message) => {
    await refused(folderOf('sd1'), options, message);
  });

  it('noise of another size is refused when the picture comes', async () => {
    const noise = { data: new Float32Array(4 * 4 * 4), shape: [4, 4, 4] };
    await expect(encodeOnce(folderOf('sd1'), { noise })).rejects.toThrow(
      /^The noise has shape \(4, 4, 4\), and the latents of this size \(4, 8, 8\)/,
    );
  });

  it('a timestep beyond what the network was trained with is refused', async () => {
    const own = folderFiles(folderOf('sd1'));
    const scheduler = blobFiles('', { 'scheduler/scheduler_config.json': new Blob([JSON.stringify({ num_train_timesteps: 40 })]) });
    const files: ModelFiles = { name: 'short', open: (path) => (path.startsWith('scheduler/') ? scheduler : own).open(path) };
    await refused(files, {}, /^Expected a timestep below 40, which short was trained with, but received 50$/);
  });
});

describe('devices', () => {
  it('auto takes one that is here', async () => {
    await withEncoder(folderOf('sd1'), { device: 'auto' }, async ({ device }) => {
      const here = await devicesHere();
      expect(here).toContain(device);
      if (here.length === 1) expect(device).toBe('cpu');
    });
  });

  it('one that is not here fails with its name and the reason', async () => {
    const device = process.platform === 'darwin' ? 'dml' : 'coreml';
    await refused(
      folderOf('sd1'),
      { device },
      new RegExp(`^Could not load the model on ${device} \\(${device}: onnxruntime has no ${device} on .*\\)\\. What auto tries here: .*cpu`),
    );
  });

  it.skipIf(process.platform !== 'linux' || process.arch !== 'x64' || existsSync('/dev/nvidiactl'))(
    'one whose driver is not here as well',
    async () => {
      await refused(folderOf('sd1'), { device: 'cuda' }, /^Could not load the model on cuda \(cuda: \S.*\)\. What auto tries here/);
    },
  );
});

/** The golden's tiny VAE with another number of latents. */
const tinyOf = async (folder: string, latents: number): Promise<string> => {
  const from = folderOf('taesdxl');
  const source = await fileSource(join(from, 'diffusion_pytorch_model.safetensors'));
  const tensors = Array.from((await readHeader(source)).tensors).filter(([key]) => key.startsWith('encoder.'));
  const shapeOf = (key: string, shape: readonly number[]): number[] =>
    key.startsWith('encoder.layers.14.') ? [latents, ...shape.slice(1)] : [...shape];
  const entries = tensors.map(([key, { shape }]) => {
    const dims = shapeOf(key, shape);
    return [key, { dtype: 'F32', shape: dims, bytes: dims.reduce((a, b) => a * b, 4) }] as const;
  });
  const zeros = new Uint8Array(entries.reduce((sum, [, { bytes }]) => sum + bytes, 0));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'diffusion_pytorch_model.safetensors'), Buffer.concat([writeHeader(entries.map(([key, info]) => [key, info])), zeros]));
  const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, latent_channels: latents }));
  return folder;
};

describe('files that do not go together', () => {
  it('the text encoders of another model', async () => {
    await refused(
      mixed('ssd', /^text_encoder/, 'sdxl'),
      {},
      /^mixed's text encoders give 16 channels and 10 pooled ones, and its unet takes 20 and 10/,
    );
  });

  it('the text encoders of a model of another kind', async () => {
    await refused(mixed('ssd', /^text_encoder/, 'sd1'), {}, /mixed has no text_encoder_2\/config\.json/);
  });

  it('the config of another model', async () => {
    await refused(mixed('sd1', /^unet\/config\.json$/, 'sdxl'), {}, /do config and weights belong together|has no tensor/);
  });

  it('a VAE with other latents', async () => {
    const vae = await tinyOf(join(temporary, 'taesd3'), 16);
    await refused(folderOf('sd1'), { vae }, /^sd1's VAE gives 16 channels and its unet takes 4: these parts are not of one model$/);
  });

  it('but any tiny VAE with these latents does', async () => {
    const [full, tiny] = [await encodeOnce(folderOf('ssd')), await encodeOnce(folderOf('ssd'), { vae: folderOf('taesdxl') })];
    expect(tiny.data).toHaveLength(full.data.length);
    expect(relativeError(tiny.data, full.data)).toBeGreaterThan(1e-6);
  });

  it('a tiny VAE in the folder of the model is taken by its name', async () => {
    const tiny = folderFiles(folderOf('taesdxl'));
    const own = folderFiles(folderOf('ssd'));
    const files: ModelFiles = {
      name: 'ssd',
      open: (path) => (path.startsWith('vae_tiny/') ? tiny.open(path.slice('vae_tiny/'.length)) : own.open(path)),
    };
    expect((await encodeOnce(files, { vae: 'tiny' })).data).toEqual((await encodeOnce(folderOf('ssd'), { vae: folderOf('taesdxl') })).data);
  });
});

describe('what is no pipeline', () => {
  const write = (name: string, bytes: Uint8Array | string): string => {
    const path = join(temporary, name);
    writeFileSync(path, bytes);
    return path;
  };
  const tensors = (key: string): Uint8Array => Buffer.concat([writeHeader([[key, { dtype: 'F32', shape: [1], bytes: 4 }]]), new Uint8Array(4)]);

  it('a single-file checkpoint is told apart', async () => {
    const path = write('SSD-1B.safetensors', tensors('model.diffusion_model.input_blocks.0.0.weight'));
    await refused(
      path,
      {},
      /SSD-1B\.safetensors" is a single-file checkpoint \(it has model\.diffusion_model\..*\), which is not read: get the same model's folders/,
    );
  });

  it.each(['model.ckpt', 'part.safetensors'])('one file, %s', async (name) => {
    await refused(write(name, tensors('conv_in.weight')), {}, /is one file: give the folder of a model as diffusers writes it/);
  });

  it('a folder of something else', async () => {
    const folder = mkdtempSync(join(temporary, 'other-'));
    await refused(
      folder,
      {},
      /has no unet\/config\.json: give a model's folder as diffusers writes it, with unet\/, vae\/ and text_encoder\/, or as timm does, with config\.json and model\.safetensors$/,
    );
    await refused(join(folderOf('sd1'), 'unet'), {}, /unet has no unet\/config\.json/);
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ architectures: ['Dinov2Model'], model_type: 'dinov2' }));
    await refused(folder, {}, /is laid out as transformers writes models, which is not read: get the same model from the repositories of timm$/);
  });

  it('a folder that is not there, and a name that is none', async () => {
    await refused('./no/such/folder', {}, /^There is no folder "\.\/no\/such\/folder"/);
    await refused('ssd-1c', {}, /^Unknown encoder "ssd-1c": did you mean "ssd-1b"\?$/);
    await refused('ssd-1b', {}, /^ssd-1b is not on this machine: get it with "diffcut models pull ssd-1b"$/);
  });

  it.each(['vae/config.json', 'text_encoder/config.json'])('a folder without %s', async (lacking) => {
    process.env.DIFFCUT_CACHE = newCache();
    const own = folderFiles(folderOf('sd1'));
    const files: ModelFiles = { name: 'part', open: async (path) => (path === lacking ? undefined : own.open(path)) };
    await refused(files, {}, new RegExp(`^part has no ${lacking}: `));
  });
});
