/** The page of concepts in headless Chromium: renamed, merged, taken back, saved as a file that a run takes; pictures seen whole. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cutout, conceptsPage, conceptsRecord, encodeIndexedPng, encodePng, type Known, readConcepts } from '../src/toolkit.ts';
import { BROWSER_ARGS, findBrowser } from './runtimes/web/browser.ts';

const found = findBrowser();
const HOSTILE = '</script><img src=x onerror="document.title=1">';

const known: Known[] = [0, 1, 2].map((id) => ({
  id,
  colour: ['#ff0000', '#00ff00', '#0000ff'][id],
  vectors: [[0, 1, 2].map((c) => (c === id ? 1 : 0))],
}));
const picture = (path: string, count: number) => ({
  path,
  labels: `labels/${path}.png`,
  vectors: { data: new Float32Array(3 * count), count, channels: 3 },
  shares: new Array(count).fill(1 / count),
});
const placed = { of: Int32Array.of(0, 1, 2, 0, 1), cosine: Float32Array.of(1, 0.9, 0.8, 0.9, 0.9) };
const record = conceptsRecord(known, [picture('a', 3), picture(HOSTILE, 2)], placed, { diffcut: '0', encoder: 'embedded', settings: {} });

const MANY = 11;
const GREYS = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
const png = (bytes: Uint8Array): string => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;

let folder = '';
let browser: Browser | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-concepts-page-'));
  const source = png(await encodePng({ data: Uint8Array.of(255, 0, 0, 255), width: 1, height: 1 }));
  const cutout = (concept: number, picture: number): Cutout => ({ source, picture, concept });
  // a black picture of 20 x 10, its left half concept 0, its right half concept 1
  const map = Int32Array.from({ length: 200 }, (_, i) => (i % 20 < 10 ? 0 : 1));
  const whole = {
    source: png(await encodePng({ data: new Uint8Array(600), width: 20, height: 10 })),
    map: png(await encodeIndexedPng({ data: map, width: 20, height: 10 }, GREYS)),
  };
  const cutouts = [[cutout(0, 0)], Array.from({ length: MANY }, () => cutout(1, 0)), [cutout(2, 1)]];
  writeFileSync(join(folder, 'concepts.html'), conceptsPage(record, { cutouts, wholes: [whole, null] }));
  const ranking = [
    { ...cutout(2, 1), cosine: 0.876 },
    { ...cutout(0, 0), cosine: 0.5 },
  ];
  const reference = { title: 'cat.jpg', source, points: [[0.25, 0.5]] as const, cutouts: ranking };
  writeFileSync(join(folder, 'found.html'), conceptsPage(record, { cutouts, wholes: [whole, null], reference }));
  if ('path' in found) browser = await chromium.launch({ executablePath: found.path, headless: true, args: BROWSER_ARGS });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (name = 'concepts.html'): Promise<{ page: Page; errors: string[]; asked: string[] }> => {
  const page = await (browser as Browser).newPage();
  const errors: string[] = [];
  const asked: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(join(folder, name)).href);
  return { page, errors, asked };
};

const choose = async (page: Page, ...ids: number[]): Promise<void> => {
  for (const id of ids) await page.getByRole('checkbox', { name: `Choose concept ${id}`, exact: true }).check();
};
const rowCount = (page: Page): Promise<number> => page.locator('#concepts > li:visible').count();

const saved = async (page: Page) => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save JSON' }).click()]);
  expect(download.suggestedFilename()).toBe('concepts-edited.json');
  return readFileSync(await download.path(), 'utf8');
};

describe.skipIf('missing' in found)('the page of concepts', () => {
  it('is one file that asks for nothing, whatever pictures are called', async () => {
    const { page, errors, asked } = await open();
    expect(await page.title()).toBe('Concepts');
    expect(await rowCount(page)).toBe(3);
    expect(await page.locator('li[data-id="2"] .cutout').getAttribute('title')).toBe(HOSTILE);
    expect(asked.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
    expect(errors).toEqual([]);
    expect(JSON.parse(await saved(page))).toEqual(record);
    await page.close();
  });

  it('renames and merges, takes back, and saves what a run takes', async () => {
    const { page, errors } = await open();
    await page.getByRole('textbox', { name: 'Name of concept 2' }).fill('sky');
    await choose(page, 0, 2);
    await page.getByRole('button', { name: 'Merge 2' }).click();
    expect(await rowCount(page)).toBe(2);
    expect(await page.locator('li[data-id="0"] .facts').textContent()).toBe('3 segments, 2 pictures, spread 0.10');
    expect(await page.locator('li[data-id="0"] img').count()).toBe(2);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await rowCount(page)).toBe(3);
    expect(await page.locator('li[data-id="2"] img').count()).toBe(1);
    await choose(page, 0, 2);
    await page.getByRole('button', { name: 'Merge 2' }).click();
    const text = await saved(page);
    expect(readConcepts(text, 'saved').concepts).toEqual([
      { id: 0, name: 'sky', colour: '#ff0000', vectors: [...known[0].vectors, ...known[2].vectors] },
      { id: 1, colour: '#00ff00', vectors: known[1].vectors },
    ]);
    expect(JSON.parse(text).pictures[0].segments.map(([, concept]: number[]) => concept)).toEqual([0, 1, 0]);
    expect(errors).toEqual([]);
    await page.close();
  });

  it('shows the first cut-outs of a row, all of them on request, and tells what it leaves out', async () => {
    const { page } = await open();
    const row = page.locator('li[data-id="1"]');
    expect(await row.locator('.cutout:visible').count()).toBe(8);
    await row.getByRole('button', { name: '+3 more' }).click();
    expect(await row.locator('.cutout:visible').count()).toBe(MANY);
    await row.getByRole('button', { name: 'Fewer' }).click();
    expect(await row.locator('.cutout:visible').count()).toBe(8);
    expect(await page.locator('li[data-id="0"] .rest').textContent()).toBe('1 segment not in this page');
    expect(await page.locator('#kept').textContent()).toMatch(/1 of the 2 pictures whole/);
    await page.close();
  });

  it('shows the picture of a cut-out with its concept in it, and none that it does not have', async () => {
    const { page, errors, asked } = await open();
    expect(await page.locator('li[data-id="2"] .cutout').isDisabled()).toBe(true);
    await page.locator('li[data-id="0"] .cutout').click();
    await page.locator('dialog[open]').waitFor();
    expect(await page.locator('dialog p').textContent()).toBe('Concept 0 · a');
    const pixels = await page.locator('dialog canvas').evaluate((canvas: HTMLCanvasElement) => {
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      return [0, 5, 9, 15].map((x) => [...context.getImageData(x, 5, 1, 1).data.slice(0, 3)]);
    });
    expect(pixels).toEqual([
      [255, 0, 0],
      [0, 0, 0],
      [255, 0, 0],
      [166, 166, 166],
    ]); // its edge, within, its other edge, beside it
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect([errors, asked.filter((url) => !url.startsWith('data:')).length]).toEqual([[], 1]);
    await page.close();
  });

  it('has a row of what was looked for, the likest first', async () => {
    const { page, errors } = await open('found.html');
    expect(await page.locator('#reference .cutout small').allTextContents()).toEqual(['0.88', '0.50']);
    expect(await page.locator('#reference .mark').getAttribute('style')).toBe('left:25%;top:50%');
    await choose(page, 0, 2);
    await page.getByRole('button', { name: 'Merge 2' }).click();
    expect(await page.locator('#reference .cutout').count()).toBe(2);
    expect(await page.locator('li[data-id="0"] .cutout').count()).toBe(2);
    expect(errors).toEqual([]);
    await page.close();
  });
});
