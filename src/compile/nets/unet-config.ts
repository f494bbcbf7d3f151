/** `unet/config.json` of a `UNet2DConditionModel`: what of it is computed, and whether its numbers go together. */
import { badModel } from '../../errors.ts';
import { type Config, count, countOrCounts, counts, flag, type Key, only, readConfig, real, sameCounts, words } from '../config.ts';

export const WITH_ATTENTION = 'CrossAttnDownBlock2D';

/** A number for all, a list a block, or in it a list a layer. */
const layers: Key<number | readonly (number | readonly number[])[]> = {
  fallback: 1,
  accepts: (v) => countOrCounts(1).accepts(v) || (Array.isArray(v) && v.length > 0 && v.every(countOrCounts(1).accepts)),
  allowed: 'a whole number, or a list of them, or of lists of them',
};

export const UNET = {
  keys: {
    in_channels: count(4),
    block_out_channels: counts([320, 640, 1280, 1280]),
    down_block_types: words([WITH_ATTENTION, WITH_ATTENTION, WITH_ATTENTION, 'DownBlock2D'], WITH_ATTENTION, 'DownBlock2D'),
    layers_per_block: countOrCounts(2),
    transformer_layers_per_block: layers,
    /** The number of heads, for all its name (huggingface/diffusers#2011). */
    attention_head_dim: countOrCounts(8),
    num_attention_heads: only<null>(null),
    cross_attention_dim: sameCounts(1280),
    use_linear_projection: flag(false),
    upcast_attention: only<boolean | null>(false, true, null),
    norm_num_groups: count(32),
    norm_eps: real(1e-5),
    flip_sin_to_cos: flag(true),
    freq_shift: real(0),
    time_embedding_dim: count(null),
    addition_embed_type: only<string | null>(null, 'text_time'),
    addition_time_embed_dim: count(null),
    projection_class_embeddings_input_dim: count(null),
    act_fn: only('silu', 'swish'),
    downsample_padding: only(1),
    resnet_out_scale_factor: only(1),
    resnet_time_scale_shift: only('default'),
    resnet_skip_time_act: only(false),
    center_input_sample: only(false),
    only_cross_attention: only(false),
    dual_cross_attention: only(false),
    time_embedding_type: only('positional'),
    attention_type: only('default'),
    conv_in_kernel: only(3),
  },
  idle: [
    ...['sample_size', 'out_channels', 'conv_out_kernel', 'dropout', 'class_embeddings_concat', 'addition_embed_type_num_heads'],
    ...['mid_block_type', 'mid_block_scale_factor', 'mid_block_only_cross_attention', 'up_block_types', 'reverse_transformer_layers_per_block'],
  ],
};
export type UnetConfig = Config<typeof UNET>;

/** One value for all blocks, or one each. */
export const nth = <T>(value: T | readonly T[], index: number): T => (Array.isArray(value) ? value[index] : (value as T));

/** Height, width, two crops, height, width. */
export const TIME_IDS = 6;

export const depthOf = ({ transformer_layers_per_block: depths }: UnetConfig, block: number, layer: number): number => nth(nth(depths, block), layer);

const LISTS = ['down_block_types', 'layers_per_block', 'transformer_layers_per_block', 'attention_head_dim', 'cross_attention_dim'] as const;

/** What is wrong with a block's numbers, taken together. */
const faultOf = (config: UnetConfig, block: number): string | undefined => {
  const { norm_num_groups: groups, transformer_layers_per_block: depths } = config;
  const channels = config.block_out_channels[block];
  if (channels % groups !== 0) return `${channels} "block_out_channels", which ${groups} "norm_num_groups" do not divide`;
  if (config.down_block_types[block] !== WITH_ATTENTION) return undefined;
  const heads = nth(config.attention_head_dim, block);
  if (channels % heads !== 0) return `${channels} "block_out_channels", which ${heads} heads ("attention_head_dim") do not divide`;
  const depth = nth(depths, block);
  const resnets = nth(config.layers_per_block, block);
  if (Array.isArray(depth) && depth.length !== resnets)
    return `${depth.length} entries in "transformer_layers_per_block" for a block of ${resnets} "layers_per_block"`;
  return undefined;
};

/** @throws InputError for a key or value that is not supported, or numbers that do not go together */
export const readUnetConfig = (json: Record<string, unknown>): UnetConfig => {
  const config = readConfig('unet/config.json', UNET, json);
  const blocks = config.block_out_channels.length;
  for (const key of LISTS) {
    const value = config[key];
    if (Array.isArray(value) && value.length !== blocks)
      throw badModel(`unet/config.json has ${value.length} entries in "${key}" but ${blocks} in "block_out_channels"`);
  }
  if (!config.down_block_types.includes(WITH_ATTENTION)) throw badModel(`unet/config.json has no ${WITH_ATTENTION} in "down_block_types"`);
  for (let block = 0; block < blocks; block++) {
    const fault = faultOf(config, block);
    if (fault) throw badModel(`unet/config.json has ${fault}`);
  }
  if (config.addition_embed_type !== null && !(pooledChannelsOf(config) > 0))
    throw badModel(
      `unet/config.json has "addition_embed_type": "text_time" and so needs "addition_time_embed_dim", and a "projection_class_embeddings_input_dim" above ${TIME_IDS} times that`,
    );
  return config;
};

/** Channels of the pooled prompt: what `add_embedding` takes besides the six sinusoids. NaN where the config does not say. */
export const pooledChannelsOf = ({
  addition_embed_type,
  projection_class_embeddings_input_dim: all,
  addition_time_embed_dim: width,
}: UnetConfig): number => (addition_embed_type === null ? 0 : all && width ? all - TIME_IDS * width : Number.NaN);

/** The config's own word for a middle block, and for up blocks the mirror of the down blocks'. */
const MIDDLE = 'UNetMidBlock2DCrossAttn';
const MIRROR: Record<string, string> = { [WITH_ATTENTION]: 'CrossAttnUpBlock2D', DownBlock2D: 'UpBlock2D' };

/** What of a whole UNet is not as Stable Diffusion 1 and 2 have it: attention at every resolution, in the middle alone at the smallest. */
const wholeFault = (config: UnetConfig, json: Record<string, unknown>): string | undefined => {
  const { down_block_types: down, block_out_channels: channels, attention_head_dim: heads, transformer_layers_per_block: depths } = config;
  const last = down.length - 1;
  const told = (key: string): string => `"${key}": ${JSON.stringify(json[key] ?? config[key as keyof UnetConfig])}`;
  if (down.some((type, block) => (type === WITH_ATTENTION) !== block < last)) return told('down_block_types');
  if ((json.mid_block_type ?? MIDDLE) !== MIDDLE) return told('mid_block_type');
  const up = json.up_block_types;
  if (Array.isArray(up) && down.toReversed().some((type, i) => up[i] !== MIRROR[type])) return told('up_block_types');
  if (Array.isArray(depths) && depths.some(Array.isArray)) return told('transformer_layers_per_block');
  return channels[last] % nth(heads, last) === 0 ? undefined : told('attention_head_dim');
};

/** The same of a whole UNet, of which all attention is wanted. @throws InputError as `readUnetConfig`, and for one without attention at every resolution */
export const readWholeConfig = (json: Record<string, unknown>): UnetConfig => {
  const config = readUnetConfig(json);
  const fault = wholeFault(config, json);
  if (!fault) return config;
  throw badModel(
    `unet/config.json has ${fault}: the tap attention is of UNets with attention at every resolution, as those of Stable Diffusion 1 and 2`,
  );
};
