/** Granularity: five pictures to choose from, price or tau, and settings that do not go together. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browser, LONG_ENOUGH, openStudio, PHOTOS, pick, regionCount, settled, useStudio } from './studio.ts';

const PATIENT = { timeout: LONG_ENOUGH };

const studio = useStudio();

/** What each small picture says, once they are all there. */
const line = async (page: Page): Promise<{ label: string; isNow: boolean }[]> => {
  await page.waitForFunction(() => document.querySelector('.previews')?.getAttribute('aria-busy') === 'false', undefined, PATIENT);
  return page
    .locator('.preview')
    .evaluateAll((all) => all.map((one) => ({ label: one.getAttribute('aria-label') ?? '', isNow: one.getAttribute('aria-pressed') === 'true' })));
};
const rows = (page: Page) => page.locator('.region-list li');
const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();
const noticed = (page: Page) => page.locator('.notice').textContent();

describe.skipIf('missing' in browser)('granularity', () => {
  it('is chosen by small pictures, which say how many regions there will be', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const first = await regionCount(page);
    const all = await line(page);
    expect(all.map(({ label }) => label.split(':')[0])).toEqual(['price 0.104', 'price 0.052', 'price 0.026', 'price 0.013', 'price 0.0065']);
    expect(all.map(({ isNow }) => isNow)).toEqual([false, false, true, false, false]);
    expect(all[2].label).toBe(`price 0.026: ${first} regions`);
    const said = Number(/: (\d+)/.exec(all[1].label)?.[1]);
    expect(said).toBeLessThan(first);
    await page.locator('.preview').nth(1).click();
    await expect.poll(() => rows(page).count(), PATIENT).toBe(said);
    await settled(page);
    expect((await line(page)).map(({ isNow }) => isNow)).toEqual([false, true, false, false, false]);
    await page.keyboard.press('Control+z');
    await expect.poll(() => rows(page).count(), PATIENT).toBe(first);
    expect((await line(page)).map(({ isNow }) => isNow)).toEqual([false, false, true, false, false]);
    expect(errors).toEqual([]);
    await close();
  });

  it('goes by tau with the solver ncut, and back to what there was', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const first = await regionCount(page);
    const slider = page.getByRole('slider', { name: /Granularity/ });
    await slider.fill('0.7');
    await expect.poll(() => rows(page).count(), PATIENT).toBeGreaterThan(first);
    await settled(page);
    const before = { count: await rows(page).count(), place: await slider.inputValue() };
    await tab(page, 'Settings');
    await page.getByLabel('Solver', { exact: true }).selectOption('merge');
    await page.getByRole('radio', { name: /by tau/ }).check();
    await expect.poll(() => noticed(page), PATIENT).toMatch(/solver is ncut now/);
    expect(await page.getByLabel('Solver', { exact: true }).inputValue()).toBe('ncut');
    expect(await page.locator('.granularity .help').textContent()).toMatch(/of the solver ncut/);
    await expect.poll(async () => (await line(page)).find(({ isNow }) => isNow)?.label, PATIENT).toMatch(/^tau 0.5: \d+ region/);
    await page.getByRole('radio', { name: /by price/ }).check();
    await expect.poll(() => slider.inputValue(), PATIENT).toBe(before.place);
    expect(await page.getByLabel('Solver', { exact: true }).inputValue()).toBe('merge');
    await tab(page, 'Regions');
    await expect.poll(() => rows(page).count(), PATIENT).toBe(before.count);
    expect(errors).toEqual([]);
    await close();
  });

  it('is the default again after a double click', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    const first = await regionCount(page);
    const slider = page.getByRole('slider', { name: /Granularity/ });
    await slider.fill('0.9');
    await expect.poll(() => rows(page).count(), PATIENT).toBeGreaterThan(first);
    await slider.dblclick();
    await expect.poll(() => rows(page).count(), PATIENT).toBe(first);
    expect(await page.locator('.granularity output').textContent()).toMatch(/^0\.026 default$/);
    await close();
  });

  it('takes settings in any order: the last one counts, and what it makes void is told', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'coffee.jpg'));
    await regionCount(page);
    await tab(page, 'Settings');
    const [solver, borders, alpha] = ['Solver', 'Borders', 'Alpha'].map((name) => page.getByLabel(name, { exact: true }));
    await solver.selectOption('merge');
    await borders.selectOption('vote');
    await expect.poll(() => noticed(page), PATIENT).toMatch(/solver is ncut now/);
    await alpha.fill('5');
    await alpha.blur();
    await page.getByRole('radio', { name: /by tau/ }).check();
    await solver.selectOption('merge');
    await expect.poll(() => noticed(page), PATIENT).toBe('The solver merge has no use for Tau, Alpha, and Borders: back to the default.');
    expect(await borders.inputValue()).toBe('edges');
    expect(await page.getByRole('radio', { name: /by price/ }).isChecked()).toBe(true);
    await alpha.fill('4');
    await alpha.blur();
    await expect.poll(() => noticed(page), PATIENT).toMatch(/solver is ncut now/);
    await tab(page, 'Regions');
    await settled(page);
    expect(await page.locator('.notice.problem').count()).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });

  it('has all objects that maskcut finds, drawn by the CRF, until a price joins them', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, join(PHOTOS, 'coffee.jpg'));
    await regionCount(page);
    await tab(page, 'Settings');
    await page.getByLabel('Borders', { exact: true }).selectOption('crf');
    await page.getByLabel('Solver', { exact: true }).selectOption('maskcut');
    const slider = page.getByRole('slider', { name: /Granularity/ });
    await expect.poll(() => page.locator('.granularity output').textContent(), PATIENT).toMatch(/^0 default$/);
    expect(await slider.inputValue()).toBe('1');
    await tab(page, 'Regions');
    await settled(page);
    await expect.poll(() => rows(page).count(), PATIENT).toBeLessThanOrEqual(4);
    await slider.fill('0');
    await expect.poll(() => rows(page).count(), PATIENT).toBe(1);
    expect(await page.locator('.notice.problem').count()).toBe(0);
    expect(errors).toEqual([]);
    await close();
  });
});
