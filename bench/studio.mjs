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

/** Runs in the page before its own scripts: holds of its thread, and when what was asked for is painted. */
const watch = () => {
  // a timer that should fire every 5 milliseconds: what it misses is a hold of the thread
  let last = performance.now();
  globalThis.longestHold = 0;
  setInterval(() => {
    const now = performance.now();
    globalThis.longestHold = Math.max(globalThis.longestHold, now - last - 5);
    last = now;
  }, 5);
  let [inputs, frames, ticks] = [[], [], []];
  globalThis.seen = {
    clear: () => {
      [inputs, frames, ticks] = [[], [], []];
    },
    // an input is shown by the first frame that was asked for after it
    latencies: () =>
      inputs.flatMap((at) =>
        frames
          .filter(({ sent }) => sent >= at)
          .slice(0, 1)
          .map(({ painted }) => painted - at),
      ),
    betweenFrames: () => ticks.slice(1).map((at, i) => at - ticks[i]),
  };
  addEventListener('input', ({ target }) => target.type === 'range' && inputs.push(performance.now()), true);
  const [asked, bitmaps] = [new Map(), new Map()];
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (asked.size === 0)
      this.addEventListener('message', ({ data: { id, value } }) => {
        if (asked.has(id) && value?.bitmap) bitmaps.set(value.bitmap, asked.get(id));
      });
    if (message.call === 'preview') asked.set(message.id, performance.now());
    return postMessage.call(this, message, ...rest);
  };
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (image, ...rest) {
    const sent = bitmaps.get(image);
    if (sent !== undefined) {
      bitmaps.delete(image);
      frames.push({ sent, painted: performance.now() });
    }
    if (this.canvas.classList?.contains('stage') && ticks.at(-1) !== document.timeline.currentTime) ticks.push(document.timeline.currentTime);
    return drawImage.call(this, image, ...rest);
  };
};

const open = async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await page.addInitScript(watch);
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

// from each input of the slider to the frame that shows it
const box = await page.getByRole('slider', { name: /Granularity/ }).boundingBox();
const at = (share) => [box.x + box.width * (0.15 + 0.7 * share), box.y + box.height / 2];
await page.mouse.move(...at(0));
await page.mouse.down();
for (let round = 0; round < 4; round++) {
  for (let i = 0; i <= 30; i++) {
    await page.mouse.move(...at(round % 2 ? 1 - i / 30 : i / 30));
    await page.waitForTimeout(80);
    if (round === 0 && i === 10) await page.evaluate(() => globalThis.seen.clear()); // warm
  }
}
await page.waitForTimeout(500);
const steps = await page.evaluate(() => globalThis.seen.latencies());
await page.mouse.up();
row('slider: input to painted overlay', steps);
row('  longest hold of the page meanwhile', [await hold()]);

// a picture of 12 megapixels, moved and zoomed
await page.locator('.app').evaluate(
  async (app, { base64, n }) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'large.jpg', { type: 'image/jpeg' }));
    app.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    while (document.querySelectorAll('.thumb').length === n) await new Promise((resolve) => setTimeout(resolve, 10));
    document.querySelectorAll('.thumb')[n].click();
  },
  { base64: (await readFile(large)).toString('base64'), n: megapixel.length },
);
await page.waitForTimeout(500);
await ready(page, megapixel.length + 1);
const stage = await page.locator('canvas.stage').boundingBox();
const middle = [stage.x + stage.width / 2, stage.y + stage.height / 2];
await page.mouse.move(...middle);
for (let i = 0; i < 8; i++) await page.mouse.wheel(0, -100);
await page.evaluate(() => globalThis.seen.clear());
await page.mouse.down();
for (let i = 0; i < 150; i++) {
  await page.mouse.move(middle[0] + 150 * Math.sin(i / 10), middle[1] + 100 * Math.cos(i / 10));
  await page.waitForTimeout(8);
}
await page.mouse.up();
row('12 megapixels: between frames while moved', await page.evaluate(() => globalThis.seen.betweenFrames()));
row('  longest hold of the page meanwhile', [await hold()]);

rmSync(scratch, { recursive: true, force: true });
await browser.close();
server.close();
