/** Export: what is saved from the page is what the command line writes, and what a person made of it is in it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLabelPng, FORMATS, SETS } from '../../src/index.ts';
import { ROOT } from '../runtimes/built.ts';
import {
  browser,
  LONG_ENOUGH,
  leaveDialog,
  openStudio,
  PHOTOS,
  pick,
  regionCount,
  type Site,
  settled,
  soon,
  startBrowser,
  staticSite,
} from './studio.ts';

const run = promisify(execFile);
const PATIENCE = { timeout: LONG_ENOUGH };

let running: Browser;
/** With the encoder of the command line, and with a quick one. */
let site: Site;
let quick: Site;
let folder: string;
beforeAll(async () => {
  if ('missing' in browser) return;
  running = await startBrowser();
  site = await staticSite({});
  quick = await staticSite({}, { encoder: 'quick' });
  folder = await mkdtemp(join(tmpdir(), 'diffcut-export-'));
  await sharp(join(PHOTOS, 'horses.jpg')).png().toFile(join(folder, 'horses.png'));
  await sharp(join(PHOTOS, 'rocket.jpg')).resize(320).png().toFile(join(folder, 'rocket.png'));
  const large = join(folder, 'large.png');
  await sharp(join(PHOTOS, 'coffee.jpg')).resize(5000, 3400, { fit: 'fill' }).png({ compressionLevel: 1 }).toFile(large);
  await writeFile(join(folder, 'broken.png'), (await readFile(large)).subarray(0, 5000));
});
afterAll(async () => {
  await running?.close();
  await site?.end();
  await quick?.end();
  if (folder) await rm(folder, { recursive: true });
});

/** What the command line writes of a picture, by name. The same build of the encoder as in the page. */
const segmented = (picture: string, ...args: string[]) => written(['segment', picture, '--device', 'wasm', ...args]);
const written = async (command: string[]): Promise<Record<string, Buffer>> => {
  const out = await mkdtemp(join(folder, 'out-'));
  await run(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...command, '-o', out, '--quiet']);
  const names = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  const paths = names.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path.slice(out.length + 1), await readFile(path)] as const)));
};

/** More pictures beside those that are open. */
const add = async (page: Page, ...paths: string[]): Promise<void> => {
  await page.waitForSelector('.stage'); // those before are in the strip
  await page.keyboard.press('Control+o');
  await page.getByRole('dialog').waitFor();
  await pick(page, ...paths);
  await soon(() => page.getByRole('dialog').count()).toBe(0);
};

/** Opens the dialog with these formats alone; with all of them where none is named. */
const openExport = async (page: Page, ...formats: string[]): Promise<void> => {
  await page.keyboard.press('Control+s');
  const suffixes = formats.map((name) => (name === 'classes' ? '.classes.png' : FORMATS[name].suffix));
  const rows = page.getByRole('dialog').locator('.format');
  await rows.first().waitFor();
  for (const row of await rows.all()) {
    const suffix = (await row.locator('.default').textContent()) ?? '';
    await row.getByRole('checkbox').setChecked(formats.length === 0 || suffixes.includes(suffix));
  }
};

/** Saves what the dialog has, and reads it. */
const saved = async (page: Page): Promise<{ name: string; files: Record<string, Uint8Array> }> => {
  const download = page.waitForEvent('download', { timeout: LONG_ENOUGH });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const file = await download;
  const bytes = await readFile((await file.path()) as string);
  const name = file.suggestedFilename();
  return { name, files: name.endsWith('.zip') ? unzipSync(bytes) : { [name]: bytes } };
};

/** Colours that do not hang on the last bits of a runtime's cosine. */
const SAME_COLOURS = 64;

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A PNG's chunks with what they hold unpacked: compressors differ in their last bytes. */
const unpackedPng = (bytes: Uint8Array): [string, string][] => {
  const view = Buffer.from(bytes);
  const chunks: [string, string][] = [];
  const idat: Buffer[] = [];
  for (let at = 8; at < view.length; at += 12 + view.readUInt32BE(at)) {
    const name = view.toString('latin1', at + 4, at + 8);
    const data = view.subarray(at + 8, at + 8 + view.readUInt32BE(at));
    if (name === 'IDAT') idat.push(data);
    else chunks.push([name, hashOf(name === 'PLTE' ? data.subarray(0, 3 * SAME_COLOURS) : data)]);
  }
  return [...chunks, ['IDAT', hashOf(inflateSync(Buffer.concat(idat)))]];
};
const pixelsOf = async (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).ensureAlpha().raw().toBuffer();
const jsonOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

/** All but what is of the run, and of the machine. */
const lasting = (bytes: Uint8Array): object => {
  const { timings: _, device: __, ...record } = jsonOf(bytes);
  return { ...record, picture: { ...record.picture, modified: undefined } };
};

const meanDifference = (a: Buffer, b: Buffer): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
};

/** What must be the same of two files, by their ending. */
const expectSame = async (name: string, made: Uint8Array, there: Uint8Array): Promise<void> => {
  if (name.endsWith('.json') && !name.endsWith('.rle.json')) expect(lasting(made)).toEqual(lasting(there));
  else if (/\/|\.tif$/.test(name)) expect((await pixelsOf(made)).equals(await pixelsOf(there)), name).toBe(true);
  else if (name.endsWith('.png')) expect(unpackedPng(made), name).toEqual(unpackedPng(there));
  else if (name.endsWith('.jpg')) expect(meanDifference(await pixelsOf(made), await pixelsOf(there))).toBeLessThan(1);
  else expect(Buffer.from(made).equals(Buffer.from(there)), name).toBe(true);
};

describe.skipIf('missing' in browser)('export', () => {
  it('gives the files of the command line, for these settings', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, join(folder, 'horses.png'));
    await regionCount(page);
    await page.getByRole('slider', { name: /Granularity/ }).fill('0.7');
    await settled(page);
    await openExport(page);
    const { name, files } = await saved(page);
    expect(name).toBe('horses.zip');
    const { price } = jsonOf(files['horses.json']);
    const there = await segmented(join(folder, 'horses.png'), '--format', Object.keys(FORMATS).join(','), '--price', String(price));
    expect(Object.keys(files).sort()).toEqual([...Object.keys(there), 'horses.classes.png'].sort());
    for (const [file, bytes] of Object.entries(there)) await expectSame(file, files[file], bytes);
    expect(decodeLabelPng(files['horses.classes.png']).data.some((id) => id !== 0)).toBe(false);
    expect(errors).toEqual([]);
    await close();
  });

  it('holds what was edited, with names of classes', async () => {
    const { page, errors, close } = await openStudio(running, quick);
    await pick(page, join(folder, 'rocket.png'));
    const first = await regionCount(page);
    const rows = page.locator('.region-list li');
    await rows.nth(1).click();
    await rows.nth(2).click({ modifiers: ['Shift'] });
    await page.keyboard.press('m');
    await expect.poll(() => rows.count(), PATIENCE).toBe(first - 1);
    await rows.nth(0).click();
    for (const key of ['1', '2']) {
      await page.keyboard.press(key);
      await expect.poll(() => rows.first().textContent(), PATIENCE).toContain(`class ${key}`);
    }
    await openExport(page, 'labels', 'json', 'classes', 'overlay', 'rle');
    const { files } = await saved(page);
    const record = jsonOf(files['rocket.json']);
    const labels = decodeLabelPng(files['rocket.png']);
    const classes = decodeLabelPng(files['rocket.classes.png']);
    expect(record.edited).toBe(true);
    expect(record.segments.length).toBe(first - 1);
    expect(record.classes.map((row: { id: number; name: string }) => [row.id, row.name])).toEqual([
      [1, 'class 1'],
      [2, 'class 2'],
    ]);
    for (const { id, area, class: of } of record.segments) {
      const places = [...labels.data.keys()].filter((i) => labels.data[i] === id);
      expect(places.length).toBe(area);
      expect(new Set(places.map((i) => classes.data[i]))).toEqual(new Set([of === 'class 2' ? 2 : 0]));
    }
    expect(record.segments.map(({ area }: { area: number }) => area)).toEqual(
      record.segments.map(({ area }: { area: number }) => area).sort((a: number, b: number) => b - a),
    );
    expect(record.segments.filter((segment: { class?: string }) => segment.class)).toHaveLength(1);
    expect(errors).toEqual([]);
    await close();
  });

  it('takes several pictures, tells those of one name apart, and leaves out one that cannot be read', async () => {
    const { page, close } = await openStudio(running, quick);
    await pick(page, join(folder, 'rocket.png'), join(folder, 'broken.png'));
    await add(page, join(PHOTOS, 'rocket.jpg'));
    await regionCount(page);
    await openExport(page, 'labels', 'json');
    await page.getByRole('radio', { name: 'All 3' }).check();
    const { name, files } = await saved(page);
    expect(name).toBe('diffcut.zip');
    expect(Object.keys(files).sort()).toEqual(['rocket (2).json', 'rocket (2).png', 'rocket.json', 'rocket.png']);
    expect(jsonOf(files['rocket (2).json']).picture.name).toBe('rocket.jpg');
    expect(await page.getByRole('dialog').textContent()).toMatch(/1 picture was left out:broken\.png: /);
    await close();
  });

  it('makes sets of all pictures together, as the command line does of the same labels', async () => {
    const { page, errors, close } = await openStudio(running, quick);
    await pick(page, join(folder, 'horses.png'), join(folder, 'rocket.png'));
    await regionCount(page);
    await settled(page);
    const rows = page.locator('.region-list li');
    for (const key of ['1', '2']) {
      await rows.nth(Number(key)).click();
      await page.keyboard.press(key);
      await expect.poll(() => rows.nth(Number(key)).textContent(), PATIENCE).toContain(`class ${key}`);
    }
    await openExport(page, 'labels', 'json');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'All 2' }).check();
    for (const box of await dialog.locator('.set').getByRole('checkbox').all()) await box.check();
    const { files } = await saved(page);
    const maps = await mkdtemp(join(folder, 'maps-'));
    const own = ['horses.png', 'horses.json', 'rocket.png', 'rocket.json'];
    for (const name of own) await writeFile(join(maps, name), files[name]);
    const images = await mkdtemp(join(folder, 'images-'));
    for (const name of ['horses.png', 'rocket.png']) await copyFile(join(folder, name), join(images, name));
    const there = await written(['convert', maps, '--to', Object.keys(SETS).join(','), '--images', images]);
    expect(Object.keys(files).sort()).toEqual([...Object.keys(there), ...own].sort());
    for (const [name, bytes] of Object.entries(there)) {
      const told = (of: Uint8Array) =>
        name.endsWith('.csv')
          ? Buffer.from(of)
              .toString()
              .replace(/#[0-9a-f]{6}/g, '')
          : Buffer.from(of).toString('hex');
      if (!name.endsWith('.png'))
        expect(told(files[name]), name).toBe(told(bytes)); // a label map does not say in which colours its regions were seen
      else expect(unpackedPng(files[name]), name).toEqual(unpackedPng(bytes));
    }
    expect(Buffer.from(files['segments.csv']).toString()).toContain('class 2');
    expect(errors).toEqual([]);
    await close();
  });

  it('of one file is that file, and can be stopped', async () => {
    const { page, close } = await openStudio(running, quick);
    await pick(page, join(folder, 'rocket.png'));
    await regionCount(page);
    await openExport(page, 'npy');
    expect((await saved(page)).name).toBe('rocket.npy');
    await leaveDialog(page);
    await add(page, join(PHOTOS, 'horses.jpg'), join(PHOTOS, 'chelsea.jpg'), join(PHOTOS, 'bee.jpg'));
    await openExport(page, 'npy');
    await page.getByRole('radio', { name: 'All 4' }).check();
    await page.evaluate(() => {
      // as soon as it is there: small pictures are exported sooner than a test can look
      new MutationObserver((_, observer) => {
        const stop = [...document.querySelectorAll<HTMLButtonElement>('dialog button')].find(({ textContent }) => textContent === 'Stop');
        if (!stop) return;
        observer.disconnect();
        stop.click();
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).waitFor(PATIENCE);
    expect(await page.locator('.notice').count()).toBe(0);
    await close();
  });

  it('goes beside the pictures, over nothing that nobody was asked about', async () => {
    const { page, errors, close } = await openStudio(running, quick);
    const bytes = [...(await readFile(join(folder, 'rocket.png')))];
    await page.evaluate(async (given) => {
      const root = await navigator.storage.getDirectory();
      Object.assign(globalThis, { showDirectoryPicker: async () => root });
      const stream = await (await root.getFileHandle('rocket.png', { create: true })).createWritable();
      await stream.write(new Uint8Array(given));
      await stream.close();
    }, bytes);
    const read = (name: string): Promise<number[]> =>
      page.evaluate(async (file) => {
        const handle = await (await navigator.storage.getDirectory()).getFileHandle(file);
        return [...new Uint8Array(await (await handle.getFile()).arrayBuffer())];
      }, name);
    await page.getByRole('button', { name: 'Open a folder' }).click();
    await regionCount(page);
    const beside = page.getByRole('button', { name: 'Save beside the pictures' });
    await openExport(page, 'labels', 'json');
    await beside.click();
    const listed = page.getByRole('dialog').locator('.names');
    await expect.poll(() => listed.textContent(), PATIENCE).toBe('rocket (2).pngrocket (2).json');
    expect(await read('rocket.png')).toEqual(bytes);
    const first = await read('rocket (2).json');

    await beside.click();
    await page.getByRole('button', { name: 'Cancel' }).click(PATIENCE);
    await beside.waitFor(); // it is over
    expect(await read('rocket (2).json')).toEqual(first);
    await beside.click();
    expect(await page.getByRole('alertdialog').textContent()).toContain('2 files are there already');
    await page.getByRole('button', { name: 'Keep both' }).click(PATIENCE);
    await expect.poll(() => listed.textContent(), PATIENCE).toBe('rocket (3).pngrocket (3).json');
    await beside.click();
    await page.getByRole('button', { name: 'Replace' }).click(PATIENCE);
    await expect.poll(() => listed.textContent(), PATIENCE).toBe('rocket (2).pngrocket (2).json');
    expect(decodeLabelPng(Uint8Array.from(await read('rocket (2).png'))).width).toBe(320);
    expect(await read('rocket.png')).toEqual(bytes);
    expect(errors).toEqual([]);
    await close();
  });

  it('goes to the clipboard: the picture with its regions, or some regions alone', async () => {
    const { page, close } = await openStudio(running, quick, { permissions: ['clipboard-read', 'clipboard-write'] });
    await pick(page, join(folder, 'rocket.png'));
    await regionCount(page);
    await page.locator('.region-list li').nth(1).click();
    await openExport(page, 'labels');
    const copied = async (name: string): Promise<Buffer> => {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByText(`Copied: ${name}.`).first().waitFor(PATIENCE);
      const bytes = await page.evaluate(async () => {
        const [item] = await navigator.clipboard.read();
        return [...new Uint8Array(await (await item.getType('image/png')).arrayBuffer())];
      });
      return Buffer.from(bytes);
    };
    const overlay = await sharp(await copied('Overlay')).metadata();
    expect([overlay.width, overlay.height]).toEqual([320, 214]);
    const cutout = await sharp(await copied('Selected regions'))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(cutout.info.width * cutout.info.height).toBeLessThanOrEqual(320 * 214);
    expect(new Set([...cutout.data].filter((_, i) => i % 4 === 3))).toEqual(new Set([0, 255]));
    await close();
  });

  it('copies the command line and the code that give the same', async () => {
    const { page, close } = await openStudio(running, site, { permissions: ['clipboard-read', 'clipboard-write'] });
    await pick(page, join(folder, 'rocket.png'));
    await regionCount(page);
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByLabel('Borders').selectOption('pamr');
    await page.getByRole('tab', { name: 'Regions' }).click();
    await settled(page);
    await openExport(page, 'labels');
    const copied = async (name: string): Promise<string> => {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByText(`Copied: ${name}.`).first().waitFor(PATIENCE);
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const [command, code] = [await copied('Command line'), await copied('TypeScript')];
    const { files } = await saved(page);
    await close();

    expect(command).toBe('diffcut segment rocket.png --refine pamr -o out');
    const [, ...args] = command.split(' ');
    const inFolder = { cwd: folder };
    await run(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args, '--quiet'], inFolder);
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    await symlink(ROOT, join(folder, 'node_modules/diffcut'), 'junction');
    await writeFile(join(folder, 'copied.mjs'), code);
    await run(process.execPath, ['copied.mjs'], inFolder);
    const there = decodeLabelPng(await readFile(join(folder, 'out/rocket.png')));
    expect(decodeLabelPng(await readFile(join(folder, 'rocket.labels.png')))).toEqual(there);
    // a page computes by WebAssembly, which rounds otherwise than a processor's own instructions do
    const { data } = decodeLabelPng(files['rocket.png']);
    expect(data.filter((id, i) => id !== there.data[i]).length).toBeLessThan(data.length / 1000);
  });

  it('of a picture that is worked on brought down has its own size, edited or not', async () => {
    const { page, close } = await openStudio(running, site);
    await pick(page, join(folder, 'large.png'));
    await regionCount(page);
    await openExport(page, 'labels', 'json');
    expect(await page.getByRole('dialog').textContent()).toContain('over 16 megapixels');
    const { files } = await saved(page);
    const there = await segmented(join(folder, 'large.png'), '--format', 'labels,json');
    for (const [file, bytes] of Object.entries(there)) await expectSame(file, files[file], bytes);
    await leaveDialog(page);
    await page.locator('.region-list li').first().click();
    await page
      .locator('.region-list li')
      .nth(1)
      .click({ modifiers: ['Shift'] });
    const first = await regionCount(page);
    await page.keyboard.press('m');
    await expect.poll(() => page.locator('.region-list li').count(), PATIENCE).toBe(first - 1);
    await openExport(page, 'labels', 'json', 'overlay', 'cutouts');
    const { files: edited } = await saved(page);
    const labels = decodeLabelPng(edited['large.png']);
    expect([labels.width, labels.height]).toEqual([5000, 3400]);
    const areas = new Map<number, number>();
    for (const id of labels.data) areas.set(id, (areas.get(id) ?? 0) + 1);
    const { segments, picture } = jsonOf(edited['large.json']);
    expect([picture.width, picture.height, segments.length]).toEqual([5000, 3400, first - 1]);
    for (const { id, area } of segments) expect(areas.get(id)).toBe(area);
    const { width, height } = await sharp(edited['large.cutouts/001.png']).metadata();
    expect([width, height]).toEqual(segments[1].boxXYWH.slice(2));
    await close();
  }, 400_000);
});
