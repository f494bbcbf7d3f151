/** Drop, slider, selection, undo: what a person does first, on the page as it was built. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { browser, openStudio, PHOTOS, pick, placeOf, regionCount, settled, soon, useStudio } from './studio.ts';

const HORSES = { width: 640, height: 415 };

const studio = useStudio();

describe.skipIf('missing' in browser)('the studio', () => {
  it('shows the regions of a dropped picture, moves to others by the slider, and back by undo', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const first = await regionCount(page);
    const slider = page.getByRole('slider', { name: /Granularity/ });
    await slider.fill('0.85');
    await soon(() => page.locator('.region-list li').count()).toBeGreaterThan(first);
    await settled(page);
    await page.keyboard.press('Control+z');
    await soon(() => page.locator('.region-list li').count()).toBe(first);
    // a thumbnail takes no more room than what stood in its place, so the stage keeps its size when it comes
    await page.waitForSelector('.thumb img');
    const [place, thumb] = await page.locator('.strip li').evaluate((li) => [li, li.children[0]].map((one) => one.getBoundingClientRect().height));
    expect(place).toBe(thumb);
    expect(errors).toEqual([]);
    await close();
  });

  it('selects by a click, adds by Shift, and merges', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const first = await regionCount(page);
    await page.mouse.click(...(await placeOf(page, [320, 40], HORSES)));
    await page.keyboard.down('Shift');
    await page.mouse.click(...(await placeOf(page, [320, 390], HORSES)));
    await page.keyboard.up('Shift');
    await soon(() => page.locator('.region-list li[aria-selected=true]').count()).toBe(2);
    await page.getByRole('button', { name: 'Merge', exact: true }).click();
    await soon(() => page.locator('.region-list li').count()).toBe(first - 1);
    await close();
  });
});
