/** What the build of the page leaves: small, relative, under its policy, and of the runtime only what is used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { brotliDecompressSync, gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { META_CSP } from '../../src/serve/policy.ts';
import { ROOT, requireBuild } from '../runtimes/built.ts';
import { browser, leaveDialog, openStudio, PHOTOS, pick, programSite, regionCount, type Site, startBrowser, staticSite } from './studio.ts';

requireBuild();
const PAGE = join(ROOT, 'dist/studio');
const FILES = readdirSync(PAGE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(PAGE.length + 1)
      .split(sep)
      .join('/'),
  );
const textOf = (name: string): string => readFileSync(join(PAGE, name), 'utf8');

/** Gzipped bytes of all that comes before a picture can be dropped. */
const FIRST_LOAD = 1_000_000;

describe('the built page', () => {
  it('has the policy of the server, but for what a meta tag cannot say', () => {
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(textOf('index.html')) ?? [];
    expect(policy).toBe(META_CSP);
  });

  it('names its files relative to itself, and no other host', () => {
    const page = textOf('index.html');
    const named = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(2);
    for (const name of named) {
      expect(name).toMatch(/^\.\//);
      expect(FILES).toContain(name.slice(2));
    }
    expect(FILES.filter((name) => name.endsWith('.css')).map((name) => /url\(\s*['"]?(https?:|\/)/.test(textOf(name)))).not.toContain(true);
  });

  it('has a copy by brotli of what becomes smaller by it', () => {
    const copies = FILES.filter((name) => name.endsWith('.br'));
    expect(copies).toEqual(expect.arrayContaining(['index.html.br', 'worker.js.br']));
    for (const copy of copies) {
      const packed = readFileSync(join(PAGE, copy));
      const whole = readFileSync(join(PAGE, copy.slice(0, -3)));
      expect(packed.length).toBeLessThan(whole.length);
      expect(brotliDecompressSync(packed).equals(whole), copy).toBe(true);
    }
  });

  it('has a service worker that keeps all of it', () => {
    const [, list] = /addAll\((\[[^\]]*\])/.exec(textOf('sw.js')) ?? [];
    const kept: string[] = JSON.parse(list);
    const rest = FILES.filter((name) => !/^samples\/|\.(br|md)$|^(sw\.js|index\.html)$/.test(name));
    expect(kept.sort()).toEqual(['./', ...rest].sort());
    expect(textOf('sw.js')).not.toMatch(/__[A-Z]+__|\bimport\b|\bexport\b/);
  });

  it('says whose packages it bundles', () => {
    for (const name of ['preact', 'onnxruntime-web', 'idb', 'geotiff']) expect(textOf('licenses.md')).toContain(`## ${name} - `);
  });
});

describe.skipIf('missing' in browser)('the page in a browser', () => {
  let running: Browser;
  let site: Site & { folder: string };
  beforeAll(async () => {
    running = await startBrowser();
    site = await staticSite({}, { path: '/tools/diffcut/' });
  });
  afterAll(async () => {
    await running?.close();
    await site?.end();
  });

  /** Paths of what the page asks for, below its own address; workers' requests among them. */
  const requestsOf = (page: Page, { url }: Site): string[] => {
    const all: string[] = [];
    page.context().on('request', (request) => {
      const asked = request.url();
      if (asked.startsWith('blob:')) return;
      all.push(asked.startsWith(url) ? new URL(asked).pathname.slice(new URL(url).pathname.length) || 'index.html' : asked);
    });
    return all;
  };

  it('can be given a picture after less than a megabyte, and then loads the encoder and one wasm', async () => {
    const { page, errors, close } = await openStudio(running, site);
    const asked = requestsOf(page, site);
    await page.reload({ waitUntil: 'networkidle' });
    await page.waitForSelector('.welcome');
    // what only the worker knows is shown: so all that the page asks for by itself was asked for
    await page.keyboard.press('Shift+E');
    await page.getByRole('dialog').locator('.encoders li').first().waitFor();
    await leaveDialog(page);
    expect(asked).toEqual(expect.arrayContaining(['index.html', 'worker.js']));
    const bytes = asked.map((name) => gzipSync(readFileSync(join(site.folder, name))).length);
    expect(asked.filter((name) => /\.(wasm|onnx)$/.test(name))).toEqual([]);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(FIRST_LOAD);

    await pick(page, join(PHOTOS, 'horses.jpg'));
    await regionCount(page);
    expect([...new Set(asked.filter((name) => /\.(wasm|onnx)$/.test(name)))].sort()).toEqual([
      'files/efficientnet-lite.onnx',
      'files/ort-wasm-simd-threaded.wasm',
    ]);
    expect(asked.filter((name) => /^https?:|\.\.|^\//.test(name))).toEqual([]); // nothing lies beside or elsewhere
    expect(errors).toEqual([]);
    await close();
  });

  it('is isolated on the program that serves it, without a service worker', async () => {
    const program = await programSite();
    const { page, errors, close } = await openStudio(running, program, { serviceWorkers: 'allow' });
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await regionCount(page);
    expect(await page.evaluate(async () => [crossOriginIsolated, (await navigator.serviceWorker.getRegistrations()).length])).toEqual([true, 0]);
    expect(errors).toEqual([]);
    await close();
    await program.end();
  });
});
