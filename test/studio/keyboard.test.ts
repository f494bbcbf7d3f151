/** Pictures are labelled without a pointer: from the first page to the export; and where the focus goes on the way. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { notice, rows, selected } from './regions.ts';
import { browser, leaveDialog, openStudio, PHOTOS, pick, regionCount, settled, soon, useStudio } from './studio.ts';

const studio = useStudio();

/** What has the focus, in words. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLElement | null;
    if (at === document.body) return '';
    const label = at?.id && document.querySelector(`label[for="${at.id}"]`)?.textContent;
    return at?.getAttribute('aria-label') ?? (label || at?.textContent?.trim() || at?.closest('label')?.textContent?.trim() || at?.tagName || '');
  });

const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let i = 0; i < 80; i++) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${name}`);
};

const isOnStage = (page: Page): Promise<boolean> => page.evaluate(() => document.activeElement?.matches('canvas.stage') ?? false);
const named = async (page: Page): Promise<string[]> => (await rows(page)).filter((row) => /^(horse|sky|class \d)/.test(row));
const stripOf = (page: Page): Promise<string[]> =>
  page.locator('.strip .thumb').evaluateAll((all) => all.map((thumb) => thumb.getAttribute('aria-label') ?? ''));

describe.skipIf('missing' in browser)('by keyboard alone', () => {
  it('samples are opened, regions named, pictures done, and the export opened', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await tabTo(page, /sample photographs/);
    await page.keyboard.press('Enter');
    await regionCount(page);
    await settled(page);
    await soon(() => isOnStage(page)).toBe(true);

    // classes, typed
    await tabTo(page, /New class/);
    await page.keyboard.type('horse');
    await page.keyboard.press('Enter');
    await page.keyboard.type('sky');
    await page.keyboard.press('Enter');
    await soon(() => page.locator('button.class-name').allInnerTexts()).toEqual(['horse', 'sky']);

    // the picture: arrows go from region to region, a number names
    await page.keyboard.press('Escape');
    for (let i = 0; i < 80 && !(await isOnStage(page)); i++) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowRight');
    await soon(() => selected(page)).toEqual([expect.stringMatching(/^Region 1,/)]); // the largest: the sky
    await page.keyboard.press('2');
    await soon(() => named(page)).toEqual([expect.stringMatching(/^sky · Region 1,/)]);
    await page.keyboard.press('ArrowDown');
    await soon(async () => (await selected(page))[0]).not.toMatch(/^sky/);
    const below = (await selected(page))[0];
    expect(await page.locator('.status [role=status]').innerText()).toContain(below.split(',')[0]);
    await page.keyboard.press('Control+ArrowDown');
    await page.keyboard.press('Enter');
    await soon(() => selected(page)).toHaveLength(2);
    await page.keyboard.press('1');
    await soon(() => named(page)).toHaveLength(3);

    // the next one without a name, until there is none
    const all = (await rows(page)).length;
    for (let left = all - 3; left > 0; left--) {
      await page.keyboard.press('u');
      await page.keyboard.press('1');
      await soon(() => named(page)).toHaveLength(all - left + 1);
    }
    await page.keyboard.press('u');
    await soon(() => notice(page)).toContain('All regions of this picture have a class');

    // done, and on; the next one by PageDown too
    await page.keyboard.press('D');
    await soon(async () => (await stripOf(page))[0]).toContain('Done');
    await soon(() => page.locator('.strip [aria-current=true]').getAttribute('aria-label')).toContain('chelsea');
    await regionCount(page);
    await settled(page);
    await page.keyboard.press('u');
    await page.keyboard.press('2');
    await soon(() => named(page)).toHaveLength(1);
    await page.keyboard.press('PageUp');
    await soon(() => named(page)).toHaveLength(all);
    await page.keyboard.press('PageDown');
    await soon(() => named(page)).toHaveLength(1);
    await page.keyboard.press('d');
    await soon(async () => (await stripOf(page)).filter((told) => told.includes('Done'))).toHaveLength(2);

    await page.keyboard.press('Control+s');
    await page.getByRole('dialog', { name: 'Export' }).waitFor();
    await leaveDialog(page);
    expect(errors).toEqual([]);
    await close();
  });

  it('the focus goes over all there is, is always seen, and comes back to where it was from a dialog', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await regionCount(page);
    await settled(page);

    const way: string[] = [];
    await page.locator('header button').first().focus();
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press(i === 0 ? 'Shift' : 'Tab'); // a key, so that the ring is seen
      const seen = await page.evaluate(() => {
        const at = document.activeElement as HTMLElement;
        if (at === document.body) return { isSeen: true };
        const ring = [at, at.parentElement as HTMLElement].some((element) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
        });
        const { top, left, width } = at.getBoundingClientRect();
        return { isSeen: ring && width > 0 && top < innerHeight && left < innerWidth };
      });
      const at = await focused(page);
      expect(seen, at).toEqual({ isSeen: true });
      if (i > 0 && at === way[0]) break;
      if (at) way.push(at);
    }
    const places = [/^Open/, /Export/, /^Select$/, /^The picture and its regions/, /Granularity/, /New class/, /^Regions$/, /horses\.jpg/];
    const found = places.map((name) => way.findIndex((at) => name.test(at)));
    expect(found.every((at) => at >= 0)).toBe(true);
    expect(found.slice(0, 4)).toEqual([...found.slice(0, 4)].sort((a, b) => a - b));
    expect(way.length).toBeLessThan(70);

    await page.locator('canvas.stage').focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('b'); // shortcuts are not heard behind it
    await leaveDialog(page);
    await soon(() => isOnStage(page)).toBe(true);
    expect(await page.getByRole('button', { name: 'Brush' }).getAttribute('aria-pressed')).toBe('false');

    await tabTo(page, /^Keyboard shortcuts$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).focus();
    await page.keyboard.press('Enter');
    await soon(() => page.getByRole('dialog').count()).toBe(0);
    await soon(() => focused(page)).toBe('Keyboard shortcuts');
    await close();
  });

  it('tabs and modes are walked by arrows', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await regionCount(page);
    const chosen = (): Promise<string> => page.locator('[role=tab][aria-selected=true]').innerText();
    await page.locator('[role=tab][aria-selected=true]').focus();
    const first = await chosen();
    await page.keyboard.press('ArrowRight');
    await soon(chosen).not.toBe(first);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-selected'))).toBe('true');
    await page.keyboard.press('ArrowLeft');
    await soon(chosen).toBe(first);
    await close();
  });
});
