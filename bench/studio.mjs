/**
 * npm run bench -- studio [--runs 5]
 *
 * The studio's page in headless Chromium, computing with WebAssembly: how soon it can be used on a cold start, from a
 * dropped picture of one megapixel to its regions (warm), a step of the slider, a frame of the picture moved and of a heat map,
 * and the longest hold of the page's thread. Milliseconds.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { ISOLATED, launch, photo, servePage } from './studio-page.mjs';

const { values } = parseArgs({ args: process.argv.slice(3), options: { runs: { type: 'string', default: '5' } } });
const RUNS = Number(values.runs);

/** Tokens of the published size: height, width, channels. Their values are waves, so that a heat map has something to show. */
const TOKENS = [64, 64, 1280];
const tokens = () => {
  const [, width, channels] = TOKENS;
  const values = Float32Array.from({ length: TOKENS.reduce((a, b) => a * b) }, (_, i) => {
    const [token, c] = [Math.floor(i / channels), i % channels];
    return Math.sin(Math.floor(token / width) / 9 + c) + Math.cos((token % width) / 7 + c);
  });
  return Buffer.from(values.buffer);
};

const site = await servePage({
  // the answer of `diffcut studio` for an encoder of the heat map's size
  '/api/features': (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { ...ISOLATED, 'x-features-shape': TOKENS.join(','), 'x-features-origin': 'null' });
      response.end(tokens());
    });
  },
});

const names = ['horses', 'coffee', 'rocket', 'chelsea', 'colosseum', 'bridge', 'room', 'bee'];
const megapixel = await Promise.all(names.slice(0, RUNS + 2).map((name) => photo(name, { width: 1225 })));
const large = await photo('colosseum', { width: 4000 });

const browser = await launch();

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const row = (name, numbers) =>
  console.log(
    name.padEnd(56),
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
  let [inputs, frames, ticks, heats] = [[], [], [], []];
  globalThis.seen = {
    clear: () => {
      [inputs, frames, ticks, heats] = [[], [], [], []];
    },
    // an input is shown by the first frame that was asked for after it
    latencies: () =>
      inputs.flatMap((at) =>
        frames
          .filter(({ sent }) => sent >= at)
          .slice(0, 1)
          .map(({ painted }) => painted - at),
      ),
    heats: () => heats,
    betweenFrames: () => ticks.slice(1).map((at, i) => at - ticks[i]),
  };
  addEventListener('input', ({ target }) => target.type === 'range' && inputs.push(performance.now()), true);
  addEventListener(
    'pointerdown',
    ({ pointerId }) => {
      globalThis.pointer = pointerId;
    },
    true,
  );
  const [asked, bitmaps] = [new Map(), new Map()];
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (asked.size === 0)
      this.addEventListener('message', ({ data: { id, value } }) => {
        if (asked.has(id) && value?.bitmap) bitmaps.set(value.bitmap, asked.get(id));
        if (asked.has(id) && value && !value.bitmap) heats.push(performance.now() - asked.get(id));
      });
    if (message.call === 'preview' || (message.call === 'heat' && !message.args.isExact)) asked.set(message.id, performance.now());
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
  await page.goto(site.url);
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
  const fresh = await launch();
  const page = await fresh.newPage();
  const start = performance.now();
  await page.goto(site.url);
  await page.waitForSelector('.welcome button:enabled');
  cold.push(performance.now() - start);
  await fresh.close();
}
row('cold: page usable', cold);

let page = await open();
const hold = () =>
  page.evaluate(() => {
    const { longestHold } = globalThis;
    globalThis.longestHold = 0;
    return longestHold;
  });
/** Gives the page a file to drop, which is not part of what is measured. */
const hand = (path) =>
  page.evaluate(async (name) => {
    globalThis.handed = new File([await (await fetch(`scratch/${name}`)).blob()], name, { type: 'image/jpeg' });
  }, basename(path));
/** Drops the file and opens it; milliseconds until its regions are painted. `n`: the pictures that are there. */
const drop = (n) =>
  page.evaluate(async (n) => {
    const until = async (isThere) => {
      while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 4));
    };
    const thumbs = () => document.querySelectorAll('.thumb');
    globalThis.longestHold = 0;
    const start = performance.now();
    const transfer = new DataTransfer();
    transfer.items.add(globalThis.handed);
    document.querySelector('.app').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    await until(() => thumbs().length === n + 1);
    thumbs()[n].click();
    await until(() => thumbs()[n].getAttribute('aria-current') && document.querySelector('.region-list li'));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
  }, n);
const [drops, holds] = [[], []];
for (const [i, path] of megapixel.entries()) {
  await hand(path);
  const took = await drop(i);
  await ready(page, i + 1);
  if (i < 2) continue; // warm
  drops.push(took);
  holds.push(await hold());
}
row('1 megapixel: dropped to regions drawn, warm', drops);
row('  longest hold of the page meanwhile', holds);

/** The pointer goes around on a canvas, a step a frame. Driven in the page: each step of a driver outside takes processor time. */
const moved = (selector, steps) =>
  page.evaluate(
    async ([selector, steps]) => {
      const canvas = document.querySelector(selector);
      const { left, top, width, height } = canvas.getBoundingClientRect();
      for (let i = 0; i < steps; i++) {
        const [clientX, clientY] = [left + width * (0.5 + 0.2 * Math.sin(i / 10)), top + height * (0.5 + 0.2 * Math.cos(i / 10))];
        canvas.dispatchEvent(
          new PointerEvent('pointermove', { clientX, clientY, pointerId: globalThis.pointer, isPrimary: true, buttons: 1, bubbles: true }),
        );
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    },
    [selector, steps],
  );

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
await hand(large);
await drop(megapixel.length);
await ready(page, megapixel.length + 1);
row('12 megapixels: longest hold while opened', [await hold()]);
await page.getByRole('slider', { name: /Granularity/ }).press('End');
await page.waitForFunction(() => document.querySelectorAll('.region-list li').length >= 30 && !document.querySelector('.status progress'));
row('  longest hold while its granularity goes to the finest', [await hold()]);
const stage = await page.locator('canvas.stage').boundingBox();
const middle = [stage.x + stage.width / 2, stage.y + stage.height / 2];
await page.mouse.move(...middle);
for (let i = 0; i < 8; i++) await page.mouse.wheel(0, -100);
await page.evaluate(() => globalThis.seen.clear());
await hold();
await page.mouse.down();
await moved('canvas.stage', 150);
await page.mouse.up();
const between = await page.evaluate(() => globalThis.seen.betweenFrames());
row(`  between frames while moved, ${await page.locator('.region-list li').count()} regions`, between);
console.log(`    ${((1000 * between.length) / between.reduce((a, b) => a + b)).toFixed(0)} frames a second`);
row('  longest hold of the page meanwhile', [await hold()]);

// a heat map under the pointer, of tokens of the published size
page = await open();
await page.evaluate(async () => {
  while (!(await indexedDB.databases()).some(({ version }) => version > 0)) await new Promise((resolve) => setTimeout(resolve, 10));
});
await page.evaluate(
  () =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open('diffcut-studio');
      opening.onerror = opening.onblocked = opening.onupgradeneeded = () => reject(new Error('the page has not opened its database'));
      opening.onsuccess = () => {
        const change = opening.result.transaction('work', 'readwrite');
        change.objectStore('work').put({ classes: [], settings: { encoder: 'synthetic', where: 'computer', solver: 'merge' } }, 'work');
        change.oncomplete = () => resolve(opening.result.close());
        change.onerror = reject;
      };
    }),
);
await page.reload();
await page.waitForSelector('.welcome');
await hand(megapixel[0]);
await drop(0);
await page.getByRole('radio', { name: 'Coherence' }).check({ force: true });
await page.waitForSelector('canvas.heat[data-state=exact]', { timeout: 60_000 });
const heat = await page.locator('canvas.heat').first().boundingBox();
await page.mouse.move(heat.x + 50, heat.y + 50);
await page.mouse.down();
await hold();
await moved('canvas.heat', 150);
await page.mouse.up();
row(`heat map of ${TOKENS.join(' x ')}: asked to answered`, await page.evaluate(() => globalThis.seen.heats()));
row('  longest hold of the page meanwhile', [await hold()]);

await browser.close();
site.close();
