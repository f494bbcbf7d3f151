/** Label maps and class lists of other tools, opened over the pictures they are of. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeAllRles, encodeIndexedPng, type LabelMap, writeNpy } from '../../src/index.ts';
import { browser, LONG_ENOUGH, leaveDialog, openStudio, PHOTOS, pick, regionCount, type Site, startBrowser, staticSite } from './studio.ts';

const PATIENCE = { timeout: LONG_ENOUGH };
const SIZE = { width: 320, height: 214 };

let running: Browser;
let site: Site;
let folder: string;
const at = (name: string): string => join(folder, name);
const rows = (page: Page) => page.locator('.region-list li');

/** Left, right, and a square in the middle. */
const labels: LabelMap = {
  ...SIZE,
  data: Int32Array.from({ length: SIZE.width * SIZE.height }, (_, i) => {
    const [x, y] = [i % SIZE.width, Math.floor(i / SIZE.width)];
    return x >= 140 && x < 180 && y >= 90 && y < 130 ? 7 : x < 160 ? 2 : 5;
  }),
};
const square = [140, 90, 180, 90, 180, 130, 140, 130];
const coco = {
  images: [
    { id: 1, file_name: 'sub/rocket.png', ...SIZE },
    { id: 2, file_name: 'elsewhere.jpg', width: 9, height: 9 },
  ],
  annotations: [{ id: 1, image_id: 1, category_id: 3, segmentation: [square], area: 1600, bbox: [140, 90, 40, 40] }],
  categories: [
    { id: 3, name: 'engine' },
    { id: 8, name: 'horse' },
  ],
};
const labelme = {
  version: '5.0.1',
  flags: {},
  shapes: [{ label: 'flame', shape_type: 'rectangle', points: [square.slice(0, 2), square.slice(4, 6)], group_id: null, flags: {} }],
  imagePath: 'rocket.png',
  imageData: null,
  imageWidth: SIZE.width,
  imageHeight: SIZE.height,
};

beforeAll(async () => {
  if ('missing' in browser) return;
  running = await startBrowser();
  site = await staticSite({}, { encoder: 'quick' });
  folder = await mkdtemp(join(tmpdir(), 'diffcut-labels-'));
  const grey = sharp(Buffer.from(labels.data), { raw: { ...SIZE, channels: 1 } }).toColourspace('b-w');
  await grey.png().toFile(at('grey.png'));
  await sharp(join(PHOTOS, 'rocket.jpg')).resize(SIZE.width, SIZE.height).jpeg().toFile(at('rocket.jpg'));
  await sharp(join(PHOTOS, 'coffee.jpg')).resize(200).jpeg().toFile(at('coffee.jpg'));
  const rles = [...(await encodeAllRles(labels))].map(([id, segmentation]) => ({ id, area: 1, bbox: [0, 0, 1, 1], segmentation }));
  const npy = writeNpy(labels.data, [SIZE.height, SIZE.width]);
  const files: Record<string, Uint8Array | string> = {
    'rocket.png': await encodeIndexedPng(labels),
    'rocket.npy': npy,
    'rocket.rle.json': JSON.stringify(rles),
    'instances.json': JSON.stringify(coco),
    'rocket.json': JSON.stringify(labelme),
    'small.npy': writeNpy(Int32Array.from({ length: 12 }), [3, 4]),
    'classes.txt': 'sky\n\n  rocket \r\nsky\nground\n',
    'categories.json': JSON.stringify({ categories: coco.categories }),
    'broken.npy': npy.subarray(0, 500),
    'broken.json': '{"images": [], "annotations": ',
    'other.json': '{"a": 1}',
    'bent.json': JSON.stringify({ ...labelme, shapes: [...labelme.shapes, { ...labelme.shapes[0], label: 'smoke', points: [[1]] }] }),
    'twisted.json': '{"images": [null], "annotations": [7], "categories": [{}]}',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(at(name), content);
});
afterAll(async () => {
  await running?.close();
  await site?.end();
  if (folder) await rm(folder, { recursive: true });
});

/** Opens files by the button for projects and labels. */
const openWork = async (page: Page, ...names: string[]): Promise<void> => {
  await page.keyboard.press('Control+o');
  await page.locator('input[type=file][accept*=".npy"]').setInputFiles(names.map(at));
};

/** Shares of the picture that the regions have, as the list tells them. */
const areas = (page: Page): Promise<string[]> => rows(page).locator('.region-area').allTextContents();
const sharesOf = (...pixels: number[]): string[] => pixels.map((n) => `${((100 * n) / labels.data.length).toFixed(1)} %`);
const HALF = (SIZE.width / 2) * SIZE.height - 800;
const AREAS = sharesOf(HALF, HALF, 1600);
const opened = (page: Page) => page.getByText(/Labels were opened over 1 picture\./).first();
const classNames = async (page: Page): Promise<string> => (await page.locator('button.class-name').allTextContents()).join();

describe.skipIf('missing' in browser)('label files', () => {
  it.each(['rocket.png', 'rocket.npy', 'rocket.rle.json'])('%s opens over the picture of its name, and undo takes it back', async (name) => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, at('coffee.jpg'), at('rocket.jpg'));
    await page.locator('.thumb').nth(1).click();
    await regionCount(page);
    const before = await areas(page);
    await openWork(page, name);
    await opened(page).waitFor(PATIENCE);
    await expect.poll(() => areas(page), PATIENCE).toEqual(AREAS);
    await page.keyboard.press('Control+z');
    await expect.poll(() => areas(page), PATIENCE).toEqual(before);
    expect(errors).toEqual([]);
    await close();
  });

  it.each([
    ['instances.json', 'engine'],
    ['rocket.json', 'flame'],
  ])('%s brings the classes that it gives', async (name, of) => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, at('rocket.jpg'));
    await regionCount(page);
    await openWork(page, name);
    await opened(page).waitFor(PATIENCE);
    await expect.poll(() => areas(page), PATIENCE).toEqual(sharesOf(SIZE.width * SIZE.height - 1600, 1600));
    expect(await rows(page).nth(1).textContent()).toContain(of);
    expect(await rows(page).first().textContent()).not.toContain(of);
    expect(await classNames(page)).toContain(of);
    expect(await classNames(page)).not.toContain('horse');
    expect(errors).toEqual([]);
    await close();
  });

  it('dropped beside their pictures open over them; what may be a picture is asked about', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, at('rocket.jpg'), at('rocket.png'), at('rocket.json'));
    await opened(page).waitFor(PATIENCE);
    expect(await page.locator('.thumb').count()).toBe(1);
    await copyFile(at('grey.png'), at('other.png'));
    await copyFile(at('rocket.jpg'), at('other.jpg'));
    await page.keyboard.press('Control+o');
    await pick(page, at('other.jpg'), at('other.png'));
    const dialog = page.getByRole('dialog', { name: 'Label files' });
    await dialog.waitFor(PATIENCE);
    await dialog.getByRole('button', { name: 'Open them as pictures' }).click();
    await expect.poll(() => page.locator('.thumb').count(), PATIENCE).toBe(3);
    expect(errors).toEqual([]);
    await close();
  });

  it('of another name go over the picture that one says', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, at('coffee.jpg'), at('rocket.jpg'));
    await regionCount(page);
    await openWork(page, 'grey.png');
    const dialog = page.getByRole('dialog', { name: 'Label files' });
    expect(await dialog.getByRole('combobox').locator('option:checked').textContent(PATIENCE)).toBe('coffee.jpg');
    await dialog.getByRole('combobox').selectOption({ label: 'rocket.jpg' });
    await dialog.getByRole('button', { name: 'Open 1 label map' }).click();
    await opened(page).waitFor(PATIENCE);
    await page.locator('.thumb').nth(1).click();
    await expect.poll(() => areas(page), PATIENCE).toEqual(AREAS);
    expect(errors).toEqual([]);
    await close();
  });

  it('that do not fit, or are damaged, are told of in a sentence, and nothing changes', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, at('rocket.jpg'));
    await regionCount(page);
    const before = await areas(page);
    const told: [string, RegExp][] = [
      ['broken.npy', /^broken\.npy [^\n]+$/],
      ['broken.json', /^broken\.json is not JSON$/],
      ['other.json', /^other\.json is neither of COCO nor of labelme$/],
      ['twisted.json', /^[^\n]+categories\[0\][^\n]+$/],
      ['bent.json', /^[^\n]+shapes\[1\][^\n]+$/],
    ];
    await openWork(page, 'small.npy');
    await page.getByText(/^small\.npy is of 4 x 3 pixels and rocket\.jpg of 320 x 214: /).waitFor(PATIENCE);
    expect(await page.getByRole('button', { name: 'Open 0 label maps' }).isDisabled()).toBe(true);
    await leaveDialog(page);
    const named = await classNames(page);
    for (const [name, sentence] of told) {
      await openWork(page, name);
      await expect.poll(() => page.getByRole('alert').textContent(), PATIENCE).toMatch(sentence);
      await page.locator('.notices').getByRole('button', { name: 'Close' }).click();
      expect(await areas(page)).toEqual(before);
      expect(await classNames(page)).toEqual(named);
    }
    expect(errors).toEqual([]);
    await close();
  });

  it('give their classes alone: from a text, from categories, from labelme', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, at('coffee.jpg'));
    await regionCount(page);
    await openWork(page, 'classes.txt');
    await page.getByText('3 classes were added.').first().waitFor(PATIENCE);
    await openWork(page, 'categories.json');
    await page.getByText('2 classes were added.').first().waitFor(PATIENCE);
    await openWork(page, 'rocket.json');
    await page.getByRole('button', { name: 'Take only the names of classes' }).click(PATIENCE);
    await page.getByText('1 class was added.').first().waitFor(PATIENCE);
    const names = await classNames(page);
    for (const name of ['sky', 'rocket', 'ground', 'engine', 'horse', 'flame']) expect(names).toContain(name);
    expect(errors).toEqual([]);
    await close();
  });
});
