/** The cut tree: what it says, its light on the picture, walking it, splitting and joining. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../runtimes/built.ts';
import { browser, LONG_ENOUGH, openStudio, PHOTOS, painted, pick, placeOf, regionCount, soon, useStudio } from './studio.ts';

const PATIENT = { timeout: LONG_ENOUGH };
const HORSES = { width: 640, height: 415 };

const studio = useStudio('embedded');

const nodes = (page: Page) => page.getByRole('treeitem');
const openTree = async (page: Page): Promise<void> => {
  await page.getByRole('tab', { name: 'Tree', exact: true }).click();
  await nodes(page).first().waitFor(PATIENT);
};
/** On a narrow page granularity is a tab beside the tree. */
const inGranularity = async (page: Page, act: () => Promise<void>): Promise<void> => {
  const tab = page.getByRole('tab', { name: 'Granularity', exact: true });
  const isNarrow = await tab.isVisible();
  if (isNarrow) await tab.click();
  await act();
  if (isNarrow) await openTree(page);
};
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
const regions = async (page: Page): Promise<number> => Number.parseInt((await page.locator('.status-left').textContent()) ?? '', 10);
/** The stage's colour at a pixel of the page, red + green + blue. */
const brightness = (page: Page, [x, y]: readonly [number, number]) =>
  page.evaluate(
    ([px, py]) => {
      const canvas = document.querySelector('canvas.stage') as HTMLCanvasElement;
      const box = canvas.getBoundingClientRect();
      const by = canvas.width / box.width;
      const [r, g, b] = canvas.getContext('2d')?.getImageData((px - box.left) * by, (py - box.top) * by, 1, 1).data ?? [0, 0, 0];
      return r + g + b;
    },
    [x, y] as const,
  );

describe.skipIf('missing' in browser)('the cut tree', () => {
  it('says what the picture falls apart into, and lights it on the stage', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const count = await regionCount(page);
    await openTree(page);
    expect(await nodes(page).first().getAttribute('aria-label')).toMatch(
      new RegExp(`^100\\.0 % of the picture, split into ${count} regions, cost [\\d.]+, falls apart at price 0\\.\\d+$`),
    );
    expect(await page.locator('.node[data-state=region]').count()).toBe(count);
    const [sky, grass] = [await placeOf(page, [330, 50], HORSES), await placeOf(page, [60, 390], HORSES)];
    await painted(page);
    const before = [await brightness(page, sky), await brightness(page, grass)];
    // the value that is written there lets pointers through
    await page.getByRole('treeitem', { name: /^45\.\d % .*a region/ }).hover({ force: true });
    await expect
      .poll(async () => [(await brightness(page, sky)) > before[0] / 1.2, (await brightness(page, grass)) < before[1] / 1.5], PATIENT)
      .toEqual([true, true]);
    await page.mouse.move(5, 5);
    await expect.poll(() => brightness(page, grass), PATIENT).toBe(before[1]);
    expect(errors).toEqual([]);
    await close();
  });

  it('is walked by arrows; Enter joins and splits, and undo takes it back', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const count = await regionCount(page);
    await openTree(page);
    await nodes(page).first().focus();
    await page.keyboard.press('ArrowDown');
    const part = await focused(page);
    const inside = Number(/split into (\d+) regions/.exec(part)?.[1]);
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).not.toBe(part);
    await page.keyboard.press('ArrowLeft');
    expect(await focused(page)).toBe(part);
    await page.keyboard.press('Enter');
    await expect.poll(() => regions(page), PATIENT).toBe(count - inside + 1);
    await expect.poll(() => focused(page), PATIENT).toMatch(/a region/);
    await page.keyboard.press('ArrowUp');
    expect(await focused(page)).toMatch(/^100/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => regions(page), PATIENT).toBeGreaterThan(count - inside + 1);
    await expect.poll(() => focused(page), PATIENT).toMatch(/split into \d+ regions/);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await expect.poll(() => regions(page), PATIENT).toBe(count);
    await expect.poll(() => focused(page), PATIENT).toBe(part);
    expect(errors).toEqual([]);
    await close();
  });

  it('splits the region around a node so that the node comes out', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const count = await regionCount(page);
    await openTree(page);
    const within = page.locator('.node[data-state=within]').first();
    const label = (await within.getAttribute('aria-label')) ?? '';
    await within.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => regions(page), PATIENT).toBeGreaterThan(count);
    await expect.poll(() => focused(page), PATIENT).toBe(label.replace('a part of a region', 'a region'));
    await close();
  });

  it('has NCut values by tau, fits its panel with forty segments, on a phone too, and axe has nothing to say', async () => {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 360, height: 740 },
    ]) {
      const { page, errors, close } = await openStudio(studio.running, studio.site, { viewport });
      await pick(page, join(PHOTOS, 'horses.jpg'));
      await regionCount(page);
      await openTree(page);
      const few = await nodes(page).count();
      await inGranularity(page, () => page.getByRole('slider', { name: /Granularity/ }).fill('0.78'));
      await expect.poll(() => nodes(page).count(), PATIENT).toBeGreaterThan(few + 20);
      await soon(() => regions(page)).toBeGreaterThan(30);
      const boxes = await page.locator('.node rect').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
      const panel = await page.locator('.panel').boundingBox();
      for (const { left, right, width, height } of boxes) {
        expect(left).toBeGreaterThanOrEqual(panel?.x ?? 0);
        expect(right).toBeLessThanOrEqual((panel?.x ?? 0) + (panel?.width ?? 0));
        expect(width).toBeGreaterThan(3);
        expect(height).toBeGreaterThan(5);
      }
      await page.evaluate(await readFile(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8'));
      const found = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(within: string): Promise<{ violations: { id: string }[] }> } }).axe.run('.panel'),
      );
      expect(found.violations.map(({ id }) => id)).toEqual([]);
      await inGranularity(page, () => page.getByRole('radio', { name: /by tau/ }).check());
      await expect.poll(() => nodes(page).first().getAttribute('aria-label'), PATIENT).toMatch(/NCut 0\.\d+, falls apart at tau 0\.\d+/);
      expect(errors).toEqual([]);
      await close();
    }
  });
});
