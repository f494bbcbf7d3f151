// Makes docs/concepts.jpg: the page of concepts of six bundled photographs cut together, two of its rows named.
//   npm run build && node scripts/concepts-picture.mjs
// CHROMIUM_PATH names the browser where it is not at its usual place.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NAMES = { 1: 'sky', 4: 'flag and uniform' };

const folder = mkdtempSync(join(tmpdir(), 'diffcut-concepts-'));
const photos = ['astronaut', 'bridge', 'colosseum', 'hopper', 'horses', 'rocket'].map((name) => join('photos', `${name}.jpg`));
const args = ['concepts', ...photos, '-o', folder, '--together', '--k', '8'];
execFileSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { cwd: ROOT, stdio: 'inherit' });

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1200, height: 740 }, colorScheme: 'light' });
await page.goto(pathToFileURL(join(folder, 'concepts.html')).href);
for (const [id, name] of Object.entries(NAMES)) await page.getByRole('textbox', { name: `Name of concept ${id}`, exact: true }).fill(name);
await page.evaluate(() => document.activeElement?.blur());
await page.waitForTimeout(500);
await sharp(await page.screenshot())
  .jpeg({ quality: 88, mozjpeg: true })
  .toFile(join(ROOT, 'docs/concepts.jpg'));
await browser.close();
rmSync(folder, { recursive: true, force: true });
