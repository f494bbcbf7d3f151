// Makes docs/studio.jpg, the README's first picture: the studio with a bundled photograph, two of its regions named.
//   npm run build && node scripts/studio-picture.mjs
// CHROMIUM_PATH names the browser where it is not at its usual place.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const studio = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), 'studio', '--no-open', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve) => {
  createInterface({ input: studio.stdout }).on('line', (line) => /http:\S+/.test(line) && resolve(/http:\S+/.exec(line)[0]));
});
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
await page.goto(url);
await page.getByRole('button', { name: 'Try sample photographs' }).click();
await page.waitForFunction(
  () => document.querySelectorAll('.thumb').length > 1 && [...document.querySelectorAll('.thumb')].every((thumb) => thumb.dataset.status === 'ready'),
  null,
  { timeout: 300_000 },
);

for (const word of ['horse', 'grass']) {
  await page.getByRole('textbox', { name: 'New class' }).fill(word);
  await page.keyboard.press('Enter');
}

/** Gives the region at a place of the stage (shares of its size) a class by number key. */
const name = async (x, y, key) => {
  const box = await page.locator('canvas.stage').boundingBox();
  await page.mouse.click(box.x + x * box.width, box.y + y * box.height);
  await page.keyboard.press(key);
  await page.waitForTimeout(300);
};
await name(0.35, 0.45, '1');
await name(0.75, 0.5, '1');
await name(0.5, 0.9, '2');
await page.mouse.move(5, 5);
await page.waitForTimeout(500);
await sharp(await page.screenshot())
  .jpeg({ quality: 88, mozjpeg: true })
  .toFile(join(ROOT, 'docs/studio.jpg'));
await browser.close();
studio.kill('SIGINT');
