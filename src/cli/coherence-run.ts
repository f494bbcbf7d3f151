/** The work of `diffcut coherence`: pictures, then an encoder after the other, then the figure. */
import { basename, dirname, extname, join } from 'node:path';
import { printable } from '../errors.ts';
import { type Failure, toldPath } from '../jobs/inputs-node.ts';
import { makeFolder } from '../jobs/outputs-node.ts';
import {
  bestMatch,
  DEFAULT_ENCODER,
  decodeImage,
  drawFigure,
  drawHeatmap,
  type ENCODER,
  type Encoder,
  encodePng,
  type FeatureMap,
  type FigurePanel,
  type FigureRow,
  type Given,
  type Range,
  rangeOf,
  resizeBilinear,
  type SimilarityMap,
  type Size,
  shareOptions,
  similarity,
  smooth,
  type WriteOptions,
  writeNpy,
  writeWhole,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { type Asked, type CoherenceOptions, checkPaths, type Picture, queriesOf, readPictures } from './coherence-inputs.ts';
import { encoderOptionsOf, openAsked, withNoise } from './files.ts';
import { readingOptionsOf } from './options.ts';
import { createReporter, type Reporter } from './progress.ts';
import { printJson, say, sayError, sentenceOf, usageIfOption } from './terminal.ts';

/** What is told of one encoder's map of one picture for one query. */
interface MapRecord {
  /** From 1 on, as in the figure. */
  query: number;
  picture: string;
  grid: [number, number];
  best: { x: number; y: number; cosine: number };
  range: Range;
  quantiles?: Record<string, number>;
  png?: string;
  npy?: string;
}

/** A map as it is drawn, and what is told of it. */
interface Found {
  panel: FigurePanel;
  record: MapRecord;
}

/** What an encoder found: its column of the figure. */
interface Column {
  name: string;
  device: string;
  caption: string;
  /** By query, then by picture; undefined where the picture could not be encoded. */
  found: (Found | undefined)[][];
}

interface Job {
  options: CoherenceOptions;
  pictures: Picture[];
  asked: Asked[];
  failures: Failure[];
  reporter: Reporter;
  signal: AbortSignal;
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

const SHARES = { min: 0, q05: 0.05, q25: 0.25, q50: 0.5, q75: 0.75, q95: 0.95, max: 1 };

/** As numpy's `quantile`: straight between the two nearest. */
const quantilesOf = ({ data }: SimilarityMap): Record<string, number> => {
  const sorted = data.slice().sort();
  return Object.fromEntries(
    Object.entries(SHARES).map(([name, share]) => {
      const at = share * (sorted.length - 1);
      const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
      return [name, rounded(below + (above - below) * (at % 1))];
    }),
  );
};

/** The folder of the single maps: beside the figure, named after it. */
const mapsFolder = (output: string): string => `${output.slice(0, -extname(output).length)}.maps`;

/** Only what was not there before is written, unless it may be replaced. */
const writingOf = ({ options: { overwrite, durable }, signal }: Job): WriteOptions => ({ replace: overwrite, durable, signal });

const plain = (name: string): string => name.replace(/[^\p{L}\p{N}._+-]+/gu, '-');

interface Encoded {
  name: string;
  reference: FeatureMap;
  features: FeatureMap;
}

/** The map of one picture for one query: its panel, and what is told of it. */
const mapOne = async (job: Job, { name, reference, features }: Encoded, q: number, p: number): Promise<Found> => {
  const { options, pictures, asked } = job;
  const { size, image } = pictures[p];
  const mapAt = (target: Size): SimilarityMap => similarity(reference, asked[q].query, features, { picture: pictures[0].size, target });
  const whole = mapAt(size);
  const map = smooth(mapAt(image));
  const best = bestMatch(whole);
  const [low, high] = rangeOf([map]);
  const record: MapRecord = {
    query: q + 1,
    picture: toldPath(pictures[p].path),
    grid: [features.width, features.height],
    best: { ...best, cosine: rounded(best.cosine) },
    range: [rounded(low), rounded(high)],
  };
  if (options.json) record.quantiles = quantilesOf(whole);
  if (options.maps) {
    const stem = join(mapsFolder(options.output), `${plain(name)}.${q + 1}.${p}-${plain(basename(pictures[p].name, extname(pictures[p].name)))}`);
    Object.assign(record, { png: `${stem}.png`, npy: `${stem}.npy` });
    await writeWhole(`${stem}.npy`, writeNpy(whole.data, [size.height, size.width]), writingOf(job));
  }
  return { panel: p > 0 ? { map, best } : { map }, record };
};

/** All maps of one open encoder. A target that it cannot encode stays without. */
const runEncoder = async (encoder: Encoder, job: Job): Promise<Column> => {
  const { options, pictures, asked, failures, reporter, signal } = job;
  const found: Column['found'] = asked.map(() => []);
  const grids = new Set<string>();
  let reference: FeatureMap | undefined;
  for (const [p, { path, name, source }] of pictures.entries()) {
    reporter.begin(`${encoder.name}: ${name}`);
    const start = performance.now();
    try {
      const features = await encoder.encode(await decodeImage(source, { ...readingOptionsOf({ ...options }), signal }), {
        signal,
        onProgress: reporter.onProgress,
      });
      reference ??= features;
      grids.add(`${features.width} × ${features.height}`);
      for (const q of asked.keys()) found[q][p] = await mapOne(job, { name: encoder.name, reference, features }, q, p);
      reporter.finish(`${encoder.name}: ${name}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
    } catch (error) {
      signal.throwIfAborted();
      if (!reference) throw error;
      failures.push({ path, error });
      for (const row of found) row[p] = undefined;
      reporter.finish(`${encoder.name}: ${name}, failed`);
    }
  }
  return { name: encoder.name, device: encoder.device, caption: `${encoder.name} · ${[...grids].join(', ')}`, found };
};

/** An encoder to open, with the options that it takes. */
type Named = readonly [name: string, options: Given<typeof ENCODER>];

const withEncoder = async <T>([name, options]: Named, { signal }: Job, use: (encoder: Encoder) => Promise<T>): Promise<T> => {
  const encoder = await openAsked(name, { ...options, signal });
  try {
    return await use(encoder);
  } finally {
    await encoder.dispose();
  }
};

/** One encoder after the other: no two lie in memory together. */
const runEncoders = async (names: readonly string[], job: Job): Promise<Column[]> => {
  const shares = await shareOptions(names, await withNoise(encoderOptionsOf({ ...job.options }), job.signal)).catch(usageIfOption);
  const all = names.map((name, i): Named => [name, shares[i]]);
  // an hour with the first is not for finding that the second is not on this machine
  if (all.length > 1) for (const named of all) await withEncoder(named, job, async () => {});
  const columns: Column[] = [];
  for (const named of all) {
    job.signal.throwIfAborted();
    columns.push(await withEncoder(named, job, (encoder) => runEncoder(encoder, job)));
  }
  return columns;
};

const blocksOf = ({ pictures, asked }: Job, columns: readonly Column[]): FigureRow[][] =>
  asked.map(({ query, text }, q) =>
    pictures.map(({ name, image, size }, p) => ({
      caption: p === 0 ? `${name}, ${text}` : name,
      image,
      size,
      ...(p === 0 ? { query } : {}),
      panels: columns.map(({ found }) => found[q][p]?.panel),
    })),
  );

/** The maps over their pictures at full size, in the colours of the figure: those of a shared range are known only now. */
const writeMaps = async ({ found }: Column, range: Range | undefined, job: Job): Promise<void> => {
  const { pictures, options, signal } = job;
  for (const row of found) {
    for (const [p, one] of row.entries()) {
      if (one?.record.png === undefined) continue;
      signal.throwIfAborted();
      const { panel, record } = one;
      const image = await decodeImage(pictures[p].source, { ...readingOptionsOf({ ...options }), signal });
      const { width, height } = image;
      const data = resizeBilinear(panel.map.data, panel.map.width, panel.map.height, 1, width, height);
      const drawn = drawHeatmap(image, { data, width, height }, { range: range ?? rangeOf([panel.map]), colormap: options.colormap });
      await writeWhole(record.png as string, await encodePng(drawn), writingOf(job));
    }
  }
};

const foundOf = (found: Column['found']): Found[] => found.flat().filter((one) => one !== undefined);

const report = (failures: readonly Failure[], verbose: boolean | undefined): void => {
  for (const { path, error } of failures) {
    const sentence = sentenceOf(error);
    sayError(`diffcut: ${sentence.includes(printable(JSON.stringify(path))) ? '' : `${printable(path)}: `}${sentence}`, error, verbose);
  }
};

const recordOf = ({ options, pictures, asked, failures }: Job, columns: readonly Column[], range: Range | undefined): object => ({
  figure: options.output,
  scale: range ? 'shared' : 'each',
  range: range?.map(rounded) ?? null,
  colormap: options.colormap ?? 'jet',
  pictures: pictures.map(({ path, size }) => ({ path, ...size })),
  queries: asked.map(({ record }, q) => ({ number: q + 1, ...record })),
  encoders: columns.map(({ name, device, found }) => ({ name, device, maps: foundOf(found).map(({ record }) => record) })),
  failed: failures.map(({ path, error }) => ({ path, error: sentenceOf(error) })),
  version: VERSION,
});

/**
 * Compares the pictures and writes the figure; a target that cannot be read does not stop the rest.
 * @param paths the reference, then the targets
 * @returns how many failed
 * @throws InputError for what no figure survives: the reference, a query outside of it, an encoder that does not open
 */
export const runCoherence = async (paths: readonly string[], options: CoherenceOptions, signal: AbortSignal): Promise<number> => {
  const { output, encoders = [DEFAULT_ENCODER] } = options;
  await checkPaths(paths, options.maps ? [output, mapsFolder(output)] : [output], options);
  const failures: Failure[] = [];
  const pictures = await readPictures(paths, options, failures, signal);
  const asked = await queriesOf(options, pictures[0], signal);
  await makeFolder(options.maps ? mapsFolder(output) : dirname(output), options.durable);
  const reporter = await createReporter(encoders.length * pictures.length, options.quiet === true);
  const job: Job = { options, pictures, asked, failures, reporter, signal };
  let told = '';
  try {
    const columns = await runEncoders(encoders, job);
    const maps = columns.flatMap(({ found }) => foundOf(found).map(({ panel }) => panel.map));
    const range = options.scale === 'shared' ? rangeOf(maps) : undefined;
    const { scale, colormap, panel } = options;
    const figure = drawFigure(
      columns.map(({ caption }) => caption),
      blocksOf(job, columns),
      { scale, colormap, panel },
    );
    await writeWhole(output, await encodePng(figure), writingOf(job));
    for (const column of columns) await writeMaps(column, range, job);
    if (options.json) printJson(recordOf(job, columns, range));
    told = `${output}: ${figure.width} x ${figure.height} pixels`;
  } finally {
    reporter.close();
  }
  if (!options.quiet) say(told);
  report(failures, options.verbose);
  return failures.length;
};
