/** The package in pages that esbuild and webpack bundle (vite: test/runtimes/web/), run in headless Chromium. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { ROOT, requireBuild } from '../runtimes/built.ts';
import { BROWSER_ARGS, findBrowser } from '../runtimes/web/browser.ts';
import { serve } from '../runtimes/web/serve.ts';

const HERE = join(ROOT, 'test/bundlers');
const APP = join(HERE, 'apps/page.js');
const browser = findBrowser();

let folder: string;
let running: Browser;
let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'diffcut-pages-'));
  server = await serve({ '/': folder, '/files/': ROOT });
  if ('path' in browser) running = await chromium.launch({ executablePath: browser.path, headless: true, args: BROWSER_ARGS });
});
afterAll(async () => {
  await running?.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** What apps/page.js gives. @param page below the folder, its bundle beside it @param options without the picture */
const look = async (page: string, script: string, options: { assets?: string; worker?: boolean } = {}, head = ''): Promise<string> => {
  await writeFile(join(folder, page), `<!doctype html>${head}<title>x</title>${script}`);
  const tab = await running.newPage();
  try {
    await tab.goto(`${server.url}/${page}`);
    await tab.waitForFunction(() => 'look' in globalThis);
    return await tab.evaluate((given) => (globalThis as unknown as { look(given: object): Promise<string> }).look(given), {
      picture: '/files/photos/rocket.jpg',
      ...options,
    });
  } finally {
    await tab.close();
  }
};

const SEGMENTED = /^[1-9]\d* segments on cpu$/;

describe.skipIf('missing' in browser)('bundled by webpack', () => {
  beforeAll(async () => {
    const config: webpack.Configuration = {
      mode: 'production',
      target: 'web',
      context: HERE,
      entry: { app: APP },
      output: { path: join(folder, 'webpack') },
    };
    await new Promise<void>((resolve, reject) => {
      webpack(config, (error, stats) => {
        const problem = error ?? (stats?.hasErrors() ? new Error(stats.toString('errors-only')) : undefined);
        problem ? reject(problem) : resolve();
      });
    });
  });

  const SCRIPT = '<script src="webpack/app.js"></script>';

  it.each([
    ['with a charset', '<meta charset="utf-8">'],
    ['without a charset', ''],
  ])('it segments in a page %s', async (_, head) => {
    expect(await look('webpack.htm', SCRIPT, {}, head)).toMatch(SEGMENTED);
  });

  it('it segments in a worker', async () => {
    expect(await look('webpack.htm', SCRIPT, { worker: true })).toMatch(SEGMENTED);
  });
});

describe.skipIf('missing' in browser).each([
  ['esm', '<script type="module" src="esbuild-esm/app.js"></script>'],
  ['iife', '<script src="esbuild-iife/app.js"></script>'],
] as const)('bundled by esbuild to %s', (format, script) => {
  const page = `${format}.htm`;
  const assets = `assets-${format}`;
  beforeAll(async () => {
    const common = { absWorkingDir: HERE, bundle: true, minify: true, tsconfigRaw: '{}', logLevel: 'error' } as const;
    await build({ ...common, entryPoints: { app: APP }, format, outdir: join(folder, `esbuild-${format}`) });
    await mkdir(join(folder, assets));
    await copyFile(join(ROOT, 'assets/efficientnet-lite.onnx'), join(folder, assets, 'efficientnet-lite.onnx'));
    const wasm = 'ort-wasm-simd-threaded.wasm';
    await copyFile(join(ROOT, 'node_modules/onnxruntime-web/dist', wasm), join(folder, assets, wasm));
    await build({ ...common, entryPoints: { worker: 'diffcut/worker' }, format: 'esm', conditions: ['browser'], outdir: join(folder, assets) });
  });

  it('it loads, and one sentence says that a file is missing', async () => {
    expect(await look(page, script)).toMatch(
      /^InputError E_(NETWORK|FILE): efficientnet-lite\.onnx, a file of diffcut, could not be read .* setAssets/,
    );
  });

  it.each([false, true])('it segments with the files that it is given: worker %s', async (worker) => {
    expect(await look(page, script, { assets, worker })).toMatch(SEGMENTED);
  });

  it('it is of letters that every charset has', async () => {
    expect(await readFile(join(folder, `esbuild-${format}/app.js`), 'utf8')).toMatch(/^[\0-\x7f]*$/);
  });
});
