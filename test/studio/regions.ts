/** What tests of labelling and of the tools ask of the page: its regions in words, its stage as pixels, strokes by mouse and by touch. */
import { createHash } from 'node:crypto';
import type { CDPSession, Page } from 'playwright-core';
import { painted, placeOf } from './studio.ts';

export type Point = readonly [x: number, y: number];
export interface Size {
  width: number;
  height: number;
}

/** The bundled photograph that most of it is tried on; and places of it, pixels. */
export const HORSES: Size = { width: 640, height: 415 };
export const AT = {
  sky: [400, 40],
  grass: [320, 390],
  horses: [130, 200],
  rightHorse: [480, 200],
  foal: [250, 335],
} as const satisfies Record<string, Point>;

/** The list's rows as a screen reader has them. */
export const rows = (page: Page): Promise<string[]> => page.locator('.region-list li').evaluateAll((all) => all.map((row) => row.textContent ?? ''));

export const selected = (page: Page): Promise<string[]> =>
  page.locator('.region-list li[aria-selected=true]').evaluateAll((all) => all.map((row) => row.textContent ?? ''));

/** The notice on the screen, if there is one. */
export const notice = (page: Page): Promise<string> =>
  page.locator('.notices').evaluate((bar) => [...bar.querySelectorAll('.notice')].map((one) => one.textContent).join(' '));

export const clickAt = async (page: Page, point: Point, size: Size = HORSES): Promise<void> =>
  page.mouse.click(...(await placeOf(page, point, size)));

/** What the stage shows, as a hash of its pixels, with nothing under the pointer and nothing selected. */
export const stageOf = async (page: Page): Promise<string> => {
  await page.mouse.move(2, 2);
  await page.locator('canvas.stage').focus();
  for (let i = 0; i < 2; i++) await page.keyboard.press('Escape');
  await painted(page);
  const pixels = await page.locator('canvas.stage').evaluate((stage) => (stage as HTMLCanvasElement).toDataURL());
  return createHash('sha256').update(pixels).digest('hex');
};

/** A stroke of the mouse over the picture. @param held what is done before the button is let go */
export const drag = async (page: Page, points: readonly Point[], size: Size = HORSES, held?: () => Promise<void>): Promise<void> => {
  const [first, ...rest] = points;
  await page.mouse.move(...(await placeOf(page, first, size)));
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...(await placeOf(page, point, size)), { steps: 5 });
  await held?.();
  await page.mouse.up();
};

type Finger = { x: number; y: number; id: number };
const send = (cdp: CDPSession, type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: Finger[]): Promise<unknown> =>
  cdp.send('Input.dispatchTouchEvent', { type, touchPoints });

/** Fingers that go down one after the other, move along their ways together, and leave. @param rest milliseconds before they move */
export const touch = async (page: Page, ways: readonly (readonly Point[])[], size: Size = HORSES, rest?: () => Promise<unknown>): Promise<void> => {
  const cdp = await page.context().newCDPSession(page);
  const at = async (step: number): Promise<Finger[]> =>
    Promise.all(
      ways.map(async (way, id) => {
        const [x, y] = await placeOf(page, way[Math.min(step, way.length - 1)], size);
        return { x, y, id };
      }),
    );
  const places = await Promise.all(Array.from({ length: Math.max(...ways.map((way) => way.length)) }, (_, step) => at(step)));
  for (let n = 1; n <= ways.length; n++) await send(cdp, 'touchStart', places[0].slice(0, n));
  await rest?.();
  for (const fingers of places.slice(1)) await send(cdp, 'touchMove', fingers);
  await send(cdp, 'touchEnd', []);
  await cdp.detach();
};
