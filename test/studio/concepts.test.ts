/** Concepts: regions of all open pictures in rows, moved by pointer and by keys, named once for all pictures, and all of it taken back. */
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { notice, rows as regionRows, selected } from './regions.ts';
import { browser, drop, type Opened, openStudio, PHOTOS, pick, regionCount, settled, soon, useStudio } from './studio.ts';

const studio = useStudio();

const shelf = (page: Page): Locator => page.locator('.concept-rows');
const rowAt = (page: Page, n: number): Locator => page.locator('.concept').nth(n);
const cutouts = (row: Locator): Locator => row.getByRole('option');
const nameOf = (row: Locator): Locator => row.getByRole('combobox');
const named = (page: Page, name: string): Locator =>
  page.locator('.concept', { has: page.getByRole('combobox', { name: `Name of ${name}`, exact: true }) });

/** Waits until all pictures were looked at and their regions grouped. */
const grouped = (page: Page): Promise<unknown> => soon(() => shelf(page).getAttribute('aria-busy')).toBe('false') as Promise<unknown>;
/** What is said of each row. */
const facts = (page: Page): Promise<string[]> => page.locator('.concept-head .help').allInnerTexts();
/** How many regions each row has. */
const sizes = async (page: Page): Promise<number[]> => (await facts(page)).map((text) => Number.parseInt(text, 10));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const names = (page: Page): Promise<string[]> =>
  page.locator('.concept-name').evaluateAll((all) => all.map((input) => (input as HTMLInputElement).value));
/** All cut-outs of a row as a screen reader has them. */
const partsOf = async (row: Locator): Promise<string[]> => {
  const more = row.locator('.more-cutouts[aria-expanded=false]');
  if ((await more.count()) > 0) await more.click();
  return cutouts(row).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
};
const undo = (page: Page): Promise<void> => page.locator('header').getByRole('button', { name: /undo/i }).click();

const PICTURES = ['horses', 'coffee', 'rocket', 'bee'];

/** The studio with some of the bundled photographs, in the view of concepts. */
const openWith = async (pictures = PICTURES, options = {}): Promise<Opened> => {
  const opened = await openStudio(studio.running, studio.site, options);
  const { page } = opened;
  await pick(page, ...pictures.map((name) => join(PHOTOS, `${name}.jpg`)));
  await regionCount(page);
  await settled(page);
  await page.locator('canvas.stage').focus();
  await page.keyboard.press('Shift+C');
  await page.waitForSelector('.concept');
  await grouped(page);
  return opened;
};

const slider = (page: Page): Locator => page.getByRole('slider', { name: 'Rows' });

describe.skipIf('missing' in browser)('concepts', () => {
  it('are rows of all regions, the largest first, with cut-outs that are seen; the slider groups anew', async () => {
    const { page, errors, close } = await openWith();
    const before = await sizes(page);
    expect(before.length).toBeGreaterThan(1);
    expect([...before].sort((a, b) => b - a)).toEqual(before);
    expect(await page.locator('.concepts-told').innerText()).toMatch(new RegExp(`^${before.length} rows of ${sum(before)} regions in 4 pictures`));
    await soon(() =>
      page.locator('.cutout img').evaluateAll((all) => all.filter((image) => (image as HTMLImageElement).naturalWidth > 0).length),
    ).toBeGreaterThan(3);
    await slider(page).fill('1');
    await soon(async () => (await sizes(page)).length).toBeGreaterThan(before.length);
    expect(sum(await sizes(page))).toBe(sum(before));
    await slider(page).fill('0');
    await soon(async () => (await sizes(page)).length).toBeLessThan(before.length);
    await page.getByRole('button', { name: 'Rows: Back to the default' }).click();
    await soon(() => sizes(page)).toEqual(before);
    expect(errors).toEqual([]);
    await close();
  });

  it('are named once: all regions in all pictures, as a step of each that undo takes back', async () => {
    const { page, errors, close } = await openWith();
    const before = await sizes(page);
    const pictures = ['horses', 'coffee'];
    for (const picture of pictures) await page.locator(`.cutout[title^=${picture}]`).first().press(' ');
    await page.getByRole('button', { name: 'New row' }).click();
    const made = page.locator('.concept', { hasText: 'put together by you' });
    const parts = await partsOf(made);
    expect(parts).toHaveLength(2);
    const between = await sizes(page);
    await nameOf(made).fill('thing');
    await page.keyboard.press('Enter');
    await soon(() => notice(page)).toContain('2 regions in 2 pictures named “thing”');
    expect(await sizes(page)).toEqual(between); // nothing else has moved
    await soon(() => page.evaluate(() => document.activeElement?.id)).toMatch(/^name-class-/);
    expect(await partsOf(named(page, 'thing'))).toEqual(parts);

    // a named row stays as it is while the rest is grouped anew, and the class is in each picture
    await slider(page).fill('1');
    await grouped(page);
    expect((await partsOf(named(page, 'thing'))).sort()).toEqual([...parts].sort());
    for (const picture of pictures) {
      await page
        .locator('.strip')
        .getByRole('button', { name: new RegExp(`^${picture}`) })
        .click();
      await page.keyboard.press('Shift+C');
      await regionCount(page);
      await soon(async () => (await regionRows(page)).filter((row) => row.startsWith('thing')).length).toBe(
        parts.filter((text) => text.startsWith(picture)).length,
      );
      await page.keyboard.press('Shift+C');
      await grouped(page);
    }
    await page.keyboard.press('Control+z');
    await soon(() => names(page)).not.toContain('thing');
    expect((await partsOf(made)).sort()).toEqual([...parts].sort());
    await page.keyboard.press('Control+z');
    await soon(() => made.count()).toBe(0);
    await page.getByRole('button', { name: 'Rows: Back to the default' }).click();
    await soon(() => sizes(page)).toEqual(before);
    expect(errors).toEqual([]);
    await close();
  });

  it('take what is dragged, a cut-out or a whole row; and a new row is made', async () => {
    const { page, errors, close } = await openWith();
    const before = await sizes(page);
    const [from, to] = [rowAt(page, 0), rowAt(page, 1)];
    const first = (await partsOf(from))[0];
    await cutouts(from).first().dragTo(to.locator('.concept-head .help'));
    await soon(() => notice(page)).toContain('1 region moved to Concept 1');
    const made = page.locator('.concept', { hasText: 'put together by you' });
    await soon(() => made.count()).toBe(1);
    expect(await partsOf(made)).toContain(first);
    expect(sum(await sizes(page))).toBe(sum(before));

    // it stays through the slider, and is let go of
    const held = (await partsOf(made)).sort();
    await slider(page).fill('0.9');
    await grouped(page);
    expect((await partsOf(made)).sort()).toEqual(held);
    await slider(page).fill('0.5');
    await grouped(page);
    await undo(page);
    await soon(() => sizes(page)).toEqual(before);

    // a row with a name keeps it, whichever is dragged onto which
    await nameOf(rowAt(page, 0)).fill('thing');
    await page.keyboard.press('Enter');
    await soon(() => named(page, 'thing').count()).toBe(1);
    await named(page, 'thing').locator('.grip').dragTo(rowAt(page, 1).locator('.concept-head .help'));
    await soon(async () => Number.parseInt(await named(page, 'thing').locator('.help').innerText(), 10)).toBe(before[0] + before[1]);
    expect(await sizes(page)).toHaveLength(before.length - 1);
    expect(errors).toEqual([]);
    await close();
  });

  it('are used by keyboard alone: walked, chosen, moved, opened', async () => {
    const { page, errors, close } = await openWith();
    const before = await sizes(page);
    await cutouts(rowAt(page, 1)).first().focus();
    await page.keyboard.press(' ');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Control+a');
    await soon(() => page.locator('.chosen legend').innerText()).toBe(`${before[0] + 1} regions chosen`);
    await page.keyboard.press('Escape');
    await soon(() => page.locator('.chosen legend').innerText()).toBe('Nothing chosen');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press(' ');
    const key = await page.evaluate(() => document.activeElement?.id);
    await page.keyboard.press('m');
    await soon(() => page.evaluate(() => document.activeElement?.id)).toBe('move-to');
    await page.getByLabel('Move to').selectOption('Concept 1');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await soon(() => notice(page)).toContain('1 region moved to Concept 1');
    await soon(() => page.evaluate(() => document.activeElement?.id)).toBe(key); // in its new row
    await page.keyboard.press('Control+z');
    await soon(() => sizes(page)).toEqual(before);

    // a class by its number; and what is opened is selected there, and found again
    await page.locator(`[id="${key}"]`).focus();
    await page.keyboard.press(' ');
    await page.keyboard.press('1');
    await soon(() => notice(page)).toContain('There is no class 1 yet');
    await page.locator(`[id="${key}"]`).focus();
    const told = await page.locator(`[id="${key}"]`).getAttribute('aria-label');
    await page.keyboard.press('Enter');
    await regionCount(page);
    await soon(() => selected(page)).toHaveLength(1);
    const [, region] = (told ?? '').split(', ');
    expect((await selected(page))[0]).toContain(region);
    expect(await page.locator('.thumb[aria-current]').getAttribute('aria-label')).toContain((told ?? '').split(',')[0]);
    await page.keyboard.press('Shift+C');
    await soon(() => page.evaluate(() => document.activeElement?.id)).toBe(key);
    expect(errors).toEqual([]);
    await close();
  });

  it('show nothing that is gone, and what has come', async () => {
    const { page, errors, close } = await openWith(['horses', 'coffee']);
    const before = sum(await sizes(page));
    await page.keyboard.press('Shift+C');
    const count = await regionCount(page);
    await page.locator('.region-list li').first().click();
    await page.locator('canvas.stage').focus();
    await page.keyboard.press('s');
    await soon(() => page.locator('.region-list li').count()).toBeGreaterThan(count);
    const more = (await page.locator('.region-list li').count()) - count;
    await page.keyboard.press('Shift+C');
    await grouped(page);
    await soon(async () => sum(await sizes(page))).toBe(before + more);
    await page.locator('.strip').getByRole('button', { name: 'Remove from the list' }).click();
    const pictures = (): Promise<string> => page.locator('.concepts-told').innerText();
    await soon(pictures).toMatch(/in 1 picture/);
    expect(
      (await page.locator('.cutout').evaluateAll((all) => all.map((one) => (one as HTMLElement).title))).every((text) => text.startsWith('coffee')),
    ).toBe(true);
    await drop(page, join(PHOTOS, 'rocket.jpg'));
    await soon(pictures).toMatch(/in 2 pictures/);
    expect(errors).toEqual([]);
    await close();
  });

  it('are looked for picture by picture, which can be stopped and gone on with', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, ...PICTURES.map((name) => join(PHOTOS, `${name}.jpg`)));
    await page.waitForSelector('.stage');
    await page.getByRole('radio', { name: 'Concepts' }).check();
    await page.getByRole('button', { name: 'Stop' }).click();
    await soon(() => page.locator('.looking').innerText()).toMatch(/Stopped: [0-3] of 4 pictures looked at/);
    await grouped(page);
    await page.getByRole('button', { name: 'Go on' }).click();
    await soon(() => page.locator('.concepts-told').innerText()).toMatch(/in 4 pictures/);
    await grouped(page);
    expect(await page.locator('.looking').count()).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });

  it('fit a phone', async () => {
    const { page, errors, close } = await openWith(['horses', 'coffee'], { viewport: { width: 360, height: 740 }, hasTouch: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await cutouts(rowAt(page, 0)).first().locator('.choose').tap();
    await soon(() => page.locator('.chosen legend').innerText()).toBe('1 region chosen');
    await page.getByRole('button', { name: 'New row' }).tap();
    await soon(() => page.locator('.concept', { hasText: 'put together by you' }).count()).toBe(1);
    expect(errors).toEqual([]);
    await close();
  });
});
