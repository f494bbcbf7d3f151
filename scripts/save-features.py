#!/usr/bin/env python3
"""Saves what diffusers computes for a picture, for `diffcut models check <name> --golden golden`.

    pip install torch diffusers transformers pillow
    python scripts/save-features.py segmind/SSD-1B photo.jpg --variant fp16

The model is a repository of the hub or a folder. In --out: picture.png (as it went in), noise.npy, features.npy.
In single precision, or with --half as the reference does it, which alone costs a per cent. On CUDA the noise is diffcut's
own default, cuda:42: without noise.npy the check draws it itself. Tried with diffusers 0.42.1 and torch 2.13.0 on a CPU.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, DiffusionPipeline
from PIL import Image

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("model")
parser.add_argument("picture")
parser.add_argument("--out", type=Path, default=Path("golden"))
parser.add_argument("--size", type=int, default=1024, help="side of the input, a multiple of 64")
parser.add_argument("--variant", help="of the files: fp16, where the model has such")
parser.add_argument("--half", action="store_true", help="the UNet and the text encoders in half precision")
args = parser.parse_args()

torch.set_grad_enabled(False)
torch.backends.cudnn.allow_tf32 = False
device = "cuda" if torch.cuda.is_available() else "cpu"
dtype = torch.float16 if args.half else torch.float32
unused = {"safety_checker": None, "feature_extractor": None}
pipe = DiffusionPipeline.from_pretrained(args.model, variant=args.variant, dtype=dtype, **unused).to(device)
unet, vae = pipe.unet, pipe.vae.float()

# The picture as a square, -1..1.
rgb = torch.tensor(np.asarray(Image.open(args.picture).convert("RGB"))).permute(2, 0, 1)[None].float()
rgb = torch.nn.functional.interpolate(rgb, (args.size, args.size), mode="bilinear").round().to(device)
latents = vae.encode(2 * rgb / 255 - 1).latent_dist.mean * vae.config.scaling_factor

# A little noise on it.
noise = torch.randn(latents.shape, generator=torch.Generator(device).manual_seed(42), device=device)
timestep = torch.tensor([50], device=device)
noisy = DDIMScheduler.from_config(pipe.scheduler.config).add_noise(latents, noise, timestep)

# The empty prompt; SDXL kinds take its pooled form and the size too, height first.
prompt = pipe.encode_prompt(prompt="", device=device, num_images_per_prompt=1, do_classifier_free_guidance=False)
added = None
if unet.config.addition_embed_type == "text_time":
    time_ids = torch.tensor([[args.size, args.size, 0, 0, args.size, args.size]], device=device, dtype=dtype)
    added = {"text_embeds": prompt[2], "time_ids": time_ids}

# The output of the last self-attention on the way down.
kept = []
block = [block for block in unet.down_blocks if hasattr(block, "attentions")][-1]
block.attentions[-1].transformer_blocks[-1].attn1.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
unet(noisy.to(dtype), timestep, encoder_hidden_states=prompt[0], added_cond_kwargs=added)

args.out.mkdir(parents=True, exist_ok=True)
Image.fromarray(rgb[0].permute(1, 2, 0).byte().cpu().numpy()).save(args.out / "picture.png")
np.save(args.out / "noise.npy", noise.float().cpu().numpy())
side = args.size // 32
np.save(args.out / "features.npy", kept[0].float().cpu().numpy().reshape(side, side, -1))
