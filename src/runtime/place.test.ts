import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOf, golden, pictureOf, relativeError } from '../../test/pipelines.ts';
import { createGraph } from '../compile/graph.ts';
import { compileUnet } from '../compile/nets/unet.ts';
import { openEncoder } from '../encode/open.ts';
import { blobFiles } from '../files/source.ts';
import { folderFiles } from '../files/source-node.ts';
import { folderPipeline } from '../weights/pipeline.ts';
import { commonFolder, placeWeights } from './place.ts';
import { openSession } from './session-node.ts';

const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'diffcut-place-'));
beforeAll(() => {
  process.env.DIFFCUT_CACHE = join(temporary, 'cache');
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** All files and links below a folder, relative. */
const filesBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => !lstatSync(join(folder, path)).isDirectory()).sort();

/** Name, bytes and time of every file. */
const stateOf = (folder: string): string[] =>
  filesBelow(folder).map((path) => `${path} ${statSync(join(folder, path)).size} ${statSync(join(folder, path)).mtimeMs}`);

const PARTS = /^(unet|vae|text_encoder(_2)?|scheduler)[\\/]|^model_index\.json$/;

/** A hub cache as huggingface_hub makes it: blobs, and a snapshot of links to them. */
const hubCache = (kind: string): { repository: string; snapshot: string } => {
  const repository = join(temporary, 'hub', `models--org--${kind}`);
  const snapshot = join(repository, 'snapshots', 'a'.repeat(40));
  mkdirSync(join(repository, 'blobs'), { recursive: true });
  for (const path of filesBelow(folderOf(kind)).filter((name) => PARTS.test(name))) {
    const sha = createHash('sha256').update(path).digest('hex');
    cpSync(join(folderOf(kind), path), join(repository, 'blobs', sha));
    mkdirSync(dirname(join(snapshot, path)), { recursive: true });
    symlinkSync(relative(dirname(join(snapshot, path)), join(repository, 'blobs', sha)), join(snapshot, path));
  }
  return { repository, snapshot };
};

const options = (kind: string) => {
  const { data, shape } = golden(kind, 'noise-128x128');
  return { size: 128, noise: { data, shape }, device: 'cpu', threads: 1 } as const;
};

const featuresOf = async (encoder: Parameters<typeof openEncoder>[0], kind: string): Promise<Float32Array> => {
  const opened = await openEncoder(encoder, options(kind));
  const { data } = await opened.encode(pictureOf(kind, '128x128'));
  await opened.dispose();
  return data;
};

describe('the folder that files have in common', () => {
  it.each([
    [['/a/b/x', '/a/b/y'], '/a/b'],
    [['/a/b/x', '/a/c/y'], '/a'],
    [['/a/bc/x', '/a/b/y'], '/a'],
    [['/a/b/c/x', '/a/b/y'], '/a/b'],
    [['/x'], '/'],
    [['/a/x', '/b/y'], '/'],
    [['C:\\hub\\blobs\\x', 'C:\\hub\\models\\y'], 'C:/hub'],
    [['C:\\x', 'C:\\hub\\y'], 'C:/'],
    [['C:\\hub\\x', 'D:\\hub\\y'], undefined],
    [['\\\\server\\share\\a\\x', '\\\\server\\share\\b\\y'], '//server/share'],
  ])('of %j is %j', (paths, wanted) => {
    expect(commonFolder(paths)).toBe(wanted);
  });
});

describe('weights in a hub cache made of links', () => {
  it.skipIf(process.platform === 'win32').each(['ssd', 'sdxl'])('are used where they lie, and nothing is written there: %s', async (kind) => {
    const { repository, snapshot } = hubCache(kind);
    const before = stateOf(repository);
    const features = await featuresOf(snapshot, kind);
    expect(relativeError(features, golden(kind, 'features-128x128').data)).toBeLessThan(1e-3);
    expect(stateOf(repository)).toEqual(before);
    expect(before.some((line) => line.includes('.onnx'))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('whose file is gone say so', async () => {
    const { repository, snapshot } = hubCache('sd1');
    const target = realpathSync(join(snapshot, 'unet/diffusion_pytorch_model.safetensors'));
    renameSync(target, join(repository, basename(target)));
    await expect(openEncoder(snapshot, options('sd1'))).rejects.toThrow(/is a link to a file that is gone: get the model again$/);
  });
});

describe('weights that lie on no disk', () => {
  const kind = 'ssd';
  const blobs = blobFiles(
    'picked',
    Object.fromEntries(
      filesBelow(folderOf(kind))
        .filter((name) => PARTS.test(name))
        .map((path) => [path.replaceAll('\\', '/'), new Blob([readFileSync(join(folderOf(kind), path))])]),
    ),
  );

  it('give the same features', async () => {
    expect(await featuresOf(blobs, kind)).toEqual(await featuresOf(folderOf(kind), kind));
  });

  it('come in shards no larger than asked for, and are computed with as well', async () => {
    const run = async (files: typeof blobs, shardBytes?: number) => {
      const pipeline = folderPipeline(files);
      const { graph } = compileUnet(await pipeline.weights('unet'), (await pipeline.config('unet')) ?? {}, 'float32');
      const model = await placeWeights(graph, shardBytes);
      const session = await openSession(model, { threads: 1, weights: 'streamed' });
      const [noisy, prompt, pooled] = ['noisy-128x128', 'prompt_embeds', 'pooled'].map((name) => golden(kind, name));
      const { features } = await session.run({
        sample: { data: noisy.data, dims: [1, ...noisy.shape] },
        timestep: { data: Float32Array.of(50), dims: [1] },
        encoder_hidden_states: { data: prompt.data, dims: prompt.shape },
        text_embeds: { data: pooled.data, dims: [1, ...pooled.shape] },
        time_ids: { data: Float32Array.of(128, 128, 0, 0, 128, 128), dims: [6] },
      });
      await session.dispose();
      return { model, features };
    };
    const [sharded, whole] = [await run(blobs, 20_000), await run(folderFiles(folderOf(kind)))];
    expect(sharded.model.weightsFiles?.length).toBeGreaterThan(3);
    expect(Math.max(...(sharded.model.weightsFiles ?? []).map(({ data }) => data.size))).toBeLessThanOrEqual(20_000);
    expect(whole.model.weightsFiles).toBeUndefined();
    expect(sharded.features.data).toEqual(whole.features.data);
  });

  it('or on one, are read whole by WebAssembly', async () => {
    const openAs = async (device: 'cpu' | 'wasm') => {
      const encoder = await openEncoder(folderOf(kind), { ...options(kind), device });
      const features = await encoder.encode(pictureOf(kind, '128x128'));
      await encoder.dispose();
      return features.data;
    };
    expect(relativeError(await openAs('wasm'), await openAs('cpu'))).toBeLessThan(1e-4);
  });

  it('may be none at all', async () => {
    const g = createGraph('test');
    g.output('out', g.op('Neg', [g.input('x', 'float32', [1])]), 'float32', [1]);
    expect((await placeWeights(g.finish())).weightsFiles).toEqual([]);
  });
});

describe('casts of weights', () => {
  it('stand before all else, so that each runs right before its use and few stand in memory at once', async () => {
    const source = { name: 'weights', size: 24, read: async (start: number, end: number) => new Uint8Array(end - start) };
    const g = createGraph('test');
    let x = g.input('x', 'float32', ['n', 2]);
    for (const start of [0, 8, 16])
      x = g.op('MatMul', [x, g.weight({ source, key: `w${start}`, dtype: 'F16', shape: [2, 2], start, end: start + 8 })]);
    g.output('y', x, 'float32', ['n', 2]);
    const text = new TextDecoder('latin1').decode((await placeWeights(g.finish())).bytes);
    expect(text.match(/Cast/g)).toHaveLength(3);
    expect(text.lastIndexOf('Cast')).toBeLessThan(text.indexOf('MatMul'));
  });
});
