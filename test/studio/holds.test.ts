/**
 * How long the page's own thread is held while a picture of 12 megapixels is worked on. Tasks of the thread are counted by the
 * processor time that they take: what others of the machine take meanwhile says nothing of the page.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { browser, LONG_ENOUGH, openStudio, PHOTOS, pick, settled, useStudio } from './studio.ts';

/** Milliseconds that a task of the page may take. */
const MOST = 50;
const POLL = { timeout: LONG_ENOUGH, interval: 100 };

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-holds-'));
const studio = useStudio();
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds that the thread was at work. */
  tdur?: number;
  args: { name?: string };
}

/** Tasks of the page's thread while something is done. @returns milliseconds of processor time */
const tasksOf = async (page: Page, act: () => Promise<unknown>): Promise<number[]> => {
  await studio.running.startTracing(page, { categories: ['toplevel'] });
  await act();
  const { traceEvents } = JSON.parse((await studio.running.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const pages = new Set(traceEvents.filter(({ args }) => args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && pages.has(`${pid} ${tid}`));
  return tasks.flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000])); // the last one may not have ended
};

const longest = async (page: Page, act: () => Promise<unknown>): Promise<number> => {
  const tasks = await tasksOf(page, act);
  expect(tasks.length).toBeGreaterThan(10);
  return Math.max(...tasks);
};

const picture = async (name: string): Promise<string> => {
  const path = join(scratch, `${name}.jpg`);
  await sharp(join(PHOTOS, `${name}.jpg`))
    .resize(4000, 3000, { fit: 'fill' })
    .jpeg()
    .toFile(path);
  return path;
};

const regions = (page: Page): Promise<string> => page.locator('.region-list li').allTextContents().then(String);
const changing = async (page: Page, change: () => Promise<unknown>): Promise<void> => {
  const before = await regions(page);
  await change();
  await expect.poll(() => regions(page), POLL).not.toBe(before);
  await settled(page);
};

/** Along a line over the middle of the stage, with or without the button. */
const sweep = async (page: Page, isDown: boolean): Promise<void> => {
  const box = await page.locator('canvas.stage').boundingBox();
  if (!box) throw new Error('There is no stage');
  const at = (i: number) => [box.x + box.width * (0.3 + 0.01 * i), box.y + box.height * (0.4 + 0.005 * i)] as const;
  await page.mouse.move(...at(0));
  if (isDown) await page.mouse.down();
  for (let i = 1; i <= 40; i++) await page.mouse.move(...at(i));
  if (isDown) await page.mouse.up();
};

describe.skipIf('missing' in browser)("the page's thread", () => {
  it('is not held for long, whatever is done with a picture of 12 megapixels', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    const paths = [await picture('horses'), await picture('room')];
    const thumb = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });
    const slider = page.getByRole('slider', { name: /Granularity/ });
    const undo = page.getByRole('button', { name: /^Undo/ });

    const drop = await longest(page, async () => {
      await pick(page, ...paths);
      await expect.poll(() => thumb('room').getAttribute('aria-label'), POLL).toMatch(/ready/);
      await settled(page);
    });
    const granularity = await longest(page, () =>
      changing(page, async () => {
        for (let at = 40; at <= 80; at += 4) await slider.evaluate(moveTo, at / 100);
        await slider.fill('0.9');
      }),
    );
    const edits = await longest(page, async () => {
      await page.locator('.region-list li').nth(0).click();
      await page
        .locator('.region-list li')
        .nth(1)
        .click({ modifiers: ['Shift'] });
      await changing(page, () => page.keyboard.press('m'));
      await changing(page, () => undo.click());
    });
    const pointing = await longest(page, async () => {
      await sweep(page, false);
      for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -100);
      await page.keyboard.press('f');
    });
    const painting = await longest(page, async () => {
      await page.locator('.region-list li').nth(0).click();
      await page.keyboard.press('b');
      await changing(page, () => sweep(page, true));
      await page.keyboard.press('v');
    });
    const switching = await longest(page, async () => {
      for (const name of ['room', 'horses']) {
        await changing(page, () => thumb(name).click());
        await expect.poll(() => thumb(name).getAttribute('aria-current'), POLL).toBe('true');
      }
    });

    const holds = { drop, granularity, edits, pointing, painting, switching };
    const long = Object.entries(holds).filter(([, milliseconds]) => !(milliseconds < MOST));
    expect(long).toEqual([]);
    expect(errors).toEqual([]);
    await close();
  });
});

/** As a hand moves a slider that it does not let go yet. */
function moveTo(slider: Element, value: number): void {
  (slider as HTMLInputElement).value = String(value);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}
