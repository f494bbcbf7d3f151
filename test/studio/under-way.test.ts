/** Edits that are not done yet: undo stops them, they say what they are computed by, and the page is not left without asking. */
import { join } from 'node:path';
import type { Dialog, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { AT, drag, rows, soon } from './regions.ts';
import { browser, type Opened, openStudio, PHOTOS, pick, settled, useStudio } from './studio.ts';

const studio = useStudio();

const undoes = (page: Page): Promise<string | null> => page.locator('header').getByRole('button', { name: /^Undo/ }).getAttribute('aria-label');
const canUndo = (page: Page): Promise<boolean> => page.locator('header').getByRole('button', { name: /^Undo/ }).isEnabled();

/** Horses, one region of which has a name, as they are kept: nothing of them is computed yet. */
const openNamed = async (): Promise<Opened> => {
  const opened = await openStudio(studio.running, studio.site);
  const { page } = opened;
  await pick(page, join(PHOTOS, 'horses.jpg'));
  await settled(page);
  await page.locator('.region-list li').first().click();
  await page.keyboard.press('1');
  await soon(() => undoes(page)).toMatch(/^Undo naming/);
  await page.reload();
  await settled(page);
  await soon(() => undoes(page)).toMatch(/^Undo naming/);
  return opened;
};

describe.skipIf('missing' in browser)('an edit that is being computed', () => {
  it('is stopped by undo, and the next undo goes on with what was done before', async () => {
    const { page, errors, close } = await openNamed();
    const before = await rows(page);
    await page.locator('.region-list li').first().click();
    await page.keyboard.press('s');
    for (let i = 0; i < 2; i++) await page.keyboard.press('Control+z');
    await soon(() => canUndo(page)).toBe(false);
    await page.keyboard.press('Control+Shift+z');
    await soon(() => undoes(page)).toMatch(/^Undo naming/);
    await soon(() => rows(page)).toEqual(before);
    // changes are made in turn: the split would be here by now, to be done again
    expect(await page.locator('header').getByRole('button', { name: /^Redo/ }).isEnabled()).toBe(false);
    expect(errors).toEqual([]);
    await close();
  });

  it('says what it is computed by', async () => {
    const { page, close } = await openNamed();
    await page.evaluate(() => {
      const told: string[] = [];
      Object.assign(globalThis, { told });
      new MutationObserver(() => told.push(document.querySelector('.status-left')?.textContent ?? '')).observe(document.body, {
        childList: true,
        subtree: true,
        characterData: true,
      });
    });
    await page.locator('.region-list li').first().click();
    await page.keyboard.press('s');
    await soon(() => undoes(page)).toMatch(/^Undo splitting/);
    await settled(page);
    expect((await page.evaluate(() => (globalThis as unknown as { told: string[] }).told)).join()).toMatch(/Computing: encoding/);
    await close();
  });

  it('is asked about before the page is left, and is there afterwards', async () => {
    const { page, close } = await openNamed();
    const asked: string[] = [];
    const stay = async (dialog: Dialog): Promise<void> => {
      asked.push(dialog.type());
      await dialog.dismiss();
    };
    page.on('dialog', stay);
    await page.locator('.region-list li').first().click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('b');
    await page.evaluate(() => addEventListener('pointerup', () => setTimeout(() => location.reload()), { once: true }));
    await drag(page, [AT.sky, [420, 60]]);
    await soon(async () => asked.join()).toBe('beforeunload');
    await soon(() => undoes(page)).toMatch(/^Undo the new region/);
    const painted = await rows(page);
    await page.reload();
    await settled(page);
    expect(asked).toHaveLength(1); // all is kept by now
    await soon(() => rows(page)).toEqual(painted);
    await close();
  });
});
