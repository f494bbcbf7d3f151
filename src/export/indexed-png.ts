/** Label maps as PNG whose pixel values are the ids: palette (VOC style) up to 256 ids, 16-bit grey above. */
import { expected, InputError, kindOf } from '../errors.ts';
import { LABEL_TIFF } from '../options/export.ts';
import { SEGMENT } from '../options/segment.ts';
import { check, checkWatch } from '../options/spec.ts';
import { joined } from '../tensor/bytes.ts';
import { isPng, type PngHead, readPngHead, readPngSamples } from '../tensor/png.ts';
import { type AnyLabels, rowReader } from '../tensor/runs.ts';
import type { LabelMap, Watch } from '../types.ts';
import { largestId } from './check.ts';
import { segmentPalette } from './palette.ts';
import { pngPieces, type ReadRow } from './png.ts';

/**
 * A PNG of colour type 3, 8 bits, index = label; 16-bit grey where an id is over 255.
 * @param palette 256 colours, 3 bytes each; our own where not given
 * @throws InputError for negative ids or ids over 65,535; the signal's reason once aborted
 */
export const encodeIndexedPng = async (labels: LabelMap, palette = segmentPalette(256), watch: Watch = {}): Promise<Uint8Array> => {
  checkWatch('encodeIndexedPng', watch);
  return joined(indexedPngPieces(labels, palette, watch));
};

/** The same piece by piece, of labels whichever way they are kept. */
export const indexedPngPieces = async function* (labels: AnyLabels, palette = segmentPalette(256), watch: Watch = {}): AsyncGenerator<Uint8Array> {
  check(LABEL_TIFF.palette, 'palette', palette);
  const largest = largestId(labels);
  const { width, height } = labels;
  if (largest > 65_535) throw new InputError(`A PNG holds label ids up to 65535 but one is ${largest}: renumber them or write NPY`);
  const ids = new Int32Array(width);
  const readIds = rowReader(labels);
  if (largest <= 255) {
    const shape = { width, height, depth: 8, colour: 'palette', rowBytes: width, palette } as const;
    const readRow: ReadRow = (y, row) => {
      readIds(y, ids);
      row.set(ids);
    };
    return yield* pngPieces(shape, readRow, watch);
  }
  const shape = { width, height, depth: 16, colour: 'grey', rowBytes: 2 * width } as const;
  const readRow: ReadRow = (y, row) => {
    readIds(y, ids);
    for (let x = 0; x < width; x++) {
      row[2 * x] = ids[x] >> 8;
      row[2 * x + 1] = ids[x];
    }
  };
  yield* pngPieces(shape, readRow, watch);
};

const damaged = (name: string, error: unknown): InputError =>
  new InputError(`${name} is a truncated or damaged PNG (${error instanceof Error ? error.message : error})`, { cause: error });

/** What the header says, before anything is inflated. */
const headOf = (bytes: Uint8Array, name: string): PngHead => {
  if (kindOf(bytes) !== 'Uint8Array') throw expected('the bytes of a PNG, a Uint8Array,', 'the label map', bytes);
  if (bytes.length < 8 || !isPng(bytes)) throw new InputError(`${name} is not a PNG: give a label map as palette or grey PNG`);
  try {
    return readPngHead(bytes);
  } catch (error) {
    throw damaged(name, error);
  }
};

/**
 * The ids of a palette or grey PNG (1 to 16 bits): pixel values as they stand in the file, never colours. Memory goes by the size
 * in its header, whatever else it holds.
 * @param name the file's name in error sentences
 * @throws InputError with one sentence: not a PNG, damaged, RGB or with alpha, too large
 */
export const decodeLabelPng = (bytes: Uint8Array, name = 'The label map'): LabelMap => {
  const head = headOf(bytes, name);
  const { width, height, channels } = head;
  if (channels > 1) throw new InputError(`${name} is an RGB or transparent PNG: labels are the indices of a palette or grey PNG`);
  if (width * height > SEGMENT.maxPixels.default) throw new InputError(`${name} has ${width} x ${height} pixels, more than a label map may have`);
  try {
    return { data: readPngSamples(bytes, head, Int32Array), width, height };
  } catch (error) {
    throw damaged(name, error);
  }
};
