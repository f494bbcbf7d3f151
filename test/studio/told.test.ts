/** What the page says of files that it does not read, of what cannot be done, and of its keys. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { notice } from './regions.ts';
import { browser, leaveDialog, openStudio, PHOTOS, pick, regionCount, settled, soon, useStudio } from './studio.ts';

const studio = useStudio();

const HORSES = join(PHOTOS, 'horses.jpg');
const fileOf = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
type File = ReturnType<typeof fileOf>;
const classNames = (page: Page): Promise<string[]> => page.locator('button.class-name').allInnerTexts();
const openAll = (page: Page, files: File[]): Promise<void> => page.locator('input[type=file][accept^="image/"]').first().setInputFiles(files);

/** Lets a text fall onto a place of the page. */
const dropOn = async (page: Page, place: string, { name, buffer }: File): Promise<void> => {
  const dataTransfer = await page.evaluateHandle(
    ([file, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], file, { type: 'text/plain' }));
      return transfer;
    },
    [name, buffer.toString()],
  );
  await page.dispatchEvent(place, 'drop', { dataTransfer });
};

describe.skipIf('missing' in browser)('files that are not read', () => {
  it('are told of by kind, in one sentence, and no text among them becomes classes', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    const others = ['README.txt', 'box.txt', 'a.mp4', 'b.mp4', 'c.mp4', 'Makefile'].map((name) => fileOf(name, '0 0.5 0.5 0.2 0.3'));
    await openAll(page, [...others, fileOf('photo.svg', '<svg/>')]);
    await soon(() => notice(page)).toBe('7 files are of kinds that are not read, and were passed over: 3 .mp4, 2 .txt, 1 without an ending, 1 .svg.');
    await openAll(page, [fileOf('notes.txt', 'sky')]);
    await soon(() => notice(page)).toBe('1 file is of a kind that is not read, and was passed over: .txt.');
    await pick(page, HORSES);
    await regionCount(page);
    expect(await classNames(page)).toEqual([]);
    expect(errors).toEqual([]);
    await close();
  });

  it('are classes where they are called so, or given to the list itself; lines of numbers are none', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, HORSES);
    await regionCount(page);
    await dropOn(page, '.app', fileOf('notes.txt', 'nothing'));
    await soon(() => notice(page)).toMatch(/passed over/);
    await dropOn(page, '.app', fileOf('obj.names', 'horse\n1 2 3\nsky\n'));
    await soon(() => classNames(page)).toEqual(['horse', 'sky']);
    await dropOn(page, '.classes', fileOf('my list.txt', 'foal'));
    await soon(() => classNames(page)).toEqual(['horse', 'sky', 'foal']);
    await page.getByLabel('Load a list of classes').setInputFiles(fileOf('other.txt', 'grass'));
    await soon(() => classNames(page)).toEqual(['horse', 'sky', 'foal', 'grass']);
    await page.getByLabel('Load a list of classes').setInputFiles(fileOf('boxes.txt', '0 0.5 0.5 0.2 0.3\n1 0 0 1 1\n'));
    await soon(() => notice(page)).toBe('boxes.txt is no list of names, one a line');
    expect(errors).toEqual([]);
    await close();
  });

  it('are told of briefly where many are damaged, and never over the buttons of a dialog', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await pick(page, HORSES);
    await regionCount(page);
    await page.keyboard.press('Control+s');
    await page.getByRole('dialog').waitFor();
    const broken = Array.from({ length: 80 }, (_, i) => fileOf(`broken ${i}.json`, 'no'));
    for (const one of broken) await dropOn(page, '.app', one); // each alone: all at once would be one sentence
    const bar = page.locator('dialog .notices');
    await soon(() => notice(page)).toMatch(/is not JSON/);
    const [below, box] = await Promise.all([bar.boundingBox(), page.locator('.dialog').boundingBox()]);
    expect(below && box && below.y >= box.y + box.height && below.height < 200).toBe(true);
    await leaveDialog(page);
    await page.keyboard.press('Control+o');
    await openAll(page, broken);
    await soon(() => notice(page)).toMatch(/^broken 0[^.]*[.]json is not JSON[.] .*And 77 other files could not be opened either[.]$/);
    await close();
  });
});

describe.skipIf('missing' in browser)('what cannot be done', () => {
  it('is not told any longer once the regions are others', async () => {
    const { page, errors, close } = await openStudio(studio.running, studio.site);
    await pick(page, HORSES);
    await regionCount(page);
    await settled(page);
    await page.locator('.region-list li').nth(1).click();
    await page.locator('canvas.stage').focus();
    await page.keyboard.press('k');
    await page.keyboard.press('s');
    await soon(() => notice(page)).toMatch(/locked/);
    await page.keyboard.press('Control+z');
    await soon(() => notice(page)).toBe('');
    expect(errors).toEqual([]);
    await close();
  });
});

describe.skipIf('missing' in browser)('the sheet of keys', () => {
  it('names each as it stands on the keyboard', async () => {
    const { page, close } = await openStudio(studio.running, studio.site);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    const rows = await page.locator('.keys tbody tr').evaluateAll((all) =>
      all.map((row) =>
        [...row.querySelectorAll('kbd')]
          .map((key) => key.textContent)
          .concat(`= ${row.lastElementChild?.textContent}`)
          .join(' '),
      ),
    );
    for (const row of [
      'Arrows = Go to a region and select it',
      'Ctrl+Arrows = Go to a region, the selection stays',
      'Shift+Left Shift+Right Shift+Up Shift+Down = Move the picture',
      'Ctrl+Shift+Z Ctrl+Y = Redo',
      'Ctrl+S = Export',
      'Shift+D = Done, and on to the next picture that is not',
      'PageDown N = Next picture',
      '1-9 = Name the selected regions by class 1 to 9',
      '? = Keyboard shortcuts',
    ])
      expect(rows).toContain(row);
    await close();
  });
});
