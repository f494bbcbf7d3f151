/** What of a model is fetched: the tensors that its graphs ask for, and no others. */
import type { Graph } from '../compile/graph.ts';
import { compileClip } from '../compile/nets/clip.ts';
import { compileMaps, compileUnet, type UnetEncoder } from '../compile/nets/unet.ts';
import { compileTinyVae, compileVae } from '../compile/nets/vae.ts';
import { compileVit } from '../compile/nets/vit.ts';
import { badModel } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import type { PackedTensor, PullPlan } from '../store/pulled.ts';
import { paddingFiles } from '../text/padding.ts';
import { textFolders, tokenizerFolders } from '../text/prompt.ts';
import { POOLED, TOKENS } from '../text/prompt-cache.ts';
import { CLIP, folderClip, TOKENIZER_FILES } from '../weights/clip-files.ts';
import { CONSTANTS, folderPipeline, type Json, neededConfig, PARTS, TINY, type TinyVae } from '../weights/pipeline.ts';
import { folderVit, VIT } from '../weights/vit-files.ts';
import { openWeights, type WeightTensor } from '../weights/weights.ts';

/** Changes when the same files come to give other constants. */
const CONSTANTS_VERSION = '1';

/** Tensors under the names that the packed file has for them. */
const packedAs = (folder: string, tensors: readonly WeightTensor[]): PackedTensor[] =>
  tensors.map(({ key, source, dtype, shape, start, end }) => ({ name: `${folder}.${key}`, source, dtype, shape, start, end }));

const packed = (folder: string, { weights }: Graph): PackedTensor[] =>
  packedAs(
    folder,
    weights.map(({ tensor }) => tensor),
  );

/** A tensor that `finish` computes. */
const computed = (name: string, shape: readonly number[]): PackedTensor => ({
  name: `${CONSTANTS}.${name}`,
  dtype: 'F32',
  shape,
  start: 0,
  end: shape.reduce((a, b) => a * b, Float32Array.BYTES_PER_ELEMENT),
});

const constantsOf = ({ promptChannels, pooledChannels }: UnetEncoder, length: number): PackedTensor[] => [
  computed(TOKENS, [length, promptChannels]),
  ...(pooledChannels > 0 ? [computed(POOLED, [pooledChannels])] : []),
];

/** The first of the paths that is there. */
const firstOf = async (files: ModelFiles, paths: readonly string[]): Promise<string> => {
  for (const path of paths) if (await files.open(path)) return path;
  throw badModel(`${files.name} has none of ${paths.join(', ')}`);
};

/** Files that the text encoders and, for prompts, the tokenizers consist of. */
const textFiles = async (files: ModelFiles, isPooled: boolean): Promise<string[]> => {
  const encoders = textFolders(isPooled).map(async (folder) => [
    `${folder}/config.json`,
    await firstOf(files, [`${folder}/model.fp16.safetensors`, `${folder}/model.safetensors`]),
  ]);
  const tokenizers = tokenizerFolders(isPooled).flatMap((folder) => [`${folder}/vocab.json`, `${folder}/merges.txt`, ...paddingFiles(folder)]);
  const there = await Promise.all(tokenizers.map(async (path) => ((await files.open(path)) ? [path] : [])));
  return [...(await Promise.all(encoders)), ...there].flat();
};

/** Of the middle block, which only the tap `attention` asks for. */
const WHOLE = 'mid_block.resnets.0.conv1.weight';

/** Whether a pulled model has all of its UNet. */
export const isWhole = (names: ReadonlyMap<string, unknown>): boolean => names.has(`unet.${WHOLE}`);

/**
 * Configs and headers are looked at; the graphs say the rest.
 * @param small the tiny VAE, where the model is to have one
 * @param tap `attention`: the whole UNet
 */
export const planPull = async (main: ModelFiles, small: TinyVae | undefined, tap: 'tokens' | 'attention' = 'tokens'): Promise<PullPlan> => {
  const pipeline = folderPipeline(main);
  const [unetJson, vaeJson] = [await neededConfig(pipeline, 'unet'), await neededConfig(pipeline, 'vae')];
  const scheduler = await pipeline.config('scheduler');
  const weights = await openWeights(main, 'unet', 'diffusion_pytorch_model', 'fp16');
  const unet = compileUnet(weights, unetJson, 'float32');
  const maps = tap === 'attention' ? packed('unet', compileMaps(weights, unetJson, 'float32', [1, 1]).graph) : [];
  const vae = compileVae(await openWeights(main, 'vae', 'diffusion_pytorch_model', 'fp16'), vaeJson, 'float32');
  const isPooled = unet.pooledChannels > 0;
  const text = await neededConfig(pipeline, textFolders(isPooled)[0]);
  const configs: Record<(typeof PARTS)[number], Json | undefined> = { unet: unetJson, vae: vaeJson, [TINY]: small?.config, scheduler };
  return {
    tensors: [
      ...new Map([...packed('unet', unet.graph), ...maps].map((tensor) => [tensor.name, tensor])).values(),
      ...packed('vae', vae.graph),
      ...(small ? packed(TINY, compileTinyVae(small.weights, small.config).graph) : []),
      ...constantsOf(unet, Number(text.max_position_embeddings ?? 77)),
    ],
    metadata: {
      ...Object.fromEntries(PARTS.flatMap((part) => (configs[part] ? [[part, JSON.stringify(configs[part])]] : []))),
      [CONSTANTS]: CONSTANTS_VERSION,
    },
    whole: (await textFiles(main, isPooled)).map((path) => ({ source: 'main', path })),
  };
};

/**
 * A vision transformer: what its last block's tokens take, which is all of it but a head.
 * @param architecture in the place of the config's, where that one is not what the weights were trained with
 */
export const planVit = async (main: ModelFiles, architecture: string | undefined): Promise<PullPlan> => {
  const { config, weights } = await folderVit(main);
  const { graph, prefix, places } = compileVit(weights, { ...config, ...(architecture && { architecture }) });
  const used = [...graph.weights.map(({ tensor }) => tensor.whole ?? tensor), ...prefix, ...(places ? [places.tensor] : [])];
  return { tensors: packedAs(VIT, [...new Set(used)]), metadata: { [VIT]: JSON.stringify(config) } };
};

/** A CLIP: what a picture's dense features by either reading and a text's vector take, and the tokenizer's files as they are. */
export const planClip = async (main: ModelFiles): Promise<PullPlan> => {
  const files = await folderClip(main);
  const { picture, text } = compileClip(files, 'residual'); // which takes all that "values" does
  const { prefix = [], places } = picture.vit ?? {};
  const used = [...picture.graph.weights, ...text.graph.weights].map(({ tensor }) => tensor.whole ?? tensor);
  const keys = [...used, ...prefix, ...(places ? [places.tensor] : [])].map(({ key }) => key);
  // As they lie in the file, each once: queries, keys and values may be rows of one tensor.
  const tensors = [...new Set([...keys, 'logit_scale'])].map((key) => files.all.take(key, files.all.shapeOf(key) ?? []));
  const words = await Promise.all(TOKENIZER_FILES.map((path) => main.open(path)));
  const tokenizer = TOKENIZER_FILES.map((path, i): PackedTensor => {
    const source = words[i];
    if (!source) throw badModel(`${main.name} has no ${path}, which words need`);
    return { name: `${CLIP}.${path}`, dtype: 'U8', shape: [source.size], source, start: 0, end: source.size };
  });
  return { tensors: [...packedAs(CLIP, tensors), ...tokenizer], metadata: { [CLIP]: JSON.stringify(files.config) } };
};
