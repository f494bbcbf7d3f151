#!/usr/bin/env python3
"""Times the diffusion encoder of the Python reference (diffusers, fp32) on the CPU at full size.

Install (Python 3.11):
    pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    pip install diffusers==0.42.1 safetensors==0.8.0

Run:
    python scripts/bench-diffusers.py                          # 1024x1024, two threads, about two minutes, 9 GB
    python scripts/bench-diffusers.py --size 256 --no-full
    python scripts/bench-diffusers.py --weights SSD-1B         # a diffusers folder with .fp16.safetensors files

SSD-1B's unet and SDXL's VAE encoder with random weights, or those of --weights. Text encoders are left out: what they give
is a constant. Prints one JSON line: seconds (median and all runs) of the VAE's encoding, of the unet to the tapped
attention, and of the whole unet; peak resident MB (of the process so far: after loading, then after each of the three).
"""
import argparse
import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

UNET = {
    "act_fn": "silu", "addition_embed_type": "text_time", "addition_embed_type_num_heads": 64,
    "addition_time_embed_dim": 256, "attention_head_dim": [5, 10, 20], "attention_type": "default",
    "block_out_channels": [320, 640, 1280], "center_input_sample": False, "class_embed_type": None,
    "class_embeddings_concat": False, "conv_in_kernel": 3, "conv_out_kernel": 3, "cross_attention_dim": 2048,
    "cross_attention_norm": None, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "downsample_padding": 1, "dropout": 0.0, "dual_cross_attention": False, "encoder_hid_dim": None,
    "encoder_hid_dim_type": None, "flip_sin_to_cos": True, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2,
    "mid_block_only_cross_attention": None, "mid_block_scale_factor": 1, "mid_block_type": "UNetMidBlock2D",
    "norm_eps": 1e-05, "norm_num_groups": 32, "num_attention_heads": None, "num_class_embeds": None,
    "only_cross_attention": False, "out_channels": 4, "projection_class_embeddings_input_dim": 2816,
    "resnet_out_scale_factor": 1.0, "resnet_skip_time_act": False, "resnet_time_scale_shift": "default",
    "reverse_transformer_layers_per_block": [[4, 4, 10], [2, 1, 1], 1], "sample_size": 128, "time_cond_proj_dim": None,
    "time_embedding_act_fn": None, "time_embedding_dim": None, "time_embedding_type": "positional",
    "timestep_post_act": None, "transformer_layers_per_block": [1, [2, 2], [4, 4]],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "upcast_attention": None,
    "use_linear_projection": True}
VAE = {
    "act_fn": "silu", "block_out_channels": [128, 256, 512, 512], "down_block_types": ["DownEncoderBlock2D"] * 4,
    "force_upcast": True, "in_channels": 3, "latent_channels": 4, "layers_per_block": 2, "norm_num_groups": 32,
    "out_channels": 3, "sample_size": 1024, "scaling_factor": 0.13025, "up_block_types": ["UpDecoderBlock2D"] * 4}
TIMESTEP = 50


class Tapped(Exception):
    """Raised by the hook at the tap: nothing after it is computed."""


def peak_mb():
    """Most resident memory of this process so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))


def make(cls, config):
    """A model with random weights of a plain size, without torch's slow default initialisation."""
    import torch
    with torch.device("meta"):
        model = cls.from_config(config)
    model.to_empty(device="cpu")
    for p in model.parameters():
        if p.ndim == 1:
            p.data.fill_(0.5)
        else:
            p.data.normal_(0, p[0].numel() ** -0.5)
    return model.eval()


def load(weights):
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    if weights is None:
        return make(UNet2DConditionModel, UNET), make(AutoencoderKL, VAE)
    how = {"variant": "fp16", "dtype": torch.float32}
    return (UNet2DConditionModel.from_pretrained(weights / "unet", **how).eval(),
            AutoencoderKL.from_pretrained(weights / "vae", **how).eval())


def timed(repeats, work):
    runs = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        runs.append(round(time.perf_counter() - start, 3))
    return {"seconds": statistics.median(runs), "runs": runs, "peak_mb": peak_mb()}


def measure(unet, vae, args):
    import torch
    size = args.size
    picture = torch.rand(1, 3, size, size) * 2 - 1
    latents = torch.randn(1, 4, size // 8, size // 8)
    cond = {"encoder_hidden_states": torch.randn(1, 77, unet.config.cross_attention_dim)}
    if unet.config.addition_embed_type == "text_time":
        pooled = unet.config.projection_class_embeddings_input_dim - 6 * unet.config.addition_time_embed_dim
        time_ids = torch.tensor([[size, size, 0, 0, size, size]], dtype=torch.float32)
        cond["added_cond_kwargs"] = {"text_embeds": torch.randn(1, pooled), "time_ids": time_ids}
    block = [b for b in unet.down_blocks if hasattr(b, "attentions")][-1]

    def stop(*_):
        raise Tapped

    def to_tap():
        handle = block.attentions[-1].transformer_blocks[-1].attn1.register_forward_hook(stop)
        try:
            unet(latents, TIMESTEP, **cond)
        except Tapped:
            return
        finally:
            handle.remove()
        raise RuntimeError("the tap was not reached")

    rows = {"vae_encode": timed(args.repeats, lambda: vae.encode(picture).latent_dist.mean),
            "unet_to_tap": timed(args.repeats, to_tap)}
    if args.full:
        rows["unet_full"] = timed(args.repeats, lambda: unet(latents, TIMESTEP, **cond))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1024, help="side of the square picture, a multiple of 64")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--no-full", dest="full", action="store_false", help="leave out the whole unet")
    parser.add_argument("--weights", type=Path, help="a diffusers folder: unet/ and vae/ with .fp16.safetensors")
    args = parser.parse_args()
    import diffusers
    import torch
    torch.set_num_threads(args.threads)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    start = time.perf_counter()
    unet, vae = load(args.weights)
    loaded = {"seconds": round(time.perf_counter() - start, 1), "peak_mb": peak_mb()}
    print(json.dumps({
        "size": args.size, "threads": args.threads, "weights": "random" if args.weights is None else args.weights.name,
        "torch": torch.__version__, "diffusers": diffusers.__version__, "load": loaded, **measure(unet, vae, args)}))


if __name__ == "__main__":
    main()
