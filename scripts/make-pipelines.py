#!/usr/bin/env python3
"""Makes test/golden/pipelines: tiny random diffusion pipelines, laid out and named as the published ones, and what
diffusers and transformers compute with them in fp32.

Install (Python 3.11, versions pinned; others may name tensors or config keys otherwise):
    pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    pip install diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6

Run:
    python scripts/make-pipelines.py                   # every kind, half a minute
    python scripts/make-pipelines.py --only sd1,ssd

One thread, fixed seeds: the same versions give the same bytes. Config keys are those of the published files (segmind/SSD-1B,
stable-diffusion-xl-base-1.0, CompVis/stable-diffusion-v1-4, stable-diffusion-2-1, madebyollin/taesdxl); the numbers
that set a size are shrunk. test/golden/pipelines/README.md describes each file.
"""
import argparse
import inspect
import json
import os
import shutil
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import diffusers
import numpy as np
import torch
import transformers
from diffusers import (AutoencoderKL, AutoencoderTiny, DDIMScheduler, StableDiffusionPipeline,
                       StableDiffusionXLPipeline, UNet2DConditionModel)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "pipelines"
SIZES = [(128, 128), (192, 128)]  # width, height
CROP = (64, 48)                   # width, height: the corner of the picture that goes through the VAE for ops/
TIMESTEP = 50
START, END = 49406, 49407
PROMPT = "A photo of a café by the sea, 2 boats"


# ------------------------------------------------------------------------------------------------ configs

def unet_config(**changes):
    """Keys of unet/config.json that all five have. `attention_head_dim` is the number of heads."""
    return {
        "_class_name": "UNet2DConditionModel", "act_fn": "silu", "center_input_sample": False,
        "downsample_padding": 1, "flip_sin_to_cos": True, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2,
        "mid_block_scale_factor": 1, "norm_eps": 1e-05, "norm_num_groups": 4, "out_channels": 4, **changes}


def unet_sd(**changes):
    return unet_config(
        block_out_channels=[8, 12, 16, 16],
        down_block_types=["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
        up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3, **changes)


def unet_sdxl(**changes):
    return unet_config(**{
        "addition_embed_type": "text_time", "addition_embed_type_num_heads": 64, "addition_time_embed_dim": 16,
        "attention_head_dim": [1, 2, 3], "block_out_channels": [8, 16, 24], "class_embed_type": None,
        "class_embeddings_concat": False, "conv_in_kernel": 3, "conv_out_kernel": 3, "cross_attention_norm": None,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "dual_cross_attention": False, "encoder_hid_dim": None, "encoder_hid_dim_type": None,
        "mid_block_only_cross_attention": None, "mid_block_type": "UNetMidBlock2DCrossAttn",
        "num_attention_heads": None, "num_class_embeds": None, "only_cross_attention": False,
        "resnet_out_scale_factor": 1.0, "resnet_skip_time_act": False, "resnet_time_scale_shift": "default",
        "sample_size": 128, "time_cond_proj_dim": None, "time_embedding_act_fn": None, "time_embedding_dim": None,
        "time_embedding_type": "positional", "timestep_post_act": None,
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "upcast_attention": None,
        "use_linear_projection": True, **changes})


def vae_config(**changes):
    return {
        "_class_name": "AutoencoderKL", "act_fn": "silu", "block_out_channels": [4, 8, 12, 12],
        "down_block_types": ["DownEncoderBlock2D"] * 4, "in_channels": 3, "latent_channels": 4,
        "layers_per_block": 2, "norm_num_groups": 2, "out_channels": 3, "up_block_types": ["UpDecoderBlock2D"] * 4,
        **changes}


def text_config(**changes):
    """With the misleading bos, eos and pad of the published files."""
    return {
        "architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0, "dropout": 0.0,
        "eos_token_id": 2, "hidden_act": "quick_gelu", "hidden_size": 8, "initializer_factor": 1.0,
        "initializer_range": 0.02, "intermediate_size": 32, "layer_norm_eps": 1e-05, "max_position_embeddings": 77,
        "model_type": "clip_text_model", "num_attention_heads": 2, "num_hidden_layers": 2, "pad_token_id": 1,
        "vocab_size": 49408, **changes}


BETAS = {"beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000,
         "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None,
         "clip_sample": False}
EULER = {"_class_name": "EulerDiscreteScheduler", "_diffusers_version": "0.19.0.dev0", **BETAS,
         "interpolation_type": "linear", "prediction_type": "epsilon", "sample_max_value": 1.0,
         "timestep_spacing": "leading", "use_karras_sigmas": False}
SDXL_INDEX = {
    "_class_name": "StableDiffusionXLPipeline", "_diffusers_version": "0.19.0.dev0",
    "force_zeros_for_empty_prompt": True, "add_watermarker": None, "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"], "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "tokenizer": ["transformers", "CLIPTokenizer"], "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]}
SD_INDEX = {
    "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.2.2",
    "feature_extractor": ["transformers", "CLIPFeatureExtractor"],
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    "scheduler": ["diffusers", "PNDMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"]}

# dtype: of the files. vae: names of its middle attention. text: "published" writes the prefix text_model. everywhere.
# pads: the padding id of each text encoder. newest: everything as save_pretrained of the pinned versions writes it.
KINDS = {
    "ssd": dict(
        seed=1, dtype=torch.float16, tap=(-1, -1), pads=[END, 0], tokenizer=True, ops=True, index=SDXL_INDEX,
        unet=unet_sdxl(_diffusers_version="0.22.0.dev0", attention_type="default", cross_attention_dim=20, dropout=0.0,
                       mid_block_type="UNetMidBlock2D", projection_class_embeddings_input_dim=6 * 16 + 10,
                       transformer_layers_per_block=[1, [2, 2], [2, 2]],
                       reverse_transformer_layers_per_block=[[2, 2, 3], [2, 1, 1], 1]),
        vae=vae_config(_diffusers_version="0.20.0.dev0", force_upcast=True, sample_size=1024, scaling_factor=0.13025),
        texts=[text_config(projection_dim=8, torch_dtype="float16", transformers_version="4.34.1"),
               text_config(architectures=["CLIPTextModelWithProjection"], hidden_act="gelu", hidden_size=12,
                           num_attention_heads=3, num_hidden_layers=3, projection_dim=10, torch_dtype="float16",
                           transformers_version="4.34.1")],
        scheduler=EULER),
    "sdxl": dict(
        seed=2, dtype=torch.float32, tap=(-1, -1), pads=[END, 0], newest=True, index=SDXL_INDEX,
        unet=unet_sdxl(attention_head_dim=[2, 3, 4], block_out_channels=[8, 12, 16], cross_attention_dim=16,
                       projection_class_embeddings_input_dim=6 * 16 + 10, transformer_layers_per_block=[1, 2, 3]),
        vae=vae_config(force_upcast=True, sample_size=1024, scaling_factor=0.13025),
        texts=[text_config(bos_token_id=START, eos_token_id=END, projection_dim=8),
               text_config(architectures=["CLIPTextModelWithProjection"], bos_token_id=START, eos_token_id=END,
                           hidden_act="gelu", num_hidden_layers=3, projection_dim=10)],
        scheduler=EULER),
    "sd1": dict(
        seed=3, dtype=torch.float32, tap=(-2, -1), pads=[END], old_vae=True, position_ids=True, tokenizer=True,
        ops=True, index=SD_INDEX,
        unet=unet_sd(_diffusers_version="0.2.2", attention_head_dim=2, cross_attention_dim=8, sample_size=64),
        vae=vae_config(_diffusers_version="0.2.2", sample_size=512),
        texts=[text_config(_name_or_path="openai/clip-vit-large-patch14", torch_dtype="float32",
                           transformers_version="4.21.0.dev0")],
        scheduler={"_class_name": "PNDMScheduler", "_diffusers_version": "0.7.0.dev0", **BETAS}),
    "sd2": dict(
        seed=4, dtype=torch.float16, tap=(-2, -1), pads=[0], old_vae=True, position_ids=True,
        index={**SD_INDEX, "_diffusers_version": "0.10.0.dev0", "feature_extractor": [None, None],
               "requires_safety_checker": False, "safety_checker": [None, None],
               "scheduler": ["diffusers", "DDIMScheduler"]},
        unet=unet_sd(_diffusers_version="0.10.0.dev0", attention_head_dim=[2, 3, 4, 4], cross_attention_dim=8,
                     dual_cross_attention=False, num_class_embeds=None, only_cross_attention=False, sample_size=96,
                     upcast_attention=True, use_linear_projection=True),
        vae=vae_config(_diffusers_version="0.10.0.dev0", _name_or_path="hf-models/stable-diffusion-v2-768x768/vae",
                       sample_size=768),
        texts=[text_config(_name_or_path="hf-models/stable-diffusion-v2-768x768/text_encoder", hidden_act="gelu",
                           num_hidden_layers=3, projection_dim=10,
                           torch_dtype="float32", transformers_version="4.25.0.dev0")],
        scheduler={"_class_name": "DDIMScheduler", "_diffusers_version": "0.8.0", **BETAS,
                   "prediction_type": "v_prediction"}),
}
TINY = {
    "_class_name": "AutoencoderTiny", "_diffusers_version": "0.20.0.dev0", "act_fn": "relu",
    "decoder_block_out_channels": [8] * 4, "encoder_block_out_channels": [8] * 4, "force_upcast": False,
    "in_channels": 3, "latent_channels": 4, "latent_magnitude": 3, "latent_shift": 0.5,
    "num_decoder_blocks": [3, 3, 3, 1], "num_encoder_blocks": [1, 3, 3, 3], "out_channels": 3, "scaling_factor": 1.0,
    "upsampling_scaling_factor": 2}


# ------------------------------------------------------------------------------------------------ files

def write_json(path, value, keep_order=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=2, sort_keys=not keep_order, ensure_ascii=not keep_order) + "\n"
    path.write_text(text, encoding="utf-8")


def write_npy(path, array):
    """Float32 unless it is a whole number already."""
    array = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
    if array.dtype.kind == "f":
        assert np.isfinite(array).all(), path
        array = array.astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.ascontiguousarray(array))


def write_weights(path, tensors, dtype):
    """safetensors; integers keep their dtype."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cast = {k: (v.to(dtype) if v.is_floating_point() else v).contiguous() for k, v in tensors.items()}
    save_file(cast, path, metadata={"format": "pt"})


# ------------------------------------------------------------------------------------------------ random weights

# Weight times the root of its fan-in, 1 otherwise: attention far from uniform, and little of what is the same for all
# tokens (time, text, the mean over tokens), so that the features differ from token to token.
GAINS = {"attn1.to_q": 2.5, "attn1.to_k": 2.5, "to_q": 1.7, "to_k": 1.7, "q_proj": 1.7, "k_proj": 1.7,
         "attn1.to_out": 0.6, "attn2.to_out": 0.5, "time_emb_proj": 0.5}


def randomise(model, seed, used_ids=None):
    """Weights of a healthy size, in the order of the names: no bias is zero, no norm the identity, so that whatever
    is left out shows. Queries and keys are larger, so that attention is not nearly uniform."""
    random = torch.Generator().manual_seed(seed)
    tiny = isinstance(model, AutoencoderTiny)
    for name, p in model.float().named_parameters():
        noise = torch.randn(p.shape, generator=random)
        if "token_embedding" in name:
            p.data = torch.zeros_like(p)
            p.data[used_ids] = noise[used_ids]
        elif "position_embedding" in name:
            p.data = 0.5 * noise
        elif p.ndim == 1 and "norm" in name and name.endswith("weight"):
            p.data = 1 + 0.25 * noise.clamp(-3, 3)
        elif p.ndim == 1:
            p.data = 0.25 * noise
        else:
            gain = next((g for part, g in GAINS.items() if part in name), 0.7 if tiny else 1.0)
            p.data = gain * noise / p[0].numel() ** 0.5
    return model.eval()


def calibrate(layer, values, channels, target):
    """Scales and shifts the first output channels of `layer`, which gave `values` (n, c, h, w), to a deviation of
    `target` a channel; the mean becomes a tenth to a half of it."""
    mean, std = values.mean((0, 2, 3))[:channels], values.std((0, 2, 3))[:channels]
    scale = target / std
    layer.weight.data[:channels] *= scale[:, None, None, None]
    layer.bias.data[:channels] = (layer.bias.data[:channels] - mean) * scale + target * torch.linspace(-0.5, 0.4, channels)


def make_picture(width, height):
    """Smooth colours, a few shapes with hard edges, a little grain: uint8 (height, width, 3)."""
    random = torch.Generator().manual_seed(1000 + width)
    y = torch.linspace(0, 1, height)[:, None]
    x = torch.linspace(0, width / height, width)[None]
    smooth = torch.zeros(1, 3, height, width)
    for cells, size in ((3, 60), (7, 30), (17, 14)):
        low = torch.randn(1, 3, cells, cells * width // height, generator=random)
        smooth += size * torch.nn.functional.interpolate(low, (height, width), mode="bicubic")
    picture = smooth[0] + 128
    for _ in range(4):
        cx, cy, radius = torch.rand(3, generator=random).tolist()
        inside = (x - cx * width / height) ** 2 + (y - cy) ** 2 < (0.08 + 0.15 * radius) ** 2
        picture += inside * 150 * (torch.rand(3, 1, 1, generator=random) - 0.5)
    picture += 4 * torch.randn(picture.shape, generator=random)
    return picture.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()


def to_input(picture):
    """uint8 (h, w, 3) -> (1, 3, h, w) in -1..1."""
    return (2 * (picture.double() / 255) - 1).float().permute(2, 0, 1)[None]


# ------------------------------------------------------------------------------------------------ tokenizer

SENTENCES = """a photo of a cat on the sofa. a photo of a dog in the street. a photo of the sea and the beach
two boats by the sea. a café in the street with people. the cat and the dog. a painting of people on the beach"""


def make_vocabulary():
    """(vocab, merges): CLIP's 512 byte symbols under CLIP's ids, and merges learnt from a few sentences."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [b for b in range(256) if b not in printable]
    symbol = {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(hidden)}
    symbols = [symbol[b] for b in printable + hidden]
    words = []
    for word in SENTENCES.replace(".", "").split():
        letters = [symbol[b] for b in word.encode("utf-8")]
        words.append([*letters[:-1], letters[-1] + "</w>"])
    merges = []
    while True:
        count = {}
        for word in words:
            for pair in zip(word, word[1:]):
                count[pair] = count.get(pair, 0) + 1
        if not count or max(count.values()) < 2:
            break
        best = min(count, key=lambda pair: (-count[pair], pair))
        merges.append(best)
        words = [merge(word, best) for word in words]
    tokens = symbols + [s + "</w>" for s in symbols] + ["".join(pair) for pair in merges]
    assert len(set(tokens)) == len(tokens) and tokens[0] == "!"
    return {t: i for i, t in enumerate(tokens)} | {"<|startoftext|>": START, "<|endoftext|>": END}, merges


def merge(word, pair):
    out = []
    for symbol in word:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return out


def added(content, normalized=True, **more):
    return {"content": content, "lstrip": False, "normalized": normalized, "rstrip": False, "single_word": False, **more}


def write_tokenizer(folder, pad, newer):
    """Files as published with SD 1.4 (older) or SDXL (newer: names the ids of its special tokens)."""
    vocab, merges = make_vocabulary()
    write_json(folder / "vocab.json", vocab, keep_order=True)
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    start, end = "<|startoftext|>", "<|endoftext|>"
    write_json(folder / "special_tokens_map.json", {
        "bos_token": added(start), "eos_token": added(end), "pad_token": pad, "unk_token": added(end)})
    config = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "model_max_length": 77,
              "pad_token": pad, "tokenizer_class": "CLIPTokenizer"}
    if newer:
        ids = {str(START): added(start, special=True), str(END): added(end, special=True)}
        if pad == "!":
            ids["0"] = added(pad, normalized=False, special=True)
        config |= {"added_tokens_decoder": ids, "bos_token": start, "clean_up_tokenization_spaces": True,
                   "eos_token": end, "unk_token": end}
    else:
        typed = {"__type": "AddedToken"}
        config |= {"bos_token": added(start) | typed, "eos_token": added(end) | typed, "unk_token": added(end) | typed,
                   "name_or_path": "openai/clip-vit-large-patch14",
                   "special_tokens_map_file": "./special_tokens_map.json"}
    write_json(folder / "tokenizer_config.json", config)


# ------------------------------------------------------------------------------------------------ writing a pipeline

OLD_NAMES = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}


def old_vae_names(tensors):
    """The names of diffusers' attention before 0.17; the weights were 2-D then too."""
    out = {}
    for name, value in tensors.items():
        for new, old in OLD_NAMES.items():
            name = name.replace(new, old)
        out[name] = value
    return out


def published_text(model, position_ids):
    """The names before transformers 5: everything but the projection under text_model."""
    own = ("text_model.", "text_projection.")
    tensors = {n if n.startswith(own) else f"text_model.{n}": v for n, v in model.state_dict().items()}
    if position_ids:
        tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    return tensors


def text_class(config):
    return getattr(transformers, config["architectures"][0])


def make_models(kind):
    """Random unet, vae and text encoders of a kind, before rounding to the files' dtype."""
    vocab, _ = make_vocabulary()
    unet = randomise(UNet2DConditionModel.from_config(kind["unet"]), kind["seed"])
    vae = randomise(AutoencoderKL.from_config(kind["vae"]), kind["seed"] + 100)
    moments = vae.quant_conv(vae.encoder(to_input(make_picture(*SIZES[0]))))
    calibrate(vae.quant_conv, moments, 4, 1 / vae.config.scaling_factor)
    texts = []
    for i, config in enumerate(kind["texts"]):
        model = text_class(config)(CLIPTextConfig(**config))
        texts.append(randomise(model, kind["seed"] + 200 + i, used_ids=sorted(vocab.values())))
    return unet, vae, texts


def text_folder(i):
    return "text_encoder" if i == 0 else f"text_encoder_{i + 1}"


def write_newest(folder, unet, vae, texts):
    """As save_pretrained writes today; the unet in shards."""
    unet.save_pretrained(folder / "unet", max_shard_size="300KB")
    vae.save_pretrained(folder / "vae")
    for i, text in enumerate(texts):
        text.save_pretrained(folder / text_folder(i))


def write_published(folder, kind, unet, vae, texts):
    variant = ".fp16" if kind["dtype"] == torch.float16 else ""
    write_json(folder / "unet/config.json", kind["unet"])
    write_weights(folder / f"unet/diffusion_pytorch_model{variant}.safetensors", unet.state_dict(), kind["dtype"])
    write_json(folder / "vae/config.json", kind["vae"])
    tensors = old_vae_names(vae.state_dict()) if kind.get("old_vae") else vae.state_dict()
    write_weights(folder / f"vae/diffusion_pytorch_model{variant}.safetensors", tensors, kind["dtype"])
    for i, (text, config) in enumerate(zip(texts, kind["texts"])):
        write_json(folder / text_folder(i) / "config.json", config)
        write_weights(folder / text_folder(i) / f"model{variant}.safetensors",
                      published_text(text, kind.get("position_ids")), kind["dtype"])


def write_pipeline(folder, kind):
    models = make_models(kind)
    if kind.get("newest"):
        write_newest(folder, *models)
    else:
        write_published(folder, kind, *models)
    write_json(folder / "model_index.json", kind["index"])
    write_json(folder / "scheduler/scheduler_config.json", kind["scheduler"])
    if kind.get("tokenizer"):
        for i, pad in enumerate(kind["pads"]):
            write_tokenizer(folder / ("tokenizer" if i == 0 else f"tokenizer_{i + 1}"),
                            "!" if pad == 0 else "<|endoftext|>", newer=len(kind["pads"]) > 1)


def load(folder, kind):
    """Unet, vae, text encoders from the files, as diffusers and transformers read them, in fp32."""
    how = {"dtype": torch.float32, "variant": "fp16" if kind["dtype"] == torch.float16 else None}
    unet, info = UNet2DConditionModel.from_pretrained(folder / "unet", output_loading_info=True, **how)
    assert not any(info.values()), info
    vae, info = AutoencoderKL.from_pretrained(folder / "vae", output_loading_info=True, **how)
    assert not any(info.values()), info
    texts = []
    for i, config in enumerate(kind["texts"]):
        text, info = text_class(config).from_pretrained(
            folder / text_folder(i), output_loading_info=True, **how)
        extra = {k for k in info["unexpected_keys"] if not k.endswith("position_ids")}
        assert not info["missing_keys"] and not info["mismatched_keys"] and not extra, info
        texts.append(text.eval())
    return unet.eval(), vae.eval(), texts


# ------------------------------------------------------------------------------------------------ goldens

def encode_text(texts, ids):
    """Ids (77,) of each text encoder -> prompt embeddings (77, D), pooled (P,) or None."""
    if len(texts) == 1:
        return texts[0](torch.tensor(ids[0])[None]).last_hidden_state[0], None
    outs = [text(torch.tensor(row)[None], output_hidden_states=True) for text, row in zip(texts, ids)]
    return torch.cat([out.hidden_states[-2][0] for out in outs], -1), outs[-1].text_embeds[0]


def conditions(embeds, pooled, width, height):
    """The keyword arguments of the unet besides sample and timestep."""
    out = {"encoder_hidden_states": embeds[None]}
    if pooled is not None:
        time_ids = torch.tensor([[height, width, 0, 0, height, width]], dtype=torch.float32)
        out["added_cond_kwargs"] = {"text_embeds": pooled[None], "time_ids": time_ids}
    return out


def record(model, paths, run):
    """Runs and gives {path: (tensors among the arguments by name, output tensor)} of the modules at `paths`."""
    seen, handles = {}, []
    for path in paths:
        module = model.get_submodule(path)

        def hook(module, args, kwargs, output, path=path):
            bound = inspect.signature(module.forward).bind(*args, **kwargs).arguments
            flat = {**bound, **bound.get("kwargs", {})}
            inputs = {k.replace("input_tensor", "hidden_states"): v.clone() for k, v in flat.items()
                      if isinstance(v, torch.Tensor)}
            seen[path] = (inputs, (output[0] if isinstance(output, tuple) else output).clone())

        handles.append(module.register_forward_hook(hook, with_kwargs=True))
    run()
    for handle in handles:
        handle.remove()
    return seen


def tap_path(unet, tap):
    block = len(unet.down_blocks) + tap[0]
    attention = len(unet.down_blocks[block].attentions) - 1
    layer = len(unet.down_blocks[block].attentions[attention].transformer_blocks) - 1
    return f"down_blocks.{block}.attentions.{attention}.transformer_blocks.{layer}.attn1"


def features_by_hand(unet, path, noisy, cond):
    """The second way to the tap: the parts of the down path called one by one, the last attention written out."""
    emb = unet.time_embedding(unet.time_proj(torch.tensor([TIMESTEP])))
    if "added_cond_kwargs" in cond:
        added_cond = cond["added_cond_kwargs"]
        times = unet.add_time_proj(added_cond["time_ids"].flatten()).reshape(1, -1)
        emb = emb + unet.add_embedding(torch.cat([added_cond["text_embeds"], times], -1))
    x, context = unet.conv_in(noisy), cond["encoder_hidden_states"]
    b, a, l = (int(part) for part in path.split(".") if part.isdigit())
    for i, block in enumerate(unet.down_blocks[:b + 1]):
        for j, resnet in enumerate(block.resnets):
            x = resnet(x, emb)
            if not hasattr(block, "attentions"):
                continue
            t = block.attentions[j]
            if (i, j) == (b, a):
                break
            x = t(x, encoder_hidden_states=context).sample
        if i < b and block.downsamplers:
            x = block.downsamplers[0](x)
    n, c, h, w = x.shape
    x = t.norm(x)
    if t.use_linear_projection:
        x = t.proj_in(x.permute(0, 2, 3, 1).reshape(n, h * w, c))
    else:
        x = t.proj_in(x).permute(0, 2, 3, 1).reshape(n, h * w, c)
    for block in t.transformer_blocks[:l]:
        x = x + block.attn1(block.norm1(x))
        x = x + block.attn2(block.norm2(x), encoder_hidden_states=context)
        x = x + block.ff(block.norm3(x))
    x, attn = t.transformer_blocks[l].norm1(x), t.transformer_blocks[l].attn1
    heads = unet.config.attention_head_dim
    heads = heads[b] if isinstance(heads, (list, tuple)) else heads
    q, k, v = (f(x).reshape(h * w, heads, -1).transpose(0, 1).double() for f in (attn.to_q, attn.to_k, attn.to_v))
    scores = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1)
    return attn.to_out[0]((scores @ v).float().transpose(0, 1).reshape(h * w, c)).reshape(h, w, c)


def centred(features):
    return features - features.mean((0, 1), keepdim=True)


def difference(a, b):
    return (torch.linalg.vector_norm(a - b) / torch.linalg.vector_norm(b)).item()


OPS = [  # name, component, path
    ("resnet", "unet", "down_blocks.1.resnets.0"),
    ("downsample", "unet", "down_blocks.0.downsamplers.0"),
    ("transformer", "unet", "down_blocks.1.attentions.0"),
    ("transformer-block", "unet", "down_blocks.1.attentions.0.transformer_blocks.0"),
    ("self-attention", "unet", "down_blocks.1.attentions.0.transformer_blocks.0.attn1"),
    ("cross-attention", "unet", "down_blocks.1.attentions.0.transformer_blocks.0.attn2"),
    ("feed-forward", "unet", "down_blocks.1.attentions.0.transformer_blocks.0.ff"),
    ("vae-resnet", "vae", "encoder.down_blocks.1.resnets.0"),
    ("vae-downsample", "vae", "encoder.down_blocks.1.downsamplers.0"),
    ("vae-attention", "vae", "encoder.mid_block.attentions.0"),
]


def write_ops(folder, unet, vae, noisy, cond):
    """Inputs and outputs of one module of each sort, with the batch of one kept."""
    crop = to_input(make_picture(*SIZES[0])[:CROP[1], :CROP[0]])
    seen = {
        "unet": record(unet, [p for _, c, p in OPS if c == "unet"], lambda: unet(noisy, TIMESTEP, **cond)),
        "vae": record(vae, [p for _, c, p in OPS if c == "vae"], lambda: vae.encoder(crop))}
    first = "down_blocks.0.resnets.0"
    emb = record(unet, [first], lambda: unet(noisy, TIMESTEP, **cond))[first][0]["temb"]
    time_inputs = {"timestep": torch.tensor([float(TIMESTEP)]), **cond.get("added_cond_kwargs", {})}
    cases = [("time-embedding", "unet", "time_embedding", time_inputs, emb)]
    cases += [(name, component, path, *seen[component][path]) for name, component, path in OPS]
    index = []
    for name, component, path, inputs, output in cases:
        files = {f"{name}.{key}.npy": value for key, value in inputs.items()} | {f"{name}.output.npy": output}
        for file, value in files.items():
            write_npy(folder / file, value)
        index.append({"name": name, "component": component, "path": path,
                      "inputs": {key: f"{name}.{key}.npy" for key in inputs}, "output": f"{name}.output.npy",
                      "shapes": {file: list(value.shape) for file, value in files.items()}})
    lines = ",\n".join("  " + json.dumps(entry) for entry in index)
    (folder / "index.json").write_text(f"[\n{lines}\n]\n")


def write_prompt(folder, golden, kind, texts, empty):
    """The prompt through the real tokenizers; they must agree on the empty one too, and so must the whole pipeline."""
    ids = []
    for i in range(len(texts)):
        tokenizer = CLIPTokenizer.from_pretrained(folder / ("tokenizer" if i == 0 else f"tokenizer_{i + 1}"))
        tokens = [tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids for text in ("", PROMPT)]
        assert tokens[0] == [START, END] + [kind["pads"][i]] * 75, tokens[0]
        ids.append(tokens[1])
    embeds, pooled = encode_text(texts, ids)
    (golden / "prompt.txt").write_text(PROMPT + "\n", encoding="utf-8")
    write_npy(golden / "prompt_ids.npy", np.array(ids, dtype=np.int32))
    write_npy(golden / "prompt_embeds-prompt.npy", embeds)
    if pooled is not None:
        write_npy(golden / "pooled-prompt.npy", pooled)

    how = {"dtype": torch.float32, "variant": "fp16" if kind["dtype"] == torch.float16 else None}
    if len(texts) == 1:
        pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, feature_extractor=None, **how)
        encode = lambda text: pipe.encode_prompt(text, "cpu", 1, False)[0][0]
    else:
        pipe = StableDiffusionXLPipeline.from_pretrained(folder, **how)
        encode = lambda text: pipe.encode_prompt(text, device="cpu", do_classifier_free_guidance=False)[0][0]
    assert difference(encode(""), empty) < 1e-6 and difference(encode(PROMPT), embeds) < 1e-6


def write_goldens(folder, kind):
    golden = folder / "golden"
    unet, vae, texts = load(folder, kind)
    embeds, pooled = encode_text(texts, [[START, END] + [pad] * 75 for pad in kind["pads"]])
    write_npy(golden / "prompt_embeds.npy", embeds)
    if pooled is not None:
        write_npy(golden / "pooled.npy", pooled)
    if kind.get("tokenizer"):
        write_prompt(folder, golden, kind, texts, embeds)

    scheduler = DDIMScheduler.from_config(kind["scheduler"])
    path = tap_path(unet, kind["tap"])
    for width, height in SIZES:
        size, picture = f"{width}x{height}", make_picture(width, height)
        latents = vae.encode(to_input(picture)).latent_dist.mean * vae.config.scaling_factor
        noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(kind["seed"] * 10000 + width))
        noisy = scheduler.add_noise(latents, noise, torch.tensor([TIMESTEP]))
        cond = conditions(embeds, pooled, width, height)
        tapped = record(unet, [path], lambda: unet(noisy, TIMESTEP, **cond))[path][1]
        features = tapped.reshape(height // 32, width // 32, -1)
        other = features_by_hand(unet, path, noisy, cond)
        assert difference(centred(other), centred(features)) < 1e-5, "two ways to the tap differ"
        write_npy(golden / f"picture-{size}.npy", picture)
        for name, value in (("noise", noise[0]), ("latents", latents[0]), ("noisy", noisy[0]), ("features", features)):
            write_npy(golden / f"{name}-{size}.npy", value)
        share = centred(features).norm() / features.norm()
        print(f"  {size}: tap {path} {tuple(features.shape)}, latents {latents.mean():.2f} +- {latents.std():.2f}, "
              f"features {features.std():.2f}, share off the mean {share:.2f}, two ways differ by "
              f"{difference(centred(other), centred(features)):.1e}")
    if kind.get("ops"):
        write_ops(golden / "ops", unet, vae, noisy, cond)


def write_tiny(folder):
    """taesdxl: its files lie in the root of the repository."""
    model = randomise(AutoencoderTiny.from_config(TINY), 5)
    calibrate(model.encoder.layers[-1], model.encode(to_input(make_picture(*SIZES[0]))).latents, 4, 1.0)
    write_json(folder / "config.json", TINY)
    write_weights(folder / "diffusion_pytorch_model.safetensors", model.state_dict(), torch.float32)
    model = AutoencoderTiny.from_pretrained(folder).eval()
    for width, height in SIZES:
        latents = model.encode(to_input(make_picture(width, height))).latents[0] * model.config.scaling_factor
        write_npy(folder / f"golden/taesd-latents-{width}x{height}.npy", latents)
        print(f"  {width}x{height}: latents {latents.mean():.2f} +- {latents.std():.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join([*KINDS, "taesdxl"]), help="kinds, separated by commas")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    for name in args.only.split(","):
        folder = args.out / name
        shutil.rmtree(folder, ignore_errors=True)
        print(name)
        if name == "taesdxl":
            write_tiny(folder)
        else:
            write_pipeline(folder, KINDS[name])
            write_goldens(folder, KINDS[name])


if __name__ == "__main__":
    main()
