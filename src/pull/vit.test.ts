/** Vision transformers of the table, pulled from a hub on the loopback that serves the tiny ones under their names. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeHub, startHub } from '../../test/fake-hub.ts';
import { CASES, centred, relativeError, type VitCase, vitFolder, vitGolden, vitPicture } from '../../test/vits.ts';
import { openEncoder } from '../encode/open.ts';
import { blobFiles } from '../files/source.ts';
import { fileSource } from '../files/source-node.ts';
import { encoderRow } from '../models/table.ts';
import { modelPath } from '../store/models-node.ts';
import { readHeader } from '../weights/safetensors.ts';
import { pullModel } from './pull-model-node.ts';

let hub: FakeHub;
let scratch: string;

const serve = (name: string, kind: string): void => {
  for (const file of ['config.json', 'model.safetensors']) hub.put(encoderRow(name).repository, file, readFileSync(join(vitFolder(kind), file)));
};

const caseOf = (kind: string): VitCase => CASES.find((of) => of.kind === kind) as VitCase;

const errorOf = async (encoder: Parameters<typeof openEncoder>[0], of: VitCase): Promise<number> => {
  const open = await openEncoder(encoder, { size: [of.width, of.height], device: 'cpu' });
  const { data, channels } = await open.encode(vitPicture(of));
  await open.dispose();
  return relativeError(centred(data, channels), centred(vitGolden(of.features).data, channels));
};

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'diffcut pull vit '));
  hub = await startHub();
  for (const name of ['HF_TOKEN', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) vi.stubEnv(name, '');
  vi.stubEnv('HF_ENDPOINT', hub.settings.endpoint);
  vi.stubEnv('HF_HOME', join(scratch, 'home'));
  vi.stubEnv('DIFFCUT_CACHE', join(scratch, 'own'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe('a vision transformer of the table', () => {
  it.each([
    ['dinov2-b-reg', 'dinov2-reg'],
    ['dinov3-s', 'dinov3'],
    ['siglip-l16', 'siglip'],
  ])('%s is pulled whole, used, and not fetched twice', async (name, kind) => {
    serve(name, kind);
    await expect(openEncoder(name)).rejects.toThrow(/is not on this machine: get it with "diffcut models pull/);
    expect(await pullModel(name)).toMatchObject({ changed: true });
    expect(await errorOf(name, caseOf(kind))).toBeLessThan(1e-5);
    expect(await pullModel(name)).toMatchObject({ changed: false });
    const { tensors, metadata } = await readHeader(await fileSource(await modelPath(name)));
    expect([...tensors.keys()].some((key) => key.includes('attn_pool') || key.includes('['))).toBe(false);
    expect(JSON.parse(metadata.vit).architecture).toMatch(/^vit_/);
  });

  it("takes the row's architecture where the repository names another", async () => {
    const config = JSON.parse(readFileSync(join(vitFolder('clip'), 'config.json'), 'utf8'));
    serve('clip-l14', 'clip');
    // As the published one may say: the same weights, with another activation.
    hub.put(encoderRow('clip-l14').repository, 'config.json', Buffer.from(JSON.stringify({ ...config, architecture: 'vit_large_patch14_clip_224' })));
    await pullModel('clip-l14');
    expect(await errorOf('clip-l14', caseOf('clip'))).toBeLessThan(1e-5);
  });

  it('gives the features of open_clip out of its file where there is no other, by the ranges of the picture half', async () => {
    const read = (file: string) => readFileSync(join(vitFolder('clip-open'), file));
    const file = 'open_clip_model.safetensors';
    for (const path of ['config.json', file]) hub.put(encoderRow('clip-l14').repository, path, read(path));
    await pullModel('clip-l14');
    const { tensors, metadata } = await readHeader(await fileSource(await modelPath('clip-l14')));
    const theirs = (await readHeader(await fileSource(join(vitFolder('clip-open'), file)))).tensors;
    const visual = [...theirs.keys()].filter((key) => key.startsWith('visual.'));
    expect(tensors.size).toBe(visual.length - 1); // without the projection
    expect([...tensors.keys()].every((key) => /^vit\.(cls_token|pos_embed|patch_embed|norm|norm_pre|blocks)\b/.test(key))).toBe(true);
    expect(tensors.get('vit.cls_token')?.shape).toEqual([1, 1, 16]);
    const starts = hub.seen.flatMap(({ at, range }) => (at === 'storage' && range ? [Number(/=(\d+)/.exec(range)?.[1])] : []));
    const first = Math.min(...visual.map((key) => theirs.get(key)?.start ?? 0));
    expect(starts.filter((start) => start > 8 && start < first)).toEqual([]);
    expect(JSON.parse(metadata.vit).architecture).toBe('vit_large_patch14_clip_224');

    // The first 112 pixels of the square picture each way, as the golden has it.
    const { data } = vitPicture(CASES.find(({ kind, width }) => kind === 'clip' && width === 144) as VitCase);
    const picture = {
      data: Uint8Array.from({ length: 3 * 112 * 112 }, (_, i) => data[Math.floor(i / 336) * 432 + (i % 336)]),
      width: 112,
      height: 112,
    };
    const open = await openEncoder('clip-l14', { size: 112, device: 'cpu' });
    const ours = await open.encode(picture);
    await open.dispose();
    expect(relativeError(centred(ours.data, 16), centred(vitGolden('clip-open/features-112x112.npy').data, 16))).toBeLessThan(1e-5);
  });

  it('whose bytes were altered does not open, at its first use or later', async () => {
    serve('dino-b16', 'dino');
    for (const uses of [0, 1]) {
      const { path } = await pullModel('dino-b16');
      for (let i = 0; i < uses; i++) await errorOf('dino-b16', caseOf('dino'));
      const bytes = readFileSync(path);
      bytes[bytes.length - 1] ^= 1;
      writeFileSync(path, bytes);
      await expect(openEncoder('dino-b16')).rejects.toThrow(/^dino-b16 is not what was pulled: .*; get it anew with "diffcut models pull dino-b16"$/);
    }
    await pullModel('dino-b16', { whole: true, keep: true });
    expect(await errorOf('dino-b16', caseOf('dino'))).toBeLessThan(1e-5);
  });

  it('refuses to keep text encoders, which there are none of', async () => {
    serve('dino-b16', 'dino');
    await expect(pullModel('dino-b16', { keep: true })).rejects.toThrow(/dino-b16 has no text encoders to keep: leave --keep out/);
  });

  it('is got from a folder without the network', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await pullModel('dino-b16', { from: vitFolder('dino') });
    expect(await errorOf('dino-b16', caseOf('dino'))).toBeLessThan(1e-5);
  });
});

describe('the files of a vision transformer', () => {
  it('may be Blobs', async () => {
    const blobs = Object.fromEntries(
      ['config.json', 'model.safetensors'].map((file) => [file, new Blob([readFileSync(join(vitFolder('dinov3-plus'), file))])]),
    );
    expect(await errorOf(blobFiles('mine', blobs), caseOf('dinov3-plus'))).toBeLessThan(1e-5);
  });

  it('keep features where told to', async () => {
    const of = caseOf('dino');
    const encode = async () => {
      const open = await openEncoder(vitFolder('dino'), { size: [of.width, of.height], cacheFeatures: true, device: 'cpu' });
      const out = await open.encode(vitPicture(of));
      await open.dispose();
      return out;
    };
    const [first, second] = [await encode(), await encode()];
    expect(second.data).toEqual(first.data);
    expect(relativeError(first.data, vitGolden(of.features).data)).toBeLessThan(1e-3); // halves
  });
});
