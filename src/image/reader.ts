/** What each decoder gives, and the picture file that is made of it: statistics, rows the right way up, the whole made smaller. */
import { expected, InputError } from '../errors.ts';
import { stretchBounds } from '../options/segment.ts';
import { addRow, coverOf, covers } from '../tensor/resize.ts';
import { pause } from '../tensor/watch.ts';
import type { PictureSource, RgbImage, Watch } from '../types.ts';
import { checkPixels, type PictureFile, type Reading, withAlpha } from './image.ts';
import { type Region, storedRegion, turned, turnedSize } from './orient.ts';
import { type Paint, painted, paintOf, percentile, type Samples, type Scale, sortedNumbers } from './samples.ts';

/** A picture as its file stores it, by one of the decoders. */
export interface Reader {
  width: number;
  height: number;
  /** As EXIF counts, 1 to 8. */
  orientation: number;
  source: PictureSource;
  scale: Scale;
  /** Whether `auto` looks at what its numbers are: photographs of 8 bits are as they are. */
  isMeasurement: boolean;
  /** Rows that are decoded together: to read fewer costs as much. */
  blockRows: number;
  read(region: Region, signal?: AbortSignal): Promise<Samples>;
  /** The whole at a size, where the decoder does that by itself. */
  reduced?(size: { width: number; height: number }, signal?: AbortSignal): Promise<Samples>;
  /** Some of its pixels from all over it, where that costs less than reading rows. */
  sampled?(signal?: AbortSignal): Promise<Samples>;
}

/** Pixels that statistics are made of, about. */
export const SAMPLED = 2 ** 20;

/** Bands of rows that statistics are made of, at least. */
const BANDS = 16;

/** Every nth row. */
const thinned = ({ data, width, height, channels }: Samples, step: number): Samples => {
  if (step <= 1) return { data, width, height, channels };
  const row = width * channels;
  const rows = Math.ceil(height / step);
  const out = data.slice(0, rows * row);
  for (let y = 1; y < rows; y++) out.set(data.subarray(y * step * row, (y * step + 1) * row) as never, y * row);
  return { data: out, width, height: rows, channels };
};

/** Rows from all over the picture: some of each block, or of some blocks where there are many. */
const sampledRows = async ({ width, height, blockRows, read }: Reader, signal?: AbortSignal): Promise<Samples[]> => {
  const blocks = Math.ceil(height / blockRows);
  const wanted = Math.min(blocks, Math.max(BANDS, Math.ceil(SAMPLED / (width * blockRows))));
  const each = Math.max(1, Math.ceil(SAMPLED / (width * wanted))); // rows of a block
  const parts = [];
  for (let i = 0; i < wanted; i++) {
    const top = Math.floor(((i + 0.5) * blocks) / wanted) * blockRows;
    const region = { left: 0, top, width, height: Math.min(blockRows, height - top) }; // less of it costs as much
    parts.push(thinned(await read(region, signal), Math.ceil(region.height / each)));
    await pause({ signal });
  }
  return parts;
};

/** Percentiles that `auto` stretches between. */
const AUTO = [0.1, 99.9] as const;

/** What share of its type's range a picture must use to be left as it is. */
const FULL = 1 / 4;

/** Which numbers become black and white; undefined for the whole range of the type. */
const stretchOf = async (reader: Reader, stretch: string, signal?: AbortSignal): Promise<[number, number] | undefined> => {
  const given = stretchBounds(stretch);
  if (stretch === 'none' || (stretch === 'auto' && !reader.isMeasurement)) return undefined;
  if (given && !given.isPercentile) return [given.low, given.high];
  const { scale } = reader;
  const parts = reader.sampled ? [await reader.sampled(signal)] : await sampledRows(reader, signal);
  const sorted = sortedNumbers(parts, scale.nodata);
  if (sorted.length === 0) return undefined; // nothing was measured
  if (given) return [percentile(sorted, given.low), percentile(sorted, given.high)];
  const [from, to] = AUTO.map((percent) => percentile(sorted, percent));
  if (!scale.isFloat && to - from >= (scale.range[1] - scale.range[0]) * FULL) return undefined;
  return [from, to];
};

const short = (n: number): string => String(Number(n.toPrecision(6)));

/** Levels, 0 to 255, that all pixels but the odd one lie within where there is nothing to see. */
const FLAT = 3;

const noteOf = (isFlat: boolean): string | undefined =>
  isFlat ? 'hardly any contrast: nearly all its pixels are alike; stretch (--stretch) chooses which values become black and white' : undefined;

/** Whether 998 of 1,000 bytes of each colour lie within so few levels of each other. */
const isFlat = ({ data }: RgbImage): boolean => {
  const counts = new Uint32Array(3 * 256);
  countLevels(data, counts);
  return [0, 1, 2].every((colour) => {
    const levels = counts.subarray(colour * 256, colour * 256 + 256);
    const few = data.length / 3000;
    let [low, high] = [0, 255];
    for (let left = few; levels[low] <= left && low < 255; low++) left -= levels[low];
    for (let left = few; levels[high] <= left && high > 0; high--) left -= levels[high];
    return high - low < FLAT;
  });
};

const countLevels = (data: Uint8Array, counts: Uint32Array): void => {
  for (let i = 0; i < data.length; i += 3) {
    counts[data[i]]++;
    counts[256 + data[i + 1]]++;
    counts[512 + data[i + 2]]++;
  }
};

/** Says a thing about the picture once. */
export const addNote = (source: PictureSource, note: string | undefined): void => {
  if (note && !source.notes?.includes(note)) source.notes = [...(source.notes ?? []), note];
};

const checkRows = (top: number, bottom: number, height: number): void => {
  if (!Number.isInteger(top) || top < 0 || top >= height) throw expected(`a whole number from 0 to ${height - 1}`, 'top', top);
  if (!Number.isInteger(bottom) || bottom <= top || bottom > height) throw expected(`a whole number from ${top + 1} to ${height}`, 'bottom', bottom);
};

const checkSize = (to: { width: number; height: number }): void => {
  for (const side of [to?.width, to?.height])
    if (!Number.isInteger(side) || side < 1) throw expected('{ width, height }, whole numbers', 'the size', to);
};

/** Every decoder's result is as large as it should be. */
const checkSamples = ({ data, width, height, channels }: Samples, wanted: { width: number; height: number }): void => {
  if (width === wanted.width && height === wanted.height && channels >= 1 && channels <= 4 && data.length === width * height * channels) return;
  throw new InputError(
    `The decoder gave ${width} x ${height} x ${channels} (${data.length} numbers) for a picture of ${wanted.width} x ${wanted.height}: convert the file`,
  );
};

/** Source pixels that are read between two pauses. */
const BAND = 2 ** 20;

/** A row of the smaller picture under way: sums of its pixels' colours, and of how transparent they are, three numbers a pixel each. */
interface RowSums {
  colours: Float64Array;
  clear: Float64Array;
}

/** The mean of the area that each target pixel covers, from bands of the stored picture. */
const reducedByBands = async (
  { width, height, blockRows }: Pick<Reader, 'width' | 'height' | 'blockRows'>,
  to: { width: number; height: number },
  read: (region: Region) => Promise<RgbImage>,
  watch: Watch,
): Promise<RgbImage> => {
  const [columns, rows] = [covers(width, to.width), covers(height, to.height)];
  const by = (to.width * to.height) / (width * height);
  const out = { data: new Uint8ClampedArray(to.width * to.height * 3), alpha: new Uint8ClampedArray(to.width * to.height) };
  const free: RowSums[] = []; // two, where a picture is made smaller
  const open: RowSums[] = []; // from target row y on
  const newRow = (): RowSums => ({ colours: new Float64Array(to.width * 3), clear: new Float64Array(to.width * 3) });
  const clear = new Uint8Array(width * 3); // of one row
  let y = 0;
  const finish = (): void => {
    const sums = open.shift() ?? newRow();
    finishRow(sums, by, out.data, out.alpha, y++);
    free.push(sums);
  };
  const step = Math.max(blockRows, Math.floor(BAND / width / blockRows) * blockRows);
  for (let top = 0; top < height; top += step) {
    const band = await read({ left: 0, top, width, height: Math.min(step, height - top) });
    for (let row = top; row < top + band.height; row++) {
      while (rows.last[y] < row) finish();
      const at = (row - top) * width;
      if (band.alpha) for (let x = 0; x < width; x++) clear[3 * x] = 255 - band.alpha[at + x];
      for (let target = y; target < to.height && rows.first[target] <= row; target++) {
        if (open.length === target - y) open.push(free.pop() ?? newRow());
        const sums = open[target - y];
        const weight = coverOf(rows, target, row);
        addRow(band.data, at, columns, weight, sums.colours);
        if (band.alpha) addRow(clear, 0, columns, weight, sums.clear);
      }
      await pause(watch);
    }
  }
  while (y < to.height) finish();
  return withAlpha({ data: new Uint8Array(out.data.buffer), width: to.width, height: to.height }, new Uint8Array(out.alpha.buffer));
};

/** Writes a row, and makes its sums zeros for another. */
const finishRow = ({ colours, clear }: RowSums, by: number, data: Uint8ClampedArray, alpha: Uint8ClampedArray, y: number): void => {
  const from = y * colours.length;
  for (let i = 0; i < colours.length; i++) data[from + i] = colours[i] * by;
  for (let i = 0; i < colours.length; i += 3) alpha[(from + i) / 3] = 255 - clear[i] * by;
  colours.fill(0);
  clear.fill(0);
};

/** The picture right way up, its alpha with it. */
const upright = async (image: RgbImage, orientation: number, watch: Watch): Promise<RgbImage> => {
  if (orientation === 1) return image;
  const { data, alpha } = image;
  return {
    ...turnedSize(image, orientation),
    data: await turned(data, image, 3, orientation, watch),
    ...(alpha && { alpha: await turned(alpha, image, 1, orientation, watch) }),
  };
};

/**
 * A file to read rows from.
 * @throws InputError where it has more pixels than allowed
 */
export const pictureFile = async (reader: Reader, { maxPixels, stretch, signal }: Reading, name: string): Promise<PictureFile> => {
  const { orientation, scale, source } = reader;
  checkPixels(reader.width, reader.height, maxPixels, name);
  const size = turnedSize(reader, orientation);
  const stretched = await stretchOf(reader, stretch, signal);
  const paint: Paint = paintOf(scale, stretched);
  if (stretched) {
    source.stretch = stretched;
    addNote(source, `its values ${short(stretched[0])} to ${short(stretched[1])} became black to white (stretch)`);
  }
  const read = async (region: Region, given?: AbortSignal): Promise<RgbImage> => {
    given?.throwIfAborted();
    const samples = await reader.read(region, given);
    checkSamples(samples, region);
    return painted(samples, scale, paint, { signal: given });
  };
  const told = (image: RgbImage, isAll: boolean): RgbImage => {
    if (isAll && image.width * image.height > 1) addNote(source, noteOf(isFlat(image)));
    return { ...image, source };
  };
  return {
    ...size,
    source,
    rows: async (top, bottom, given = signal) => {
      checkRows(top, bottom, size.height);
      const image = await read(storedRegion(reader, orientation, top, bottom), given);
      return told(await upright(image, orientation, { signal: given }), bottom - top === size.height);
    },
    reduced: async (to, given = signal) => {
      checkSize(to);
      const stored = turnedSize(to, orientation);
      if (stored.width === reader.width && stored.height === reader.height)
        return told(await upright(await read({ left: 0, top: 0, ...stored }, given), orientation, { signal: given }), true);
      const samples = await reader.reduced?.(stored, given);
      if (samples) checkSamples(samples, stored);
      const image = samples
        ? await painted(samples, scale, paint, { signal: given })
        : await reducedByBands(reader, stored, (region) => read(region, given), { signal: given });
      return told(await upright(image, orientation, { signal: given }), true);
    },
  };
};

/** A picture of pixels, as if it were a file. */
export const fileOfPixels = (image: RgbImage): PictureFile => {
  const { data, alpha, width, height, source = { format: 'pixels' } } = image;
  const rows = (top: number, bottom: number): RgbImage => ({
    ...withAlpha(
      { data: data.subarray(top * width * 3, bottom * width * 3), width, height: bottom - top },
      alpha?.subarray(top * width, bottom * width),
    ),
    source,
  });
  return {
    width,
    height,
    source,
    rows: async (top, bottom) => {
      checkRows(top, bottom, height);
      return rows(top, bottom);
    },
    reduced: async (to, signal) => {
      checkSize(to);
      const band = async ({ top, height: count }: Region) => rows(top, top + count);
      return { ...(await reducedByBands({ width, height, blockRows: 1 }, to, band, { signal })), source };
    },
  };
};
