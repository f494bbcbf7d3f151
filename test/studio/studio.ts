/** The studio as tests use it: the page as it was built, on a server of files or on `diffcut studio`, in headless Chromium. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { laySite } from '../../scripts/studio-site.mjs';
import { SENTENCE_STAYS } from '../../src/studio/limits.ts';
import { ROOT, requireBuild } from '../runtimes/built.ts';
import { BROWSER_ARGS, findBrowser } from '../runtimes/web/browser.ts';
import { serve } from '../runtimes/web/serve.ts';
import { halfEncoder } from './half-encoder.ts';

export const browser = findBrowser();

/** Milliseconds that one thing may take on a machine that is slow and shared. */
export const LONG_ENOUGH = 120_000;
vi.setConfig({ testTimeout: 5 * LONG_ENOUGH });

/** Waits until what is asked is as it should be. */
export const soon = (ask: () => Promise<unknown>): ReturnType<typeof expect.poll<unknown>> =>
  expect.poll(ask, { timeout: LONG_ENOUGH, interval: 100 });

/** Headers that let a page share memory between threads. */
export const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** The page for any host of files, as `npm run build:studio` lays it out. */
export const staticFolder = async (): Promise<string> => {
  requireBuild();
  const folder = await mkdtemp(join(tmpdir(), 'diffcut-studio-'));
  laySite(join(ROOT, 'dist/studio'), folder);
  return folder;
};

/** Where the page is. */
export interface Site {
  url: string;
  end(): Promise<void>;
}

const layHalfEncoder = async (folder: string): Promise<void> => {
  const path = join(folder, 'files/efficientnet-lite.onnx');
  await rm(path); // it may be a link
  await writeFile(path, halfEncoder());
};

/** A quick one, or the embedded one as it is, for tests that go by what there is in a photograph. */
type PageEncoder = 'quick' | 'embedded';

/**
 * The page on a plain server of files.
 * @param headers those of an isolated page give it threads; without them three pages at a time on two cores are done sooner
 * @param path where it lies there, with a slash at both ends
 */
export const staticSite = async (
  headers: Record<string, string> = ISOLATED,
  { path = '/', encoder = 'embedded' }: { path?: string; encoder?: PageEncoder } = {},
): Promise<Site & { folder: string }> => {
  const folder = await staticFolder();
  if (encoder === 'quick') await layHalfEncoder(folder);
  const server = await serve({ [path]: folder }, headers);
  return {
    url: server.url + path,
    folder,
    end: async () => {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** The page on `diffcut studio`. @param args of the command */
export const programSite = async (...args: string[]): Promise<Site & { program: ChildProcess }> => {
  requireBuild();
  const program = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), 'studio', '--no-open', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: program.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const [found] = /http:\/\/\S+/.exec(line) ?? [];
      if (found) resolve(found);
    });
    program.on('exit', (code) => reject(new Error(`diffcut studio ended with ${code}`)));
  });
  return {
    url,
    program,
    end: () =>
      new Promise((resolve) => {
        if (program.exitCode !== null || program.signalCode !== null) return resolve();
        program.on('exit', () => resolve());
        program.kill('SIGINT');
      }),
  };
};

/** A browser and the static page for the tests of a file: started before them, ended after them. */
export const useStudio = (encoder: PageEncoder = 'quick'): { readonly running: Browser; readonly site: Site } => {
  const used = {} as { running: Browser; site: Site };
  beforeAll(async () => {
    if ('missing' in browser) return;
    used.running = await startBrowser();
    used.site = await staticSite({}, { encoder });
  });
  afterAll(async () => {
    await used.running?.close();
    await used.site?.end();
  });
  return used;
};

export const startBrowser = (): Promise<Browser> => {
  if (!('path' in browser)) throw new Error(browser.missing);
  return chromium.launch({ executablePath: browser.path, headless: true, args: BROWSER_ARGS });
};

/** A page with errors that nobody caught, for a test to look at: `expect(errors).toEqual([])`. */
export interface Opened {
  page: Page;
  errors: string[];
  close(): Promise<void>;
}

/**
 * The studio in a profile of its own: nothing of an earlier test is kept. Without a service worker, unless a test is about it: what
 * it answers no test could see or change.
 */
export const openStudio = async (running: Browser, { url }: Site, options: BrowserContextOptions = {}): Promise<Opened> => {
  const context = await running.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', serviceWorkers: 'block', ...options });
  context.setDefaultTimeout(LONG_ENOUGH);
  await context.addInitScript(sentencesStay, SENTENCE_STAYS);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector('.welcome, .stage');
  return { page, errors, close: () => context.close() };
};

/** No sentence goes by itself: a test that is slow would come too late for it. */
const sentencesStay = (stays: number): void => {
  const { setTimeout: own } = window;
  window.setTimeout = ((run: TimerHandler, ms?: number) => (ms === stays ? 0 : own(run, ms))) as typeof setTimeout;
};

export const PHOTOS = join(ROOT, 'photos');

/** Gives the page files, as its own button would. */
export const pick = (page: Page, ...paths: string[]): Promise<void> =>
  page.locator('input[type=file][accept^="image/"]').first().setInputFiles(paths);

/** Lets files fall onto the page, also where there are pictures already. */
export const drop = async (page: Page, ...paths: string[]): Promise<void> => {
  const files = await Promise.all(paths.map(async (path) => ({ name: basename(path), base64: (await readFile(path)).toString('base64') })));
  const dataTransfer = await page.evaluateHandle((all) => {
    const transfer = new DataTransfer();
    const type = { jpg: 'image/jpeg', png: 'image/png' } as Record<string, string>;
    for (const { name, base64 } of all)
      transfer.items.add(
        new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: type[name.split('.').pop() ?? ''] ?? '' }),
      );
    return transfer;
  }, files);
  await page.dispatchEvent('.app', 'drop', { dataTransfer });
};

/** Waits for the regions of the picture on the stage. @returns how many */
export const regionCount = async (page: Page): Promise<number> => {
  await page.waitForSelector('.region-list:not([aria-busy=true]) li');
  return page.locator('.region-list li').count();
};

/** Waits until nothing is being computed for the picture on the stage. */
export const settled = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => !document.querySelector('.status progress') && document.querySelector('.region-list:not([aria-busy=true]) li'));
};

/** Waits until the browser keeps all that was asked for: only then would the page be left without a question. */
export const kept = (page: Page): Promise<void> =>
  soon(() => page.evaluate(() => dispatchEvent(new Event('beforeunload', { cancelable: true })))).toBe(true);

/** Waits until the stage shows what it should: as large as its place on the page, drawn by the worker, and painted. */
export const painted = async (page: Page): Promise<void> => {
  await twoFrames(page); // a bar that came or went has changed its size by then
  await page.waitForSelector('canvas.stage[data-state=drawn]');
  await twoFrames(page);
};

/** What was put into the next frame is on the screen then. */
export const twoFrames = (page: Page): Promise<void> =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

/** Closes the dialog by its key, and waits until it is gone: the next key is the page's. */
export const leaveDialog = async (page: Page): Promise<void> => {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' }); // also before the tests
};

/** Where a pixel of the picture lies on the page; the stage shows all of it (`f`). @param size of the picture */
export const placeOf = async (page: Page, [x, y]: readonly [number, number], size: { width: number; height: number }): Promise<[number, number]> => {
  const box = await page.locator('canvas.stage').boundingBox();
  if (!box) throw new Error('There is no stage');
  const margin = 16;
  const scale = Math.min((box.width - 2 * margin) / size.width, (box.height - 2 * margin) / size.height, 8);
  return [box.x + box.width / 2 + (x + 0.5 - size.width / 2) * scale, box.y + box.height / 2 + (y + 0.5 - size.height / 2) * scale];
};
