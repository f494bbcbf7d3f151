/** The work outlives a reload and a crash, and a browser without room; what cannot be read or is very large stops nothing. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { browser, drop, kept, LONG_ENOUGH, openStudio, PHOTOS, pick, settled, useStudio } from './studio.ts';

const POLL = { timeout: LONG_ENOUGH, interval: 100 };
const LONG = { timeout: 180_000, interval: 200 };

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-storage-'));
const studio = useStudio();
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const HORSES = join(PHOTOS, 'horses.jpg');
const CHELSEA = join(PHOTOS, 'chelsea.jpg');

/** The regions on the stage, in words. */
const regions = (page: Page): Promise<string[]> => page.locator('.region-list li').allTextContents();
const thumb = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });
const undo = (page: Page) => page.getByRole('button', { name: /^Undo/ });
const redo = (page: Page) => page.getByRole('button', { name: /^Redo/ });
const problem = (page: Page): Promise<string | null> => page.getByRole('alert').textContent();
const said = (page: Page): Promise<string> =>
  page
    .locator('.notice')
    .allTextContents()
    .then((all) => all.join());

/** Does something, and waits until the regions on the stage are others. @returns them */
const changing = async (page: Page, change: () => Promise<unknown>): Promise<string[]> => {
  const before = (await regions(page)).join();
  await change();
  await expect.poll(async () => (await regions(page)).join(), POLL).not.toBe(before);
  await settled(page);
  return regions(page);
};

const selectTwo = async (page: Page): Promise<void> => {
  await page.locator('.region-list li').nth(0).click();
  await page
    .locator('.region-list li')
    .nth(1)
    .click({ modifiers: ['Shift'] });
};
const mergeTwo = (page: Page): Promise<string[]> =>
  changing(page, async () => {
    await selectTwo(page);
    await page.getByRole('button', { name: 'Merge', exact: true }).click();
  });

/** The worker that all computing is done in; those of the runtime are its own. */
const workerOf = (page: Page) => page.workers().find((worker) => worker.url().endsWith('/worker.js') && !worker.url().includes('/files/'))!;

/** As a mistake of ours would end it. */
const crash = (page: Page): Promise<unknown> =>
  workerOf(page).evaluate(() => {
    setTimeout(() => {
      throw new Error('a mistake');
    });
  });

/** What the page may keep; without a number what it could before. */
const quota = async (page: Page, bytes?: number): Promise<void> => {
  const client = await page.context().newCDPSession(page);
  await client.send('Storage.overrideQuotaForOrigin', { origin: new URL(studio.site.url).origin, ...(bytes !== undefined && { quotaSize: bytes }) });
};

/** How many rows of a table the browser keeps. */
const keptRows = (page: Page, table: string): Promise<number> =>
  page.evaluate(
    (name) =>
      new Promise<number>((resolve) => {
        indexedDB.open('diffcut-studio').onsuccess = ({ target }) => {
          const db = (target as IDBOpenDBRequest).result;
          db.transaction(name).objectStore(name).count().onsuccess = (event) => {
            db.close();
            resolve((event.target as IDBRequest<number>).result);
          };
        };
      }),
    table,
  );

describe.skipIf('missing' in browser)('the work', () => {
  it('is there again after a reload: pictures, regions, every step, classes, and what was on the stage', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await page.addInitScript(() => {
      const { storage } = navigator;
      Object.assign(globalThis, { asked: 0 });
      storage.persist = async () => {
        Object.assign(globalThis, { asked: (globalThis as unknown as { asked: number }).asked + 1 });
        return true;
      };
    });
    await page.reload();
    await pick(page, HORSES, CHELSEA);
    await settled(page);
    const first = await regions(page);
    const asked = (): Promise<number> => page.evaluate(() => (globalThis as unknown as { asked: number }).asked);
    expect(await asked()).toBe(0);
    const merged = await mergeTwo(page);
    await expect.poll(asked, POLL).toBe(1);
    const named = await changing(page, async () => {
      await page.locator('.region-list li').nth(1).click();
      await page.keyboard.press('1');
    });
    expect(named).toHaveLength(merged.length);
    const finer = await changing(page, () => page.getByRole('slider', { name: /Granularity/ }).fill('0.8'));
    await undo(page).click();
    await expect.poll(() => regions(page), POLL).toEqual(named);
    expect(await asked()).toBe(1);
    await page.keyboard.press('d');
    await thumb(page, 'chelsea').click();
    await expect.poll(() => thumb(page, 'chelsea').getAttribute('aria-current'), POLL).toBe('true');
    await expect.poll(() => thumb(page, 'chelsea').getAttribute('aria-label'), POLL).toMatch(/ready/);
    await settled(page);
    const other = await regions(page);

    await kept(page);
    await page.reload();
    await expect.poll(() => thumb(page, 'chelsea').getAttribute('aria-current'), POLL).toBe('true');
    await settled(page);
    expect(await regions(page)).toEqual(other);
    expect(await thumb(page, 'horses').getAttribute('aria-label')).toMatch(/^horses.jpg, Done/);
    await thumb(page, 'horses').click();
    await expect.poll(() => regions(page), POLL).toEqual(named);
    expect(await page.locator('.classes, [aria-label="Classes"]').first().textContent()).toMatch(/class 1|1/);
    await redo(page).click();
    await expect.poll(() => regions(page), POLL).toEqual(finer);
    for (const state of [named, merged, first]) {
      await undo(page).click();
      await expect.poll(() => regions(page), POLL).toEqual(state);
    }
    expect(await undo(page).isDisabled()).toBe(true);
    for (const state of [merged, named, finer]) {
      await redo(page).click();
      await expect.poll(() => regions(page), POLL).toEqual(state);
    }
    expect(errors).toEqual([]);
    await close();
  });

  it('goes on after a crash of the worker as it was', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, HORSES);
    await settled(page);
    const first = await regions(page);
    const merged = await mergeTwo(page);
    await crash(page);
    await expect.poll(() => said(page), POLL).toMatch(/stopped and was started again/);
    expect(await regions(page)).toEqual(merged);
    await mergeTwo(page);
    await undo(page).click();
    await expect.poll(() => regions(page), POLL).toEqual(merged);
    await undo(page).click();
    await expect.poll(() => regions(page), POLL).toEqual(first);
    await close();
  });

  it.each([
    ['with an error', crash],
    [
      'without a word',
      (page: Page) =>
        workerOf(page).evaluate(() => {
          const { self } = globalThis as unknown as { self: { close(): void } };
          self.close();
        }),
    ],
  ])('is computed again where the worker ends %s in the middle of it, and what comes late is not shown', async (_, end) => {
    const slow = join(scratch, 'slow.jpg'); // for some seconds
    await sharp(CHELSEA).resize(2000, 1500, { fit: 'fill' }).jpeg().toFile(slow);
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, HORSES);
    await settled(page);
    const horses = await regions(page);
    await page.evaluate(() => {
      // as soon as it is there, not once it was computed behind the other
      new MutationObserver((_, observer) => {
        const thumb = document.querySelector<HTMLButtonElement>('.thumb[aria-label^=slow]');
        if (!thumb) return;
        observer.disconnect();
        thumb.click();
      }).observe(document.body, { childList: true, subtree: true });
    });
    await drop(page, slow);
    await page.waitForSelector('.status progress', { timeout: LONG_ENOUGH });
    await end(page);
    await thumb(page, 'horses').click(); // while the other is begun anew
    await expect.poll(() => regions(page), LONG).toEqual(horses);
    await expect.poll(() => thumb(page, 'slow').getAttribute('aria-label'), LONG).toMatch(/ready/);
    expect(await regions(page)).toEqual(horses);
    expect(await thumb(page, 'horses').getAttribute('aria-current')).toBe('true');
    await thumb(page, 'slow').click();
    await expect.poll(() => regions(page), LONG).not.toEqual(horses);
    await settled(page);
    expect(await problem(page)).toBe('');
    await close();
  });

  it('goes on where the browser has no room for it, which is told once, and is kept when there is room again', async () => {
    const noise = join(scratch, 'noise.png'); // three megabytes that cannot be made smaller
    const pixels = randomBytes(3 * 1000 * 1000);
    await sharp(pixels, { raw: { width: 1000, height: 1000, channels: 3 } })
      .png()
      .toFile(noise);
    const { page, close } = await openStudio(studio.running, studio.site);
    await quota(page, 1_500_000);
    await page.reload();
    await pick(page, HORSES);
    await settled(page);
    const merged = await mergeTwo(page);
    await drop(page, noise, CHELSEA);
    await expect.poll(() => problem(page), POLL).toMatch(/no room left to keep the work/);
    await page.locator('.notice-actions').getByRole('button', { name: 'Close' }).click();
    await thumb(page, 'chelsea').click();
    await expect.poll(() => thumb(page, 'chelsea').getAttribute('aria-label'), POLL).toMatch(/ready/);
    await settled(page);
    const cat = await mergeTwo(page);
    await undo(page).click();
    await expect.poll(() => regions(page), POLL).not.toEqual(cat);
    await redo(page).click();
    await expect.poll(() => regions(page), POLL).toEqual(cat);
    await thumb(page, 'horses').click();
    await expect.poll(() => regions(page), POLL).toEqual(merged);
    await mergeTwo(page);
    await kept(page);
    expect(await problem(page)).toBe('');

    // what is kept is the work as it stood when the room ran out
    expect(await keptRows(page, 'pictures')).toBe(1);
    expect(await keptRows(page, 'steps')).toBe(1);
    // what is in memory alone would be lost in another tab
    const second = await page.context().newPage();
    await second.goto(studio.site.url);
    await second.getByRole('button', { name: 'Work here' }).click();
    await second.getByText(/The other tab has work that this browser has no room to keep/).waitFor();
    await second.close();

    await quota(page);
    await page.getByRole('button', { name: 'Remove from the list' }).click(); // of the horses
    await page.locator('.notices').getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => said(page), POLL).toMatch(/room again/);
    await thumb(page, 'chelsea').click();
    await expect.poll(() => regions(page), POLL).toEqual(cat);
    await page.reload();
    await expect.poll(() => regions(page), POLL).toEqual(cat);
    expect(await page.locator('.thumb').count()).toBe(2);
    await close();
  });

  it('is forgotten when that is asked for twice', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, HORSES);
    await settled(page);
    await page.locator('.region-list li').first().click();
    await page.keyboard.press('1');
    await page.keyboard.press('Shift+E');
    const dialog = page.getByRole('dialog', { name: 'Encoders and storage' });
    await expect.poll(() => dialog.textContent(), POLL).toMatch(/\d+ kB of the [\d.]+ [MGT]B/);
    await dialog.getByRole('button', { name: 'Forget everything' }).click();
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await dialog.getByRole('button', { name: 'Forget everything' }).click();
    await dialog.getByRole('button', { name: 'Forget everything now' }).click();
    await page.waitForSelector('.welcome');
    await kept(page);
    await page.reload();
    await page.waitForSelector('.welcome');
    const rows = await page.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const asked = indexedDB.open('diffcut-studio');
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = async () => {
            const db = asked.result;
            let sum = 0;
            for (const name of db.objectStoreNames) {
              const count = db.transaction(name).objectStore(name).count();
              sum += await new Promise<number>((done) => {
                count.onsuccess = () => done(count.result);
              });
            }
            db.close();
            resolve(sum);
          };
        }),
    );
    expect(rows).toBeLessThanOrEqual(1); // the page's own state, without classes
    await pick(page, HORSES);
    await settled(page);
    expect((await regions(page)).join()).not.toMatch(/class 1/);
    expect(errors).toEqual([]);
    await close();
  });
});

describe.skipIf('missing' in browser)('a picture', () => {
  it('that cannot be read is told in a sentence, and the others go on', async () => {
    const broken = join(scratch, 'broken.jpg');
    writeFileSync(broken, readFileSync(HORSES).subarray(0, 2000));
    const text = join(scratch, 'text.png');
    writeFileSync(text, 'this is no picture');
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, broken, HORSES, text);
    await expect.poll(() => thumb(page, 'broken').getAttribute('aria-label'), POLL).toMatch(/^broken\.jpg, cannot be read, .*broken\.jpg/);
    await expect.poll(() => thumb(page, 'text').getAttribute('aria-label'), POLL).toMatch(/^text\.png, cannot be read, .*text\.png/);
    await expect.poll(() => thumb(page, 'horses').getAttribute('aria-label'), POLL).toMatch(/ready/);
    await expect.poll(() => page.locator('.status').textContent(), POLL).toMatch(/broken\.jpg/); // once nothing else is computed
    await thumb(page, 'horses').click();
    await settled(page);
    await kept(page);
    await page.reload();
    await settled(page);
    await expect.poll(() => thumb(page, 'broken').getAttribute('aria-label'), POLL).toMatch(/cannot be read/);
    expect(errors).toEqual([]);
    await close();
  });

  it('of 60 megapixels is segmented and edited', async () => {
    const large = join(scratch, 'large.jpg');
    await sharp(HORSES).resize(9600, 6250, { fit: 'fill' }).jpeg({ quality: 80 }).toFile(large);
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, large);
    await expect.poll(() => page.locator('.region-list li').count(), LONG).toBeGreaterThan(3);
    await settled(page);
    await mergeTwo(page);
    await undo(page).click();
    await page.reload();
    await expect.poll(() => page.locator('.region-list li').count(), LONG).toBeGreaterThan(3);
    expect(await problem(page)).toBe('');
    expect(errors).toEqual([]);
    await close();
  });
});
