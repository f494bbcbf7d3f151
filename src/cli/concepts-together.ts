/** `concepts --together`: the pictures cut as one, then each drawn at its own size. */
import { contentOf } from '../jobs/inputs-node.ts';
import { TOGETHER } from '../tables.ts';
import {
  areasOf,
  cutTogether,
  decodeImage,
  decodeLabelPng,
  dotRows,
  encodeIndexedPng,
  type FeatureMap,
  type LabelMap,
  type Placed,
  type RgbImage,
  refine,
  renamed,
  type SegmentVectors,
  segmentPalette,
  segmentVectors,
} from '../toolkit.ts';
import { type Findings, type Kept, NONE, type PictureJob, type Run, readingOf, titleOf } from './concepts-segments.ts';
import { knownOf } from './concepts-write.ts';
import { createReporter, type Reporter } from './progress.ts';

/** A picture by its tokens. */
interface Encoded {
  job: PictureJob;
  features: FeatureMap;
}

/** Each picture by `work`, the failed ones left out. */
const each = async <T, R>(
  all: readonly T[],
  jobOf: (one: T) => PictureJob,
  { failures, signal }: Run,
  work: (one: T, at: number) => Promise<R>,
): Promise<R[]> => {
  const out: R[] = [];
  for (const [at, one] of all.entries()) {
    try {
      out.push(await work(one, at));
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ path: jobOf(one).picture.path, error });
    }
  }
  return out;
};

const pictureOf = async ({ picture }: PictureJob, { options, signal }: Run): Promise<RgbImage> =>
  decodeImage(await contentOf(picture, readingOf(options), signal), { ...readingOf(options), signal });

/** A picture's labels at its own size, and the concept of each of its segments, the largest first. */
const drawn = async (coarse: LabelMap, { job, features }: Encoded, run: Run, onProgress: Reporter['onProgress']) => {
  const { signal } = run;
  const labels = await refine(coarse, await pictureOf(job, run), { method: 'edges', features, signal, onProgress });
  const areas = [...areasOf(labels)].sort(([, a], [, b]) => b - a);
  const of = areas.map(([concept]) => concept);
  const own = renamed(labels, (concept) => of.indexOf(concept));
  const png = await encodeIndexedPng(own, segmentPalette(256));
  const kept: Kept = {
    job,
    vectors: await segmentVectors(own, features, { signal }),
    shares: areas.map(([, area]) => Number((area / labels.data.length).toPrecision(4))),
    map: async () => decodeLabelPng(png, titleOf(job)),
  };
  return { kept, of };
};

/** Of each segment with its concept. */
const placedOf = (pictures: readonly { kept: Kept; of: number[] }[], concepts: SegmentVectors): Placed => ({
  of: Int32Array.from(pictures.flatMap(({ of }) => of)),
  cosine: Float32Array.from(pictures.flatMap(({ kept, of }) => of.map((concept, i) => dotRows(kept.vectors, i, concepts, concept)))),
});

/** @throws InputError where no picture can be read, or all have too many tokens; the signal's reason once aborted */
export const findTogether = async (jobs: readonly PictureJob[], run: Run): Promise<Findings> => {
  const { options, signal } = run;
  const { k, alpha, price = k === undefined ? TOGETHER.price.default : undefined } = options;
  const reporter = await createReporter(2 * jobs.length, options.quiet === true);
  try {
    const encoder = await run.encoder.get();
    const encoded = await each(
      jobs,
      (job) => job,
      run,
      async (job): Promise<Encoded> => {
        reporter.begin(titleOf(job));
        const features = await encoder.encode(await pictureOf(job, run), { signal, onProgress: reporter.onProgress });
        reporter.finish(`${titleOf(job)}: ${features.width} x ${features.height} tokens`);
        return { job, features };
      },
    );
    if (encoded.length === 0) return NONE;
    const { labels, vectors } = await cutTogether(
      encoded.map(({ features }) => features),
      { k, price, alpha, signal, onProgress: reporter.onProgress },
    );
    const pictures = await each(
      encoded,
      ({ job }) => job,
      run,
      async (one, at) => {
        reporter.begin(titleOf(one.job));
        const made = await drawn(labels[at], one, run, reporter.onProgress);
        reporter.finish(`${titleOf(one.job)}: drawn`);
        return made;
      },
    );
    return { pictures: pictures.map(({ kept }) => kept), known: knownOf(vectors), placed: placedOf(pictures, vectors), price };
  } finally {
    reporter.close();
  }
};
