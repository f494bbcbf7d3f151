/** TIFFs whose pixel values are ids, as label maps. */
import { expected, InputError } from '../../errors.ts';
import { bytesOf, inMemory, type PictureBytes } from '../../image/bytes.ts';
import { formatOf } from '../../image/formats.ts';
import { damaged, type Reading, readingOf } from '../../image/image.ts';
import type { Numbers } from '../../image/samples.ts';
import { openTiff, type TiffPage } from '../../image/tiff.ts';
import { LABEL_TIFF_READING } from '../../options/export.ts';
import { type Given, resolveOptions } from '../../options/spec.ts';
import { pause } from '../../tensor/watch.ts';
import type { GeoReference, LabelMap, Watch } from '../../types.ts';
import type { ReadLabels } from './values.ts';

const NAME = 'The label TIFF';

/** @throws InputError for what is no TIFF, has several bands, or is turned */
const labelPage = async (file: PictureBytes, reading: Reading): Promise<TiffPage> => {
  const format = formatOf(await file.read(0, file.size), NAME);
  if (format !== 'TIFF') throw new InputError(`${NAME} is a picture of the kind ${format}: give a TIFF of one band whose values are ids`);
  const shown = await openTiff(file, reading);
  const bands = shown?.image.getSamplesPerPixel() ?? 1;
  if (bands !== 1) throw new InputError(`${NAME} has ${bands} bands: give one of one band, grey or palette, whose values are ids`);
  const page = await openTiff(file, { ...reading, bands: [1] }); // of a palette, too, the numbers and no colours
  if (!page) throw damaged(NAME, new Error('its directory cannot be read'));
  if (page.orientation !== 1) throw new InputError(`${NAME} is stored turned: save it upright`);
  return page;
};

const LARGEST = 2 ** 31 - 1;

/** @throws InputError for what is no id */
const setIds = ({ data, width }: LabelMap, top: number, numbers: Numbers): void => {
  for (let i = 0, at = top * width; i < numbers.length; i++, at++) {
    const value = numbers[i];
    if (!(value >= 0 && value <= LARGEST && Number.isInteger(value)))
      throw new InputError(`${NAME} holds ${value} at x ${at % width}, y ${Math.floor(at / width)}: ids are whole numbers from 0 to ${LARGEST}`);
    data[at] = value;
  }
};

/** Pixels that are read at once, where strips are no larger. */
const BAND = 2 ** 20;

/** The value of no data, where there is such a pixel. */
const transparentOf = ({ data }: LabelMap, { scale }: TiffPage): Pick<LabelMap, 'transparent'> =>
  scale.nodata !== undefined && data.includes(scale.nodata) ? { transparent: scale.nodata } : {};

/**
 * The ids of a TIFF of one band, whole numbers of up to 32 bits or floats that are whole: its values as they stand there, never
 * colours. What GDAL_NODATA says is `transparent`; its georeference comes with the labels.
 * @throws InputError with one sentence: no TIFF, damaged, several bands, values that are no ids, more than `maxPixels`; the
 *   signal's reason once aborted
 */
export const labelsFromTiff = async (
  bytes: Uint8Array,
  given: Given<typeof LABEL_TIFF_READING> & Watch = {},
): Promise<ReadLabels & { geo?: GeoReference }> => {
  const { maxPixels, page: number, ...watch } = resolveOptions('labelsFromTiff', LABEL_TIFF_READING, given);
  const held = await bytesOf(bytes, NAME);
  if (!held) throw expected('the bytes of a TIFF, a Uint8Array,', 'the label map', bytes);
  const reading = { ...readingOf({ maxPixels, page: number, stretch: 'none' }), signal: watch.signal };
  const page = await labelPage(inMemory(held, NAME), reading);
  const { tiffReader } = await import('../../image/tiff-reader.ts');
  const { width, height, source, blockRows, read } = tiffReader(page, NAME, reading);
  const labels: LabelMap = { data: new Int32Array(width * height), width, height };
  const rows = Math.max(blockRows, Math.floor(BAND / width / blockRows) * blockRows);
  for (let top = 0; top < height; top += rows) {
    const region = { left: 0, top, width, height: Math.min(rows, height - top) };
    setIds(labels, top, (await read(region, watch.signal)).data);
    await pause(watch);
  }
  const notes = source.pages === undefined || source.pages === 1 ? [] : [`page ${number} of ${source.pages}: page (--page) chooses another`];
  return { labels: { ...labels, ...transparentOf(labels, page) }, names: [], notes, ...(source.geo && { geo: source.geo }) };
};
