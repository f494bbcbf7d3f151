/** The page without a network, on hosts without headers, and through a new build. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  browser,
  drop,
  ISOLATED,
  LONG_ENOUGH,
  type Opened,
  openStudio,
  PHOTOS,
  pick,
  type Site,
  settled,
  startBrowser,
  staticSite,
} from './studio.ts';

const WAIT = { timeout: LONG_ENOUGH };
const POLL = { timeout: LONG_ENOUGH, interval: 200 };

let running: Browser;
beforeAll(async () => {
  if (!('missing' in browser)) running = await startBrowser();
});
afterAll(() => running?.close());

type Folder = Site & { folder: string };

/** A page with its service worker, on a host of its own. */
const onHost = async (headers: Record<string, string>, test: (site: Folder, opened: Opened) => Promise<void>, path = '/'): Promise<void> => {
  const site = await staticSite(headers, { path, encoder: 'quick' });
  const opened = await openStudio(running, site, { serviceWorkers: 'allow' });
  try {
    await test(site, opened);
    expect(opened.errors).toEqual([]);
  } finally {
    await opened.close();
    await site.end();
  }
};

const controlled = (page: Page): Promise<unknown> => page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, WAIT);
const isolated = (page: Page): Promise<unknown> => page.waitForFunction(() => crossOriginIsolated, undefined, WAIT);
const segmented = async (page: Page): Promise<void> => {
  await page.waitForSelector('.region-list li', WAIT);
  await settled(page);
};

/** What the page's caches hold, as paths. */
const keptFiles = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    return (await Promise.all(caches_.map((cache) => cache.keys()))).flat().map(({ url }) => url.replace(document.baseURI, ''));
  });

/** What is kept once a picture was segmented. */
const USED = ['files/efficientnet-lite.onnx', 'files/ort-wasm-simd-threaded.wasm'];

/** Another build of the page in the place of the first. */
const buildAnew = async ({ folder }: Folder, title: string): Promise<void> => {
  const edit = async (name: string, change: (text: string) => string): Promise<void> => {
    const path = join(folder, name);
    const before = await readFile(path, 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    await writeFile(path, after);
  };
  await edit('index.html', (text) => text.replace(/<title>.*<\/title>/, `<title>${title}</title>`));
  await edit('sw.js', (text) => text.replace(/page \$\{"\w+"\}/, `page \${"${title}"}`));
};

/** Waits until the browser has found the newer build. */
const isWaiting = (page: Page): Promise<unknown> =>
  expect
    .poll(
      () =>
        page.evaluate(async () => {
          const registration = await navigator.serviceWorker.getRegistration();
          await registration?.update();
          return registration?.waiting?.state;
        }),
      POLL,
    )
    .toBe('installed');

describe.skipIf('missing' in browser)('the page on a host of files', () => {
  it.each([
    ['without headers', {}, '/'],
    ['with the headers of an isolated page', ISOLATED, '/'],
    ['below a path', {}, '/tools/diffcut/'],
  ])('works without a network after the first load, from a host %s', async (_, headers, path) => {
    await onHost(
      headers,
      async (site, { page }) => {
        await controlled(page);
        await isolated(page); // without headers it loads itself once more
        await page.waitForSelector('.welcome');
        await pick(page, join(PHOTOS, 'horses.jpg'));
        await segmented(page);
        await expect.poll(() => page.locator('.status').textContent(), POLL).toMatch(/2 threads|[34] threads/);
        await expect.poll(() => keptFiles(page), POLL).toEqual(expect.arrayContaining(USED));
        await page.context().setOffline(true);
        await site.end();

        await page.reload();
        await isolated(page);
        await segmented(page); // as it was kept
        await drop(page, join(PHOTOS, 'chelsea.jpg'));
        await page.getByRole('button', { name: /^chelsea.*ready/ }).click(WAIT);
        await segmented(page);
        expect(await page.locator('.notice').count()).toBe(0);
      },
      path,
    );
  });

  it('keeps of the large files and the photographs only what was used', async () => {
    await onHost(ISOLATED, async (_, { page }) => {
      await controlled(page);
      expect(await keptFiles(page)).not.toContainEqual(expect.stringMatching(/onnx|wasm$|samples/));
      await page.getByRole('button', { name: /sample/i }).click();
      await segmented(page);
      await expect.poll(() => keptFiles(page), POLL).toEqual(expect.arrayContaining([...USED, 'samples/horses.jpg']));
      expect((await keptFiles(page)).filter((name) => name.endsWith('.wasm'))).toEqual(['files/ort-wasm-simd-threaded.wasm']);
    });
  });

  it('loads itself again only once, and never under the hands of somebody', async () => {
    const site = await staticSite({}, { encoder: 'quick' });
    const context = await running.newContext({ serviceWorkers: 'allow' });
    context.setDefaultTimeout(LONG_ENOUGH);
    // somebody is there from the start
    await context.addInitScript(() => addEventListener('DOMContentLoaded', () => dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab' }))));
    const page = await context.newPage();
    let loads = 0;
    page.on('framenavigated', () => loads++);
    try {
      await page.goto(site.url);
      await controlled(page);
      await pick(page, join(PHOTOS, 'horses.jpg'));
      await segmented(page);
      await expect.poll(() => page.locator('.status').textContent(), POLL).toContain('one thread until the page is loaded again');
      expect(loads).toBe(1);
    } finally {
      await context.close();
    }
    const stubborn = await running.newContext({ serviceWorkers: 'allow' });
    stubborn.setDefaultTimeout(LONG_ENOUGH);
    await stubborn.addInitScript(() => Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false })); // whatever is done
    const other = await stubborn.newPage();
    loads = 0;
    other.on('framenavigated', () => loads++);
    try {
      await other.goto(site.url);
      await expect.poll(() => loads, POLL).toBe(2);
      await pick(other, join(PHOTOS, 'horses.jpg'));
      await segmented(other);
      expect(loads).toBe(2);
    } finally {
      await stubborn.close();
      await site.end();
    }
  });

  it('takes a new build at the next load, whole, and forgets the old one', async () => {
    await onHost(ISOLATED, async (site, { page }) => {
      await controlled(page);
      await pick(page, join(PHOTOS, 'horses.jpg'));
      await segmented(page);
      await buildAnew(site, 'second');
      await isWaiting(page);
      expect(await page.title()).toBe('diffcut studio');
      await page.reload();
      await expect.poll(() => page.title(), POLL).toBe('second');
      await segmented(page);
      const caches_ = async (): Promise<string[]> =>
        (await page.evaluate(async () => (await caches.keys()).sort())).map((name) => name.replace(/.* (page|files) /, '$1 '));
      await expect.poll(caches_, POLL).toEqual([expect.stringMatching(/^files /), 'page second']);
      await expect.poll(() => keptFiles(page), POLL).toContain('files/efficientnet-lite.onnx'); // which is the same in both
    });
  });

  it('stays with its build while another tab has it open', async () => {
    await onHost(ISOLATED, async (site, { page }) => {
      await controlled(page);
      const second = await page.context().newPage();
      await second.goto(site.url);
      await second.waitForSelector('.welcome, .stage');
      await buildAnew(site, 'third');
      await isWaiting(page);
      await page.reload();
      expect(await page.title()).toBe('diffcut studio');
      await second.close();
      await page.reload();
      await expect.poll(() => page.title(), POLL).toBe('third');
    });
  });

  it('is the page at any address below it', async () => {
    await onHost({}, async (site, { page }) => {
      await controlled(page);
      await isolated(page); // it has loaded itself once more
      await page.waitForSelector('.welcome');
      await page.goto(`${site.url}somewhere?x=1`);
      await page.waitForSelector('.welcome');
    });
  });
});
