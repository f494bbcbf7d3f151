/**
 * What a vision transformer's shapes cannot tell: heads, activation, epsilon, how places are told, what its input is
 * scaled by. By the `architecture` that timm's config.json names; `model_args` there overrides it.
 */
import { badModel, shortened } from '../errors.ts';
import { isObject } from '../json.ts';
import { type Config, count, flag, type Key, only, readConfig, real } from './config.ts';
import type { ACTIVATIONS } from './ops.ts';

type Activation = keyof typeof ACTIVATIONS;
type Triple = readonly [number, number, number];

interface Family {
  name: string;
  /** Of `architecture`. */
  pattern: RegExp;
  activation: Activation;
  /** Of the layer norms. */
  epsilon: number;
  /** Whether places are told by turning queries and keys (DINOv3) instead of by a grid that is added. */
  isRotary?: boolean;
  /** Of the input, where the config's `pretrained_cfg` does not say; of values 0..1. */
  mean: Triple;
  deviation: Triple;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;
/** What CLIP's vision transformers were trained with, whoever trained them. */
export const CLIP = { mean: [0.48145466, 0.4578275, 0.40821073], deviation: [0.26862954, 0.26130258, 0.27577711] } as const;
const HALF = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] } as const;

/** The first that fits. */
const FAMILIES: readonly Family[] = [
  { name: 'DINOv3', pattern: /^vit_\w+_dinov3/, activation: 'gelu', epsilon: 1e-5, isRotary: true, ...IMAGENET },
  { name: 'DINOv2', pattern: /^vit_\w+_dinov2/, activation: 'gelu', epsilon: 1e-6, ...IMAGENET },
  { name: 'CLIP, quick GELU', pattern: /^vit_\w+_clip_quickgelu/, activation: 'quick_gelu', epsilon: 1e-5, ...CLIP },
  { name: 'CLIP', pattern: /^vit_\w+_clip/, activation: 'gelu', epsilon: 1e-5, ...CLIP },
  // Sizes that came with the second SigLIP.
  {
    name: 'SigLIP 2',
    pattern: /^vit_(giantopt_patch16|so400m_patch16|base_patch32|large_patch16(?=_siglip(_gap)?_512))_siglip/,
    activation: 'gelu_tanh',
    epsilon: 1e-6,
    ...HALF,
  },
  { name: 'SigLIP', pattern: /^vit_\w+_siglip/, activation: 'gelu', epsilon: 1e-6, ...HALF },
  // The plain ones, DINO among them: their weights differ, and their configs say by what the input is scaled.
  { name: 'ViT', pattern: /^vit_(tiny|small|base|large|huge|giant|gigantic)_patch\d+_\d+$/, activation: 'gelu', epsilon: 1e-6, ...HALF },
];

/** Heads, by the size that an architecture's name says; the first that fits. */
const HEADS: readonly (readonly [RegExp, number])[] = [
  [/^vit_huge_plus_/, 20],
  [/^vit_giant_\w+_dinov2/, 24],
  [/^vit_base_patch\d+_plus_/, 14],
  [/^vit_7b_/, 32],
  [/^vit_(large|huge|giant|gigantic|giantopt|so400m)_/, 16],
  [/^vit_base_/, 12],
  [/^vit_betwixt_/, 10],
  [/^vit_medium_/, 8],
  [/^vit_small_/, 6],
  [/^vit_xsmall_/, 4],
  [/^vit_tiny_/, 3],
];

const counts2: Key<number | readonly number[] | null> = {
  fallback: null,
  accepts: (v) => [v].flat().every((n) => Number.isInteger(n) && (n as number) > 0) && (!Array.isArray(v) || v.length === 2),
  allowed: 'a whole number or [height, width]',
};

/** `model_args`, whose keys are those of timm's `VisionTransformer` and `Eva`. */
const ARGS = {
  keys: {
    img_size: counts2,
    num_heads: count(null),
    no_embed_class: flag(false),
    act_layer: only<string | null>(null, 'gelu', 'quick_gelu', 'gelu_tanh', 'silu'),
    rope_temperature: real(100),
    in_chans: only(3),
    qk_norm: only(false),
    scale_attn_norm: only(false),
    scale_mlp_norm: only(false),
    scale_attn_inner: only(false),
    scale_mlp: only(false),
    qkv_fused: only(true),
    use_post_norm: only(false),
    final_norm: only(true),
    rope_type: only('dinov3'),
    rope_rotate_half: only(true),
    rope_grid_offset: only(0),
    rope_grid_indexing: only('ij'),
    pos_embed: only('learn'),
  },
  // What the tensors' shapes say, or what changes nothing in what we compute.
  idle: [
    ...['patch_size', 'embed_dim', 'depth', 'mlp_ratio', 'qkv_bias', 'init_values', 'class_token', 'reg_tokens', 'num_reg_tokens', 'pre_norm'],
    ...['use_abs_pos_emb', 'use_rot_pos_emb', 'swiglu_mlp', 'swiglu_align_to', 'global_pool', 'num_classes', 'fc_norm', 'use_fc_norm'],
    ...['dynamic_img_size', 'strict_img_size', 'img_size_strict', 'weight_init', 'drop_rate', 'pos_drop_rate', 'patch_drop_rate', 'proj_drop_rate'],
    ...['attn_drop_rate', 'drop_path_rate', 'attn_pool_num_heads', 'attn_pool_mlp_ratio', 'pool_include_prefix', 'proj_bias', 'fix_init'],
    ...['embed_norm_layer', 'use_pre_transformer_norm', 'use_post_transformer_norm'],
  ],
};

export interface VitConfig extends Config<typeof ARGS> {
  architecture: string;
  heads: number;
  activation: Activation;
  epsilon: number;
  isRotary: boolean;
  mean: Triple;
  deviation: Triple;
}

const isTriple = (v: unknown): v is Triple => Array.isArray(v) && v.length === 3 && v.every((n) => Number.isFinite(n));

/** The family of an architecture, or undefined. */
export const familyOf = (architecture: string): Family | undefined => FAMILIES.find(({ pattern }) => pattern.test(architecture));

/** Heads of an architecture; undefined where its name does not say. */
export const headsOf = (architecture: string): number | undefined => HEADS.find(([pattern]) => pattern.test(architecture))?.[1];

/** @throws InputError for an architecture, a key or a value that is not supported */
export const readVitConfig = (json: Record<string, unknown>): VitConfig => {
  const { architecture, model_args, pretrained_cfg } = json;
  const family = typeof architecture === 'string' ? familyOf(architecture) : undefined;
  if (!family)
    throw badModel(
      `config.json has ${architecture === undefined ? 'no "architecture"' : `the architecture ${shortened(JSON.stringify(architecture))}, which is not supported`}: ${[...new Set(FAMILIES.map(({ name }) => name))].join(', ')} are supported, as timm names them (vit_base_patch16_224)`,
    );
  const args = readConfig('config.json', ARGS, isObject(model_args) ? model_args : {});
  const heads = args.num_heads ?? headsOf(architecture as string);
  if (heads === undefined)
    throw badModel(`config.json has the architecture ${architecture}, whose name does not say its heads: set "num_heads" in "model_args"`);
  const { mean, std } = isObject(pretrained_cfg) ? pretrained_cfg : ({} as Record<string, unknown>);
  return {
    ...args,
    heads,
    architecture: architecture as string,
    // Registers of DINOv2 came after the grid of places, which has none for them.
    no_embed_class: args.no_embed_class || /_reg\d+_dinov2/.test(architecture as string),
    activation: (args.act_layer as Activation | null) ?? family.activation,
    epsilon: family.epsilon,
    isRotary: family.isRotary ?? false,
    mean: isTriple(mean) ? mean : family.mean,
    deviation: isTriple(std) ? std : family.deviation,
  };
};

/** Of the picture half of a CLIP, whose config is another. */
export const clipVitConfig = (told: Pick<VitConfig, 'heads' | 'activation' | 'epsilon' | 'mean' | 'deviation'>): VitConfig => ({
  ...readConfig('config.json', ARGS, {}),
  ...told,
  architecture: 'CLIP',
  isRotary: false,
});
