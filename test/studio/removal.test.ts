/** A picture that is removed can be brought back, with all that was made of it, while the notice says so. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { notice, rows } from './regions.ts';
import { browser, kept, type Opened, openStudio, PHOTOS, pick, settled, soon, useStudio } from './studio.ts';

const studio = useStudio();

const thumbs = (page: Page): Promise<string[]> =>
  page.locator('.thumb').evaluateAll((all) => all.map((one) => (one.getAttribute('aria-label') ?? '').split(',')[0]));
const remove = (page: Page): Promise<void> => page.getByRole('button', { name: 'Remove from the list' }).click();
const undoes = (page: Page): Promise<string | null> => page.locator('header').getByRole('button', { name: /^Undo/ }).getAttribute('aria-label');
const closeNotice = (page: Page): Promise<void> => page.locator('.notices').getByRole('button', { name: 'Close' }).click();

/** Two pictures, the first on the stage with a region that has a name. */
const openTwo = async (): Promise<Opened & { named: string[] }> => {
  const opened = await openStudio(studio.running, studio.site);
  const { page } = opened;
  await pick(page, join(PHOTOS, 'coffee.jpg'), join(PHOTOS, 'chelsea.jpg'));
  await settled(page);
  await name(page);
  return { ...opened, named: await rows(page) };
};
const name = async (page: Page): Promise<void> => {
  await page.locator('.region-list li').first().click();
  await page.keyboard.press('1');
  await soon(async () => (await rows(page))[0]).toMatch('class 1');
};

describe.skipIf('missing' in browser)('a picture that is removed', () => {
  it('comes back where it was, with its regions and its history, by the notice or by Ctrl+Z', async () => {
    const { page, errors, close, named } = await openTwo();
    const ways = [() => page.locator('.notices').getByRole('button', { name: 'Undo' }).click(), () => page.keyboard.press('Control+z')];
    for (const way of ways) {
      await remove(page);
      expect(await thumbs(page)).toEqual(['chelsea.jpg']);
      expect(await notice(page)).toBe('coffee.jpg is removed.');
      await way();
      await soon(() => rows(page)).toEqual(named);
      await soon(() => undoes(page)).toBe('Undo naming');
      expect(await thumbs(page)).toEqual(['coffee.jpg', 'chelsea.jpg']);
      expect(await notice(page)).toBe('');
    }
    // the last ones as well, together
    await remove(page);
    await remove(page);
    await page.waitForSelector('.welcome');
    expect(await notice(page)).toBe('2 pictures are removed.');
    await page.keyboard.press('Control+z');
    await settled(page);
    expect(await thumbs(page)).toEqual(['coffee.jpg', 'chelsea.jpg']);
    await page.locator('.thumb').first().click();
    await soon(() => rows(page)).toEqual(named);
    await kept(page);
    await page.reload();
    await settled(page);
    expect(await thumbs(page)).toEqual(['coffee.jpg', 'chelsea.jpg']);
    expect(errors).toEqual([]);
    await close();
  });

  it('is deleted with the notice, or when the page is opened again; after another edit Ctrl+Z is of that edit', async () => {
    const { page, errors, close } = await openTwo();
    await remove(page);
    await settled(page);
    await page.locator('.region-list li').nth(1).click();
    await page.keyboard.press('x');
    await soon(() => undoes(page)).toBe('Undo hiding');
    await page.keyboard.press('Control+z');
    await soon(() => undoes(page)).toBe('Undo');
    expect(await thumbs(page)).toEqual(['chelsea.jpg']);
    expect(await notice(page)).toBe('coffee.jpg is removed.');
    await closeNotice(page);
    await kept(page);
    await page.reload();
    await settled(page);
    expect(await thumbs(page)).toEqual(['chelsea.jpg']);
    await remove(page);
    await kept(page);
    await page.reload();
    await pick(page, join(PHOTOS, 'coffee.jpg'));
    await settled(page);
    await soon(() => page.locator('.status-right').textContent()).toMatch(/thread|WebGPU/); // told with what the last visit left
    expect(await thumbs(page)).toEqual(['coffee.jpg']);
    expect(errors).toEqual([]);
    await close();
  });

  it('goes by a button that is not beside the one for done', async () => {
    const { page, close } = await openTwo();
    for (const size of [
      { width: 1280, height: 800 },
      { width: 360, height: 740 },
    ]) {
      await page.setViewportSize(size);
      const boxes = () => Promise.all(['Mark as done', 'Remove from the list'].map((text) => page.getByRole('button', { name: text }).boundingBox()));
      await soon(async () => {
        const [done, gone] = await boxes();
        return done && gone && gone.x - done.x > 200 && gone.x + gone.width <= size.width;
      }).toBe(true);
    }
    await close();
  });
});
