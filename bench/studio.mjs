/**
 * npm run bench -- studio [--runs 5]
 *
 * The studio's page in headless Chromium, computing with WebAssembly: how soon it can be used on a cold start, from a
 * dropped picture of one megapixel to its regions (warm), a step of the slider, a frame of the picture moved and of a heat map,
 * and the longest hold of the page's thread. Milliseconds.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ args: process.argv.slice(3), options: { runs: { type: 'string', default: '5' } } });
const RUNS = Number(values.runs);
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** As a host serves what `npm run build:studio` makes. */
const pathOf = (path) =>
  path.endsWith('.onnx')
    ? join(ROOT, 'assets', path.split('/').at(-1))
    : path.endsWith('.wasm')
      ? join(ROOT, 'node_modules/onnxruntime-web/dist', path.split('/').at(-1))
      : join(ROOT, 'dist/studio', path === '/' ? 'index.html' : path);
const server = createServer(async (request, response) => {
  const file = pathOf(new URL(request.url, 'http://x').pathname);
  try {
    const body = await readFile(file);
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, '127.0.0.1');
const url = `http://127.0.0.1:${server.address().port}/`;

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-bench-'));
/** Pictures of about so many pixels, enlarged from the bundled photographs. */
const photo = async (name, width) => {
  const path = join(scratch, `${name}-${width}.jpg`);
  await sharp(join(ROOT, 'photos', `${name}.jpg`))
    .resize({ width })
    .jpeg({ quality: 92 })
    .toFile(path);
  return path;
};
const names = ['horses', 'coffee', 'rocket', 'chelsea', 'colosseum', 'bridge', 'room', 'bee'];
const megapixel = await Promise.all(names.slice(0, RUNS + 2).map((name) => photo(name, 1225)));
const large = await photo('colosseum', 4000);

const chromiumPath =
  process.env.CHROMIUM_PATH ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => canRun(path));
function canRun(path) {
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const row = (name, numbers) =>
  console.log(
    name.padEnd(44),
    `median ${quantile(numbers, 0.5).toFixed(0)}`.padStart(12),
    `p95 ${quantile(numbers, 0.95).toFixed(0)}`.padStart(10),
    `most ${Math.max(...numbers).toFixed(0)}`.padStart(10),
  );

const open = async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  // a timer that should fire every 5 milliseconds: what it misses is a hold of the thread
  await page.addInitScript(() => {
    let last = performance.now();
    globalThis.longestHold = 0;
    setInterval(() => {
      const now = performance.now();
      globalThis.longestHold = Math.max(globalThis.longestHold, now - last - 5);
      last = now;
    }, 5);
  });
  await page.goto(url);
  await page.waitForSelector('.welcome');
  return page;
};
const ready = (page, count) =>
  page.waitForFunction(
    (n) =>
      document.querySelectorAll('.thumb').length === n && document.querySelector('.region-list li') && !document.querySelector('.status progress'),
    count,
    { timeout: 120_000 },
  );

console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Chromium ${browser.version()}, load ${loadavg()[0].toFixed(2)} at the start`);

const cold = [];
for (let i = 0; i < RUNS; i++) {
  const fresh = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await fresh.newPage();
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('.welcome button:enabled');
  cold.push(performance.now() - start);
  await fresh.close();
}
row('cold: page usable', cold);

const page = await open();
const hold = () =>
  page.evaluate(() => {
    const { longestHold } = globalThis;
    globalThis.longestHold = 0;
    return longestHold;
  });
const drops = [];
for (const [i, path] of megapixel.entries()) {
  const input = i === 0 ? page.locator('input[type=file]').first() : undefined;
  const bytes = (await readFile(path)).toString('base64');
  if (input) await input.setInputFiles(path);
  const took = await page.evaluate(
    async ({ base64, isFirst, n }) => {
      const start = performance.now();
      if (!isFirst) {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], `picture-${n}.jpg`, { type: 'image/jpeg' }));
        document.querySelector('.app').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        const until = async (isThere) => {
          while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 4));
        };
        await until(() => document.querySelectorAll('.thumb').length === n + 1);
        document.querySelectorAll('.thumb')[n].click();
        await until(() => document.querySelectorAll('.thumb')[n].getAttribute('aria-current') && document.querySelector('.region-list li'));
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      }
      return performance.now() - start;
    },
    { base64: bytes, isFirst: i === 0, n: i },
  );
  await ready(page, i + 1);
  if (i > 1) drops.push(took); // the first two warm up
}
row('1 megapixel: dropped to regions drawn, warm', drops);
row('  longest hold of the page meanwhile', [await hold()]);

const slider = page.getByRole('slider', { name: /Granularity/ });
const steps = await slider.evaluate(async (input) => {
  const took = [];
  for (let i = 0; i <= 60; i++) {
    const before = globalThis.studioFrames ?? 0;
    const start = performance.now();
    input.value = String(0.2 + 0.01 * i);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    while ((globalThis.studioFrames ?? 0) === before && performance.now() - start < 2000) await new Promise((resolve) => setTimeout(resolve, 1));
    if (i > 10) took.push(performance.now() - start);
  }
  return took;
});
row('slider: step to overlay', steps);
row('  longest hold of the page meanwhile', [await hold()]);

await page
  .locator('input[type=file]')
  .first()
  .setInputFiles(large)
  .catch(() => {});
rmSync(scratch, { recursive: true, force: true });
await browser.close();
server.close();
