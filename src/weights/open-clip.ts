/**
 * CLIP under two names: open_clip's and transformers' files, of which ours are those of timm for the picture's half and of
 * transformers for the text's. The maps are those of open_clip's, timm's and transformers' code (`_convert_openai_clip` in
 * timm 1.0.31).
 */
import type { ModelFiles } from '../files/source.ts';
import { openTensors, rowsOf, type Weights, type WeightTensor, weightsOf } from './weights.ts';

/** The names that such a file is published by. */
export const OPEN_CLIP_FILES = ['open_clip_model.safetensors', 'open_clip_pytorch_model.safetensors'] as const;

type Names = readonly (readonly [RegExp, string])[];

/** What open_clip's names begin with, or are, and timm's: the picture's half. Nothing asks for the rest. */
const OPEN_PICTURE: Names = [
  [/^conv1\./, 'patch_embed.proj.'],
  [/^class_embedding$/, 'cls_token'],
  [/^positional_embedding$/, 'pos_embed'],
  [/^ln_pre\./, 'norm_pre.'],
  [/^ln_post\./, 'norm.'],
  [/^transformer\.resblocks\./, 'blocks.'],
  [/\.ln_([12])\./, '.norm$1.'],
  [/\.attn\.in_proj_/, '.attn.qkv.'],
  [/\.attn\.out_proj\./, '.attn.proj.'],
  [/\.mlp\.c_fc\./, '.mlp.fc1.'],
  [/\.mlp\.c_proj\./, '.mlp.fc2.'],
];

/** transformers' and timm's. */
const PLAIN_PICTURE: Names = [
  [/^embeddings\.patch_embedding\./, 'patch_embed.proj.'],
  [/^embeddings\.class_embedding$/, 'cls_token'],
  [/^embeddings\.position_embedding\.weight$/, 'pos_embed'],
  [/^pre_layrnorm\./, 'norm_pre.'],
  [/^post_layernorm\./, 'norm.'],
  [/^encoder\.layers\./, 'blocks.'],
  [/\.layer_norm([12])\./, '.norm$1.'],
  [/\.self_attn\.out_proj\./, '.attn.proj.'],
  [/\.self_attn\.([qkv])_proj\./, '.attn.$1.'],
];

/** open_clip's and transformers': the text's half. */
const OPEN_TEXT: Names = [
  [/^token_embedding\./, 'embeddings.token_embedding.'],
  [/^positional_embedding$/, 'embeddings.position_embedding.weight'],
  [/^transformer\.resblocks\./, 'encoder.layers.'],
  [/\.ln_([12])\./, '.layer_norm$1.'],
  [/\.attn\.out_proj\./, '.self_attn.out_proj.'],
  [/\.mlp\.c_fc\./, '.mlp.fc1.'],
  [/\.mlp\.c_proj\./, '.mlp.fc2.'],
  [/^ln_final\./, 'final_layer_norm.'],
  [/^text_projection$/, 'proj'],
];

/** Ones that timm has before their shapes. */
const ONES: Readonly<Record<string, readonly number[]>> = { cls_token: [1, 1], pos_embed: [1] };

type Entry = [string, WeightTensor];

const renamed = (names: Names, key: string): string => names.reduce((name, [pattern, ours]) => name.replace(pattern, ours), key);

const picture =
  (names: Names) =>
  ([name, tensor]: Entry): Entry => {
    const ours = renamed(names, name);
    return [ours, { ...tensor, shape: [...(ONES[ours] ?? []), ...tensor.shape] }];
  };

/** Queries, keys and values are row blocks of one tensor in open_clip's files. */
const openText = ([name, tensor]: Entry): Entry[] => {
  const ours = renamed(OPEN_TEXT, name);
  const [, before, kind] = /^(.*\.)attn\.in_proj_(weight|bias)$/.exec(ours) ?? [];
  if (!kind) return [[ours, tensor]];
  const rows = tensor.shape[0] / 3;
  return ['q', 'k', 'v'].map((part, i) => [`${before}self_attn.${part}_proj.${kind}`, rowsOf(tensor, i * rows, rows)]);
};

/** Those below a path, without it. */
const below = (tensors: readonly Entry[], path: string): Entry[] =>
  tensors.flatMap(([name, tensor]) => (name.startsWith(path) ? [[name.slice(path.length), tensor] as Entry] : []));

/** The two halves of a CLIP: a vision transformer under timm's names or a ConvNeXt (`trunk.`, `head.`), and the text's; `proj` is what comes last. */
export interface ClipWeights {
  picture: Weights;
  text: Weights;
  /** As they are named in the file, for what belongs to neither half. */
  all: Weights;
}

/** By the names of a file, whichever way they are: open_clip's begin with `visual.`. */
export const clipWeights = (tensors: readonly Entry[]): ClipWeights => {
  const all = weightsOf(tensors);
  const visual = below(tensors, 'visual.');
  if (visual.length > 0) {
    const text = tensors.filter(([name]) => !name.startsWith('visual.'));
    return { picture: weightsOf(visual.map(picture(OPEN_PICTURE))), text: weightsOf(text.flatMap(openText)), all };
  }
  const last = (name: string): Entry[] => below(tensors, `${name}.`).map(([end, tensor]) => [`proj.${end}`, tensor]);
  return {
    picture: weightsOf([...below(tensors, 'vision_model.').map(picture(PLAIN_PICTURE)), ...last('visual_projection')]),
    text: weightsOf([...below(tensors, 'text_model.'), ...last('text_projection')]),
    all,
  };
};

/** open_clip's one file; undefined where the folder has none. @throws InputError for a broken one */
export const openClipTensors = async (files: ModelFiles): Promise<Entry[] | undefined> => {
  for (const file of OPEN_CLIP_FILES) {
    const tensors = await openTensors(files, file);
    if (tensors) return tensors;
  }
  return undefined;
};

/** Of that file the picture half, under timm's names and keys. @throws InputError for a broken one */
export const openClip = async (files: ModelFiles): Promise<Weights | undefined> => {
  const tensors = await openClipTensors(files);
  return (
    tensors &&
    weightsOf(
      below(tensors, 'visual.')
        .map(picture(OPEN_PICTURE))
        .map(([key, tensor]) => [key, { ...tensor, key }]),
    )
  );
};
