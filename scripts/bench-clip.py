#!/usr/bin/env python3
"""What open_clip or transformers take for a CLIP's dense features, pooled over segments and projected: for bench/names.mjs.

    python scripts/bench-clip.py FOLDER --size 448 --segments 20

The folder is one of `npm run bench -- names`: the weights are loaded strictly, so that their names and shapes are the library's. Two
threads. Versions: scripts/make-clips.py.
"""
import argparse
import json
import resource
import time
from pathlib import Path

import torch
from safetensors.torch import load_file


def convnext(folder):
    import open_clip
    cfg = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    model = open_clip.CLIP(**cfg, output_dict=False)
    model.load_state_dict(load_file(str(folder / "open_clip_model.safetensors")), strict=True)
    visual = model.eval().visual
    return (lambda x: visual.trunk.forward_features(x)[0].flatten(1).T,
            lambda pooled: visual.head(visual.trunk.forward_head(pooled[:, :, None, None])))


def plain(folder):
    from transformers import CLIPConfig, CLIPModel
    model = CLIPModel(CLIPConfig(**json.loads((folder / "config.json").read_text())))
    model.load_state_dict(load_file(str(folder / "model.safetensors")), strict=False)
    vision = model.eval().vision_model

    def features(x):
        tokens = vision(pixel_values=x, output_hidden_states=True, interpolate_pos_encoding=True).hidden_states[-2]
        last = vision.encoder.layers[-1]
        return last.self_attn.out_proj(last.self_attn.v_proj(last.layer_norm1(tokens)))[0, 1:]

    return features, lambda pooled: model.visual_projection(vision.post_layernorm(pooled))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--segments", type=int, required=True)
    args = parser.parse_args()
    torch.set_num_threads(2)
    torch.set_grad_enabled(False)
    features, head = (convnext if (args.folder / "open_clip_config.json").exists() else plain)(args.folder)
    picture = torch.rand(1, 3, args.size, args.size)
    for _ in range(2):  # the first warms up
        start = time.perf_counter()
        cells = features(picture)
        head(torch.stack([part.mean(0) for part in cells.chunk(args.segments)]))
        took = time.perf_counter() - start
    print(json.dumps({"name": took, "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
