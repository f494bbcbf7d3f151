#!/usr/bin/env python3
"""Writes a timm vision transformer as an ONNX file, and the JSON that diffcut wants beside it (docs/models.md).

Install (Python 3.11; other versions may export otherwise):
    pip install torch==2.14.1 torchvision --index-url https://download.pytorch.org/whl/cpu
    pip install timm==1.0.31 onnx==1.23.2 onnxscript==0.7.2

Run:
    python scripts/export-onnx.py vit_small_patch14_dinov2.lvd142m -o my.onnx
    python scripts/export-onnx.py vit_base_patch16_224.dino -o my.onnx --fixed 224
    diffcut segment photo.jpg --encoder my.onnx

The file takes any size in whole patches, unless --fixed says one. The weights lie beside it, in my.onnx.data: the three
files belong together. --random leaves the weights random and --check PICTURE.npy saves what timm gives for a picture:
for tests, without a network.
"""
import argparse
import json
import sys
from pathlib import Path

import numpy as np
import timm
import torch


class Tokens(torch.nn.Module):
    """All tokens after the final norm, those before the patches first: 1 x tokens x channels."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, picture):
        return self.model.forward_features(picture)


def export(model, patch, size, fixed, path):
    """`size` in pixels: the only one where `fixed`."""
    # Two different sides, so that the export does not take them for one.
    sides = (size, size) if fixed else (11 * patch, 17 * patch)
    dims = None if fixed else {"picture": {2: patch * torch.export.Dim("rows"), 3: patch * torch.export.Dim("columns")}}
    torch.onnx.export(Tokens(model).eval(), (torch.zeros(1, 3, *sides),), path, dynamo=True, external_data=True,
                      input_names=["picture"], output_names=["tokens"], dynamic_shapes=dims)


def told(model, patch, size, fixed):
    """What the graph does not say."""
    config = timm.data.resolve_model_data_config(model)
    sizes = {"size": size} if fixed else {"size": size, "multiple": patch}
    return {**sizes, "patch": patch, "prefix": model.num_prefix_tokens, "mean": config["mean"], "deviation": config["std"]}


def save_check(model, patch, size, config, folder):
    """picture.npy (height, width, 3) and features.npy (rows, columns, channels): what timm gives for a random picture."""
    picture = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    planes = (torch.tensor(picture).permute(2, 0, 1)[None] / 255 - torch.tensor(config["mean"]).view(3, 1, 1)) / torch.tensor(
        config["deviation"]).view(3, 1, 1)
    with torch.no_grad():
        tokens = model.forward_features(planes)[0, model.num_prefix_tokens:]
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "picture.npy", picture)
    np.save(folder / "features.npy", tokens.reshape(size // patch, size // patch, -1).numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a vision transformer of timm, such as vit_small_patch14_dinov2.lvd142m")
    parser.add_argument("-o", "--output", type=Path, default=Path("my.onnx"))
    parser.add_argument("--fixed", type=int, metavar="SIDE", help="export for pictures of this side only")
    parser.add_argument("--random", action="store_true", help="random weights, seed 0")
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="save a picture and timm's features of it there")
    args = parser.parse_args()
    if args.output.suffix != ".onnx":
        sys.exit("--output has to end with .onnx")

    torch.manual_seed(0)
    sizes = {"img_size": args.fixed} if args.fixed else {"dynamic_img_size": True}
    model = timm.create_model(args.model, pretrained=not args.random, **sizes).eval()
    patch = model.patch_embed.patch_size[0]
    size = args.fixed or model.patch_embed.img_size[0]
    export(model, patch, size, bool(args.fixed), args.output)
    config = told(model, patch, size, bool(args.fixed))
    args.output.with_suffix(".json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    print(f"{args.output}: {json.dumps(config)}")
    if args.check:
        save_check(model, patch, size, config, args.check)


if __name__ == "__main__":
    main()
