/** Config files of every network: the library's defaults, keys old and new, and what is wrong said by name. */
import { describe, expect, it } from 'vitest';
import { folderOf } from '../../test/pipelines.ts';
import { InputError } from '../errors.ts';
import { folderFiles } from '../files/source-node.ts';
import { folderPipeline } from '../weights/pipeline.ts';
import { weightsOf } from '../weights/weights.ts';
import { atLeast, type ConfigTable, count, countOrCounts, counts, flag, only, readConfig, real, sameCounts, words } from './config.ts';
import { compileTextEncoder, TEXT } from './nets/clip-text.ts';
import { compileUnet } from './nets/unet.ts';
import { readUnetConfig, UNET } from './nets/unet-config.ts';
import { compileTinyVae, compileVae, TINY, VAE } from './nets/vae.ts';

type Json = Record<string, unknown>;
const NONE = weightsOf([]);

/** Fails on reading the config, or else on the first tensor, of which there is none. */
const COMPILE: Record<string, (json: Json) => unknown> = {
  unet: (json) => compileUnet(NONE, json, 'float32'),
  vae: (json) => compileVae(NONE, json, 'float32'),
  tiny: (json) => compileTinyVae(NONE, json),
  text: (json) => compileTextEncoder(NONE, json, 'text_encoder', { skip: 0, pooled: false }),
};
const TABLES: Record<string, ConfigTable> = { unet: UNET, vae: VAE, tiny: TINY, text: TEXT };

/** What the constructors of diffusers 0.42 and transformers 5.23 have as defaults. */
const DEFAULTS: Record<string, Json> = {
  unet: {
    ...{ sample_size: null, in_channels: 4, out_channels: 4, center_input_sample: false, flip_sin_to_cos: true, freq_shift: 0 },
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    mid_block_type: 'UNetMidBlock2DCrossAttn',
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    ...{ only_cross_attention: false, block_out_channels: [320, 640, 1280, 1280], layers_per_block: 2, downsample_padding: 1 },
    ...{ mid_block_scale_factor: 1, dropout: 0, act_fn: 'silu', norm_num_groups: 32, norm_eps: 1e-5, cross_attention_dim: 1280 },
    ...{ transformer_layers_per_block: 1, reverse_transformer_layers_per_block: null, encoder_hid_dim: null, encoder_hid_dim_type: null },
    ...{ attention_head_dim: 8, num_attention_heads: null, dual_cross_attention: false, use_linear_projection: false, class_embed_type: null },
    ...{ addition_embed_type: null, addition_time_embed_dim: null, num_class_embeds: null, upcast_attention: false },
    ...{ resnet_time_scale_shift: 'default', resnet_skip_time_act: false, resnet_out_scale_factor: 1, time_embedding_type: 'positional' },
    ...{ time_embedding_dim: null, time_embedding_act_fn: null, timestep_post_act: null, time_cond_proj_dim: null, conv_in_kernel: 3 },
    ...{ conv_out_kernel: 3, projection_class_embeddings_input_dim: null, attention_type: 'default', class_embeddings_concat: false },
    ...{ mid_block_only_cross_attention: null, cross_attention_norm: null, addition_embed_type_num_heads: 64 },
  },
  vae: {
    ...{ in_channels: 3, out_channels: 3, down_block_types: ['DownEncoderBlock2D'], up_block_types: ['UpDecoderBlock2D'], block_out_channels: [64] },
    ...{ layers_per_block: 1, act_fn: 'silu', latent_channels: 4, norm_num_groups: 32, sample_size: 32, scaling_factor: 0.18215 },
    ...{ shift_factor: null, latents_mean: null, latents_std: null, force_upcast: true, use_quant_conv: true, use_post_quant_conv: true },
    mid_block_add_attention: true,
  },
  tiny: {
    ...{ in_channels: 3, out_channels: 3, encoder_block_out_channels: [64, 64, 64, 64], decoder_block_out_channels: [64, 64, 64, 64] },
    ...{ act_fn: 'relu', upsample_fn: 'nearest', latent_channels: 4, upsampling_scaling_factor: 2, num_encoder_blocks: [1, 3, 3, 3] },
    ...{ num_decoder_blocks: [3, 3, 3, 1], latent_magnitude: 3, latent_shift: 0.5, force_upcast: false, scaling_factor: 1, shift_factor: 0 },
  },
  text: {
    ...{ _name_or_path: '', architectures: null, attention_dropout: 0, bos_token_id: 49406, chunk_size_feed_forward: 0, dtype: null },
    ...{ eos_token_id: 49407, hidden_act: 'quick_gelu', hidden_size: 512, id2label: { 0: 'LABEL_0' }, initializer_factor: 1 },
    ...{ initializer_range: 0.02, intermediate_size: 2048, is_encoder_decoder: false, label2id: { LABEL_0: 0 }, layer_norm_eps: 1e-5 },
    ...{ max_position_embeddings: 77, model_type: 'clip_text_model', num_attention_heads: 8, num_hidden_layers: 12, output_attentions: false },
    ...{ output_hidden_states: false, pad_token_id: 1, problem_type: null, projection_dim: 512, return_dict: true },
    ...{ transformers_version: '5.23.0', vocab_size: 49408 },
  },
};

/** Keys that older files have besides. */
const OLDER: Record<string, Json> = {
  unet: { _class_name: 'UNet2DConditionModel', _diffusers_version: '0.2.2', upcast_attention: null, addition_embed_type_num_heads: 64 },
  vae: { _class_name: 'AutoencoderKL', _diffusers_version: '0.10.0.dev0', _name_or_path: 'x', act_fn: 'swish' },
  tiny: { _class_name: 'AutoencoderTiny', _diffusers_version: '0.20.0.dev0', block_out_channels: [64, 64, 64, 64] },
  text: { torch_dtype: 'float16', dropout: 0, architectures: ['CLIPTextModelWithProjection'], use_cache: true, gradient_checkpointing: false },
};

describe.each(Object.keys(COMPILE))('the config of the %s', (network) => {
  it('has the defaults of the library', () => {
    const { keys } = TABLES[network];
    const wanted = Object.fromEntries(Object.entries(DEFAULTS[network]).filter(([key]) => Object.hasOwn(keys, key)));
    expect(readConfig('config.json', TABLES[network], {})).toEqual(wanted);
  });

  it('may have every key that the library writes, and those that it wrote before', () => {
    const { idle, keys } = TABLES[network];
    const json = { ...DEFAULTS[network], ...OLDER[network] };
    expect(() => readConfig('config.json', TABLES[network], json)).not.toThrow();
    // null passes for what is not known, and a value of it would not
    const unknown = Object.keys(json).filter((key) => !key.startsWith('_') && !idle.includes(key) && !Object.hasOwn(keys, key));
    for (const key of unknown) expect(json[key]).toBeNull();
  });

  it('has no key that is both known and idle', () => {
    const { idle, keys } = TABLES[network];
    expect(idle.filter((key) => Object.hasOwn(keys, key))).toEqual([]);
    expect(new Set(idle).size).toBe(idle.length);
  });
});

const HOSTILE: [network: string, json: Json, message: RegExp][] = [
  [
    'unet',
    { attention_head_dims: 8 },
    /^unet\/config\.json has the key "attention_head_dims" \(8\), which is not supported; "attention_head_dim" is$/,
  ],
  ['unet', { class_embed_type: 'timestep' }, /has the key "class_embed_type" \("timestep"\), which is not supported/],
  ['unet', { encoder_hid_dim_type: 'image_proj' }, /has the key "encoder_hid_dim_type"/],
  ['unet', { constructor: 1 }, /has the key "constructor" \(1\)/],
  ['unet', { num_attention_heads: 8 }, /has "num_attention_heads": 8, which is not supported: it may be null$/],
  ['unet', { act_fn: 'mish' }, /"act_fn": "mish".* it may be "silu" or "swish"$/],
  ['unet', { down_block_types: ['AttnDownBlock2D'] }, /"down_block_types": \["AttnDownBlock2D"\].* a list of CrossAttnDownBlock2D, DownBlock2D$/],
  ['unet', { block_out_channels: [] }, /"block_out_channels": \[\].* a list of whole numbers$/],
  ['unet', { block_out_channels: [320, 0.5] }, /"block_out_channels": \[320,0\.5\]/],
  ['unet', { block_out_channels: null }, /"block_out_channels": null/],
  ['unet', { norm_num_groups: null }, /"norm_num_groups": null.* a whole number from 1 to 1048576$/],
  ['unet', { norm_eps: '1e-5' }, /"norm_eps": "1e-5".* a number$/],
  ['unet', { use_linear_projection: 1 }, /"use_linear_projection": 1.* true or false$/],
  ['unet', { layers_per_block: [2, 2] }, /has 2 entries in "layers_per_block" but 4 in "block_out_channels"$/],
  ['unet', { attention_head_dim: [5, 10, 20] }, /has 3 entries in "attention_head_dim" but 4/],
  ['unet', { down_block_types: new Array(4).fill('DownBlock2D') }, /has no CrossAttnDownBlock2D in "down_block_types"/],
  ['unet', { norm_num_groups: 48 }, /has 320 "block_out_channels", which 48 "norm_num_groups" do not divide/],
  ['unet', { attention_head_dim: 7 }, /has 320 "block_out_channels", which 7 heads \("attention_head_dim"\) do not divide/],
  ['unet', { transformer_layers_per_block: [1, [2, 2], [4], 1] }, /has 1 entries in "transformer_layers_per_block" for a block of 2/],
  ['unet', { transformer_layers_per_block: [1, [2, [2]], 1, 1] }, /"transformer_layers_per_block".* or of lists of them$/],
  ['unet', { cross_attention_dim: [768, 768, 1024, 1024] }, /"cross_attention_dim".* a whole number or a list of one and the same$/],
  ['unet', { addition_embed_type: 'image' }, /"addition_embed_type": "image".* it may be null or "text_time"$/],
  ['unet', { addition_embed_type: 'text_time' }, /"addition_embed_type": "text_time" and so needs "addition_time_embed_dim"/],
  [
    'unet',
    { addition_embed_type: 'text_time', addition_time_embed_dim: 256, projection_class_embeddings_input_dim: 1536 },
    /a "projection_class_embeddings_input_dim" above 6 times that/,
  ],
  ['vae', { scaling_facter: 1 }, /^vae\/config\.json has the key "scaling_facter" \(1\), which is not supported; "scaling_factor" is$/],
  ['vae', { in_channels: 4 }, /"in_channels": 4.* it may be 3$/],
  ['vae', { latents_mean: [0, 0, 0, 0] }, /"latents_mean": \[0,0,0,0\].* it may be null$/],
  ['vae', { shift_factor: 0.1159 }, /"shift_factor": 0\.1159/],
  ['vae', { down_block_types: ['AttnDownEncoderBlock2D'] }, /it may be a list of DownEncoderBlock2D$/],
  ['vae', { block_out_channels: [64, 64] }, /has 1 "down_block_types" but 2 "block_out_channels"/],
  ['vae', { norm_num_groups: 48 }, /has 64 "block_out_channels", which 48 "norm_num_groups" do not divide/],
  ['tiny', { act_fn: 'silu' }, /^the tiny VAE's config\.json has "act_fn": "silu".* it may be "relu"$/],
  ['tiny', { down_block_types: ['DownEncoderBlock2D'] }, /has the key "down_block_types"/],
  ['tiny', { num_encoder_blocks: [1, 3, 3] }, /as many, of one width, in "encoder_block_out_channels" and "num_encoder_blocks"$/],
  ['tiny', { encoder_block_out_channels: [64, 64, 64, 32] }, /of one width/],
  ['text', { hidden_act: 'relu' }, /^text_encoder\/config\.json has "hidden_act": "relu".* it may be "quick_gelu" or "gelu"$/],
  ['text', { hidden_size: 512, num_attention_heads: 7 }, /has 512 channels, which 7 heads do not divide$/],
  ['text', { vocab_size: 32_000 }, /"vocab_size": 32000.* a whole number from 49408 up$/],
  ['text', { max_position_embeddings: 1 }, /"max_position_embeddings": 1/],
  ['text', { type_vocab_size: 2 }, /has the key "type_vocab_size" \(2\), which is not supported/],
];

describe('a config that is not supported', () => {
  it.each(HOSTILE)('%s %j', (network, json, message) => {
    expect(() => COMPILE[network](json)).toThrow(InputError);
    expect(() => COMPILE[network](json)).toThrow(message);
  });

  it.each(Object.keys(COMPILE))('passes for the %s where it is, and then the first tensor is missed', (network) => {
    const enough = network === 'vae' ? { down_block_types: ['DownEncoderBlock2D'] } : {};
    expect(() => COMPILE[network](enough)).toThrow(/has no tensor .* of shape/);
  });
});

describe('the kinds of keys', () => {
  it.each([
    ['count', count(1), [1, 320], [0, -1, 1.5, '1', null, true, Number.NaN, []]],
    ['count or null', count(null), [1, null], [0, 'x']],
    ['real', real(1), [0, -1, 1e-6], ['1', null, Number.POSITIVE_INFINITY]],
    ['counts', counts([1]), [[1], [1, 2]], [[], [0], 1, null]],
    ['countOrCounts', countOrCounts(1), [1, [1, 2]], [[], [[1]], null]],
    ['sameCounts', sameCounts(1), [1, [2, 2]], [[1, 2], 0, []]],
    ['atLeast', atLeast(3, 4), [3, 9], [2, 3.5, null]],
    ['flag', flag(true), [true, false], [0, 'true', null]],
    ['only', only('a', null), ['a', null], ['b', undefined]],
    ['words', words(['a'], 'a', 'b'), [['a'], ['b', 'a']], [[], ['c'], 'a']],
  ] as const)('%s', (_, key, good, bad) => {
    for (const value of good) expect(key.accepts(value), JSON.stringify(value)).toBe(true);
    for (const value of bad) expect(key.accepts(value), JSON.stringify(value)).toBe(false);
  });
});

describe('weights beside a config', () => {
  const pipeline = folderPipeline(folderFiles(folderOf('sd1')));
  const unet = async () => ({ weights: await pipeline.weights('unet'), json: (await pipeline.config('unet')) ?? {} });

  it('of other numbers are refused with the tensor and both shapes', async () => {
    const { weights, json } = await unet();
    const other = { ...json, block_out_channels: [8, 12, 20, 16], norm_num_groups: 4, attention_head_dim: 2 };
    const message =
      /diffusion_pytorch_model\.safetensors": down_blocks\.2\.\S+ has shape \(16[^)]*\), not \(20[^)]*\): do config and weights belong together/;
    expect(() => compileUnet(weights, other, 'float32')).toThrow(message);
  });

  it('without a tensor are refused with its name and near ones', async () => {
    const { weights, json } = await unet();
    const names = weights.names().filter((name) => name !== 'down_blocks.1.resnets.0.conv1.bias');
    const part = weightsOf(names.map((name) => [name, weights.take(name, weights.shapeOf(name) ?? [])]));
    const message = /has no tensor down_blocks\.1\.resnets\.0\.conv1\.bias of shape \(12\); near names are .*down_blocks\.1\.resnets\.0\.conv2\.bias/;
    expect(() => compileUnet(part, json, 'float32')).toThrow(message);
  });

  it('of a VAE and a text encoder are checked alike', async () => {
    const vae = await pipeline.weights('vae');
    const json = (await pipeline.config('vae')) ?? {};
    expect(() => compileVae(vae, { ...json, latent_channels: 8 }, 'float32')).toThrow(
      /encoder\.conv_out\.weight has shape \(8, 12, 3, 3\), not \(16, 12, 3, 3\)/,
    );
    const text = await pipeline.weights('text_encoder');
    const config = (await pipeline.config('text_encoder')) ?? {};
    const tap = { skip: 0, pooled: false } as const;
    expect(() => compileTextEncoder(text, { ...config, num_hidden_layers: 3 }, 'text_encoder', tap)).toThrow(
      /has no tensor text_model\.encoder\.layers\.2\./,
    );
    expect(() => compileTextEncoder(text, config, 'text_encoder', { skip: 1, pooled: true })).toThrow(/has no tensor text_projection\.weight/);
  });

  it('and config are the tap, whatever comes after it', async () => {
    const { weights, json } = await unet();
    const { channels, step, promptChannels, pooledChannels, graph } = compileUnet(weights, json, 'float32');
    expect({ channels, step, promptChannels, pooledChannels }).toEqual({ channels: 16, step: 4, promptChannels: 8, pooledChannels: 0 });
    expect(graph.weights.some(({ name }) => /mid_block|up_blocks|down_blocks\.3|conv_norm_out/.test(name))).toBe(false);
    expect(graph.weights.filter(({ name }) => name.includes('down_blocks.2.attentions.1.')).map(({ name }) => name.replace(/^w\d+\./, ''))).toEqual(
      expect.arrayContaining(['down_blocks.2.attentions.1.transformer_blocks.0.attn1.to_out.0.weight']),
    );
    expect(graph.weights.some(({ name }) => name.includes('down_blocks.2.attentions.1.transformer_blocks.0.attn2'))).toBe(false);
    expect(readUnetConfig(json).use_linear_projection).toBe(false);
  });
});
