/**
 * node scripts/make-drawing-goldens.mjs
 *
 * Bundled photographs as they are drawn now, into test/golden/drawing: what test/drawing.test.ts holds later versions to.
 * After `npm run build`; look at the pictures before and after (scripts/contact-sheet.mjs).
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { analyse, describe, draw, encodeIndexedPng, openEncoder } from '../dist/index.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const grey = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
const encoder = await openEncoder('embedded');
for (const name of ['astronaut', 'chelsea', 'coffee']) {
  const analysis = await analyse(at(`photos/${name}.jpg`), { encoder, solver: 'ncut' });
  const { labels } = await describe(await draw(analysis, { price: 0.025, ease: 0.4 }), analysis.picture);
  writeFileSync(at(`test/golden/drawing/${name}.png`), await encodeIndexedPng(labels, grey));
  const merged = await analyse(at(`photos/${name}.jpg`), { encoder, solver: 'merge' });
  const regions = await describe(await draw(merged, { price: 0.026, ease: 0.4 }), merged.picture);
  writeFileSync(at(`test/golden/drawing/${name}-merge.png`), await encodeIndexedPng(regions.labels, grey));
}
await encoder.dispose();
