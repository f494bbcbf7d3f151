/** The package in a browser: built by vite without polyfills or aliases, run in headless Chromium. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { type Decoded, decodeCases } from '../../../src/image/decode.cases.ts';
import { relativeError } from '../../compare.ts';
import { loadBuilt, loadParts, ROOT, readRepository, requireBuild } from '../built.ts';
import { goldenPath, type Outcome } from '../golden-path.js';
import { expectParity, expectVits } from '../parity.ts';
import { FOLDER, type PipelineOutcome, pipelinePath } from '../pipeline-path.ts';
import { stripes } from '../stripes.ts';
import type { VitOutcome } from '../vit-path.ts';
import { BROWSER_ARGS, findBrowser } from './browser.ts';
import { serve } from './serve.ts';

/** What the page gives: see main.js. */
interface Outcomes<T = ArrayLike<number>> {
  golden: Outcome<T>;
  pipeline: PipelineOutcome<T>;
  vits: VitOutcome;
  devices: Record<string, string>;
  worker: { same: boolean; gaps: { here: number; there: number }; refused: string };
}

const browser = findBrowser();
let folder: string;
let chunks: Rolldown.OutputChunk[];
let inPage: Outcomes;
/** Paths that the page asked for beside the files of the repository. */
let loaded: string[];
/** The same paths in Node, to compare with. */
let inNode: Omit<Outcomes, 'devices' | 'vits' | 'worker'>;

/** Builds the page into `folder`; returns its files of code. */
const buildPage = async (): Promise<Rolldown.OutputChunk[]> => {
  const built = await build({
    root: join(ROOT, 'test/runtimes/web'),
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 1e6 },
  });
  const { output } = built as Rolldown.RolldownOutput;
  return output.filter((file) => file.type === 'chunk');
};

const runPage = async (executablePath: string): Promise<Outcomes> => {
  const [server, running] = await Promise.all([
    serve({ '/': folder, '/files/': ROOT }),
    chromium.launch({ executablePath, headless: true, args: BROWSER_ARGS }),
  ]);
  try {
    const page = await running.newPage();
    page.on('pageerror', (error) => console.error(`in the page: ${error.message}`));
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    await page.goto(server.url);
    await page.waitForFunction(() => 'outcomes' in globalThis);
    return await page.evaluate(() => (globalThis as unknown as { outcomes(): Promise<Outcomes<number[]>> }).outcomes());
  } finally {
    await running.close();
    server.close();
  }
};

/** A page whose policy allows its own scripts and no WebAssembly. */
const cutWithoutWasm = async (executablePath: string): Promise<{ labels: { data: number[] }; told: string[] }> => {
  const [server, running] = await Promise.all([
    serve({ '/': folder }, { 'content-security-policy': "default-src 'self'; script-src 'self'" }),
    chromium.launch({ executablePath, headless: true, args: BROWSER_ARGS }),
  ]);
  try {
    const page = await running.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => 'cut' in globalThis);
    return await page.evaluate(() => (globalThis as unknown as { cut(): ReturnType<typeof cutWithoutWasm> }).cut());
  } finally {
    await running.close();
    server.close();
  }
};

/** In a cache of its own, so that nothing is taken from an earlier run. */
const runNode = async (): Promise<typeof inNode> => {
  vi.stubEnv('DIFFCUT_CACHE', join(folder, 'cache'));
  const server = await serve({ '/files/': ROOT });
  try {
    const diffcut = await loadBuilt();
    const pipeline = await pipelinePath(diffcut, await loadParts(), readRepository, `${server.url}/files/${FOLDER}`);
    return { golden: await goldenPath(diffcut, readRepository), pipeline };
  } finally {
    server.close();
    vi.unstubAllEnvs();
  }
};

beforeAll(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'diffcut-web-'));
  chunks = await buildPage();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the built package', () => {
  it("bundles for a browser without Node's modules", () => {
    const modules = chunks.flatMap(({ moduleIds, imports }) => [...moduleIds, ...imports.filter((name) => /^node:/.test(name))]);
    expect(modules.some((id) => /dist[\\/]image[\\/]decode-web\.js$/.test(id))).toBe(true);
    // vite puts an empty module of that name where a browser has nothing to offer
    expect(modules.filter((id) => /browser-external|^node:|-node\.js$|dist[\\/](cli|eval)[\\/]|polyfills?\//.test(id))).toEqual([]);
  });

  it('loads what reads rare pictures only when one comes', () => {
    const first = new Set<string>();
    const walk = (name: string): void => {
      const chunk = chunks.find(({ fileName }) => fileName === name);
      if (!chunk || first.has(name)) return;
      first.add(name);
      chunk.imports.forEach(walk);
    };
    for (const { fileName, isEntry } of chunks) if (isEntry) walk(fileName);
    const holds = (part: RegExp) => chunks.filter(({ moduleIds }) => moduleIds.some((id) => part.test(id))).map(({ fileName }) => fileName);
    for (const part of [/node_modules.geotiff./, /node_modules.heic-decode./]) {
      expect(holds(part).length, String(part)).toBeGreaterThan(0);
      expect(holds(part).filter((name) => first.has(name))).toEqual([]);
    }
  });
});

describe.skipIf('missing' in browser)('in a browser, decoding', () => {
  let running: Browser;
  let page: Page;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve({ '/': folder });
    running = await chromium.launch({ executablePath: 'path' in browser ? browser.path : '', headless: true, args: BROWSER_ARGS });
    page = await running.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => 'decode' in globalThis);
  });
  afterAll(async () => {
    await running.close();
    server.close();
  });

  decodeCases(async (file, as, options) => {
    const decoded = await page.evaluate(
      (args) => (globalThis as unknown as { decode(...given: unknown[]): Promise<Decoded | { name: string; message: string }> }).decode(...args),
      [Array.from(file), as, options] as const,
    );
    if ('message' in decoded) throw Object.assign(new Error(decoded.message), { name: decoded.name });
    return decoded;
  });
});

describe('in a browser, the built package', () => {
  beforeAll(async () => {
    if ('missing' in browser) return console.warn(`The browser tests are skipped: ${browser.missing}`);
    loaded = [];
    [inPage, inNode] = await Promise.all([runPage(browser.path), runNode()]);
  });

  /** A test that needs the page; skipped with the reason where there is no browser. */
  const inBrowser = (name: string, test: () => void): void =>
    it(name, (context: TestContext) => {
      if ('missing' in browser) return context.skip(browser.missing);
      test();
    });

  inBrowser('gives the golden results of partition, assign, refine and export', () => {
    expect(Object.keys(inPage.golden.agreements)).toHaveLength(9);
    for (const [name, share] of Object.entries(inPage.golden.agreements)) expect(share, name).toBeGreaterThanOrEqual(0.999);
  });

  inBrowser('decodes a photograph as Node does, within the rounding of decoders', () => {
    const { photo } = inNode.golden;
    const ours = inPage.golden.photo;
    expect([ours.width, ours.height]).toEqual([photo.width, photo.height]);
    let difference = 0;
    for (let i = 0; i < photo.data.length; i++) difference += Math.abs(photo.data[i] - ours.data[i]);
    expect(difference / photo.data.length).toBeLessThan(1);
  });

  inBrowser('segments a photograph as Node does', () => {
    const { segmented } = inNode.golden;
    const { data, width, height } = inPage.golden.segmented;
    expect([width, height]).toEqual([segmented.width, segmented.height]);
    const same = Array.from(segmented.data).filter((id, i) => id === data[i]).length;
    expect(same / segmented.data.length).toBeGreaterThanOrEqual(0.99);
  });

  inBrowser('gives the goldens of a diffusion pipeline from Blobs and URLs, in shards', () => {
    expectParity(inPage.pipeline);
  });

  inBrowser('gives the goldens of vision transformers from Blobs and URLs, and draws a comparison', () => {
    expectVits(inPage.vits);
  });

  inBrowser('gives the features of the tiny VAE as Node does', () => {
    const ours = Float32Array.from(inPage.pipeline.tiny);
    expect(relativeError(ours, Float32Array.from(inNode.pipeline.tiny))).toBeLessThan(1e-3);
  });

  inBrowser('says what to do where a page has no such device or model', () => {
    const { hasGpu, ...devices } = inPage.devices;
    expect(hasGpu).toBe('false');
    expect(devices.auto).toBe('cpu');
    expect(devices.webgpu).toMatch(/^InputError: Could not load the model on webgpu \(webgpu: the browser offers no GPU\)/);
    expect(devices.cuda).toMatch(/^InputError: There is no device cuda in a browser: choose auto, webgpu or cpu$/);
    expect(devices['ssd-1b']).toMatch(/^InputError: ssd-1b is not here: .* by blobFiles or urlFiles$/);
  });

  it('cuts where the page allows no WebAssembly, and says how to allow it', async (context) => {
    if ('missing' in browser) return context.skip(browser.missing);
    const { labels, told } = await cutWithoutWasm(browser.path);
    const { partition } = await loadBuilt();
    expect(labels.data).toEqual(Array.from((await partition(stripes())).labels.data));
    expect(told).toEqual([expect.stringMatching(/does not allow WebAssembly.*'wasm-unsafe-eval' to script-src/)]);
  });

  inBrowser('computes in a worker what it computes in the page, and leaves the page free meanwhile', () => {
    const { same, gaps, refused } = inPage.worker;
    expect(same).toBe(true);
    expect(gaps.here).toBeGreaterThan(500); // so that there was something to wait for
    expect(gaps.there).toBeLessThan(gaps.here / 2);
    expect(refused).toMatch(/^InputError: There is no device cuda in a browser: choose auto, webgpu or cpu$/);
  });

  inBrowser('loads one build of the runtime, and not the one for GPUs', () => {
    expect([...new Set(loaded.filter((path) => /\.wasm$/.test(path)))]).toEqual([expect.stringMatching(/ort-wasm-simd-threaded-[^.]*\.wasm$/)]);
    expect(loaded.filter((path) => /webgpu|asyncify/.test(path))).toEqual([]);
  });
});
