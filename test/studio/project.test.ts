/** The project's file: all of the work saved and opened again, and what is no project told in a sentence. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLabelPng } from '../../src/index.ts';
import {
  browser,
  kept,
  LONG_ENOUGH,
  leaveDialog,
  openStudio,
  PHOTOS,
  pick,
  regionCount,
  type Site,
  settled,
  soon,
  startBrowser,
  staticSite,
} from './studio.ts';

const PATIENCE = { timeout: LONG_ENOUGH };
const text = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

let running: Browser;
let site: Site;
let folder: string;
/** A project of two pictures: one merged, classed, cut finer and that undone; and its labels as they were then. */
let project: string;
let exported: Uint8Array;

const rows = (page: Page) => page.locator('.region-list li');
const thumbs = (page: Page) => page.locator('.strip .thumb');

/** Waits for so many regions. @param orMore whether more will do */
const countIs = async (page: Page, count: number, orMore = false): Promise<void> => {
  const isIt = ([wanted, more]: readonly [number, boolean]): boolean => {
    const there = document.querySelectorAll('.region-list li').length;
    return more ? there >= wanted : there === wanted;
  };
  await page.waitForFunction(isIt, [count, orMore] as const, PATIENCE);
};

const downloaded = async (page: Page, click: () => Promise<void>): Promise<Uint8Array> => {
  const download = page.waitForEvent('download', PATIENCE);
  await click();
  return readFile((await (await download).path()) as string);
};

const labelsOf = async (page: Page): Promise<Uint8Array> => {
  await page.keyboard.press('Control+s');
  const boxes = page.getByRole('dialog').locator('.format');
  await boxes.first().waitFor();
  for (const box of await boxes.all()) await box.getByRole('checkbox').setChecked((await box.locator('.default').textContent()) === '.png');
  const bytes = await downloaded(page, () => page.getByRole('button', { name: 'Save', exact: true }).click());
  await leaveDialog(page);
  return bytes;
};

/** Opens files by the button for projects and labels. */
const openWork = async (page: Page, ...paths: string[]): Promise<void> => {
  if ((await page.locator('.welcome').count()) === 0) await page.keyboard.press('Control+o');
  await page.locator('input[type=file][accept*=".diffcut"]').setInputFiles(paths);
};

beforeAll(async () => {
  if ('missing' in browser) return;
  running = await startBrowser();
  site = await staticSite({}, { encoder: 'quick' });
  folder = await mkdtemp(join(tmpdir(), 'diffcut-project-'));
  await sharp(join(PHOTOS, 'rocket.jpg')).resize(320).png().toFile(join(folder, 'rocket.png'));
  await sharp(join(PHOTOS, 'coffee.jpg')).resize(300).jpeg().toFile(join(folder, 'coffee.jpg'));
  const { page, close } = await openStudio(running, site);
  await pick(page, join(folder, 'rocket.png'), join(folder, 'coffee.jpg'));
  const first = await regionCount(page);
  await rows(page).nth(1).click();
  await rows(page)
    .nth(2)
    .click({ modifiers: ['Shift'] });
  await page.keyboard.press('m');
  await countIs(page, first - 1);
  await rows(page).first().click();
  await page.keyboard.press('1');
  await rows(page).first().getByText('class 1').waitFor(PATIENCE);
  await page.getByRole('slider', { name: /Granularity/ }).fill('0.8');
  await countIs(page, first + 1, true);
  await settled(page);
  await page.keyboard.press('Control+z');
  await countIs(page, first - 1);
  await page.keyboard.press('d');
  exported = await labelsOf(page);
  await page.keyboard.press('Control+s');
  await page.getByLabel('Name of the project').fill('my work');
  const bytes = await downloaded(page, () => page.getByRole('button', { name: 'Save project' }).click());
  project = join(folder, 'my work.diffcut');
  await writeFile(project, bytes);
  await close();
});
afterAll(async () => {
  await running?.close();
  await site?.end();
  if (folder) await rm(folder, { recursive: true });
});

describe.skipIf('missing' in browser)('a project', () => {
  it('holds pictures, regions, classes, marks and every step, and goes on where it was left', async () => {
    const files = unzipSync(await readFile(project));
    expect(Object.keys(files).sort()).toEqual(['pictures/0001.png', 'pictures/0002.jpg', 'project.json', 'sheets/0001.bin', 'sheets/0002.bin']);
    expect(Buffer.from(files['pictures/0001.png']).equals(await readFile(join(folder, 'rocket.png')))).toBe(true);

    const { page, errors, close } = await openStudio(running, site);
    await openWork(page, project);
    await regionCount(page);
    await soon(() => thumbs(page).count()).toBe(2);
    expect(await thumbs(page).first().getAttribute('aria-label')).toMatch(/rocket\.png, .*[Dd]one/);
    const count = await rows(page).count();
    expect(await rows(page).first().textContent()).toContain('class 1');
    expect(decodeLabelPng(await labelsOf(page))).toEqual(decodeLabelPng(exported));
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => rows(page).count(), PATIENCE).toBeGreaterThan(count);
    for (let step = 0; step < 3; step++) await page.keyboard.press('Control+z');
    await expect.poll(() => rows(page).count(), PATIENCE).toBe(count + 1);
    expect(await page.getByRole('button', { name: 'Undo', exact: true }).isDisabled()).toBe(true);
    await kept(page);
    await page.reload();
    await regionCount(page);
    expect(await rows(page).count()).toBe(count + 1);
    expect(errors).toEqual([]);
    await close();
  });

  it('comes beside what is open or in its place, dropped on the page', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, join(folder, 'coffee.jpg'));
    await regionCount(page);
    await rows(page).first().click();
    await page.keyboard.press('1');
    const bytes = [...(await readFile(project))];
    const drop = async (): Promise<void> => {
      const transfer = await page.evaluateHandle((given) => {
        const made = new DataTransfer();
        made.items.add(new File([new Uint8Array(given)], 'my work.diffcut'));
        return made;
      }, bytes);
      await page.dispatchEvent('.app', 'drop', { dataTransfer: transfer });
    };
    await drop();
    await page.getByRole('button', { name: 'Cancel' }).click(PATIENCE);
    expect(await thumbs(page).count()).toBe(1);
    await drop();
    await page.getByRole('button', { name: 'Add its pictures' }).click(PATIENCE);
    await expect.poll(() => thumbs(page).count(), PATIENCE).toBe(3);
    expect(await thumbs(page).first().getAttribute('aria-current')).toBe('true');
    await drop();
    await page.getByRole('button', { name: 'Replace what is open' }).click(PATIENCE);
    await expect.poll(() => thumbs(page).count(), PATIENCE).toBe(2);
    await expect.poll(() => rows(page).first().textContent(), PATIENCE).toContain('class 1');
    expect(errors).toEqual([]);
    await close();
  });

  it('that is none, or damaged, is told of in a sentence, and nothing changes', async () => {
    const whole = new Uint8Array(await readFile(project));
    const files = unzipSync(whole);
    const json = JSON.parse(new TextDecoder().decode(files['project.json']));
    const withJson = (change: (json: Record<string, unknown> & { pictures: Record<string, unknown>[] }) => void): Uint8Array => {
      const other = structuredClone(json);
      change(other);
      return zipSync({ ...files, 'project.json': text(other) });
    };
    const sheet = files['sheets/0001.bin'];
    const bent = (at: number): Uint8Array => sheet.map((byte, i) => (i === at ? byte ^ 0xff : byte));
    const photo = await readFile(join(folder, 'rocket.png'));
    const inside = Buffer.from(whole).indexOf(photo.subarray(1000, 1100)); // pictures are stored as they are
    expect(inside).toBeGreaterThan(0);
    const hostile: Record<string, Uint8Array> = {
      'a bent picture': whole.map((byte, i) => (i === inside ? byte ^ 0xff : byte)),
      'nothing at all': new Uint8Array(0),
      'no ZIP': text('hello'),
      'cut off': whole.subarray(0, whole.length - 100),
      'another ZIP': zipSync({ 'a.txt': text('hello') }),
      'no JSON': zipSync({ ...files, 'project.json': text('{') }),
      'a list': zipSync({ ...files, 'project.json': text([]) }),
      newer: withJson((other) => Object.assign(other, { diffcut: 99 })),
      'no pictures': withJson((other) => Object.assign(other, { pictures: {} })),
      'huge numbers': withJson(({ pictures: [first] }) => Object.assign(first, { at: 1e308 })),
      'steps that are not there': withJson(({ pictures: [first] }) => Object.assign(first, { at: 1000 })),
      'a colour that is none': withJson((other) => Object.assign(other, { classes: [{ id: 1, name: 'a', colour: [1, 2, 999] }] })),
      'settings that are none': withJson(({ pictures: [first] }) => Object.assign(first, { settings: { price: 'much' } })),
      'a picture elsewhere': withJson(({ pictures: [first] }) => Object.assign(first, { file: '../secret.png' })),
      'a bomb': zipSync({ ...files, 'project.json': new Uint8Array(2 ** 26 + 1) }),
      'bent labels': zipSync({ ...files, 'sheets/0001.bin': bent(sheet.length - 40) }),
      'bent data': zipSync({ ...files, 'sheets/0001.bin': bent(10) }),
      'cut data': zipSync({ ...files, 'sheets/0001.bin': sheet.subarray(0, sheet.length / 2) }),
    };
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, join(folder, 'rocket.png'));
    const count = await regionCount(page);
    for (const [what, bytes] of Object.entries(hostile)) {
      const path = join(folder, `${what}.diffcut`);
      await writeFile(path, bytes);
      await openWork(page, path);
      await page.getByRole('button', { name: 'Replace what is open' }).click(PATIENCE);
      const alert = page.getByRole('alert');
      await expect.poll(() => alert.textContent(), PATIENCE).toMatch(new RegExp(`^${what}\\.diffcut cannot be opened: [a-z][^\\n]*$`));
      expect([await thumbs(page).count(), await rows(page).count()], what).toEqual([1, count]);
      await page.locator('.notices').getByRole('button', { name: 'Close' }).click();
    }
    expect(errors).toEqual([]);
    await close();
  });
});
