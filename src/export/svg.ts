/** A labelled picture as SVG, a path a segment, neighbours with one border between them. */
import { LABEL_TIFF, SVG } from '../options/export.ts';
import { check, type Given, resolveOptions } from '../options/spec.ts';
import { joined } from '../tensor/bytes.ts';
import { pause } from '../tensor/watch.ts';
import type { Watch } from '../types.ts';
import type { Polygon } from './arcs.ts';
import { type LabelledPicture, UNNAMED } from './labelled.ts';
import { checkPicture, utf8 } from './set.ts';
import { type Outlined, outlined } from './vectors.ts';
import { escapedXml } from './xml.ts';

/** Multiples of 1/2, in as few characters as may be. */
const short = (value: number): string => String(value).replace(/^(-?)0\./, '$1.');

const pair = (x: number, y: number): string => `${short(x)}${y < 0 ? '' : ' '}${short(y)}`;

/** From a point to the next one. */
const lineTo = (x: number, y: number): string => {
  if (y === 0) return `h${short(x)}`;
  return x === 0 ? `v${short(y)}` : `l${pair(x, y)}`;
};

/** A ring in commands relative to the point before. */
const ringPath = (ring: readonly number[]): string => {
  let path = `M${pair(ring[0], ring[1])}`;
  for (let i = 2; i < ring.length; i += 2) path += lineTo(ring[i] - ring[i - 2], ring[i + 1] - ring[i - 1]);
  return `${path}z`;
};

const pathOf = (polygons: readonly Polygon[]): string => polygons.flatMap(({ outer, holes }) => [outer, ...holes].map(ringPath)).join('');

const elementOf = ({ id, name, score, area, colour, polygons }: Outlined): string => {
  const title = escapedXml(name === UNNAMED ? `${UNNAMED} ${id}` : name);
  const data = `id="segment-${id}" data-id="${id}" data-name="${escapedXml(name)}" data-area="${area}"${score === undefined ? '' : ` data-score="${score}"`}`;
  const paint = `fill="${colour}" stroke="${colour}" vector-effect="non-scaling-stroke"`;
  return `<path ${data} ${paint} d="${pathOf(polygons)}"><title>${title}</title></path>\n`;
};

const texts = async function* (picture: LabelledPicture, tolerance: number, watch: Watch): AsyncGenerator<string> {
  const { labels, picture: size = labels } = picture;
  const box = `width="${size.width}" height="${size.height}" viewBox="0 0 ${labels.width} ${labels.height}"`;
  const ratio = size.width * labels.height === size.height * labels.width ? '' : ' preserveAspectRatio="none"';
  yield `<svg xmlns="http://www.w3.org/2000/svg" ${box}${ratio}>\n<title>${escapedXml(picture.name)}</title>\n`;
  yield '<g fill-rule="evenodd" stroke-width="1" stroke-linejoin="round">\n';
  for (const segment of await outlined(picture, tolerance, watch)) {
    yield elementOf(segment);
    await pause(watch);
  }
  yield '</g>\n</svg>\n';
};

/**
 * An SVG of the picture's size, user units pixels of the labels. Of each object a `<path>` with its name as `<title>`, `id`
 * `segment-3`, `data-id`, `data-name`, `data-area` (pixels) and, where its name has one, `data-score`, filled with its colour by the even-odd rule.
 *
 * Neighbours have the very same border, yet a renderer that blends each path's edge with what is below lets the ground shine
 * through between them. So each path has a line of its own colour, a pixel of the screen wide at any scale, which covers that.
 * @throws InputError for what is no labelled picture or option; the signal's reason once aborted
 */
export const encodeSvg = async (picture: LabelledPicture, given: Given<typeof SVG> & Watch = {}): Promise<Uint8Array> => {
  const { tolerance, ...watch } = resolveOptions('encodeSvg', SVG, given);
  checkPicture(picture);
  if (picture.picture !== undefined) check(LABEL_TIFF.picture, 'picture', picture.picture);
  return joined(utf8(texts(picture, tolerance, watch)));
};
