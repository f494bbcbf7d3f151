#!/usr/bin/env python3
"""Saves what timm computes for a picture, for `diffcut models check <name> --golden golden`.

    pip install torch torchvision timm pillow
    python scripts/save-vit-features.py vit_base_patch14_dinov2.lvd142m photo.jpg --size 1024

The model is one of timm's, or local-dir:FOLDER. In --out: picture.png (as it went in) and features.npy: the last block's
patch tokens after the final norm. In single precision. Tried with timm 1.0.31 and torch 2.14.1 on a CPU.
"""
import argparse
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("model")
parser.add_argument("picture")
parser.add_argument("--out", type=Path, default=Path("golden"))
parser.add_argument("--size", type=int, default=1024, help="side of the input, pixels")
args = parser.parse_args()

torch.set_grad_enabled(False)
# A size that is fixed is cut to whole patches; one that is free would have to be a multiple.
model = timm.create_model(args.model, pretrained=True, img_size=args.size, dynamic_img_size=False).eval()
data = timm.data.resolve_model_data_config(model)
rgb = torch.tensor(np.asarray(Image.open(args.picture).convert("RGB"))).permute(2, 0, 1)[None].float()
rgb = torch.nn.functional.interpolate(rgb, (args.size, args.size), mode="bilinear").round()
mean, std = (torch.tensor(data[name]).view(1, 3, 1, 1) for name in ("mean", "std"))
features = model.forward_features((rgb / 255 - mean) / std)[0, model.num_prefix_tokens:]

args.out.mkdir(parents=True, exist_ok=True)
Image.fromarray(rgb[0].permute(1, 2, 0).byte().numpy()).save(args.out / "picture.png")
np.save(args.out / "features.npy", features.reshape(*model.patch_embed.grid_size, -1).float().numpy())
