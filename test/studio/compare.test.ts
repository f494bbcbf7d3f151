/** Comparing two settings: the divider, what is told of both, and taking one of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../runtimes/built.ts';
import { browser, LONG_ENOUGH, openStudio, PHOTOS, painted, pick, regionCount, useStudio } from './studio.ts';

const PATIENT = { timeout: LONG_ENOUGH };
const studio = useStudio();

const turnTo = (page: Page, mode: string) => page.getByRole('radio', { name: mode, exact: true }).check();
const divider = (page: Page) => page.getByRole('slider', { name: /Divider/ });
const dividerAt = async (page: Page) => Number(await divider(page).getAttribute('aria-valuenow'));
/** What is told of both sides, once B is there. */
const numbers = async (page: Page): Promise<Record<string, [a: string, b: string]>> => {
  await page.waitForFunction(() => document.querySelector('.wipe')?.getAttribute('aria-busy') === 'false', undefined, PATIENT);
  const rows = await page
    .locator('.numbers tbody tr')
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
  return Object.fromEntries(rows.map(([name, a, b]) => [name, [a, b]]));
};
const agreement = async (page: Page): Promise<number> => {
  await numbers(page);
  return Number.parseFloat((await page.locator('.agreement output').textContent()) ?? '');
};
/** The stage's colours, a column of them every 16 pixels. */
const coloursOf = async (page: Page): Promise<string[]> => {
  await painted(page);
  return page.evaluate(() => {
    const canvas = document.querySelector('canvas.stage') as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return Array.from({ length: Math.floor(canvas.width / 16) }, (_, i) =>
      Array.from({ length: Math.floor(canvas.height / 16) }, (_, k) => 4 * (16 * k * canvas.width + 16 * i))
        .map((at) => `${data[at]} ${data[at + 1]} ${data[at + 2]}`)
        .join(),
    );
  });
};
const open = async (options = {}, names = ['coffee']) => {
  const opened = await openStudio(studio.running, studio.site, options);
  await pick(opened.page, ...names.map((name) => join(PHOTOS, `${name}.jpg`)));
  await regionCount(opened.page);
  return opened;
};

describe.skipIf('missing' in browser)('comparing', () => {
  it('shows side A to the left of the divider and side B to the right of it; keys and the pointer move it', async () => {
    const { page, errors, close } = await open();
    await turnTo(page, 'Compare');
    const told = await numbers(page);
    expect(told.Solver).toEqual(['merge', 'ncut']);
    expect(told.Alpha).toEqual(['not used', '3']);
    expect(told['Time, all of it'].every((time) => /^\d+\.\d\d s$/.test(time))).toBe(true);
    expect(told.Device.every((device) => /cpu|webgpu/.test(device))).toBe(true);
    expect(await agreement(page)).toBeGreaterThan(20);
    expect(await agreement(page)).toBeLessThan(95);
    expect(await dividerAt(page)).toBe(50);
    await divider(page).focus();
    await page.keyboard.press('ArrowRight');
    expect(await dividerAt(page)).toBe(52);
    await page.keyboard.press('Shift+ArrowLeft');
    expect(await dividerAt(page)).toBe(42);
    await page.keyboard.press('Home');
    expect(await dividerAt(page)).toBe(0);
    const other = await coloursOf(page);
    await page.keyboard.press('End');
    const own = await coloursOf(page);
    expect(own.filter((column, i) => column !== other[i]).length).toBeGreaterThan(own.length / 2);
    const stage = await page.locator('canvas.stage').boundingBox();
    const { x, y, width, height } = stage ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(x + width - 4, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 4, y + height / 3, { steps: 4 });
    await page.mouse.up();
    expect(await dividerAt(page)).toBe(25);
    await divider(page).dblclick();
    expect(await dividerAt(page)).toBe(50);
    await page.locator('canvas.stage').press('ArrowLeft');
    expect(await dividerAt(page)).toBe(48);
    await page.locator('canvas.stage').press('ArrowRight');
    const middle = Math.round(own.length / 2);
    const sides = [...own.slice(0, middle - 1), ...other.slice(middle + 1)];
    const now = await coloursOf(page);
    expect([...now.slice(0, middle - 1), ...now.slice(middle + 1)]).toEqual(sides);
    await turnTo(page, 'Regions');
    await expect.poll(() => coloursOf(page), PATIENT).toEqual(own);
    expect(errors).toEqual([]);
    await close();
  });

  it('is the same on both sides by the same settings, and B alone moves with its controls', async () => {
    const { page, errors, close } = await open();
    await turnTo(page, 'Compare');
    const [a] = (await numbers(page)).Regions;
    await page.getByLabel('Solver', { exact: true }).selectOption('merge');
    await expect.poll(() => agreement(page), PATIENT).toBe(100);
    expect((await numbers(page)).Regions).toEqual([a, a]);
    await divider(page).press('End');
    const own = await coloursOf(page);
    await divider(page).press('Home');
    await expect.poll(() => coloursOf(page), PATIENT).toEqual(own);
    await page.getByRole('slider', { name: /Granularity/ }).fill('0.8');
    await expect.poll(async () => Number((await numbers(page)).Regions[1]), PATIENT).toBeGreaterThan(Number(a));
    expect((await numbers(page)).Regions[0]).toBe(a);
    expect(await agreement(page)).toBeLessThan(100);
    await page.getByRole('radio', { name: 'by tau, as in the paper' }).check();
    await expect.poll(async () => (await numbers(page)).Granularity[1], PATIENT).toBe('tau 0.5');
    expect((await numbers(page)).Granularity[0]).toBe('price 0.026');
    expect(errors).toEqual([]);
    await close();
  });

  it('makes B the picture’s own, and undo takes it back', async () => {
    const { page, errors, close } = await open();
    await turnTo(page, 'Compare');
    const before = await numbers(page);
    const apart = await agreement(page);
    await page.getByRole('button', { name: 'Take B' }).click();
    await expect.poll(() => agreement(page), PATIENT).toBe(100);
    const after = await numbers(page);
    for (const name of ['Regions', 'Solver', 'Granularity', 'Alpha']) expect(after[name]).toEqual([before[name][1], before[name][1]]);
    await page.keyboard.press('Control+z');
    await expect.poll(() => agreement(page), PATIENT).toBe(apart);
    expect((await numbers(page)).Solver).toEqual(['merge', 'ncut']);
    expect(errors).toEqual([]);
    await close();
  });

  it('goes with zoom, and with another picture', async () => {
    const { page, errors, close } = await open({}, ['coffee', 'rocket']);
    await turnTo(page, 'Compare');
    const coffee = await numbers(page);
    await divider(page).press('Home');
    const fitted = await coloursOf(page);
    await page.mouse.move(600, 300);
    await page.mouse.wheel(0, -600);
    await expect.poll(() => coloursOf(page), PATIENT).not.toEqual(fitted);
    await page.mouse.down();
    await page.mouse.move(500, 350, { steps: 3 });
    await page.mouse.up();
    await page.locator('canvas.stage').press('f');
    await expect.poll(() => coloursOf(page), PATIENT).toEqual(fitted);
    await page.locator('canvas.stage').press('PageDown');
    await expect.poll(async () => (await numbers(page)).Regions, PATIENT).not.toEqual(coffee.Regions);
    expect((await numbers(page)).Solver).toEqual(['merge', 'ncut']);
    await page.locator('canvas.stage').press('PageUp');
    await expect.poll(async () => (await numbers(page)).Regions, PATIENT).toEqual(coffee.Regions);
    await expect.poll(() => coloursOf(page), PATIENT).toEqual(fitted);
    expect(errors).toEqual([]);
    await close();
  });

  it('works by touch on a phone, and axe has nothing to say', async () => {
    const { page, errors, close } = await open({ viewport: { width: 360, height: 740 }, hasTouch: true });
    await turnTo(page, 'Compare');
    await numbers(page);
    const box = (await divider(page).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const touches = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: { x: number; y: number }[]) =>
      touches.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    await touch('touchStart', { x, y });
    await touch('touchMove', { x: x - 60, y: y + 10 });
    await touch('touchMove', { x: x - 90, y: y + 20 });
    await touch('touchEnd');
    await expect.poll(() => dividerAt(page), PATIENT).toBe(25);
    await page.evaluate(await readFile(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(within: string): Promise<{ violations: { id: string }[] }> } }).axe.run('main'),
    );
    expect(found.violations.map(({ id }) => id)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(errors).toEqual([]);
    await close();
  });
});
