/** Names by a CLIP: each segment's vector beside those of a vocabulary's texts. */
import { devicesHere, isAttentionBounded } from '#runtime/session';
import { identityOf, keep, kept } from '#store/keep';
import { memoryHere } from '#store/locate';
import type { Graph } from '../compile/graph.ts';
import { type Clip, compileClip, compilePictureTower, type PictureTower } from '../compile/nets/clip.ts';
import { inBytes, planesOf } from '../encode/input.ts';
import { type Places, placeInputs, readPlaces } from '../encode/vit/places.ts';
import { badModel } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import type { NamerRow } from '../models/namers.ts';
import { checkMemory, estimateMemory } from '../runtime/memory.ts';
import { sessionOpener } from '../runtime/open.ts';
import { placeWeights } from '../runtime/place.ts';
import { type Device, type OpenSession, onDevice, type Session, type Tensor } from '../runtime/session.ts';
import { cacheKey } from '../store/cache-key.ts';
import { bytesOf } from '../tensor/bytes.ts';
import type { AnyLabels } from '../tensor/runs.ts';
import type { RgbImage, Segment, Watch } from '../types.ts';
import { type ClipFiles, openClipFiles, tokenizerTexts } from '../weights/clip-files.ts';
import { readFloats } from '../weights/weights.ts';
import { classify, sharesOf } from './classify.ts';
import type { Namer, NamerSettings } from './namer.ts';
import { TEMPLATES } from './templates.ts';
import { embedVocabulary, tokenizerOf, unitRows } from './text.ts';
import type { Vocabulary } from './vocabulary.ts';

/** As the published code has it: what training left above is cut. */
const MOST_SCALE = 100;

const scaleOf = async ({ all }: ClipFiles): Promise<number> =>
  Math.min(MOST_SCALE, Math.exp((await readFloats(all.take('logit_scale', all.shapeOf('logit_scale') ?? [])))[0]));

type Open = (graph: Graph) => Promise<Session>;

/** Vectors that were kept, or made and kept from then on: under the weights' files, the graph and the words. */
const keptTexts = async (
  { graph, dimensions }: Clip['text'],
  vocabulary: Vocabulary,
  tokenizer: readonly string[],
  make: () => Promise<Float32Array>,
): Promise<Float32Array> => {
  const files = await identityOf([...new Set(graph.weights.map(({ tensor }) => tensor.source))]);
  if (files === undefined) return make();
  const key = await cacheKey('texts', [files, JSON.stringify(graph.nodes), ...tokenizer, ...TEMPLATES, JSON.stringify(vocabulary)]);
  const before = await kept('texts', key);
  const bytes = vocabulary.flat().length * dimensions * Float32Array.BYTES_PER_ELEMENT;
  if (before?.length === bytes) return new Float32Array(Uint8Array.from(before).buffer);
  const made = await make();
  await keep('texts', key, bytesOf(made));
  return made;
};

/** The vocabulary's vectors; the text half is opened for them, where they are not kept, and given back. */
const textsOf = async (files: ClipFiles, { text }: Clip, vocabulary: Vocabulary, open: Open, watch: Watch): Promise<Float32Array> => {
  const tokenizer = await tokenizerTexts(files);
  return keptTexts(text, vocabulary, tokenizer, async () => {
    const tokenize = tokenizerOf(...tokenizer, text);
    const session = await open(text.graph);
    try {
      return await embedVocabulary(vocabulary, tokenize, text, session, watch);
    } finally {
      await session.dispose();
    }
  });
};

/** A picture's planes and places, as the graph takes them. */
const inputsOf = async (
  tower: PictureTower,
  places: Places | undefined,
  size: number,
  image: RgbImage,
  watch: Watch,
): Promise<Record<string, Tensor>> => {
  const data = await planesOf(image, size, size, inBytes(tower.mean), inBytes(tower.deviation), watch);
  const side = Math.floor(size / tower.stride);
  return { picture: { data, dims: [1, 3, size, size] }, ...(tower.vit && places && placeInputs(tower.vit, places, side, side)) };
};

const openGraphs = async (
  files: ClipFiles,
  row: NamerRow,
  { dense, device, threads }: Omit<NamerSettings, 'minScore'>,
  openSession: OpenSession,
): Promise<{ clip: Clip; session: Session; open: Open }> => {
  const clip = compileClip(files, dense); // what is wrong with the model is said before a device is tried
  const size: readonly [number, number] = [row.size, row.size];
  checkMemory(row.name, estimateMemory([clip.picture.graph], [...size]), memoryHere(), 'a smaller model');
  const on = async (graph: Graph, of: Device): Promise<Session> =>
    openSession(await placeWeights(graph), { device: of, threads, weights: 'streamed' });
  const session = await onDevice(device, devicesHere, async (of) =>
    on(isAttentionBounded(of) ? clip.picture.graph : compilePictureTower(files, dense, size).graph, of),
  );
  return { clip, session, open: (graph) => on(graph, session.device) };
};

/** A CLIP beside a vocabulary. */
export interface OpenClip {
  device: string;
  dimensions: number;
  /** Of the cosines: exp(logit_scale), 100 at most. */
  scale: number;
  /** A row a synonym, class by class, at unit length. */
  texts: Float32Array;
  /** @returns a row a segment, at unit length @throws the signal's reason once aborted */
  embed(image: RgbImage, labels: AnyLabels, segments: readonly Pick<Segment, 'id'>[], watch?: Watch): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * @throws InputError: files that are missing, broken or not supported, too little memory, a device that fails; the signal's reason
 */
export const openClip = async (
  row: NamerRow,
  model: ModelFiles,
  vocabulary: Vocabulary,
  settings: Omit<NamerSettings, 'minScore'>,
  watch: Watch = {},
): Promise<OpenClip> => {
  const files = await openClipFiles(model);
  const { clip, session, open } = await openGraphs(files, row, settings, sessionOpener(settings.worker, watch.signal));
  const { picture, text } = clip;
  const prepare = async () => {
    const side = Math.floor(row.size / picture.stride);
    if (side < 1) throw badModel(`${row.name} has cells of ${picture.stride} pixels, which are more than the ${row.size} of its input`);
    const places = picture.vit && (await readPlaces(picture.vit));
    return { side, places, scale: await scaleOf(files), texts: await textsOf(files, clip, vocabulary, open, watch) };
  };
  const { side, places, scale, texts } = await prepare().catch(async (error: unknown) => {
    await session.dispose();
    throw error;
  });
  let running: Promise<unknown> = Promise.resolve();
  return {
    device: session.device,
    dimensions: text.dimensions,
    scale,
    texts,
    async embed(image, labels, segments, given = {}) {
      const inputs = await inputsOf(picture, places, row.size, image, given);
      const shares = { data: sharesOf(labels, segments, side, side), dims: [segments.length, side * side] };
      const work = session.run({ ...inputs, shares }, given.signal);
      running = Promise.allSettled([running, work]);
      const { embeddings } = await work;
      return unitRows(embeddings.data, text.dimensions);
    },
    dispose: async () => {
      await running;
      await session.dispose();
    },
  };
};

/** @throws what `openClip` does */
export const openClipNamer = async (
  row: NamerRow,
  model: ModelFiles,
  vocabulary: Vocabulary,
  { minScore, ...settings }: NamerSettings,
  watch: Watch = {},
): Promise<Namer> => {
  const clip = await openClip(row, model, vocabulary, settings, watch);
  return {
    model: row.name,
    device: clip.device,
    async name(image, labels, segments, given) {
      if (segments.length === 0) return [];
      return classify(await clip.embed(image, labels, segments, given), clip.texts, vocabulary, clip.dimensions, clip.scale, minScore);
    },
    dispose: clip.dispose,
  };
};
