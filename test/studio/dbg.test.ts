import { join } from 'node:path';
import { it } from 'vitest';
import { openStudio, PHOTOS, pick, startBrowser, programSite} from './studio.ts';
it('dbg', async () => {
  const running = await startBrowser();
  const site = await programSite();
  const { page, errors } = await openStudio(running, site);
  page.on('requestfailed', (m) => console.log('failed', m.url(), m.failure()));
  page.on('response', (m) => console.log(m.status(), m.url()));
      await pick(page, join(PHOTOS, 'horses.jpg'));
  for (let i = 0; i < 10; i++) {
    await page.waitForTimeout(2000);
    console.log(await page.evaluate(() => [crossOriginIsolated, document.querySelector('main')?.innerText, document.querySelector('.notices')?.innerText]), errors);
  }
  await running.close(); await site.end();
});
