/** Every view, light and dark, wide and narrow, before axe-core: no finding of any level. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeIndexedPng } from '../../src/export/indexed-png.ts';
import { unpackClip } from '../clips.ts';
import { AT, clickAt, HORSES, rows } from './regions.ts';
import { browser, leaveDialog, openStudio, PHOTOS, pick, regionCount, settled, soon, useStudio } from './studio.ts';

const studio = useStudio();

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-access-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const clip = unpackClip('plain-vit', scratch);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  id: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}
type Axe = { run(context: Document, options: object): Promise<{ violations: Finding[] }> };

const ALL = { rules: { 'target-size': { enabled: true }, 'css-orientation-lock': { enabled: true } } };
/** What a theme changes. */
const COLOURS = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };

const findings = async (page: Page, options: object): Promise<string[]> => {
  const violations = await page.evaluate(async (asked) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run(document, asked)).violations;
  }, options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`));
};

/** What axe-core says of the page as it is, all its rules on, and of its colours in the dark; a line a place. */
const findingsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE); // the page's policy lets no script tag in
  const light = await findings(page, ALL);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await findings(page, COLOURS);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light, ...dark.map((line) => `dark: ${line}`)];
};

const dialogOf = (key: string) => async (page: Page) => {
  await page.locator('canvas.stage').focus();
  await page.keyboard.press(key);
  await page.getByRole('dialog').waitFor();
};
const press = async (page: Page, key: string): Promise<void> => {
  await page.locator('canvas.stage').focus();
  await page.keyboard.press(key);
};
const mode = (page: Page, name: string): Promise<void> => page.locator('.modes').getByRole('radio', { name }).check();

const labelPng = (): Promise<Uint8Array> => encodeIndexedPng({ data: new Int32Array(HORSES.width * HORSES.height), ...HORSES });
/** Gives the page a file of work, which it asks about. */
const given = (name: string, bytes: () => Uint8Array | Promise<Uint8Array>) => async (page: Page) => {
  await dialogOf('Control+o')(page);
  const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.from(await bytes()) };
  await page.locator('input[type=file][accept*=".npy"]').setInputFiles(file);
  await page.getByRole('dialog', { name: /Label files|work\.diffcut/ }).waitFor();
};

/** How one comes to each view from the one before. */
const VIEWS: readonly { view: string; open(page: Page): Promise<unknown>; leave?(page: Page): Promise<unknown> }[] = [
  {
    view: 'regions',
    open: async (page) => {
      await pick(page, join(PHOTOS, 'horses.jpg'), join(PHOTOS, 'coffee.jpg'));
      await regionCount(page);
      await settled(page);
    },
  },
  {
    view: 'classes, a region that is selected, hidden and locked ones',
    open: async (page) => {
      for (const name of ['horse', 'sky']) {
        await page.getByRole('textbox', { name: 'New class' }).fill(name);
        await page.keyboard.press('Enter');
      }
      await page.locator('.region-list li').nth(1).click();
      await press(page, 'x');
      await page.locator('.region-list li').nth(0).click();
      await press(page, '2');
      await press(page, 'k');
      await soon(async () => (await rows(page)).filter((row) => /hidden|locked/.test(row))).toHaveLength(2);
      await page.getByRole('button', { name: 'Change horse' }).click();
    },
  },
  {
    view: 'a name that is changed',
    open: async (page) => {
      await press(page, 'r');
      await page.locator('.region-editor').waitFor();
    },
    leave: (page) => page.keyboard.press('Escape'),
  },
  {
    view: 'a colour that is changed',
    open: async (page) => {
      await press(page, 'c');
      await page.locator('.region-editor').waitFor();
    },
    leave: (page) => page.keyboard.press('Escape'),
  },
  {
    view: 'proposals',
    open: async (page) => {
      await page.locator('.region-list li').nth(2).click();
      await press(page, '1');
      await press(page, 't');
      await soon(async () => (await rows(page)).filter((row) => row.endsWith('proposed')).length).toBeGreaterThan(0);
      await soon(() => page.locator('.proposal progress').count()).toBe(0);
    },
    leave: (page) => press(page, 'Escape'),
  },
  {
    view: 'suggesting names',
    open: async (page) => {
      await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showDirectoryPicker'));
      await dialogOf('g')(page);
      await page.locator('dialog input[webkitdirectory]').setInputFiles(clip);
      await page.getByRole('combobox', { name: 'Model' }).waitFor();
    },
  },
  {
    view: 'names that are suggested',
    open: async (page) => {
      await page.getByRole('button', { name: 'Suggest', exact: true }).click();
      await page.getByRole('slider', { name: /At least this sure/ }).fill('0');
      await soon(async () => (await rows(page)).filter((row) => row.endsWith('suggested')).length).toBeGreaterThan(0);
      await soon(() => page.locator('.proposal progress').count()).toBe(0);
    },
    leave: (page) => press(page, 'Escape'),
  },
  { view: 'the brush', open: (page) => press(page, 'b'), leave: (page) => press(page, 'v') },
  {
    view: 'a notice',
    open: async (page) => {
      await press(page, '9');
      await page.locator('.notice').waitFor();
    },
    leave: (page) => page.locator('.notices').getByRole('button', { name: 'Close' }).click(),
  },
  {
    view: 'a problem',
    open: async (page) => {
      await dialogOf('Control+o')(page);
      const files = ['a', 'b', 'c', 'd'].map((name) => ({ name: `${name}.json`, mimeType: 'application/json', buffer: Buffer.from('no') }));
      await page.locator('input[type=file][accept*=".npy"]').setInputFiles(files);
      await page.locator('.notice.problem').waitFor();
    },
    leave: (page) => page.locator('.notices').getByRole('button', { name: 'Close' }).click(),
  },
  { view: 'the keys', open: dialogOf('?'), leave: leaveDialog },
  { view: 'opening', open: dialogOf('Control+o'), leave: leaveDialog },
  { view: 'exporting', open: dialogOf('Control+s'), leave: leaveDialog },
  { view: 'encoders', open: dialogOf('Shift+E'), leave: leaveDialog },
  { view: 'labels of no picture here', open: given('else.png', labelPng), leave: leaveDialog },
  { view: 'a project beside what is open', open: given('work.diffcut', () => new Uint8Array(8)), leave: leaveDialog },
];

/** Every tab of the panel, whatever there are. */
const eachTab = async (page: Page, look: (view: string) => Promise<void>): Promise<void> => {
  const names = await page.getByRole('tab').allInnerTexts();
  for (const name of names) {
    await page.getByRole('tab', { name, exact: true }).click();
    await look(`tab ${name}`);
  }
  await page.getByRole('tab', { name: names[0], exact: true }).click();
};

const NARROW = { viewport: { width: 360, height: 740 }, hasTouch: true };
const WIDTHS: readonly [name: string, options: BrowserContextOptions][] = [
  ['wide', {}],
  ['narrow', NARROW],
];

describe.skipIf('missing' in browser)('axe-core finds nothing', () => {
  it.each(WIDTHS)('where the page is %s', async (_, options) => {
    const { page, errors, close } = await openStudio(studio.running, studio.site, options);
    const said: Record<string, string[]> = {};
    const look = async (view: string): Promise<void> => {
      const found = await findingsOf(page);
      if (found.length > 0) said[view] = found;
    };
    await look('welcome');
    for (const { view, open, leave } of VIEWS) {
      await open(page);
      await look(view);
      await leave?.(page);
    }
    await eachTab(page, look);
    for (const name of ['Coherence', 'Compare']) {
      await mode(page, name);
      await look(name);
    }
    await mode(page, 'Concepts');
    await page.waitForSelector('.concept-rows[aria-busy=false] .cutout img');
    await look('Concepts');
    await page.locator('.cutout').first().focus();
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'New row' }).click();
    await page.locator('.concept', { hasText: 'put together by you' }).getByRole('option').press(' ');
    await look('Concepts with a row by hand, and a region that is chosen');
    expect(said).toEqual({});
    expect(errors).toEqual([]);
    await close();
  });
});

/** Ratio of two colours as WCAG 2 has it. */
const contrast = (page: Page, of: string, on: string): Promise<number> =>
  page.evaluate(
    ([a, b]) => {
      const probe = document.body.appendChild(document.createElement('i'));
      const light = (name: string): number => {
        probe.style.color = `var(${name})`;
        const [r, g, blue] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map((part) => {
          const value = Number(part) / 255;
          return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
      };
      const [x, y] = [light(a), light(b)];
      probe.remove();
      return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    },
    [of, on],
  );

describe.skipIf('missing' in browser)('themes', () => {
  it.each(['light', 'dark'] as const)('%s has contrast: text 4.5, edges of controls 3', async (colorScheme) => {
    const { page, close } = await openStudio(studio.running, studio.site, { colorScheme });
    for (const ground of ['--ground', '--panel', '--raised']) {
      for (const text of ['--text', '--quiet', '--problem', '--accent'])
        expect(await contrast(page, text, ground), `${text} on ${ground}`).toBeGreaterThan(4.5);
      if (ground !== '--raised') expect(await contrast(page, '--border', ground), `--border on ${ground}`).toBeGreaterThan(3);
    }
    for (const ground of ['accent', 'problem']) expect(await contrast(page, `--on-${ground}`, `--${ground}`), ground).toBeGreaterThan(4.5);
    await close();
  });

  it('stand still where the system says so', async () => {
    const { page, close } = await openStudio(studio.running, studio.site, { reducedMotion: 'reduce' });
    await pick(page, join(PHOTOS, 'horses.jpg'), join(PHOTOS, 'coffee.jpg'));
    await page.waitForSelector('.thumb');
    // one of the test's own: those of the page go as soon as the pictures are done
    await page.evaluate(() => {
      document.querySelector('.thumb')?.appendChild(document.createElement('span')).classList.add('busy', 'own');
    });
    const animation = (): Promise<string> => page.locator('.busy.own').evaluate((busy) => getComputedStyle(busy).animationName);
    await soon(animation).toBe('none');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await soon(animation).toBe('busy');
    await close();
  });
});

describe.skipIf('missing' in browser)('the narrow page', () => {
  it('shows a tab from its top, however far the one before was scrolled', async () => {
    const { page, close } = await openStudio(studio.running, studio.site, NARROW);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await regionCount(page);
    const tops = () => page.locator('.panel, .tab-body').evaluateAll((all) => all.map(({ scrollTop }) => scrollTop));
    await page.locator('.region-list li').last().scrollIntoViewIfNeeded();
    expect(Math.max(...(await tops()))).toBeGreaterThan(0);
    await page.getByRole('tab', { name: 'Granularity' }).click();
    await soon(tops).toEqual([0, 0]);
    const [slider, panel] = await Promise.all(
      [page.getByRole('slider', { name: /Granularity/ }), page.locator('.panel')].map((one) => one.boundingBox()),
    );
    expect(slider && panel && slider.y >= panel.y && slider.y + slider.height <= panel.y + panel.height).toBe(true);
    await close();
  });

  it('reaches all that the wide one does, without being scrolled sideways', async () => {
    const { page, close } = await openStudio(studio.running, studio.site, NARROW);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await regionCount(page);
    await settled(page);
    const wide = await openStudio(studio.running, studio.site);
    await pick(wide.page, join(PHOTOS, 'horses.jpg'));
    await regionCount(wide.page);
    const names = (at: Page): Promise<string[]> =>
      at.locator('button, [role=tab]').evaluateAll((all) => all.map((button) => button.getAttribute('aria-label') ?? button.textContent ?? ''));
    await clickAt(page, AT.sky);
    const here = new Set(await names(page));
    for (const name of await names(wide.page)) if (!/^(price|tau)/.test(name)) expect(here, name).toContain(name);
    for (const button of await page.locator('header button, .toolbar button, .actions button, .strip button').all()) {
      const box = await button.boundingBox();
      expect(box && box.x >= 0 && box.x + box.width <= 360 && box.width >= 24 && box.height >= 24, await button.innerHTML()).toBe(true);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await wide.close();
    await close();
  });
});
