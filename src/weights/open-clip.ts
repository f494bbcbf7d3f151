/**
 * The picture half of a CLIP in open_clip's one file, under timm's names. Some of timm's pages hold CLIP's weights in no
 * other way. The map is that of open_clip's and timm's code (`_convert_openai_clip` in timm 1.0.31).
 */
import type { ModelFiles } from '../files/source.ts';
import { openTensors, type Weights, type WeightTensor, weightsOf } from './weights.ts';

/** The names that such a file is published by. */
const FILES = ['open_clip_model.safetensors', 'open_clip_pytorch_model.safetensors'] as const;

const VISUAL = 'visual.';

/** What names begin with here and there, or are. Nothing asks for the rest: the text's half, and the projection. */
const NAMES: readonly (readonly [RegExp, string])[] = [
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

/** Ones that timm has before their shapes. */
const ONES: Readonly<Record<string, readonly number[]>> = { cls_token: [1, 1], pos_embed: [1] };

const named = (tensor: WeightTensor): [string, WeightTensor] => {
  const key = NAMES.reduce((name, [pattern, ours]) => name.replace(pattern, ours), tensor.key.slice(VISUAL.length));
  return [key, { ...tensor, key, shape: [...(ONES[key] ?? []), ...tensor.shape] }];
};

/** Undefined where the folder has no such file. @throws InputError for a broken one */
export const openClip = async (files: ModelFiles): Promise<Weights | undefined> => {
  for (const file of FILES) {
    const tensors = await openTensors(files, file);
    if (tensors) return weightsOf(tensors.flatMap(([key, tensor]) => (key.startsWith(VISUAL) ? [named(tensor)] : [])));
  }
  return undefined;
};
