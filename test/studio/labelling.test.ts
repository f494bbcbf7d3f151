/** Classes, names, what is like a region everywhere, hiding and locking, and the list of regions. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { AT, clickAt, notice, rows, selected } from './regions.ts';
import { browser, kept, type Opened, openStudio, PHOTOS, pick, regionCount, settled, soon, useStudio } from './studio.ts';

const studio = useStudio('embedded');

/** The studio with some of the bundled photographs, the first one on the stage. */
const openWith = async (...names: string[]): Promise<Opened> => {
  const opened = await openStudio(studio.running, studio.site);
  await pick(opened.page, ...names.map((name) => join(PHOTOS, `${name}.jpg`)));
  await regionCount(opened.page);
  await settled(opened.page);
  return opened;
};

const addClass = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('textbox', { name: 'New class' }).fill(name);
  await page.keyboard.press('Enter');
};
const classNames = (page: Page): Promise<string[]> => page.locator('button.class-name').allInnerTexts();
/** The names of the classes in the browser's own database. */
const keptClasses = (page: Page): Promise<string[]> =>
  page.evaluate(
    () =>
      new Promise<string[]>((resolve, reject) => {
        const asked = indexedDB.open('diffcut-studio');
        asked.onerror = () => reject(asked.error);
        asked.onsuccess = () => {
          const row = asked.result.transaction('work').objectStore('work').get('work');
          row.onsuccess = () => resolve((row.result?.classes ?? []).map(({ name }: { name: string }) => name));
          row.onerror = () => reject(row.error);
          asked.result.close(); // once the transaction is over
        };
      }),
  );
const paste = (page: Page, text: string): Promise<void> =>
  page.getByRole('textbox', { name: 'New class' }).evaluate((input, given) => {
    const data = new DataTransfer();
    data.setData('text/plain', given);
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
/** What the first row that begins so is called. */
const rowOf = async (page: Page, start: string): Promise<string | undefined> => (await rows(page)).find((row) => row.startsWith(start));
const press = async (page: Page, key: string): Promise<void> => {
  await page.locator('canvas.stage').focus();
  await page.keyboard.press(key);
};

describe.skipIf('missing' in browser)('classes', () => {
  it('are typed, pasted, renamed, ordered, coloured, and given to regions by number and by click', async () => {
    const { page, errors, close } = await openWith('horses');
    await addClass(page, 'horse');
    await paste(page, 'sky\r\n  grass \r\n\r\nhorse\r\nfoal\r\n');
    await soon(() => classNames(page)).toEqual(['horse', 'sky', 'grass', 'foal']);

    await clickAt(page, AT.horses);
    await press(page, '1');
    await soon(() => rowOf(page, 'horse')).toMatch(/^horse · Region 3, 32,\d{3} px, 12\.\d %$/);
    await soon(() => page.getByRole('button', { name: 'horse, 1 region here, key 1' }).count()).toBe(1);

    await clickAt(page, AT.sky);
    await page.locator('button.class-name', { hasText: 'sky' }).click();
    await soon(() => rowOf(page, 'sky')).toMatch(/^sky · Region 1/);

    // with nothing selected a class selects what is of it
    await press(page, 'Escape');
    await page.locator('button.class-name', { hasText: 'horse' }).click();
    await soon(() => selected(page)).toEqual([expect.stringMatching(/^horse · Region 3/)]);

    await page.locator('button.class-name', { hasText: 'grass' }).focus();
    await page.keyboard.press('F2');
    await page.keyboard.type('meadow');
    await page.keyboard.press('Enter');
    await soon(() => classNames(page)).toEqual(['horse', 'sky', 'meadow', 'foal']);
    await page.keyboard.press('F2');
    await page.keyboard.type('sky');
    await page.keyboard.press('Enter');
    await soon(() => notice(page)).toContain('There is a class “sky” already');
    expect(await classNames(page)).toEqual(['horse', 'sky', 'meadow', 'foal']);

    // the order is that of the number keys
    await page.keyboard.press('Alt+ArrowUp');
    await page.keyboard.press('Alt+ArrowUp');
    await soon(() => classNames(page)).toEqual(['meadow', 'horse', 'sky', 'foal']);
    await clickAt(page, AT.grass);
    await press(page, '1');
    await soon(() => rowOf(page, 'meadow')).toMatch(/^meadow · Region 2/);
    await press(page, '0');
    await soon(() => rowOf(page, 'meadow')).toBeUndefined();

    const swatch = page.locator('.region-list li', { hasText: 'horse' }).locator('.swatch');
    await page.getByLabel('Colour of horse').fill('#123456');
    await soon(() => swatch.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgb(18, 52, 86)');

    await press(page, '9');
    await soon(() => notice(page)).toContain('There is no class 9 yet');
    expect(errors).toEqual([]);
    await close();
  });

  it('are deleted with a way back, and a new one never takes over what was of a deleted one', async () => {
    const { page, close } = await openWith('horses');
    for (const name of ['sky', 'horse']) await addClass(page, name);
    await clickAt(page, AT.horses);
    await press(page, '2');
    await soon(() => rowOf(page, 'horse')).toBeDefined();
    const remove = async (): Promise<void> => {
      await page.locator('button.class-name', { hasText: 'horse' }).focus();
      await page.keyboard.press('Delete');
      await soon(() => rowOf(page, 'horse')).toBeUndefined();
    };
    await remove();
    expect(await notice(page)).toContain('“horse” is deleted: its regions (1 here) have no class now');
    await page.locator('.notices').getByRole('button', { name: 'Undo' }).click();
    await soon(() => rowOf(page, 'horse')).toBeDefined();
    expect(await classNames(page)).toEqual(['sky', 'horse']);

    await remove();
    await addClass(page, 'cow');
    await soon(() => classNames(page)).toEqual(['sky', 'cow']);
    expect((await rows(page)).some((row) => row.startsWith('cow'))).toBe(false);
    await addClass(page, 'horse');
    await soon(() => rowOf(page, 'horse')).toMatch(/^horse · Region 3/);

    // and all of it outlasts a reload, once it is kept
    await soon(() => keptClasses(page)).toEqual(['sky', 'cow', 'horse']);
    await kept(page);
    await page.reload();
    await regionCount(page);
    await soon(() => classNames(page)).toEqual(['sky', 'cow', 'horse']);
    await soon(() => rowOf(page, 'horse')).toMatch(/^horse · Region 3/);
    await close();
  });

  it('are made by their number where there are none', async () => {
    const { page, close } = await openWith('horses');
    await clickAt(page, AT.horses);
    await press(page, '1');
    await soon(() => rowOf(page, 'class 1')).toMatch(/^class 1 · Region 3/);
    await clickAt(page, AT.sky);
    await press(page, '3');
    await soon(() => notice(page)).toContain('There is no class 3 yet');
    await close();
  });
});

describe.skipIf('missing' in browser)('a region', () => {
  it('is renamed and coloured where it stands in the list, by keys', async () => {
    const { page, close } = await openWith('horses');
    await clickAt(page, AT.sky);
    await press(page, 'r');
    const input = page.getByRole('textbox', { name: 'Name of Region 1' });
    await input.waitFor();
    await page.keyboard.type('a wide sky');
    await page.keyboard.press('Enter');
    await soon(() => rowOf(page, 'a wide sky')).toBeDefined();
    expect(await input.count()).toBe(0);
    expect(await page.locator('canvas.stage').evaluate((stage) => stage === document.activeElement)).toBe(true);

    await page.keyboard.press('r');
    await page.keyboard.type('not this');
    await page.keyboard.press('Escape');
    await soon(() => input.count()).toBe(0);
    expect(await rowOf(page, 'a wide sky')).toBeDefined();

    await page.keyboard.press('c');
    await page.getByLabel('Colour of a wide sky').fill('#00ff00');
    const swatch = page.locator('.region-list li', { hasText: 'a wide sky' }).locator('.swatch');
    const colour = () => swatch.evaluate((element) => getComputedStyle(element).backgroundColor);
    await soon(colour).toBe('rgb(0, 255, 0)');
    await page.getByRole('button', { name: 'Colour by class' }).click();
    await soon(colour).not.toBe('rgb(0, 255, 0)');
    await close();
  });

  it('that is hidden cannot be clicked; all are shown again at once; alone by Alt-click on its eye', async () => {
    const { page, close } = await openWith('horses');
    const all = (await rows(page)).length;
    const hidden = async (): Promise<number> => (await rows(page)).filter((row) => row.endsWith(', hidden')).length;
    await clickAt(page, AT.sky);
    await press(page, 'x');
    await soon(hidden).toBe(1);
    await press(page, 'Escape');
    await clickAt(page, AT.sky);
    await soon(() => selected(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show all' }).click();
    await soon(hidden).toBe(0);

    const eye = page.locator('.region-list li', { hasText: 'Region 3' }).locator('[data-flag=hidden]');
    await eye.click({ modifiers: ['Alt'] });
    await soon(hidden).toBe(all - 1);
    expect(await rowOf(page, 'Region 3')).not.toContain('hidden');
    await eye.click({ modifiers: ['Alt'] });
    await soon(hidden).toBe(0);
    await page.getByRole('button', { name: 'Undo showing' }).click();
    await soon(hidden).toBe(all - 1);
    await page.getByRole('button', { name: 'Undo hiding' }).click();
    await soon(hidden).toBe(0);
    await close();
  });

  it('that is locked keeps its pixels while the slider moves; all are unlocked at once', async () => {
    const { page, close } = await openWith('horses');
    await clickAt(page, AT.horses);
    await press(page, 'k');
    await soon(() => rowOf(page, 'Region 3')).toContain('locked');
    const before = await rowOf(page, 'Region 3');
    const count = (await rows(page)).length;
    const slider = page.getByRole('slider', { name: /Granularity/ });
    await slider.fill('0.9');
    await soon(async () => (await rows(page)).length).toBeGreaterThan(count);
    expect(await rowOf(page, 'Region 3')).toBe(before);
    await slider.fill('0.02');
    await soon(async () => (await rows(page)).length).toBeLessThan(count);
    expect(await rowOf(page, 'Region 3')).toBe(before);
    await page.getByRole('button', { name: 'Unlock all' }).click();
    await soon(() => rowOf(page, 'Region 3')).not.toContain('locked');
    await close();
  });
});

describe.skipIf('missing' in browser)('the same as here', () => {
  const proposed = async (page: Page): Promise<string[]> => (await rows(page)).filter((row) => row.endsWith(', proposed'));
  const looked = async (page: Page): Promise<void> => {
    await page.locator('.proposal').waitFor();
    await soon(() => page.locator('.proposal progress').count()).toBe(0);
  };

  it('proposes the other horse and not the sky, more or fewer by a threshold, and is dropped by Escape', async () => {
    const { page, close } = await openWith('horses');
    await addClass(page, 'horse');
    await clickAt(page, AT.horses);
    await press(page, '1');
    await soon(() => rowOf(page, 'horse')).toBeDefined();
    await press(page, 't');
    await looked(page);
    await soon(async () => (await proposed(page)).length).toBeGreaterThan(0);
    const named = (await proposed(page)).map((row) => row.split(',')[0]);
    expect(named).toContain('Region 4'); // the horse on the right
    expect(named).not.toContain('Region 1'); // the sky
    expect(named).not.toContain('Region 2'); // the grass

    const threshold = page.getByRole('slider', { name: /At least this alike/ });
    await threshold.fill('0.95');
    await soon(() => proposed(page)).toEqual([]);
    await threshold.fill('0.3');
    await soon(async () => (await proposed(page)).length).toBeGreaterThan(named.length);
    // where nothing is alike enough nothing is done, so nothing can be taken back
    await threshold.fill('0.95');
    await soon(() => proposed(page)).toEqual([]);
    await press(page, 't');
    await soon(() => notice(page)).toContain('1 region in 1 picture named');
    expect(await page.locator('.notices').getByRole('button', { name: 'Undo' }).count()).toBe(0);
    expect(await rowOf(page, 'horse')).toBeDefined();
    await press(page, 't');
    await looked(page);
    await page.locator('.proposal label').dblclick();
    await soon(async () => (await proposed(page)).length).toBe(named.length);

    // one that a person clicks is left out, and in again
    await clickAt(page, AT.rightHorse);
    await soon(async () => (await proposed(page)).length).toBe(named.length - 1);
    await clickAt(page, AT.rightHorse);
    await soon(async () => (await proposed(page)).length).toBe(named.length);
    expect(await selected(page)).toEqual([expect.stringMatching(/^horse/)]);

    await press(page, 'Escape');
    await soon(() => page.locator('.proposal').count()).toBe(0);
    expect(await proposed(page)).toEqual([]);
    expect(await rowOf(page, 'horse')).toBeDefined();
    await close();
  });

  it('looks at pictures that were never opened, tells how many in the strip, and takes all with one key, a step a picture', async () => {
    const { page, errors, close } = await openWith('rocket', 'bridge', 'chelsea');
    await addClass(page, 'sky');
    const size = { width: 640, height: 427 };
    await clickAt(page, [94, 96], size); // the dusk
    await press(page, '1');
    await soon(() => rowOf(page, 'sky')).toBeDefined();
    await press(page, 't');
    await looked(page);
    const mark = (name: string) => page.getByRole('navigation').getByRole('button', { name: new RegExp(name) });
    await soon(() => mark('bridge').getAttribute('aria-label')).toMatch(/1 proposed/); // its night sky
    expect(await mark('chelsea').getAttribute('aria-label')).not.toMatch(/proposed/);

    await press(page, 't');
    await soon(() => notice(page)).toMatch(/regions in 2 pictures named “sky”/);
    await mark('bridge').click();
    await soon(() => rowOf(page, 'sky')).toBeDefined();
    // one step of its own history
    await soon(() => page.getByRole('button', { name: 'Undo naming' }).isEnabled()).toBe(true);
    await press(page, 'Control+z');
    await soon(() => rowOf(page, 'sky')).toBeUndefined();
    await press(page, 'Control+Shift+z');
    await soon(() => rowOf(page, 'sky')).toBeDefined();
    expect(errors).toEqual([]);
    await close();
  });

  it('is taken by a number where the region has no class yet, and taken back everywhere by the notice', async () => {
    const { page, close } = await openWith('horses', 'coffee');
    for (const name of ['sky', 'horse']) await addClass(page, name);
    await clickAt(page, AT.horses);
    await press(page, 't');
    await looked(page);
    await press(page, 't');
    await soon(() => notice(page)).toContain('Which class?');
    const count = (await proposed(page)).length;
    await press(page, '2');
    await soon(async () => (await rows(page)).filter((row) => row.startsWith('horse')).length).toBe(count + 1);
    await soon(() => notice(page)).toContain('named “horse”');
    await page.locator('.notices').getByRole('button', { name: 'Undo' }).click();
    await soon(() => rowOf(page, 'horse')).toBeUndefined();
    await close();
  });
});

describe.skipIf('missing' in browser)('the list of regions', () => {
  it('is walked, extended, typed into and sorted by keys', async () => {
    const { page, close } = await openWith('horses');
    await addClass(page, 'horse');
    await clickAt(page, AT.rightHorse);
    await press(page, '1');
    await soon(() => rowOf(page, 'horse')).toBeDefined();
    await press(page, 'Escape');
    await page.mouse.move(2, 2);

    const list = page.getByRole('listbox', { name: 'Regions' });
    await list.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await soon(() => selected(page)).toEqual([expect.stringMatching(/^Region 2,/)]);
    const active = await list.getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active}`).textContent()).toMatch(/^Region 2,/);
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    expect((await selected(page)).map((row) => row.split(',')[0])).toEqual(['Region 2', 'Region 3', 'horse · Region 4']);
    await page.keyboard.press('Shift+ArrowUp');
    expect(await selected(page)).toHaveLength(2);
    await page.keyboard.press('Control+ArrowDown');
    await page.keyboard.press('Control+ArrowDown');
    await page.keyboard.press('Space');
    expect((await selected(page)).map((row) => row.split(',')[0])).toEqual(['Region 2', 'Region 3', 'Region 5']);

    // letters are names here, no shortcuts
    await page.keyboard.press('h');
    await soon(() => selected(page)).toEqual([expect.stringMatching(/^horse/)]);

    await page.getByRole('combobox', { name: 'Order' }).selectOption('class');
    expect((await rows(page))[0]).toMatch(/^horse/);
    await page.getByRole('combobox', { name: 'Order' }).selectOption('across');
    const across = await rows(page);
    expect(across[0]).toMatch(/^Region 7,/); // the hill at the left
    await page.getByRole('combobox', { name: 'Order' }).selectOption('area');
    expect((await rows(page))[0]).toMatch(/^Region 1,/);
    await close();
  });

  it('scrolls to what is selected on the picture, and shows it with its state', async () => {
    const { page, close } = await openWith('room');
    await page.getByRole('slider', { name: /Granularity/ }).fill('0.95');
    await soon(async () => (await rows(page)).length).toBeGreaterThan(40);
    await settled(page);
    const last = page.locator('.region-list li').last();
    const isSeen = (): Promise<boolean> =>
      last.evaluate((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        const box = row.closest('.tab-body')?.getBoundingClientRect();
        return box !== undefined && top >= box.top && bottom <= box.bottom + 1;
      });
    await page.locator('.tab-body').evaluate((body) => body.scrollTo(0, 0));
    expect(await isSeen()).toBe(false);
    // the smallest one, by the keys of the picture: all of them are walked through
    await press(page, 'u');
    for (let i = 0; i < 200 && !(await last.getAttribute('aria-selected').then((on) => on === 'true')); i++) await page.keyboard.press('u');
    await soon(isSeen).toBe(true);
    await press(page, 'k');
    await soon(() => last.textContent()).toMatch(/, locked$/);
    await close();
  });
});
