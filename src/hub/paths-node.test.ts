import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedFile, hubCacheFiles, hubSettings } from './paths-node.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut paths '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const home = (...parts: string[]): string => join(homedir(), ...parts);
/** Nobody's login, whoever runs the tests. */
const nowhere = { HF_TOKEN_PATH: '/nonexistent/token' };

describe('settings by the environment', () => {
  it('are those of huggingface_hub where nothing is set', async () => {
    expect(await hubSettings(nowhere)).toEqual({
      endpoint: 'https://huggingface.co',
      token: undefined,
      cache: home('.cache', 'huggingface', 'hub'),
      offline: false,
      proxy: { http: undefined, https: undefined, except: '' },
    });
  });

  it.each([
    [{ HF_HOME: '/data/hf' }, '/data/hf/hub'],
    [{ HF_HOME: '~/hf' }, home('hf', 'hub')],
    [{ XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
    [{ HF_HUB_CACHE: '/a', HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }, '/a'],
    [{ HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }, '/b'],
    [{ HF_HUB_CACHE: '' }, home('.cache', 'huggingface', 'hub')],
    [{ HF_HOME: '$DATA/hf', DATA: '/data' }, '/data/hf/hub'],
    [{ HF_HOME: `~/$A/\${B}x`, A: 'a', B: 'b' }, home('a', 'bx', 'hub')],
    [{ HF_HUB_CACHE: `/\${NOT_SET}/$NEITHER` }, `/\${NOT_SET}/$NEITHER`],
    [{ XDG_CACHE_HOME: '$DATA', DATA: '/data' }, '/data/huggingface/hub'],
  ])('%j: the cache is %s', async (env, cache) => {
    expect(
      (await hubSettings({ ...nowhere, ...env })).cache
        .split(sep)
        .join('/')
        .replace(/^[A-Z]:/, ''),
    ).toBe(cache.split(sep).join('/'));
  });

  it('take the token of the environment before that of a login', async () => {
    writeFileSync(join(folder, 'token'), 'hf_login\n');
    writeFileSync(join(folder, 'other'), 'hf_other\n');
    expect((await hubSettings({ HF_HOME: folder })).token).toBe('hf_login');
    expect((await hubSettings({ HF_HOME: folder, HF_TOKEN_PATH: join(folder, 'other') })).token).toBe('hf_other');
    expect((await hubSettings({ HF_HOME: folder, HF_TOKEN: ' hf_given ' })).token).toBe('hf_given');
  });

  it('keep every token from where no one is to have it unasked', async () => {
    writeFileSync(join(folder, 'token'), 'hf_login\n');
    for (const env of [{ HF_HOME: folder }, { HF_TOKEN: 'hf_given' }, { HF_TOKEN: 'no token at all' }]) {
      const settings = await hubSettings({ ...env, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' });
      expect([settings.token, settings.isTokenWithheld]).toEqual([undefined, true]);
    }
    expect((await hubSettings({ HF_TOKEN: 'hf_given', HF_HUB_DISABLE_IMPLICIT_TOKEN: '0' })).token).toBe('hf_given');
  });

  it('read the login of a path with variables', async () => {
    writeFileSync(join(folder, 'token'), 'hf_login\n');
    expect((await hubSettings({ HF_TOKEN_PATH: '$WHERE/token', WHERE: folder })).token).toBe('hf_login');
  });

  it.each([
    [{ TRANSFORMERS_OFFLINE: '1' }, true],
    [{ TRANSFORMERS_OFFLINE: 'yes', HF_HUB_OFFLINE: '' }, true],
    [{ TRANSFORMERS_OFFLINE: '1', HF_HUB_OFFLINE: '0' }, false],
    [{ TRANSFORMERS_OFFLINE: '0' }, false],
  ])('%j: offline is %s', async (env, offline) => {
    expect((await hubSettings({ ...nowhere, ...env })).offline).toBe(offline);
  });

  it.each(['https://me:secret@mirror.example/hub', 'https://secret@mirror.example', 'https://mirror.example/?token=secret', 'ftp://mirror/?secret'])(
    'refuse the endpoint %s, whose secret stays one',
    async (HF_ENDPOINT) => {
      const error = await hubSettings({ ...nowhere, HF_ENDPOINT }).catch((e: unknown) => e);
      expect((error as Error).message).toMatch(
        /HF_ENDPOINT has a user or a password in it.*set HF_TOKEN$|^Expected an http: or https: URL for HF_ENDPOINT/,
      );
      expect((error as Error).message).not.toContain('secret');
    },
  );

  it('say which token cannot be one, without telling it', async () => {
    await expect(hubSettings({ HF_TOKEN: 'hf_a b' })).rejects.toThrow(/HF_TOKEN has a character that no token has/);
    await expect(hubSettings({ HF_TOKEN: 'hf_a b' })).rejects.not.toThrow(/hf_a/);
    writeFileSync(join(folder, 'token'), '{"not": "a\ntoken"}');
    await expect(hubSettings({ HF_HOME: folder })).rejects.toThrow(/token in ".*token" has a character/);
  });

  it.skipIf(process.platform === 'win32')('say where the token of a login may not be read, and do without one where there is none', async () => {
    symlinkSync('loop', join(folder, 'loop'));
    await expect(hubSettings({ HF_TOKEN_PATH: join(folder, 'loop') })).rejects.toThrow(/loop" is a link that leads to itself/);
    expect((await hubSettings({ HF_TOKEN_PATH: join(folder, 'none') })).token).toBeUndefined();
  });

  it('know endpoints, offline and proxies', async () => {
    const { endpoint, offline, proxy } = await hubSettings({
      ...nowhere,
      HF_ENDPOINT: 'https://mirror.example/hub/',
      HF_HUB_OFFLINE: 'True',
      HTTPS_PROXY: 'http://upper:1',
      https_proxy: 'http://lower:2',
      ALL_PROXY: 'http://all:3',
      NO_PROXY: 'a,b',
    });
    expect({ endpoint, offline, proxy }).toEqual({
      endpoint: 'https://mirror.example/hub',
      offline: true,
      proxy: { http: 'http://all:3', https: 'http://lower:2', except: 'a,b' },
    });
    expect((await hubSettings({ ...nowhere, HF_HUB_OFFLINE: '0' })).offline).toBe(false);
    await expect(hubSettings({ ...nowhere, HF_ENDPOINT: 'mirror' })).rejects.toThrow(/Expected an http: or https: URL for HF_ENDPOINT/);
    await expect(hubSettings({ ...nowhere, HF_ENDPOINT: 'file:///x' })).rejects.toThrow(/HF_ENDPOINT/);
  });
});

const COMMIT = 'c'.repeat(40);
const settings = async () => ({ ...(await hubSettings(nowhere)), cache: folder });

/** What huggingface_hub leaves behind: blobs, and links to them. */
const fillCache = (): string => {
  const repo = join(folder, 'models--maker--model');
  for (const inside of ['blobs', 'refs/pr', `snapshots/${COMMIT}/unet`]) mkdirSync(join(repo, inside), { recursive: true });
  writeFileSync(join(repo, 'refs', 'main'), COMMIT);
  writeFileSync(join(repo, 'refs', 'pr', '1'), `${COMMIT}\n`);
  writeFileSync(join(repo, 'blobs', 'abc123'), 'weights');
  symlinkSync('../../../blobs/abc123', join(repo, 'snapshots', COMMIT, 'unet', 'model.safetensors'));
  return repo;
};

describe("the hub's cache", () => {
  it.each(['main', 'pr/1', COMMIT])('is read at revision %s, through its links', async (revision) => {
    const repo = fillCache();
    const files = await hubCacheFiles('maker/model', revision, await settings());
    const source = await files?.open('unet/model.safetensors');
    expect(source?.path).toBe(join(repo, 'blobs', 'abc123'));
    expect(source?.size).toBe(7);
    expect(await files?.open('vae/model.safetensors')).toBeUndefined();
    expect(await files?.list?.('unet')).toEqual(['model.safetensors']);
  });

  it('has nothing of what it was not asked for', async () => {
    fillCache();
    for (const [repo, revision] of [
      ['maker/model', 'other'],
      ['maker/model', 'd'.repeat(40)],
      ['maker/other', 'main'],
    ]) {
      expect(await hubCacheFiles(repo, revision, await settings())).toBeUndefined();
    }
    await expect(hubCacheFiles('maker/model', '../../etc', await settings())).rejects.toThrow(/not a path inside/);
  });

  it.skipIf(process.platform === 'win32')('is not taken for empty where it cannot be looked at', async () => {
    const repo = fillCache();
    symlinkSync('broken', join(repo, 'refs', 'broken'));
    symlinkSync('loop', join(repo, 'blobs', 'loop'));
    await expect(hubCacheFiles('maker/model', 'broken', await settings())).rejects.toThrow(/broken" is a link that leads to itself/);
    await expect(cachedFile('maker/model', { path: 'a', size: 7, etag: 'loop' }, await settings())).rejects.toThrow(/loop" is a link that leads/);
  });

  it('finds a file by its ETag, or in the snapshot of its commit, of the right size only', async () => {
    const repo = fillCache();
    const file = { path: 'unet/model.safetensors', size: 7, etag: 'abc123' };
    const blob = join(repo, 'blobs', 'abc123');
    expect((await cachedFile('maker/model', file, await settings()))?.path).toBe(blob);
    expect((await cachedFile('maker/model', { ...file, etag: 'new', commit: COMMIT }, await settings()))?.path).toBe(blob);
    expect(await cachedFile('maker/model', { ...file, size: 8 }, await settings())).toBeUndefined();
    expect(await cachedFile('maker/model', { ...file, etag: 'new' }, await settings())).toBeUndefined();
    expect(await cachedFile('maker/model', { ...file, etag: '../blobs/abc123' }, await settings())).toBeUndefined();
  });
});
