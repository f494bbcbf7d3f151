/** The package in a browser: built by vite without polyfills or aliases, run in headless Chromium. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { loadBuilt, ROOT, readRepository, requireBuild } from '../built.ts';
import { goldenPath, type Outcome } from '../golden-path.js';
import { findBrowser } from './browser.ts';
import { serve } from './serve.ts';

/** Nothing but the page may be on the line: no updates, no safe browsing, no QUIC to a server that has none. */
const ARGS = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const browser = findBrowser();
let folder: string;
let modules: string[];
let outcome: Outcome;
/** The same path in Node, to compare with. */
let inNode: Outcome;

/** Builds the page into `folder`; returns the ids of the modules in it. */
const buildPage = async (): Promise<string[]> => {
  const built = await build({
    root: join(ROOT, 'test/runtimes/web'),
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 1e6 },
  });
  const { output } = built as Rolldown.RolldownOutput;
  return output.flatMap((file) => (file.type === 'chunk' ? [...file.moduleIds, ...file.imports.filter((name) => /^node:/.test(name))] : []));
};

const runPage = async (executablePath: string): Promise<Outcome> => {
  const [server, running] = await Promise.all([
    serve({ '/': folder, '/files/': ROOT }),
    chromium.launch({ executablePath, headless: true, args: ARGS.split(' ') }),
  ]);
  try {
    const page = await running.newPage();
    page.on('pageerror', (error) => console.error(`in the page: ${error.message}`));
    await page.goto(server.url);
    await page.waitForFunction(() => 'outcome' in globalThis);
    return await page.evaluate(() => (globalThis as unknown as { outcome(): Promise<Outcome<number[]>> }).outcome());
  } finally {
    await running.close();
    server.close();
  }
};

beforeAll(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'diffcut-web-'));
  modules = await buildPage();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the built package', () => {
  it("bundles for a browser without Node's modules", () => {
    expect(modules.some((id) => /dist[\\/]image[\\/]decode-web\.js$/.test(id))).toBe(true);
    // vite puts an empty module of that name where a browser has nothing to offer
    expect(modules.filter((id) => /browser-external|^node:|-node\.js$|dist[\\/](cli|eval)[\\/]|polyfills?\//.test(id))).toEqual([]);
  });
});

describe('in a browser, the built package', () => {
  beforeAll(async () => {
    if ('missing' in browser) console.warn(`The browser tests are skipped: ${browser.missing}`);
    else [outcome, inNode] = await Promise.all([runPage(browser.path), loadBuilt().then((diffcut) => goldenPath(diffcut, readRepository))]);
  });

  /** A test that needs the page; skipped with the reason where there is no browser. */
  const inBrowser = (name: string, test: () => void): void =>
    it(name, (context: TestContext) => {
      if ('missing' in browser) return context.skip(browser.missing);
      test();
    });

  inBrowser('gives the golden results of partition, assign, refine and export', () => {
    expect(Object.keys(outcome.agreements)).toHaveLength(9);
    for (const [name, share] of Object.entries(outcome.agreements)) expect(share, name).toBeGreaterThanOrEqual(0.999);
  });

  inBrowser('decodes a photograph as Node does, within the rounding of decoders', () => {
    const { photo } = inNode;
    expect([outcome.photo.width, outcome.photo.height]).toEqual([photo.width, photo.height]);
    let difference = 0;
    for (let i = 0; i < photo.data.length; i++) difference += Math.abs(photo.data[i] - outcome.photo.data[i]);
    expect(difference / photo.data.length).toBeLessThan(1);
  });

  inBrowser('segments a photograph as Node does', () => {
    const { segmented } = inNode;
    const { data } = outcome.segmented;
    expect([outcome.segmented.width, outcome.segmented.height]).toEqual([segmented.width, segmented.height]);
    const same = Array.from(segmented.data).filter((id, i) => id === data[i]).length;
    expect(same / segmented.data.length).toBeGreaterThanOrEqual(0.99);
  });
});
