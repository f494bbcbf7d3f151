/** What the shapes of a CLIP's tensors cannot tell, by transformers' config.json or open_clip's open_clip_config.json. */
import { badModel } from '../errors.ts';
import { isObject } from '../json.ts';
import type { ClipFiles } from '../weights/clip-files.ts';
import { count, flag, type Key, only, readConfig, real } from './config.ts';
import type { TextTold } from './nets/clip-text.ts';
import { CLIP } from './vit-config.ts';

type Json = Record<string, unknown>;
type Triple = readonly [number, number, number];

export interface ClipTold {
  /** Of a vision transformer: a ConvNeXt has no heads, and its activation and epsilon are its own. */
  picture: TextTold;
  text: TextTold;
  /** Of the input, of values 0..1. */
  mean: Triple;
  deviation: Triple;
}

/** Keys that matter, and nothing of the others: published configs write out all that a config may have. */
const readOf = <K extends Record<string, Key<unknown>>>(file: string, keys: K, json: unknown) =>
  readConfig(file, { keys, idle: [] }, Object.fromEntries(Object.entries(isObject(json) ? json : {}).filter(([key]) => Object.hasOwn(keys, key))));

const ACTIVATION = only('quick_gelu', 'gelu');

/** `CLIPConfig`; heads where none are told are those of the library's defaults. */
const plainTold = ({ vision_config, text_config }: Json): ClipTold => {
  const told = (json: unknown, heads: number): TextTold => {
    const keys = { num_attention_heads: count(heads), hidden_act: ACTIVATION, layer_norm_eps: real(1e-5) };
    const config = readOf('config.json', keys, json);
    return { heads: config.num_attention_heads, activation: config.hidden_act as TextTold['activation'], epsilon: config.layer_norm_eps };
  };
  return { picture: told(vision_config, 12), text: told(text_config, 8), ...CLIP };
};

/** What open_clip may build into a tower that is not computed here, by the key of its config. */
const UNKNOWN: Key<unknown> = { fallback: null, accepts: (v) => v === null || v === false || v === '', allowed: 'left out' };
const VISION = { width: count(768), head_width: count(64), attentional_pool: UNKNOWN, no_ln_pre: UNKNOWN };
const TEXT = { heads: count(8), hf_model_name: UNKNOWN, no_causal_mask: UNKNOWN, no_causal_attention: UNKNOWN };

const isTrunk = ({ picture }: Pick<ClipFiles, 'picture'>): boolean => picture.has('trunk.stem.0.weight');

/** `model_cfg`. Heads follow from the width that the tensors have. */
const openTold = (files: ClipFiles, model: Json): ClipTold => {
  const file = 'open_clip_config.json';
  const { quick_gelu } = readOf(file, { quick_gelu: flag(false) }, model);
  const activation = quick_gelu ? 'quick_gelu' : 'gelu';
  const { head_width } = readOf(file, VISION, model.vision_cfg);
  const { heads } = readOf(file, TEXT, model.text_cfg);
  const width = files.picture.shapeOf('patch_embed.proj.weight')?.[0] ?? head_width;
  const told = { activation, epsilon: 1e-5 } as const;
  // The published code of DiffCut gives the ConvNeXt pictures as they are.
  const input = isTrunk(files) ? ({ mean: [0, 0, 0], deviation: [1, 1, 1] } as const) : CLIP;
  return { picture: { ...told, heads: Math.max(1, Math.round(width / head_width)) }, text: { ...told, heads }, ...input };
};

/** @throws InputError naming the key that has a value which is not computed */
export const readClipConfig = (files: ClipFiles): ClipTold => {
  const { config, name } = files;
  if (isObject(config.model_cfg)) return openTold(files, config.model_cfg);
  if (isObject(config.vision_config)) return plainTold(config);
  throw badModel(`${name} has a config with neither "model_cfg" (open_clip's) nor "vision_config" (transformers')`);
};
