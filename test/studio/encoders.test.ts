/** Encoders beside the page's own: from a folder that is picked, kept in the browser, and from the program that serves the page. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encoderRow } from '../../src/models/table.ts';
import { pullModel } from '../../src/pull/pull-model-node.ts';
import { startHub } from '../fake-hub.ts';
import { folderOf } from '../pipelines.ts';
import { vitFolder } from '../vits.ts';
import { browser, LONG_ENOUGH, leaveDialog, openStudio, PHOTOS, pick, programSite, type Site, settled, startBrowser, staticSite } from './studio.ts';

const WAIT = { timeout: LONG_ENOUGH };
const POLL = { timeout: LONG_ENOUGH, interval: 100 };

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-encoders-'));
let running: Browser;
beforeAll(async () => {
  if (!('missing' in browser)) running = await startBrowser();
});
afterAll(async () => {
  await running?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Encoders and storage' });
const openDialog = async (page: Page): Promise<void> => {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('Shift+E');
  await dialogOf(page).waitFor(WAIT);
};
const listed = (page: Page): Promise<string[]> => dialogOf(page).locator('.encoders li strong').allTextContents();

/** Paths and bytes of what the page's own file system holds. */
const kept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<string[]> => {
      const out: string[] = [];
      for await (const [name, entry] of (folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> }).entries())
        out.push(...(entry.kind === 'directory' ? await walk(entry as FileSystemDirectoryHandle, `${path}${name}/`) : [path + name]));
      return out;
    };
    return (await walk(await navigator.storage.getDirectory(), '')).sort();
  });

/** As in browsers without the system's dialog for folders. */
const withoutPicker = async (page: Page): Promise<void> => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'showDirectoryPicker');
  });
  await page.reload();
};

const encoderSelect = (page: Page) => page.getByLabel('Encoder', { exact: true });
const sizeInput = (page: Page) => page.getByRole('spinbutton', { name: 'Encoder size' });
const chosen = (page: Page): Promise<string | null> => encoderSelect(page).locator('option:checked').textContent();
const notice = (page: Page) => page.locator('.notice');

const openSettings = async (page: Page): Promise<void> => {
  await page.getByRole('tab', { name: 'Settings' }).click();
};
const segmentedAgain = async (page: Page, change: () => Promise<unknown>): Promise<void> => {
  // seen by the page itself: a small model is done between two questions from outside
  await page.evaluate(() => {
    const isNew = (globalThis as { computed?: boolean }).computed === undefined;
    (globalThis as { computed?: boolean }).computed = false;
    const look = (): void => {
      if (document.querySelector('.status progress')) (globalThis as { computed?: boolean }).computed = true;
    };
    if (isNew) new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
  });
  await change();
  await page.waitForFunction(() => (globalThis as { computed?: boolean }).computed && !document.querySelector('.status progress'), undefined, {
    timeout: POLL.timeout,
  });
  expect(await page.getByRole('alert').textContent()).toBe('');
};

describe.skipIf('missing' in browser)('encoders of the page', () => {
  let site: Site;
  beforeAll(async () => {
    site = await staticSite({});
  });
  afterAll(() => site?.end());

  it('are added from a folder, kept, used, and deleted', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await withoutPicker(page);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await settled(page);
    await openSettings(page);
    await expect.poll(() => encoderSelect(page).locator('option').allTextContents(), POLL).toEqual(['embedded (this page)']);
    await page.getByRole('button', { name: 'Encoders and storage' }).click();
    await expect.poll(() => listed(page), POLL).toEqual(['embedded']);
    await dialogOf(page).locator('input[type=file]').setInputFiles(vitFolder('dino'));
    await expect.poll(() => listed(page), POLL).toEqual(['embedded', 'dino']);
    expect(await kept(page)).toEqual(['encoders/dino/config.json', 'encoders/dino/encoder.json', 'encoders/dino/model.safetensors']);
    expect(await dialogOf(page).locator('.encoders li').last().textContent()).toMatch(/^dinoThis page\d+ kB/);
    await leaveDialog(page);

    await segmentedAgain(page, () => encoderSelect(page).selectOption('dino (this page)'));
    expect(await sizeInput(page).inputValue()).toBe('1024');
    expect(await sizeInput(page).getAttribute('step')).toBe('16');
    await segmentedAgain(page, async () => {
      await sizeInput(page).fill('230');
      await sizeInput(page).press('Enter');
    });
    expect(await sizeInput(page).inputValue()).toBe('224'); // whole patches

    await page.reload();
    await settled(page);
    await openSettings(page);
    await expect.poll(() => chosen(page), POLL).toBe('dino (this page)');
    await segmentedAgain(page, async () => {
      await sizeInput(page).fill('160');
      await sizeInput(page).press('Enter');
    });
    await openDialog(page);
    await segmentedAgain(page, () => page.getByRole('button', { name: 'Delete dino from this browser' }).click());
    await expect.poll(() => listed(page), POLL).toEqual(['embedded']);
    expect(await kept(page)).toEqual([]);
    await leaveDialog(page);
    expect(await chosen(page)).toBe('embedded (this page)');
    expect(errors).toEqual([]);
    await close();
  });

  it('are pipelines of diffusers too, by the dialog of the system', async () => {
    const { page, errors, close } = await openStudio(running, site);
    const folder = folderOf('sd2');
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        join(parentPath, name)
          .slice(folder.length + 1)
          .split(sep)
          .join('/'),
      )
      .filter((path) => !path.startsWith('golden/'));
    const files = paths.map((path) => ({ path, base64: readFileSync(join(folder, path)).toString('base64') }));
    await page.evaluate(async (all) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true });
      for (const { path, base64 } of all) {
        const names = path.split('/');
        let into = root;
        for (const name of names.slice(0, -1)) into = await into.getDirectoryHandle(name, { create: true });
        const writer = await (await into.getFileHandle(names[names.length - 1], { create: true })).createWritable();
        await writer.write(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
        await writer.close();
      }
      Object.assign(globalThis, { showDirectoryPicker: async () => root });
    }, files);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await settled(page);
    await openDialog(page);
    await page.getByRole('button', { name: 'Add a model from a folder' }).click();
    await expect.poll(() => listed(page), POLL).toEqual(['embedded', 'picked']);
    expect(await kept(page)).toContain('encoders/picked/unet/diffusion_pytorch_model.fp16.safetensors');
    await leaveDialog(page);
    await openSettings(page);
    await encoderSelect(page).selectOption('picked (this page)');
    await segmentedAgain(page, async () => {
      await sizeInput(page).fill('150');
      await sizeInput(page).press('Enter');
    });
    expect(await sizeInput(page).inputValue()).toBe('128');
    expect(errors).toEqual([]);
    await close();
  });

  it('are refused in a sentence, and nothing of them is left', async () => {
    const broken = join(scratch, 'broken');
    cpSync(vitFolder('dino'), broken, { recursive: true });
    writeFileSync(join(broken, 'model.safetensors'), readFileSync(join(broken, 'model.safetensors')).subarray(0, 5000));
    mkdirSync(join(scratch, 'nothing'));
    writeFileSync(join(scratch, 'nothing', 'readme.txt'), 'no model');
    const { page, errors, close } = await openStudio(running, site);
    await withoutPicker(page);
    await openDialog(page);
    for (const [folder, sentence] of [
      [broken, /model\.safetensors/],
      [join(scratch, 'nothing'), /no .*model|unet|config\.json/],
    ] as const) {
      await dialogOf(page).locator('input[type=file]').setInputFiles(folder);
      await expect.poll(() => notice(page).textContent(), POLL).toMatch(sentence);
      await expect.poll(() => page.locator('.adding').count(), POLL).toBe(0);
    }
    const seen: string[] = [];
    await page.exposeFunction('heard', (text: string) => seen.push(text));
    await page.evaluate(() => {
      const { heard } = globalThis as unknown as { heard(text: string): void };
      const look = () => heard(document.querySelector('.adding')?.textContent ?? '');
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    });
    const client = await page.context().newCDPSession(page);
    await client.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 2e5 });
    await dialogOf(page).locator('input[type=file]').setInputFiles(vitFolder('dino'));
    await expect.poll(() => notice(page).textContent(), POLL).toMatch(/has no room left for the model/);
    await expect.poll(() => page.locator('.adding').count(), POLL).toBe(0);
    await expect.poll(() => kept(page), POLL).toEqual([]);
    await expect.poll(() => seen.at(-1), POLL).toBe(''); // all of that one was heard
    seen.length = 0;
    await page.workers()[0].evaluate(() => {
      navigator.storage.estimate = async () => ({ quota: 2e8, usage: 1.95e8 });
    });
    await dialogOf(page).locator('input[type=file]').setInputFiles(vitFolder('dino'));
    await expect.poll(() => notice(page).textContent(), POLL).toMatch(/needs 0\.\d MB, and this browser has 0\.0 MB left for it/);
    await expect.poll(() => page.locator('.adding').count(), POLL).toBe(0);
    await expect.poll(() => seen.some((text) => text.includes('Trying')) && seen.at(-1) === '', POLL).toBe(true);
    expect(seen.join()).not.toContain('Copying'); // told before it began
    await expect.poll(() => listed(page), POLL).toEqual(['embedded']);
    await expect.poll(() => kept(page), POLL).toEqual([]);
    expect(errors).toEqual([]);
    await close();
  });

  it('are no longer added once that is stopped', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await withoutPicker(page);
    await openDialog(page);
    await page.workers()[0].evaluate(() => {
      const { arrayBuffer } = Blob.prototype;
      const held = new Promise<void>((resolve) => Object.assign(globalThis, { letGo: resolve }));
      Blob.prototype.arrayBuffer = async function () {
        await held; // a slow disk
        return arrayBuffer.call(this);
      };
    });
    await dialogOf(page).locator('input[type=file]').setInputFiles(vitFolder('dino'));
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => page.locator('.adding').count(), POLL).toBe(0);
    await page.workers()[0].evaluate(() => (globalThis as unknown as { letGo(): void }).letGo());
    await expect.poll(() => kept(page), POLL).toEqual([]);
    await expect.poll(() => listed(page), POLL).toEqual(['embedded']);
    expect(errors).toEqual([]);
    await close();
  });

  it('are told from those that were not copied whole, which go', async () => {
    const { page, close } = await openStudio(running, site);
    await openDialog(page);
    await expect.poll(() => listed(page), POLL).toEqual(['embedded']); // the worker has looked at what there is
    await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('encoders', { create: true });
      const half = await folder.getDirectoryHandle('half', { create: true });
      const writer = await (await half.getFileHandle('config.json', { create: true })).createWritable();
      await writer.write('{}');
      await writer.close();
    });
    expect(await kept(page)).toEqual(['encoders/half/config.json']);
    await page.reload();
    await expect.poll(() => kept(page), POLL).toEqual([]);
    await close();
  });
});

describe.skipIf('missing' in browser)('encoders of the program', () => {
  const NAME = 'dinov3-s';
  let site: Awaited<ReturnType<typeof programSite>>;
  beforeAll(async () => {
    const hub = await startHub();
    for (const name of ['HF_TOKEN', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) vi.stubEnv(name, '');
    vi.stubEnv('HF_ENDPOINT', hub.settings.endpoint);
    vi.stubEnv('HF_HOME', join(scratch, 'home'));
    vi.stubEnv('DIFFCUT_CACHE', join(scratch, 'own'));
    for (const file of ['config.json', 'model.safetensors'])
      hub.put(encoderRow(NAME).repository, file, readFileSync(join(vitFolder('dinov3'), file)));
    await pullModel(NAME);
    site = await programSite();
    await hub.close();
    vi.unstubAllEnvs();
  });
  afterAll(() => site?.end());

  it('are those that were pulled, and compute there', async () => {
    const { page, errors, close } = await openStudio(running, site);
    await pick(page, join(PHOTOS, 'horses.jpg'));
    await settled(page);
    await openSettings(page);
    await expect
      .poll(() => encoderSelect(page).locator('option').allTextContents(), POLL)
      .toEqual(['embedded (this page)', 'embedded (this computer)', `${NAME} (this computer)`]);
    expect(await page.locator('.status-right').textContent()).toMatch(/^This page/);
    await segmentedAgain(page, () => encoderSelect(page).selectOption('embedded (this computer)'));
    expect(await page.locator('.status-right').textContent()).toMatch(/^This computer/);
    await encoderSelect(page).selectOption(`${NAME} (this computer)`);
    await segmentedAgain(page, async () => {
      await sizeInput(page).fill('224');
      await sizeInput(page).press('Enter');
    });
    await openDialog(page);
    expect(await dialogOf(page).getByText(`diffcut models pull ssd-1b`).count()).toBe(1);
    expect(await dialogOf(page).getByText(`diffcut models pull ${NAME}`).count()).toBe(0);
    await leaveDialog(page);
    expect(errors).toEqual([]);

    await site.end();
    await sizeInput(page).fill('320');
    await sizeInput(page).press('Enter');
    await expect.poll(() => notice(page).textContent(), POLL).toMatch(/does not answer: start "diffcut studio" again/);
    await close();
  });
});
