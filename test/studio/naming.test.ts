/** Names that a model suggests: by the program that serves the page, and by a model that is picked from a folder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findNamer } from '../../src/models/namers.ts';
import { pullModel } from '../../src/pull/pull-model-node.ts';
import { unpackClip } from '../clips.ts';
import { startHub } from '../fake-hub.ts';
import { vitFolder } from '../vits.ts';
import { AT, clickAt, notice, rows, selected } from './regions.ts';
import {
  browser,
  leaveDialog,
  openStudio,
  PHOTOS,
  pick,
  programSite,
  regionCount,
  type Site,
  settled,
  soon,
  startBrowser,
  staticSite,
} from './studio.ts';

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-naming-'));
let running: Browser;
let clip: string;
beforeAll(async () => {
  clip = unpackClip('plain-vit', scratch);
  if (!('missing' in browser)) running = await startBrowser();
});
afterAll(async () => {
  await running?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Suggest names' });
const press = async (page: Page, key: string): Promise<void> => {
  await page.locator('canvas.stage').focus();
  await page.keyboard.press(key);
};
const openWith = async (site: Site, ...names: string[]) => {
  const opened = await openStudio(running, site);
  await pick(opened.page, ...names.map((name) => join(PHOTOS, `${name}.jpg`)));
  await regionCount(opened.page);
  await settled(opened.page);
  return opened;
};
const addClasses = async (page: Page, ...names: string[]): Promise<void> => {
  for (const name of names) {
    await page.getByRole('textbox', { name: 'New class' }).fill(name);
    await page.keyboard.press('Enter');
  }
};
const classNames = (page: Page): Promise<string[]> => page.locator('button.class-name').allInnerTexts();
const suggested = async (page: Page): Promise<string[]> => (await rows(page)).filter((row) => row.endsWith(', suggested'));
const rowOf = async (page: Page, start: string): Promise<string | undefined> => (await rows(page)).find((row) => row.startsWith(start));
const least = (page: Page) => page.getByRole('slider', { name: /At least this sure/ });

/** Asks for names, and waits for all of them, however unsure. @param change of what the dialog says */
const suggest = async (page: Page, change?: () => Promise<unknown>): Promise<void> => {
  await press(page, 'g');
  await dialogOf(page).waitFor();
  await change?.();
  await dialogOf(page).getByRole('button', { name: 'Suggest', exact: true }).click();
  await page.locator('.proposal').waitFor();
  await soon(() => page.locator('.proposal progress').count()).toBe(0);
  await least(page).fill('0');
};
const byWords = (page: Page, name: string) => dialogOf(page).getByRole('combobox', { name: 'Words' }).selectOption(name);

describe.skipIf('missing' in browser)('names by the program', () => {
  let site: Awaited<ReturnType<typeof programSite>>;
  beforeAll(async () => {
    const hub = await startHub();
    for (const name of ['HF_TOKEN', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) vi.stubEnv(name, '');
    vi.stubEnv('HF_ENDPOINT', hub.settings.endpoint);
    vi.stubEnv('HF_HOME', join(scratch, 'home'));
    vi.stubEnv('DIFFCUT_CACHE', join(scratch, 'own'));
    for (const file of readdirSync(clip)) hub.put(findNamer('tinyclip-8m')?.repository ?? '', file, readFileSync(join(clip, file)));
    await pullModel('tinyclip-8m');
    site = await programSite('--device', 'cpu');
    await hub.close();
    vi.unstubAllEnvs();
  });
  afterAll(() => site?.end());

  it('are suggested for what nobody named, left out and taken one by one, and all taken as one step', async () => {
    const { page, errors, close } = await openWith(site, 'horses');
    const all = (await rows(page)).length;
    await press(page, 'g');
    expect(await dialogOf(page).getByRole('combobox', { name: 'Model' }).locator('option').allTextContents()).toEqual([
      'tinyclip-8m (this computer)',
    ]);
    expect(await dialogOf(page).getByRole('button', { name: 'Suggest', exact: true }).isDisabled()).toBe(true); // no classes yet
    await leaveDialog(page);

    await addClasses(page, 'horse', 'sky', 'grass, green');
    await clickAt(page, AT.sky);
    await press(page, '2');
    await soon(() => rowOf(page, 'sky')).toMatch(/^sky · Region 1,/);
    await press(page, 'Escape');
    await suggest(page);
    await soon(async () => (await suggested(page)).length).toBe(all - 1);
    for (const row of await suggested(page)) expect(row).toMatch(/^Region \d+, .*, (horse|sky|grass, green) \d+ %, suggested$/);
    expect(await rowOf(page, 'sky')).not.toContain('suggested'); // a person named it
    expect(await page.getByRole('status').filter({ hasText: 'suggested here' }).textContent()).toContain(`${all - 1} names suggested here`);

    await least(page).fill('1');
    await soon(() => suggested(page)).toEqual([]);
    expect(await page.getByRole('button', { name: 'Take 0 names' }).isDisabled()).toBe(true);
    await least(page).fill('0');
    await soon(async () => (await suggested(page)).length).toBe(all - 1);

    // a click leaves one out, and takes it in again; so does a key
    await clickAt(page, AT.horses);
    await soon(async () => (await suggested(page)).length).toBe(all - 2);
    await clickAt(page, AT.horses);
    await soon(async () => (await suggested(page)).length).toBe(all - 1);
    await page.getByRole('listbox', { name: 'Regions' }).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await soon(() => selected(page)).toEqual([expect.stringMatching(/^Region 2,.*suggested$/)]);
    await page.keyboard.press('Delete');
    await soon(async () => (await suggested(page)).length).toBe(all - 2);

    // one alone, by its place in the list and by the keys
    const third = page.locator('.region-list li', { hasText: 'Region 3,' });
    const [, guess] = /, ([^,]+(?:, green)?) \d+ %, suggested$/.exec((await third.textContent()) ?? '') ?? [];
    await third.locator('.region-state').click();
    await soon(() => rowOf(page, `${guess} · Region 3,`)).toBeDefined();
    await soon(async () => (await suggested(page)).length).toBe(all - 3);
    await page.locator('.region-list li', { hasText: 'Region 4,' }).click();
    await press(page, 'Shift+T');
    await soon(async () => (await rows(page)).some((row) => / · Region 4,/.test(row))).toBe(true);
    await soon(async () => (await suggested(page)).length).toBe(all - 4);

    await press(page, 't');
    const unnamed = async (): Promise<string[]> => (await rows(page)).filter((row) => row.startsWith('Region'));
    await soon(async () => (await unnamed()).map((row) => row.split(',')[0])).toEqual(['Region 2']);
    expect(await page.locator('.proposal').count()).toBe(0);
    expect(await notice(page)).toContain(`${all - 4} regions in 1 picture named.`);
    expect(await classNames(page)).toEqual(['horse', 'sky', 'grass, green']);
    await page.getByRole('button', { name: 'Undo naming' }).click();
    await soon(async () => (await unnamed()).length).toBe(all - 3); // one step
    expect(errors).toEqual([]);
    await close();
  });

  it('of a list make classes, in all pictures at once, and one notice undoes them', async () => {
    const { page, errors, close } = await openWith(site, 'horses', 'coffee');
    await suggest(page, async () => {
      await byWords(page, 'cityscapes');
      await dialogOf(page).getByRole('radio', { name: 'All 2' }).check();
    });
    await soon(() => page.locator('.proposed-mark').count()).toBe(2);
    const here = (await suggested(page)).length;
    const marks = (await page.locator('.proposed-mark').allInnerTexts()).map(Number);
    expect(marks[0]).toBe(here);
    expect(await classNames(page)).toEqual([]);
    await page.getByRole('button', { name: `Take ${marks[0] + marks[1]} names` }).click();
    await soon(() => notice(page)).toContain(`${marks[0] + marks[1]} regions in 2 pictures named.`);
    const names = await classNames(page);
    expect(names.length).toBeGreaterThan(0);
    expect((await rows(page)).every((row) => names.some((name) => row.startsWith(`${name} · `)))).toBe(true);
    await page.locator('.notices').getByRole('button', { name: 'Undo' }).click();
    await soon(async () => (await rows(page)).every((row) => row.startsWith('Region'))).toBe(true);
    await press(page, 'n');
    await settled(page);
    expect((await rows(page)).every((row) => row.startsWith('Region'))).toBe(true);
    expect(errors).toEqual([]);
    await close();
  });

  it('tell in a sentence that the program has ended', async () => {
    const { page, close } = await openWith(site, 'horses');
    await site.end();
    await press(page, 'g');
    await byWords(page, 'voc');
    await dialogOf(page).getByRole('button', { name: 'Suggest', exact: true }).click();
    await soon(() => notice(page)).toMatch(/does not answer: start "diffcut studio" again/);
    expect(await page.locator('.proposal').count()).toBe(0);
    await close();
  });
});

describe.skipIf('missing' in browser)('names by the page', () => {
  let site: Site;
  beforeAll(async () => {
    site = await staticSite({});
  });
  afterAll(() => site?.end());

  it('come from a CLIP that is picked and kept, and words from a file', async () => {
    const { page, errors, close } = await openWith(site, 'horses');
    await page.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'showDirectoryPicker');
    });
    await page.reload();
    await settled(page);
    await press(page, 'g');
    expect(await dialogOf(page).textContent()).toContain('No model that names regions is here yet.');
    const folder = dialogOf(page).locator('input[webkitdirectory]');
    await folder.setInputFiles(vitFolder('dino'));
    await soon(() => notice(page)).toMatch(/dino is no CLIP/);
    await folder.setInputFiles(clip);
    await soon(() => dialogOf(page).getByRole('combobox', { name: 'Model' }).locator('option').allTextContents()).toEqual(['plain-vit (this page)']);

    const words = dialogOf(page).locator('input[type=file][accept^=".txt"]');
    await words.setInputFiles({ name: 'none.txt', mimeType: 'text/plain', buffer: Buffer.from('# nothing\n') });
    await soon(() => notice(page)).toContain('none.txt has no names');
    await words.setInputFiles({ name: 'long.txt', mimeType: 'text/plain', buffer: Buffer.from('word\n'.repeat(30_000)) });
    await soon(() => notice(page)).toContain('A list of words has at most 131 kB');
    await words.setInputFiles({ name: 'mine.txt', mimeType: 'text/plain', buffer: Buffer.from('horse, foal, pony # animals\nsky, clouds\n') });
    await soon(() => dialogOf(page).getByRole('combobox', { name: 'Words' }).inputValue()).toBe('file');
    await dialogOf(page).getByRole('button', { name: 'Suggest', exact: true }).click();
    await page.locator('.proposal').waitFor();
    await soon(() => page.locator('.proposal progress').count()).toBe(0);
    await least(page).fill('0');
    await soon(async () => (await suggested(page)).length).toBe((await rows(page)).length);
    expect((await suggested(page)).every((row) => /, (horse|sky) \d+ %, suggested$/.test(row))).toBe(true);
    await press(page, 't');
    await soon(async () => (await classNames(page)).every((name) => ['horse', 'sky'].includes(name))).toBe(true);

    // it is there at the next visit, and goes where encoders go
    await page.reload();
    await settled(page);
    await press(page, 'Shift+E');
    const models = page.getByRole('dialog', { name: 'Encoders and storage' });
    await soon(() => models.locator('.encoders li strong').allTextContents()).toEqual(['embedded', 'plain-vit']);
    await models.getByRole('button', { name: 'Delete plain-vit from this browser' }).click();
    await soon(() => models.locator('.encoders li strong').allTextContents()).toEqual(['embedded']);
    expect(errors).toEqual([]);
    await close();
  });
});
