/** Several tabs of one browser: one at a time works, and nothing is mixed up. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from './regions.ts';
import { browser, openStudio, PHOTOS, pick, programSite, type Site, settled, soon, useStudio } from './studio.ts';

const studio = useStudio();
let program: Site;
beforeAll(async () => {
  if (!('missing' in browser)) program = await programSite(join(PHOTOS, 'coffee.jpg'));
});
afterAll(() => program?.end());

const workHere = (page: Page) => page.getByRole('button', { name: 'Work here' });
const isElsewhere = (page: Page) => soon(() => page.getByRole('heading', { name: 'The studio is open in another tab' }).count()).toBe(1);

/** Another tab of the same browser. */
const tabOf = async (page: Page, url: string): Promise<Page> => {
  const tab = await page.context().newPage();
  await tab.goto(url);
  return tab;
};

/** Where there are no locks a tab gives the others 400 milliseconds to answer: here, longer. */
const patient = (): void => {
  const { setTimeout: own } = window;
  window.setTimeout = ((run: TimerHandler, ms?: number) => own(run, ms === 400 ? 5000 : ms)) as typeof setTimeout;
};

/** Names the nth region by the nth class. */
const name = async (page: Page, nth: number): Promise<void> => {
  await page.locator('.region-list li').nth(nth).click();
  await page.keyboard.press(String(nth + 1));
  await soon(async () => (await rows(page))[nth]).toMatch(`class ${nth + 1}`);
};

describe.skipIf('missing' in browser)('a second tab', () => {
  it.each(['the static page', 'diffcut studio'])('works only once the first has let go, and loads what is kept anew, on %s', async (where) => {
    const site = where === 'diffcut studio' ? program : studio.site;
    const { page: first, errors, close } = await openStudio(studio.running, site);
    if (site === studio.site) await pick(first, join(PHOTOS, 'coffee.jpg'));
    await settled(first);
    await name(first, 0);
    const second = await tabOf(first, site.url);
    await isElsewhere(second);
    await second.keyboard.press('?');
    expect(await second.getByRole('dialog').count()).toBe(0);
    await name(first, 1);
    const named = await rows(first);

    await workHere(second).click();
    await isElsewhere(first);
    await settled(second);
    expect(await rows(second)).toEqual(named);
    expect(await second.locator('.thumb').count()).toBe(1);
    await name(second, 2);
    const more = await rows(second);

    await first.reload();
    await isElsewhere(first);
    await second.reload(); // whoever works goes on working
    await settled(second);
    await workHere(first).click();
    await isElsewhere(second);
    await settled(first);
    expect(await rows(first)).toEqual(more);
    await first.close();
    await workHere(second).click(); // it has worked before: it knows nothing of what was done since
    await settled(second);
    expect(await rows(second)).toEqual(more);
    expect(errors).toEqual([]);
    await close();
  });

  it('waits until what the first was asked for is kept', async () => {
    const { page: first, close } = await openStudio(studio.running, studio.site);
    await pick(first, join(PHOTOS, 'coffee.jpg'));
    await settled(first);
    await first.reload();
    await settled(first);
    const second = await tabOf(first, studio.site.url);
    await isElsewhere(second);
    await first.locator('.region-list li').first().click();
    const count = (await rows(first)).length;
    await first.keyboard.press('s');
    await workHere(second).click();
    await settled(second);
    expect((await rows(second)).length).toBeGreaterThan(count);
    await close();
  });

  it('takes the place of one that does not answer, which stops once it hears of it', async () => {
    const { page: first, close } = await openStudio(studio.running, studio.site);
    const silent = await tabOf(first, `${studio.site.url}icon.svg`);
    const steal = () =>
      silent.evaluate(
        () => new Promise<void>((done) => void navigator.locks.request('diffcut-studio', { steal: true }, () => new Promise(() => done()))),
      );
    await steal();
    await isElsewhere(first);
    await workHere(first).click();
    await first.waitForSelector('.app');
    expect(await workHere(first).count()).toBe(0);
    await close();
  });

  it('asks by word where there are no locks', async () => {
    const { page: first, close } = await openStudio(studio.running, studio.site);
    await first.context().addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
    await first.reload();
    await pick(first, join(PHOTOS, 'coffee.jpg'));
    await settled(first);
    await name(first, 0);
    const second = await first.context().newPage();
    await second.addInitScript(patient);
    await second.goto(studio.site.url);
    await isElsewhere(second);
    await workHere(second).click();
    await isElsewhere(first);
    await settled(second);
    expect((await rows(second))[0]).toMatch('class 1');
    await second.close();
    await workHere(first).click();
    await settled(first);
    await close();
  });
});
