// Makes docs/names.jpg: what names on an overlay look like. They are typed by hand, a place of the picture each: no weights of a CLIP
// were at hand.
//   npm run build && node scripts/names-picture.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { coloursByName, decodeImage, FORMATS, segment } from '../dist/toolkit.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HEIGHT = 480;
const NAMES = {
  horses: [
    [340, 101, 'sky'],
    [305, 349, 'grass'],
    [228, 219, 'horse'],
    [469, 212, 'horse'],
    [238, 310, 'foal'],
    [79, 240, 'hill'],
  ],
  astronaut: [
    [156, 377, 'space suit'],
    [245, 111, 'person'],
    [378, 446, 'helmet'],
    [37, 216, 'flag'],
    [416, 88, 'space shuttle'],
  ],
};

const classes = [...new Set(Object.values(NAMES).flatMap((places) => places.map(([, , said]) => said)))];
const pictures = [];
for (const [name, places] of Object.entries(NAMES)) {
  const image = await decodeImage(readFileSync(`${ROOT}photos/${name}.jpg`));
  const { labels, segments } = await segment(image);
  const named = segments.map((one) => {
    const [, , said] = places.find(([x, y]) => labels.data[y * labels.width + x] === one.id) ?? [];
    return said ? { ...one, name: said } : one;
  });
  const names = Array.from(named, (_, id) => named.find((one) => one.id === id)?.name);
  const overlay = await FORMATS.overlay.bytes({ image, labels, segments: named, record: {}, colours: coloursByName(names, classes) });
  pictures.push(await sharp(overlay).resize({ height: HEIGHT }).toBuffer({ resolveWithObject: true }));
}
const width = pictures.reduce((sum, { info }) => sum + info.width, 0);
let left = 0;
const parts = pictures.map(({ data, info }) => {
  left += info.width;
  return { input: data, left: left - info.width, top: 0 };
});
const sheet = sharp({ create: { width, height: HEIGHT, channels: 3, background: '#fff' } }).composite(parts);
writeFileSync(`${ROOT}docs/names.jpg`, await sheet.jpeg({ quality: 88, mozjpeg: true }).toBuffer());
