/**
 * Pictures beside their regions on one sheet, to look at many results at once:
 *
 *   node scripts/contact-sheet.mjs -o sheet.jpg [--option price=0.04] PICTURES...      segments them itself
 *   node scripts/contact-sheet.mjs -o sheet.jpg --labels DIR PICTURES...               reads DIR/<stem>.png
 *   node scripts/contact-sheet.mjs -o sheet.jpg --before DIR --after DIR PICTURES...   the original and both
 *
 * --columns 4: pictures in a row; --width 320: longer side of a tile in pixels; --option may be repeated.
 * Needs `npm run build`.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const built = fileURLToPath(new URL('../dist/toolkit.js', import.meta.url));
if (!existsSync(built)) stop('dist/index.js is missing: run "npm run build" first');
const { decodeImage, decodeLabelPng, drawOverlay, ENCODER, InputError, openEncoder, segment, writeWhole } = await import('../dist/toolkit.js');

/** Pixels between the tiles of one picture, around a picture, and under its tiles for the text. */
const GAP = 4;
const MARGIN = 16;
const CAPTION = 26;
/** A JPEG holds at most this many pixels a side. */
const JPEG_SIDE = 65_535;

try {
  await main();
} catch (error) {
  // anything else is a fault of this script or the package: it keeps its stack
  if (!(error instanceof InputError)) throw error;
  stop(error.message);
}

async function main() {
  const { flags, pictures } = readFlags();
  const columns = whole('columns', flags.columns, 1, 100);
  const width = whole('width', flags.width, 64, 2000);
  const { titles, labelsOf, close } = await chooseSource(flags);
  const cells = [];
  try {
    for (const path of pictures) {
      const picture = await decodeImage(path);
      const tiles = [{ ...(await shrink(picture, width)), text: basename(path) }];
      for (const [i, labels] of (await labelsOf(path, picture)).entries()) {
        const count = new Set(labels.data).size;
        const text = `${titles[i]}${count} ${count === 1 ? 'segment' : 'segments'}`;
        tiles.push({ ...(await shrink(await overlay(path, picture, labels), width)), text });
      }
      cells.push(tiles);
    }
  } finally {
    await close?.();
  }
  const { width: w, height: h } = await writeSheet(flags.output, cells, columns, width);
  console.log(`${flags.output}: ${cells.length} ${cells.length === 1 ? 'picture' : 'pictures'}, ${w} x ${h} pixels`);
}

function readFlags() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        labels: { type: 'string' },
        before: { type: 'string' },
        after: { type: 'string' },
        columns: { type: 'string', default: '4' },
        width: { type: 'string', default: '320' },
        option: { type: 'string', multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw new InputError(error.message.split('. ')[0]); // the rest explains how to write a file name that begins with -
  }
  const { values: flags, positionals: pictures } = parsed;
  if (!flags.output) throw new InputError('Name the sheet to write: -o sheet.jpg');
  if (!/\.jpe?g$/i.test(flags.output)) throw new InputError(`The sheet is a JPEG, not ${JSON.stringify(flags.output)}: name it .jpg`);
  if (pictures.length === 0) throw new InputError('Name at least one picture');
  if ((flags.before === undefined) !== (flags.after === undefined)) throw new InputError('Give --before and --after together');
  if (flags.labels !== undefined && flags.before !== undefined) throw new InputError('Give --labels or --before and --after, not both');
  if (flags.option.length > 0 && (flags.labels ?? flags.before) !== undefined)
    throw new InputError('--option is for segmenting, and nothing is segmented where label maps are given: leave one out');
  return { flags, pictures };
}

/** Where the label maps of a picture come from: one folder, two folders, or segmenting with one encoder for all. */
async function chooseSource({ labels, before, after, option }) {
  if (labels !== undefined) return { titles: [''], labelsOf: async (path) => [await readLabels(labels, path)] };
  if (before !== undefined) {
    return { titles: ['before: ', 'after: '], labelsOf: (path) => Promise.all([readLabels(before, path), readLabels(after, path)]) };
  }
  const given = Object.entries(Object.fromEntries(option.map(readOption)));
  const [forEncoder, forSegment] = [true, false].map((its) => Object.fromEntries(given.filter(([name]) => name in ENCODER === its)));
  const { encoder: name = 'embedded', ...options } = forSegment;
  const encoder = await openEncoder(name, forEncoder);
  return {
    titles: [''],
    labelsOf: async (_path, picture) => [(await segment(picture, { ...options, encoder })).labels],
    close: () => encoder.dispose(),
  };
}

/** `price=0.04`, `split=true`, `refine=none`: the option's own check says what it may be. */
function readOption(text) {
  const [, name, value] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (name === undefined) throw new InputError(`Expected name=value for --option but received ${JSON.stringify(text)}`);
  if (value === 'true' || value === 'false') return [name, value === 'true'];
  return [name, Number.isNaN(Number(value)) ? value : Number(value)];
}

async function readLabels(folder, picture) {
  const path = join(folder, `${parse(picture).name}.png`);
  const bytes = await readFile(path).catch((error) => {
    throw new InputError(`${JSON.stringify(path)} could not be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  return decodeLabelPng(bytes, JSON.stringify(path));
}

/** The package's own drawing; its sentence about sizes does not say which picture it was. */
async function overlay(path, picture, labels) {
  try {
    return await drawOverlay(picture, labels);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${JSON.stringify(path)}: ${error.message}`) : error;
  }
}

/** The picture within a square of `side` pixels, as sharp's `composite` takes it. */
async function shrink({ data, width, height }, side) {
  const picture = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  const { data: input, info } = await picture.resize(side, side, { fit: 'inside' }).raw().toBuffer({ resolveWithObject: true });
  return { input, raw: { width: info.width, height: info.height, channels: info.channels } };
}

function caption(text, width) {
  const room = Math.floor(width / 8); // letters of this size are 8 pixels wide or less, nearly all of them
  const short = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  const safe = short.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${CAPTION}">` +
      `<text x="${width / 2}" y="18" font-family="sans-serif" font-size="14" fill="#222" text-anchor="middle">${safe}</text></svg>`,
  );
}

/** Rows as high as their highest tile, so that a row of wide pictures wastes no paper. */
async function writeSheet(output, cells, columns, side) {
  const cellWidth = cells[0].length * (side + GAP) - GAP + MARGIN;
  const layers = [];
  let top = MARGIN;
  for (let first = 0; first < cells.length; first += columns) {
    const row = cells.slice(first, first + columns);
    const high = Math.max(...row.flat().map(({ raw }) => raw.height));
    for (const [column, tiles] of row.entries()) {
      for (const [i, { input, raw, text }] of tiles.entries()) {
        const left = MARGIN + column * cellWidth + i * (side + GAP);
        layers.push({ input, raw, left: left + ((side - raw.width) >> 1), top: top + high - raw.height });
        layers.push({ input: caption(text, side), left, top: top + high });
      }
    }
    top += high + CAPTION + MARGIN;
  }
  const width = MARGIN + Math.min(columns, cells.length) * cellWidth;
  if (Math.max(width, top) > JPEG_SIDE) {
    throw new InputError(
      `The sheet would have ${width} x ${top} pixels, and a JPEG has at most ${JPEG_SIDE} a side: give fewer pictures or a smaller --width`,
    );
  }
  const paper = sharp({ create: { width, height: top, channels: 3, background: '#fff' }, limitInputPixels: false });
  await writeWhole(output, await paper.composite(layers).jpeg({ quality: 88 }).toBuffer(), { replace: true });
  return { width, height: top };
}

function whole(name, text, min, max) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new InputError(`Expected a whole number from ${min} to ${max} for --${name} but received ${JSON.stringify(text)}`);
}

function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}
