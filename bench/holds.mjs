/**
 * npm run bench -- holds
 *
 * The longest task of the studio's own thread while a picture of 12 megapixels is worked on, a row an act; the goal is 50
 * milliseconds. Processor time of the thread: what others of the machine take meanwhile says nothing of the page.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { launch, photo, servePage } from './studio-page.mjs';

/** Milliseconds that a task of the page may take. */
const GOAL = 50;

const site = await servePage();
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
page.setDefaultTimeout(300_000);
await page.goto(site.url);
await page.waitForSelector('.welcome');
const pictures = await Promise.all(['horses', 'room'].map((name) => photo(name, { width: 4000, height: 3000 })));

/** Milliseconds of each task of the page's thread while something is done. */
const tasksOf = async (act) => {
  await browser.startTracing(page, { categories: ['toplevel'] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const pages = new Set(traceEvents.filter(({ args }) => args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && pages.has(`${pid} ${tid}`));
  return tasks.flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000])); // the last one may not have ended
};

const row = async (name, act) => {
  const tasks = await tasksOf(act);
  if (tasks.length <= 10) throw new Error(`Chromium traced ${tasks.length} tasks of the page for ${name}: no figure of so few is one`);
  const most = Math.max(...tasks);
  console.log(name.padEnd(56), `longest ${most.toFixed(1)}`.padStart(14), `of ${tasks.length}`.padStart(10), most < GOAL ? '' : `over ${GOAL}`);
};

const thumb = (name) => page.getByRole('button', { name: new RegExp(`^${name}`) });
const regions = () => page.locator('.region-list li').allTextContents().then(String);
/** Nothing is being computed for the picture on the stage. */
const settled = () =>
  page.waitForFunction(() => !document.querySelector('.status progress') && document.querySelector('.region-list:not([aria-busy=true]) li'));
const until = async (isThere) => {
  while (!(await isThere())) await page.waitForTimeout(100);
};
const changing = async (change) => {
  const before = await regions();
  await change();
  await until(async () => (await regions()) !== before);
  await settled();
};

/** Along a line over the middle of the stage, with or without the button. */
const sweep = async (isDown) => {
  const box = await page.locator('canvas.stage').boundingBox();
  const at = (i) => [box.x + box.width * (0.3 + 0.01 * i), box.y + box.height * (0.4 + 0.005 * i)];
  await page.mouse.move(...at(0));
  if (isDown) await page.mouse.down();
  for (let i = 1; i <= 40; i++) await page.mouse.move(...at(i));
  if (isDown) await page.mouse.up();
};

/** As a hand moves a slider that it does not let go yet. */
const moveTo = (slider, value) => {
  slider.value = String(value);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
};

const slider = page.getByRole('slider', { name: /Granularity/ });
const listed = (n) => page.locator('.region-list li').nth(n);

/** What is done, one after the other. */
const ACTS = {
  'two pictures are dropped, up to their regions': async () => {
    await page.locator('input[type=file][accept^="image/"]').first().setInputFiles(pictures);
    await until(async () =>
      /ready/.test(
        (await thumb('room')
          .getAttribute('aria-label')
          .catch(() => '')) ?? '',
      ),
    );
    await settled();
  },
  'the slider is moved and let go': () =>
    changing(async () => {
      for (let at = 40; at <= 80; at += 4) await slider.evaluate(moveTo, at / 100);
      await slider.fill('0.9');
    }),
  'two regions are merged, and it is undone': async () => {
    await listed(0).click();
    await listed(1).click({ modifiers: ['Shift'] });
    await changing(() => page.keyboard.press('m'));
    await changing(() => page.getByRole('button', { name: /^Undo/ }).click());
  },
  'the pointer moves, the wheel zooms': async () => {
    await sweep(false);
    for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -100);
    await page.keyboard.press('f');
  },
  'a stroke of the brush': async () => {
    await listed(0).click();
    await page.keyboard.press('b');
    await changing(() => sweep(true));
    await page.keyboard.press('v');
  },
  'to the other picture and back': async () => {
    for (const name of ['room', 'horses']) {
      await changing(() => thumb(name).click());
      await until(async () => (await thumb(name).getAttribute('aria-current')) === 'true');
    }
  },
};

console.log(`${cpus()[0].model}, ${availableParallelism()} threads, Chromium ${browser.version()}, load ${loadavg()[0].toFixed(2)} at the start`);
for (const [name, act] of Object.entries(ACTS)) await row(name, act);

await browser.close();
site.close();
