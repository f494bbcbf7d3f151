/**
 * A tiny diffusion pipeline beside its goldens as one function, run alike in Node and in a browser: over the built
 * package, and parts of it for what its surface has no option for.
 */
import type * as Unet from '../../src/compile/nets/unet.ts';
import type * as Vae from '../../src/compile/nets/vae.ts';
import type * as Diffcut from '../../src/index.ts';
import type * as Place from '../../src/runtime/place.ts';
import type * as Runtime from '../../src/runtime/session-node.ts';
import type * as PromptPart from '../../src/text/prompt.ts';
import type * as Pipelines from '../../src/weights/pipeline.ts';
import { centred, relativeError } from '../compare.ts';

/** What is below the package's surface: what places weights in small shards. */
export type Parts = Pick<typeof Place, 'placeWeights'> &
  Pick<typeof Runtime, 'openSession'> &
  Pick<typeof PromptPart, 'encodePrompt'> &
  Pick<typeof Unet, 'compileUnet'> &
  Pick<typeof Vae, 'compileVae' | 'compileTinyVae'> &
  Pick<typeof Pipelines, 'openPipeline' | 'openTiny'>;

export interface PipelineOutcome<T = ArrayLike<number>> {
  /** Relative errors beside the goldens, of features after their mean is taken off. */
  errors: Record<string, number>;
  /** Whether the partition is that of the golden features, and how many segments that has. */
  partitions: Record<string, { same: boolean; segments: number }>;
  /** Files that the weights were handed over in. */
  shards: Record<string, number>;
  /** Features by way of the tiny VAE, which have no golden of their own. */
  tiny: T;
}

/** As segmind/SSD-1B is published: halves, two text encoders. */
export const FOLDER = 'test/golden/pipelines/ssd';
const TINY_FOLDER = 'test/golden/pipelines/taesdxl';
const SIZE = '192x128';
/** Small enough for several shards a network. */
const SHARD_BYTES = 2 ** 14;

const WEIGHTS = 'diffusion_pytorch_model';
const FILES = [
  'scheduler/scheduler_config.json',
  ...['text_encoder', 'text_encoder_2'].flatMap((folder) => [`${folder}/config.json`, `${folder}/model.fp16.safetensors`]),
  ...['tokenizer', 'tokenizer_2'].flatMap((folder) => [`${folder}/vocab.json`, `${folder}/merges.txt`]),
  ...['unet', 'vae'].flatMap((folder) => [`${folder}/config.json`, `${folder}/${WEIGHTS}.fp16.safetensors`]),
];
const TINY_FILES = ['config.json', `${WEIGHTS}.safetensors`];

type Read = (path: string) => Promise<Uint8Array>;

const blobsOf = async (read: Read, folder: string, paths: readonly string[]): Promise<Record<string, Blob>> =>
  Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, new Blob([(await read(`${folder}/${path}`)) as Uint8Array<ArrayBuffer>])] as const)),
  );

/** The pipeline's files, its tiny VAE among them, as a page has them that a user gave a folder to. */
export const pipelineFiles = async (diffcut: typeof Diffcut, read: Read): Promise<Diffcut.ModelFiles> => {
  const [own, tiny] = await Promise.all([blobsOf(read, FOLDER, FILES), blobsOf(read, TINY_FOLDER, TINY_FILES)]);
  return diffcut.blobFiles('ssd', { ...own, ...Object.fromEntries(TINY_FILES.map((name) => [`vae_tiny/${name}`, tiny[name]])) });
};

/** The goldens of the size in use, by name. */
const goldens =
  (diffcut: typeof Diffcut, read: Read) =>
  async (name: string, folder: string = FOLDER) => {
    const { data, shape } = diffcut.readNpy(await read(`${folder}/golden/${name}.npy`), name);
    return { data: Float32Array.from(data as Float32Array), shape };
  };
type Golden = ReturnType<typeof goldens>;

const pictureOf = async (golden: Golden): Promise<Diffcut.RgbImage> => {
  const { data, shape } = await golden(`picture-${SIZE}`);
  return { data: Uint8Array.from(data), height: shape[0], width: shape[1] };
};

/** -1..1, planes one after the other. */
const planesOf = ({ data, width, height }: Diffcut.RgbImage) => {
  const area = width * height;
  const planes = Float32Array.from({ length: 3 * area }, (_, i) => (2 * data[(i % area) * 3 + Math.floor(i / area)]) / 255 - 1);
  return { picture: { data: planes, dims: [1, 3, height, width] } };
};

type Graph = Parameters<Parts['placeWeights']>[0];
type Session = Awaited<ReturnType<Parts['openSession']>>;
type Inputs = Parameters<Session['run']>[0];

/** What runs graphs with their weights in small shards. */
interface Runner {
  /** Files that each graph's weights came in. */
  shards: Record<string, number>;
  open(graph: Graph): Promise<Session>;
  /** Opens the graphs at the same time, since a page has one place for the weights of all models that it loads. */
  run(graphs: readonly Graph[], inputs: Inputs): Promise<Awaited<ReturnType<Session['run']>>[]>;
}

const createRunner = ({ placeWeights, openSession }: Parts): Runner => {
  const shards: Record<string, number> = {};
  const place = async (graph: Graph) => {
    const model = await placeWeights(graph, SHARD_BYTES);
    shards[graph.name] = model.weightsFiles?.length ?? 0;
    return model;
  };
  const openModel = (model: Awaited<ReturnType<typeof place>>) => openSession(model, { device: 'cpu', weights: 'streamed' });
  return {
    shards,
    open: async (graph) => openModel(await place(graph)),
    async run(graphs, inputs) {
      const models = await Promise.all(graphs.map(place));
      const sessions = await Promise.all(models.map(openModel));
      const outputs: Awaited<ReturnType<Session['run']>>[] = [];
      for (const session of sessions) outputs.push(await session.run(inputs));
      await Promise.all(sessions.map((session) => session.dispose()));
      return outputs;
    },
  };
};

type Errors = Record<string, number>;
type Pipeline = Awaited<ReturnType<Parts['openPipeline']>>;

const weightsAndConfig = async (pipeline: Pipeline, folder: string) =>
  [await pipeline.weights(folder), (await pipeline.config(folder)) ?? {}] as const;

/** The empty prompt and one in words. */
const promptErrors = async ({ encodePrompt }: Parts, pipeline: Pipeline, { open }: Runner, golden: Golden, text: string): Promise<Errors> => {
  const errors: Errors = {};
  for (const [name, words] of Object.entries({ '': '', '-prompt': text })) {
    const { tokens, pooled } = await encodePrompt(pipeline, words, true, open);
    errors[`prompt_embeds${name}`] = relativeError(tokens, (await golden(`prompt_embeds${name}`)).data);
    errors[`pooled${name}`] = relativeError(pooled, (await golden(`pooled${name}`)).data);
  }
  return errors;
};

const latentErrors = async ({ compileVae, compileTinyVae }: Parts, pipeline: Pipeline, { run }: Runner, golden: Golden): Promise<Errors> => {
  const full = compileVae(...(await weightsAndConfig(pipeline, 'vae')), 'float32').graph;
  const small = compileTinyVae(...(await weightsAndConfig(pipeline, 'vae_tiny'))).graph;
  const [ours, tiny] = await run([full, small], planesOf(await pictureOf(golden)));
  return {
    latents: relativeError(ours.latents.data, (await golden(`latents-${SIZE}`)).data),
    'tiny latents': relativeError(tiny.latents.data, (await golden(`taesd-latents-${SIZE}`, TINY_FOLDER)).data),
  };
};

const unetErrors = async ({ compileUnet }: Parts, pipeline: Pipeline, { run }: Runner, golden: Golden): Promise<Errors> => {
  const { graph, channels } = compileUnet(...(await weightsAndConfig(pipeline, 'unet')), 'float32');
  const { width, height } = await pictureOf(golden);
  const [noisy, tokens, pooled] = await Promise.all([`noisy-${SIZE}`, 'prompt_embeds', 'pooled'].map((name) => golden(name)));
  const [{ features }] = await run([graph], {
    sample: { data: noisy.data, dims: [1, ...noisy.shape] },
    timestep: { data: Float32Array.of(50), dims: [1] },
    encoder_hidden_states: { data: tokens.data, dims: tokens.shape },
    text_embeds: { data: pooled.data, dims: [1, pooled.data.length] },
    time_ids: { data: Float32Array.of(height, width, 0, 0, height, width), dims: [6] },
  });
  return { 'features of noisy': centredError(features.data, (await golden(`features-${SIZE}`)).data, channels) };
};

/** Each network for itself. @param text a prompt in words, beside the empty one */
const inShards = async (
  parts: Parts,
  files: Diffcut.ModelFiles,
  golden: Golden,
  text: string,
): Promise<Pick<PipelineOutcome, 'errors' | 'shards'>> => {
  const pipeline = await parts.openPipeline(files);
  const runner = createRunner(parts);
  const errors = {
    ...(await promptErrors(parts, pipeline, runner, golden, text)),
    ...(await latentErrors(parts, pipeline, runner, golden)),
    ...(await unetErrors(parts, pipeline, runner, golden)),
  };
  return { errors, shards: runner.shards };
};

const centredError = (ours: Float32Array, theirs: Float32Array, channels: number): number =>
  relativeError(centred(ours, channels), centred(theirs, channels));

/**
 * @param parts of the same build as `diffcut`
 * @param read path below the repository, with slashes -> bytes of the file
 * @param base URL of FOLDER, on a server that answers to ranges
 */
export const pipelinePath = async (diffcut: typeof Diffcut, parts: Parts, read: Read, base: string): Promise<PipelineOutcome<Float32Array>> => {
  const golden = goldens(diffcut, read);
  const files = await pipelineFiles(diffcut, read);
  const text = new TextDecoder().decode(await read(`${FOLDER}/golden/prompt.txt`)).replace(/\n$/, '');
  const { errors, shards } = await inShards(parts, files, golden, text);
  const partitions: PipelineOutcome['partitions'] = {};
  const [picture, noise, wanted] = await Promise.all([pictureOf(golden), golden(`noise-${SIZE}`), golden(`features-${SIZE}`)]);
  const options = { size: [picture.width, picture.height], noise, device: 'cpu' } as const;

  const compare = async (name: string, map: Diffcut.FeatureMap): Promise<void> => {
    errors[name] = centredError(map.data, wanted.data, map.channels);
    const [ours, theirs] = await Promise.all([map, { ...map, data: wanted.data }].map((one) => diffcut.partition(one, { alpha: 10, tau: 0.5 })));
    const ids = Array.from(theirs.labels.data);
    partitions[name] = { same: ids.join() === Array.from(ours.labels.data).join(), segments: new Set(ids).size };
  };
  const full = await diffcut.openEncoder(files, options);
  await compare('Blobs', await full.encode(picture));
  await full.dispose();
  const remote = await diffcut.openEncoder(diffcut.urlFiles(base), options);
  await compare('URLs', await remote.encode(picture));
  await remote.dispose();
  const tiny = await diffcut.openEncoder(files, { ...options, vae: 'tiny' });
  const { data } = await tiny.encode(picture);
  await tiny.dispose();
  return { errors, partitions, shards, tiny: data };
};
