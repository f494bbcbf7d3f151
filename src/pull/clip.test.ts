/** What names segments, pulled from a hub on the loopback that serves the tiny CLIPs under the published names. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLIP_CASES, type ClipKind, clipPictures, unpackClip } from '../../test/clips.ts';
import { type FakeHub, startHub } from '../../test/fake-hub.ts';
import { fileSource } from '../files/source-node.ts';
import { openNamer } from '../label/open.ts';
import { findNamer, type NamerRow } from '../models/namers.ts';
import { modelPath } from '../store/models-node.ts';
import { readHeader } from '../weights/safetensors.ts';
import { pullModel } from './pull-model-node.ts';

let hub: FakeHub;
let scratch: string;

/** The hub has a tiny one as the row's repository; the folder that it is from. */
const serve = (name: string, kind: ClipKind, but?: string): string => {
  const folder = unpackClip(kind, scratch);
  const { repository } = findNamer(name) as NamerRow;
  for (const file of readdirSync(folder)) if (file !== but) hub.put(repository, file, readFileSync(join(folder, file)));
  return folder;
};

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'diffcut pull clip '));
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

const namesBy = async (model: string, dense: 'values' | 'residual') => {
  const [{ picture, labels }] = clipPictures();
  const namer = await openNamer(model, { classes: CLIP_CASES.classes.map((names) => names.join(',')), dense, device: 'cpu', threads: 1 });
  const segments = [0, 1, 2, 3].map((id) => ({ id }) as never);
  return namer.name(picture, labels, segments).finally(() => namer.dispose());
};

describe('what names segments', () => {
  it.each<[string, ClipKind]>([
    ['tinyclip-8m', 'plain-vit'],
    ['tinyclip-39m', 'open-vit'],
    ['clip-convnext-l', 'convnext'],
  ])('%s is pulled in either layout, with its tokenizer, and not fetched twice', async (name, kind) => {
    const folder = serve(name, kind);
    await expect(namesBy(name, 'values')).rejects.toThrow(/is not on this machine: get it with "diffcut models pull/);
    expect(await pullModel(name)).toMatchObject({ changed: true });
    expect(await pullModel(name)).toMatchObject({ changed: false });
    const { tensors, metadata } = await readHeader(await fileSource(await modelPath(name)));
    expect([...tensors.keys()].some((key) => key.includes('[') || key.includes('position_ids'))).toBe(false);
    expect(tensors.get('clip.vocab.json')?.dtype).toBe('U8');
    expect(JSON.parse(metadata.clip)).toEqual(
      JSON.parse(readFileSync(join(folder, kind === 'plain-vit' ? 'config.json' : 'open_clip_config.json'), 'utf8')),
    );
    if (kind === 'convnext') return; // its rows' input is of 1024 pixels: named in label/clip.test.ts
    for (const dense of ['values', 'residual'] as const) expect(await namesBy(name, dense)).toEqual(await namesBy(folder, dense));
  });

  it('is refused without its tokenizer, and has nothing more to keep', async () => {
    serve('tinyclip-8m', 'plain-vit', 'merges.txt');
    await expect(pullModel('tinyclip-8m')).rejects.toThrow(/has no merges\.txt, which words need/);
    await expect(pullModel('tinyclip-8m', { keep: true })).rejects.toThrow(/keeps its text encoder anyway/);
  });
});
