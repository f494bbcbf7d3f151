import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { InputError } from '../errors.ts';
import { baseOf as baseOnWeb, readAsset as readOnWeb } from './asset-web.ts';
import { type Assets, assetBytes, assetUrl, loadAsset, setAssets } from './assets.ts';

const NAME = 'efficientnet-lite.onnx';
const BYTES = Uint8Array.of(8, 7, 6);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut-assets-'));
  await writeFile(join(folder, NAME), BYTES);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  setAssets(undefined);
  vi.unstubAllGlobals();
});

/** As in a bundle of a kind that has no import.meta.url. */
const nowhere = (): URL => new URL('../x', undefined);

describe('a file of the package', () => {
  it('is in its usual place where nobody says otherwise', async () => {
    expect([...(await loadAsset(NAME, () => pathToFileURL(join(folder, NAME))))]).toEqual([...BYTES]);
  });

  it.each<[string, () => Assets]>([
    ['a path', () => folder],
    ['a URL', () => pathToFileURL(folder)],
    ['the text of a URL', () => `${pathToFileURL(folder)}/`],
    ['a function', () => async () => BYTES],
  ])('is where the application says: %s', async (_, from) => {
    setAssets(from());
    expect([...(await loadAsset(NAME, nowhere))]).toEqual([...BYTES]);
  });

  it('is in its usual place where the function has none', async () => {
    setAssets(() => undefined);
    expect([...(await loadAsset(NAME, () => pathToFileURL(join(folder, NAME))))]).toEqual([...BYTES]);
    expect(assetUrl(NAME)).toBeUndefined();
    expect(await assetBytes(NAME)).toBeUndefined();
  });

  it.each([nowhere, () => pathToFileURL(join(folder, 'gone'))])('is told of in one sentence where it is not', async (packaged) => {
    const error = await loadAsset(NAME, packaged).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code: 'E_FILE' });
    expect((error as Error).message).toMatch(/^efficientnet-lite\.onnx, a file of diffcut, could not be read \(.*call setAssets with its folder$/);
  });
});

describe('in a page, a file of the package', () => {
  const answerWith = (response: Response) => vi.stubGlobal('fetch', async () => response);

  it('lies below the page where the folder is relative', () => {
    vi.stubGlobal('location', { href: 'https://example.org/app/index.html' });
    expect(baseOnWeb('assets').href).toBe('https://example.org/app/assets/');
    expect(baseOnWeb(new URL('https://cdn.example.org/1')).href).toBe('https://cdn.example.org/1/');
  });

  it('is not the page that some servers answer with to whatever is not there', async () => {
    answerWith(new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } }));
    await expect(readOnWeb(new URL('https://example.org/x'))).rejects.toThrow('the server answered with a page');
    answerWith(new Response('', { status: 404, statusText: 'Not Found' }));
    await expect(readOnWeb(new URL('https://example.org/x'))).rejects.toThrow('the server answered 404 Not Found');
    answerWith(new Response(BYTES));
    expect([...(await readOnWeb(new URL('https://example.org/x')))]).toEqual([...BYTES]);
  });
});
