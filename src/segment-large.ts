/**
 * Pictures of hundreds of megapixels: segmented brought down, drawn at their own size a band at a time. Neither their pixels nor
 * their labels ever stand in memory whole.
 *
 *   file ── reduced ─► base, at most 16 megapixels ── analyse, draw ─► its segments
 *     └──── rows ────► a band ── upsampleInBands ─► runs ── what broke off joins its neighbour ─► segments
 */
import { analysisOf, type FileSegmentation } from './analysis.ts';
import { keepLargestRuns, piecesOf } from './draw/components.ts';
import { stamp } from './draw/transparency.ts';
import { enlarged, upsampleInBands } from './draw/upsample.ts';
import { drawing, drawnAs, usedOptions } from './drawing.ts';
import { byArea } from './export/segments.ts';
import type { PictureFile } from './image/image.ts';
import type { SegmentOptions } from './segment-options.ts';
import { addRows, type ColouredRuns, createRuns, finishRuns, type RunMap, renamedRuns } from './tensor/runs.ts';
import { breathe, pause, stopwatch } from './tensor/watch.ts';
import type { LabelMap, RgbImage, Watch } from './types.ts';

/** Every constant of the method, pixels. */
const LARGE = {
  /** Pictures of more are drawn in bands. */
  least: 3 * 2 ** 23,
  /** The base has at most this many; each step from it to the picture doubles the sides. */
  base: 2 ** 24,
  /** Of a band. */
  band: 2 ** 24,
};

/** Whether a picture is too large to be drawn whole. */
export const isLarge = ({ width, height }: { width: number; height: number }, { least } = LARGE): boolean => width * height > least;

/** The base's size and those of the steps after it, the picture's own left out. */
const sizesOf = ({ width, height }: PictureFile, most: number): { width: number; height: number }[] => {
  const sizes: { width: number; height: number }[] = [];
  for (let by = 2; sizes.length === 0 || sizes[0].width * sizes[0].height > most; by *= 2)
    sizes.unshift({ width: Math.max(1, Math.round(width / by)), height: Math.max(1, Math.round(height / by)) });
  return sizes;
};

/**
 * `segment` for a picture that is read in parts.
 * @throws what `segment` does
 */
export const segmentLarge = async (
  file: PictureFile,
  given: SegmentOptions = {},
  settings = LARGE,
): Promise<FileSegmentation & { labels: RunMap }> => {
  const { tau, price, ease, join, signal, onProgress } = given;
  const watch: Watch = { signal, onProgress };
  // 1. The picture brought down, and its segments
  const [baseSize, ...between] = sizesOf(file, settings.base);
  const analysis = await analysisOf(() => file.reduced(baseSize, signal), given, file);
  const { picture: base, tree, features, timings } = analysis;
  const timed = stopwatch(timings, signal);
  const told = drawnAs(given);
  const minArea = Math.round((told.minArea * base.width * base.height) / (file.width * file.height));
  const asked = { tau, price, ease, join };
  const { lost, ...drawn } = await drawing(analysis, asked, { ...told, minArea, keepAlpha: false, ...watch }, timed);
  // 2. Every piece of them to the picture's size: it stays one piece
  const { components, idOf } = await timed('refine', () => piecesOf(drawn, watch));
  const pieces = await timed('upsample', async () => {
    const transparent = told.keepAlpha ? idOf.size : undefined;
    idOf.set(idOf.size, -1); // below all others: numbered by area in a moment
    if (told.refine === 'none') return nearestRuns(file, components, settings.band, transparent, watch);
    return keepLargestRuns(await drawRuns(file, components, base, between, settings.band, transparent, watch), watch);
  });
  // 3. Segments by area
  const { labels, segments } = await timed('describe', () => byArea(renamedRuns(pieces, (piece) => idOf.get(piece) as number)));
  const options = usedOptions(analysis, asked, told);
  return { picture: { ...base, source: file.source }, labels, segments, lost, tree, features, options, timings };
};

/** Labels of the base at the picture's own size. @param between the sizes of the steps before the last */
const drawRuns = async (
  file: PictureFile,
  labels: LabelMap,
  base: RgbImage,
  between: readonly { width: number; height: number }[],
  bandPixels: number,
  transparent: number | undefined,
  watch: Watch,
): Promise<ColouredRuns> => {
  let [now, below] = [labels, base];
  for (const size of between) {
    const guide = await file.reduced(size, watch.signal);
    now = await enlarged(now, below, guide, watch, () => pause(watch));
    below = guide;
  }
  const { rows, take, finish } = runsOf(file, transparent, watch);
  await upsampleInBands(now, below, file, bandPixels, rows, take, watch);
  return finish();
};

/** The same without a look at the picture's edges: the nearest label for each pixel. */
const nearestRuns = async (
  file: PictureFile,
  labels: LabelMap,
  bandPixels: number,
  transparent: number | undefined,
  watch: Watch,
): Promise<ColouredRuns> => {
  const { width, height } = file;
  const { rows, take, finish } = runsOf(file, transparent, watch);
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * labels.width) / width));
  const most = Math.max(1, Math.floor(bandPixels / width));
  for (let top = 0; top < height; top += most) {
    await breathe(watch, 'upsample', top, height);
    const band = await rows(top, Math.min(height, top + most));
    const ids = new Int32Array(band.height * width);
    for (let y = 0; y < band.height; y++) {
      const from = Math.floor(((top + y + 0.5) * labels.height) / height) * labels.width;
      pick(labels.data.subarray(from, from + labels.width), columns, ids.subarray(y * width, (y + 1) * width));
    }
    take(ids, band);
  }
  return finish();
};

const pick = (from: Int32Array, at: Int32Array, out: Int32Array): void => {
  for (let i = 0; i < out.length; i++) out[i] = from[at[i]];
};

/** Bands of a file, and the runs that their labels are kept as. @param transparent id of what is transparent, if that is kept apart */
const runsOf = (file: PictureFile, transparent: number | undefined, { signal }: Watch) => {
  const runs = createRuns(file.width, file.height);
  let count = 0;
  return {
    rows: (top: number, bottom: number): Promise<RgbImage> => file.rows(top, bottom, signal),
    take(ids: Int32Array, { data, alpha }: RgbImage): void {
      if (transparent !== undefined && alpha) count += stamp(ids, alpha, transparent, 0, ids.length);
      addRows(runs, ids, data);
    },
    finish: (): ColouredRuns => (count > 0 ? { ...finishRuns(runs), transparent: transparent as number } : finishRuns(runs)),
  };
};
