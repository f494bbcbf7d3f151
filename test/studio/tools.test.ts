/** Brush, eraser, lasso and line on a photograph, by mouse and by touch: each to be taken back to the pixel. */
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { AT, clickAt, drag, HORSES, notice, type Point, rows, selected, stageOf, touch } from './regions.ts';
import { browser, drop, type Opened, openStudio, PHOTOS, pick, placeOf, regionCount, settled, soon, useStudio } from './studio.ts';

const studio = useStudio('embedded');

const openHorses = async (options: BrowserContextOptions = {}): Promise<Opened> => {
  const opened = await openStudio(studio.running, studio.site, options);
  await pick(opened.page, join(PHOTOS, 'horses.jpg'));
  await regionCount(opened.page);
  await settled(opened.page);
  return opened;
};

const undoAll = async (page: Page): Promise<void> => {
  const undo = page.locator('header').getByRole('button', { name: /^Undo/ });
  for (let i = 0; i < 10 && (await undo.isEnabled()); i++) {
    const before = await undo.getAttribute('title');
    await undo.click();
    await soon(async () => (await undo.isDisabled()) || (await undo.getAttribute('title')) !== before).toBe(true);
  }
  await soon(() => undo.isDisabled()).toBe(true);
};
const canUndo = (page: Page): Promise<boolean> => page.locator('header').getByRole('button', { name: /^Undo/ }).isEnabled();
const snap = (page: Page, isOn: boolean): Promise<void> => page.getByRole('checkbox', { name: /Snap/ }).setChecked(isOn);
const toTool = (page: Page, name: string): Promise<void> => page.getByRole('toolbar').getByRole('button', { name, exact: true }).click();
const nothingSelected = async (page: Page): Promise<void> => {
  await page.locator('canvas.stage').focus();
  await page.keyboard.press('Escape');
  await soon(() => selected(page)).toEqual([]);
};

const ACROSS: readonly Point[] = [
  [230, 300],
  [270, 345],
  [300, 330],
];
const AROUND: readonly Point[] = [
  [420, 120],
  [560, 120],
  [590, 300],
  [420, 310],
];
/** A row a tool: what is selected before, where it goes, and what the step is called. */
const STROKES: readonly { tool: string; key: string; on?: Point; way: readonly Point[]; undo: string }[] = [
  { tool: 'Brush', key: 'b', on: AT.grass, way: ACROSS, undo: 'Undo painting' },
  { tool: 'Brush', key: 'b', way: ACROSS, undo: 'Undo the new region' },
  { tool: 'Eraser', key: 'e', on: AT.horses, way: [AT.horses, [160, 220]], undo: 'Undo erasing' },
  { tool: 'Eraser', key: 'e', way: [AT.foal, [270, 345]], undo: 'Undo erasing' },
  { tool: 'Lasso', key: 'o', on: AT.foal, way: AROUND, undo: 'Undo painting' },
  { tool: 'Lasso', key: 'o', way: AROUND, undo: 'Undo the new region' },
  {
    tool: 'Split by a line',
    key: 'l',
    on: AT.sky,
    way: [
      [300, -5],
      [300, 200],
    ],
    undo: 'Undo splitting by a line',
  },
];

describe.skipIf('missing' in browser)('strokes of the mouse', () => {
  it('change regions, with and without edges to hold to, and are taken back to the first pixel', async () => {
    const { page, errors, close } = await openHorses();
    const [first, firstRows] = [await stageOf(page), await rows(page)];
    for (const isSnapped of [true, false]) {
      for (const { tool, key, on, way, undo } of STROKES) {
        if (key === 'l' && isSnapped) continue; // a line holds to nothing
        await page.keyboard.press('v');
        await nothingSelected(page);
        if (on) await clickAt(page, on);
        await page.keyboard.press(key);
        if (key !== 'l') await snap(page, isSnapped);
        await drag(page, way);
        await soon(() => page.locator('header').getByRole('button', { name: undo, exact: true }).isEnabled()).toBe(true);
        expect(await rows(page), `${tool}${isSnapped ? ', snapped' : ''}`).not.toEqual(firstRows);
        await undoAll(page);
        await soon(() => rows(page)).toEqual(firstRows);
      }
    }
    await page.keyboard.press('v');
    await soon(() => stageOf(page)).toBe(first);
    expect(errors).toEqual([]);
    await close();
  });

  it('are undone and done again together, in the order they were made', async () => {
    const { page, close } = await openHorses();
    const [first, firstRows] = [await stageOf(page), await rows(page)];
    await page.keyboard.press('b');
    await drag(page, ACROSS);
    await soon(() => selected(page)).toHaveLength(1);
    const made = (await selected(page))[0].split(',')[0];
    // the region that a stroke made is painted on by the next one
    await drag(page, [
      [380, 350],
      [420, 350],
    ]);
    await soon(() => page.getByRole('button', { name: 'Undo painting' }).count()).toBe(1);
    expect((await rows(page)).filter((row) => !firstRows.some((other) => other.split(',')[0] === row.split(',')[0]))).toHaveLength(1);
    await page.keyboard.press('e');
    await drag(page, [
      [380, 350],
      [390, 350],
    ]);
    await soon(() => page.getByRole('button', { name: 'Undo erasing' }).count()).toBe(1);
    await page.keyboard.press('v');
    const [last, lastRows] = [await stageOf(page), await rows(page)];
    expect(lastRows.some((row) => row.startsWith(made))).toBe(true);
    await undoAll(page);
    await soon(() => rows(page)).toEqual(firstRows);
    await soon(() => stageOf(page)).toBe(first);
    for (let i = 0; i < 3; i++) await page.keyboard.press('Control+Shift+z');
    await soon(() => rows(page)).toEqual(lastRows);
    await soon(() => stageOf(page)).toBe(last);
    await close();
  });

  it('are dropped by Escape, and may begin and end outside of the picture', async () => {
    const { page, close } = await openHorses();
    const firstRows = await rows(page);
    for (const key of ['b', 'e', 'o', 'l']) {
      await page.keyboard.press(key);
      await drag(page, AROUND, HORSES, () => page.keyboard.press('Escape'));
    }
    // what came after it is there: so nothing of the four will come
    await page.keyboard.press('b');
    await drag(page, [
      [-9, 200],
      [60, 200],
    ]);
    await soon(() => page.getByRole('button', { name: 'Undo the new region' }).count()).toBe(1);
    await undoAll(page);
    await soon(() => rows(page)).toEqual(firstRows);

    await nothingSelected(page);
    await page.keyboard.press('e');
    await drag(page, [
      [650, 330],
      [560, 330],
    ]);
    await soon(() => page.getByRole('button', { name: 'Undo erasing' }).count()).toBe(1);
    expect((await rows(page)).find((row) => row.startsWith('Region 2,'))).not.toBe(firstRows.find((row) => row.startsWith('Region 2,')));
    await close();
  });

  it('are dropped where the picture, the tool or the mode changes under the pointer', async () => {
    const { page, errors, close } = await openHorses();
    await drop(page, join(PHOTOS, 'chelsea.jpg'));
    const thumbs = page.locator('.thumb');
    await soon(() => thumbs.nth(1).getAttribute('aria-label')).toMatch(/ready/);
    await toTool(page, 'Brush');
    await nothingSelected(page);
    const mode = (name: string) => page.locator('header').getByRole('radio', { name });
    const isOn = (nth: number) => soon(() => thumbs.nth(nth).getAttribute('aria-current')).toBe('true');
    const changes: [change: () => Promise<unknown>, back: () => Promise<unknown>][] = [
      [() => page.keyboard.press('PageDown').then(() => isOn(1)), () => page.keyboard.press('PageUp').then(() => isOn(0))],
      [() => page.keyboard.press('o'), () => page.keyboard.press('b')],
      [() => mode('Coherence').dispatchEvent('change'), () => mode('Regions').check()],
    ];
    const before = await rows(page);
    for (const [change, back] of changes) {
      const [from, to] = [await placeOf(page, AT.sky, HORSES), await placeOf(page, AT.horses, HORSES)];
      await page.mouse.move(...from);
      await page.mouse.down();
      await page.mouse.move(...to, { steps: 3 });
      await change();
      await page.mouse.move(...from, { steps: 3 });
      await page.mouse.up();
      await back();
      await settled(page);
    }
    // steps are made in turn: what comes after them is the only one
    await page.locator('.region-list li').first().click();
    await page.keyboard.press('1');
    await soon(() => page.getByRole('button', { name: 'Undo naming' }).count()).toBe(1);
    await page.keyboard.press('Control+z');
    await soon(() => canUndo(page)).toBe(false);
    await soon(() => rows(page)).toEqual(before);
    await changes[0][0]();
    await settled(page);
    expect(await canUndo(page)).toBe(false);
    expect(errors).toEqual([]);
    await close();
  });

  it('say why nothing came of them', async () => {
    const { page, close } = await openHorses();
    const firstRows = await rows(page);
    await clickAt(page, AT.horses);
    await page.keyboard.press('k');
    await soon(async () => (await rows(page)).some((row) => row.endsWith('locked'))).toBe(true);
    const isLocked = 'This region is locked';
    for (const [key, way] of [
      ['b', ACROSS],
      ['e', [AT.horses, [160, 220]]],
      ['l', [AT.horses, [160, 220]]],
    ] as const) {
      await page.keyboard.press(key);
      await drag(page, way);
      await soon(() => notice(page)).toContain(isLocked);
      await page.locator('.notices').getByRole('button', { name: 'Close' }).click();
    }
    await page.keyboard.press('b');
    await snap(page, false);
    await nothingSelected(page);
    await drag(page, [
      [230, 210],
      [240, 212],
    ]);
    await soon(() => notice(page)).toContain('locked or hidden, and keeps its pixels');
    await page.keyboard.press('v');
    await clickAt(page, AT.sky);
    await page.keyboard.press('l');
    await drag(page, [AT.sky, [420, 60]]);
    await soon(() => notice(page)).toContain('The line does not cut the region in two');
    await page.keyboard.press('e');
    await drag(page, [AT.grass, [330, 390]]);
    await soon(() => notice(page)).toContain('it does not touch the region');
    await page.getByRole('button', { name: 'Unlock all' }).click();
    await soon(() => rows(page)).toEqual(firstRows);
    await close();
  });

  it('show before they are done what they would take', async () => {
    const { page, close } = await openHorses();
    const [left, top] = await placeOf(page, [380, 350], HORSES);
    const [right, bottom] = await placeOf(page, [520, 412], HORSES);
    /** Pixels of a part of the stage in the colour that lines around what is meant have. */
    const yellow = (): Promise<number> =>
      page.locator('canvas.stage').evaluate(
        (stage, [x, y, width, height]) => {
          const canvas = stage as HTMLCanvasElement;
          const box = canvas.getBoundingClientRect();
          const { data } = canvas.getContext('2d')?.getImageData(x - box.left, y - box.top, width, height) ?? { data: [] };
          let count = 0;
          for (let i = 0; i < data.length; i += 4) if (data[i] === 255 && data[i + 1] > 200 && data[i + 2] < 40) count++;
          return count;
        },
        [left, top, right - left, bottom - top],
      );
    await page.keyboard.press('b');
    await snap(page, true);
    await page.mouse.move(...(await placeOf(page, AT.foal, HORSES)));
    await soon(async () => (await page.locator('.status').innerText()).startsWith('Region 5')).toBe(true);
    expect(await yellow()).toBe(0);
    await drag(page, [AT.foal, [420, 390], [500, 390]], HORSES, () => soon(yellow).toBeGreaterThan(50));
    await soon(() => canUndo(page)).toBe(true);
    await close();
  });

  it('are as wide as the keys and Alt with the wheel say', async () => {
    const { page, close } = await openHorses();
    await page.keyboard.press('b');
    const radius = page.getByRole('slider', { name: /Radius/ });
    const now = async (): Promise<number> => Number(await radius.inputValue());
    const first = await now();
    await page.locator('canvas.stage').focus();
    await page.keyboard.press('.');
    await soon(now).toBeGreaterThan(first);
    await page.keyboard.press(',');
    await page.keyboard.press(',');
    await soon(now).toBeLessThan(first);
    for (let i = 0; i < 40; i++) await page.keyboard.press(',');
    await soon(now).toBe(1);
    await page.keyboard.press('.');
    await soon(now).toBe(2);

    await page.mouse.move(...(await placeOf(page, AT.sky, HORSES)));
    await page.keyboard.down('Alt');
    await page.mouse.wheel(0, -100);
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Alt');
    await soon(now).toBeGreaterThan(2);
    await close();
  });
});

describe.skipIf('missing' in browser)('fingers', () => {
  const PHONE = { hasTouch: true, viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };

  it('draw with every tool, and it is taken back to the first pixel', async () => {
    const { page, errors, close } = await openHorses(PHONE);
    const firstRows = await rows(page);
    const first = await stageOf(page);
    for (const { tool, on, way, undo } of STROKES) {
      await toTool(page, 'Select');
      await nothingSelected(page);
      if (on) await touch(page, [[on]]);
      if (on) await soon(() => selected(page)).toHaveLength(1);
      await toTool(page, tool);
      await touch(page, [way]);
      await soon(() => page.locator('header').getByRole('button', { name: undo, exact: true }).count()).toBe(1);
      await undoAll(page);
      await soon(() => rows(page)).toEqual(firstRows);
    }
    await toTool(page, 'Select');
    await soon(() => stageOf(page)).toBe(first);
    expect(errors).toEqual([]);
    await close();
  });

  it('select by a tap, add by resting, come nearer by two, and a second one drops a stroke', async () => {
    const { page, close } = await openHorses(PHONE);
    await touch(page, [[AT.sky]]);
    await soon(() => selected(page)).toHaveLength(1);
    await touch(page, [[AT.grass]], HORSES, () => soon(() => selected(page)).toHaveLength(2));
    expect(await selected(page)).toHaveLength(2);

    // two fingers apart: the picture is larger; together along: it moves
    const first = await stageOf(page);
    await touch(page, [
      [
        [280, 200],
        [200, 200],
        [120, 200],
      ],
      [
        [360, 200],
        [440, 200],
        [520, 200],
      ],
    ]);
    await soon(() => stageOf(page)).not.toBe(first);
    const nearer = await stageOf(page);
    await touch(page, [
      [
        [280, 200],
        [280, 160],
      ],
      [
        [360, 200],
        [360, 160],
      ],
    ]);
    await soon(() => stageOf(page)).not.toBe(nearer);
    await page.keyboard.press('f');
    await soon(() => stageOf(page)).toBe(first);

    await toTool(page, 'Brush');
    await touch(page, [ACROSS, ACROSS.map(([x, y]): Point => [x + 80, y])]);
    await page.keyboard.press('f');
    await toTool(page, 'Select');
    await soon(() => stageOf(page)).toBe(first);
    expect(await canUndo(page)).toBe(false);

    // the list by taps
    await page.locator('.region-list li').nth(1).tap();
    await soon(() => selected(page)).toEqual([expect.stringMatching(/^Region 2,/)]);
    await close();
  });
});
