#!/usr/bin/env python3
"""Saves what open_clip or transformers compute for a picture's segments and for names, for `diffcut models check <name> --golden golden`.

    pip install torch torchvision open_clip_torch transformers pillow
    python scripts/save-clip.py hf-hub:laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup photo.jpg --size 1024
    python scripts/save-clip.py wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M photo.jpg --size 448

The model is one of open_clip's (hf-hub:NAME, or a folder with open_clip_config.json) or of transformers' (NAME or a folder). In --out:
picture.png (as it went in), labels.npy (a segment a quarter and one in the middle), vocabulary.txt, and in single precision
segments.npy (the segments' vectors), texts.npy (the names', the mean of the templates'), logits.npy (segments x names). Of a vision
transformer the last block's values stand for its output, as `dense: values` has it. Tried with the versions of
scripts/make-clips.py on its random weights, on a CPU.
"""
import argparse
import json
import math
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

TEMPLATES = re.findall(r"^  '(.*\{\}.*)',$", (Path(__file__).resolve().parent.parent / "src/label/templates.ts").read_text(), re.M)
assert len(TEMPLATES) == 14, TEMPLATES
OPENAI = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
PLAIN = ((0, 0, 0), (1, 1, 1))


def open_clip_model(name):
    """Of an open_clip model: mean and deviation, a picture's cells, their vectors' head, texts, scale."""
    import open_clip

    folder = Path(name)
    if folder.is_dir():
        from safetensors.torch import load_file

        config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
        model = open_clip.CLIP(**config, output_dict=False)
        model.load_state_dict(load_file(str(folder / "open_clip_model.safetensors")), strict=True)
    else:
        model = open_clip.create_model(name)
    visual = model.eval().visual
    tokenize = clip_tokenizer(folder) if (folder / "vocab.json").exists() else open_clip.get_tokenizer(name)
    texts = lambda sentences: model.encode_text(tokenize(sentences))
    if hasattr(visual, "trunk"):
        cells = lambda x: visual.trunk.forward_features(x)[0].flatten(1).T
        head = lambda pooled: visual.head(visual.trunk.forward_head(pooled[:, :, None, None]))
        return PLAIN, cells, head, texts, model.logit_scale

    def cells(x):
        side = x.shape[-1] // visual.conv1.stride[0]
        tokens = visual.conv1(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([visual.class_embedding[None, None], tokens], 1) + resized(visual.positional_embedding, side)
        tokens = visual.ln_pre(tokens)
        *others, last = visual.transformer.resblocks
        for block in others:
            tokens = block(tokens)
        width = tokens.shape[-1]
        values = F.linear(last.ln_1(tokens), last.attn.in_proj_weight[2 * width:], last.attn.in_proj_bias[2 * width:])
        return last.attn.out_proj(values)[0, 1:]

    return OPENAI, cells, lambda pooled: visual.ln_post(pooled) @ visual.proj, texts, model.logit_scale


def resized(positions, side):
    """Positions of another number of cells: bicubic with antialiasing, as open_clip does it; transformers does it without."""
    count = math.isqrt(len(positions) - 1)
    grid = positions[1:].reshape(1, count, count, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, (side, side), mode="bicubic", antialias=True, align_corners=False)
    return torch.cat([positions[:1], grid.permute(0, 2, 3, 1).reshape(side * side, -1)])


def clip_tokenizer(name):
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(str(name))
    return lambda texts: torch.tensor(tokenizer(texts, padding="max_length", max_length=77, truncation=True)["input_ids"])


def transformers_model(name):
    from transformers import CLIPModel

    model = CLIPModel.from_pretrained(name).eval()
    vision, tokenize = model.vision_model, clip_tokenizer(name)

    def cells(x):
        embeddings, side = vision.embeddings, x.shape[-1] // vision.embeddings.patch_size
        embeddings.position_embedding = torch.nn.Embedding.from_pretrained(resized(embeddings.position_embedding.weight, side))
        embeddings.position_ids, embeddings.image_size = torch.arange(side * side + 1)[None], x.shape[-1]
        tokens = vision(pixel_values=x, output_hidden_states=True).hidden_states[-2]
        last = vision.encoder.layers[-1]
        return last.self_attn.out_proj(last.self_attn.v_proj(last.layer_norm1(tokens)))[0, 1:]

    head = lambda pooled: model.visual_projection(vision.post_layernorm(pooled))
    texts = lambda sentences: model.text_projection(model.text_model(input_ids=tokenize(sentences)).pooler_output)
    return OPENAI, cells, head, texts, model.logit_scale


def quarters(size):
    """Labels 0 to 3, and 4 in the middle."""
    half, quarter = size // 2, size // 4
    labels = np.zeros((size, size), np.uint8)
    labels[:, half:] += 1
    labels[half:] += 2
    labels[quarter:size - quarter, quarter:size - quarter] = 4
    return labels


def pool(cells, labels):
    """The mean of each segment's cells: the labels brought down to the grid, the nearest pixel for each."""
    side = math.isqrt(len(cells))
    small = F.interpolate(torch.tensor(labels.astype(np.float32))[None, None], (side, side), mode="nearest-exact").flatten()
    return torch.stack([cells[small == k].mean(0) for k in range(labels.max() + 1)])


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("model")
parser.add_argument("picture")
parser.add_argument("--out", type=Path, default=Path("golden"))
parser.add_argument("--size", type=int, default=448, help="side of the input, pixels")
parser.add_argument("--classes", default="person,animal,plant,sky,water,building,road,vehicle,furniture,food", help="with commas between")
args = parser.parse_args()

torch.set_grad_enabled(False)
is_open = args.model.startswith("hf-hub:") or (Path(args.model) / "open_clip_config.json").exists()
(mean, std), cells, head, texts, scale = (open_clip_model if is_open else transformers_model)(args.model)
rgb = torch.tensor(np.asarray(Image.open(args.picture).convert("RGB"))).permute(2, 0, 1)[None].float()
rgb = F.interpolate(rgb, (args.size, args.size), mode="bilinear").round()
labels, names = quarters(args.size), [name.strip() for name in args.classes.split(",")]
x = (rgb / 255 - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)
unit = lambda rows: F.normalize(rows, dim=-1)
segments = unit(head(pool(cells(x), labels)))
words = torch.stack([unit(unit(texts([t.replace("{}", name) for t in TEMPLATES])).mean(0)) for name in names])
logits = segments @ words.T * min(scale.exp().item(), 100)

args.out.mkdir(parents=True, exist_ok=True)
Image.fromarray(rgb[0].permute(1, 2, 0).byte().numpy()).save(args.out / "picture.png")
(args.out / "vocabulary.txt").write_text("".join(f"{name}\n" for name in names))
np.save(args.out / "labels.npy", labels)
for name, rows in {"segments": segments, "texts": words, "logits": logits}.items():
    np.save(args.out / f"{name}.npy", rows.float().numpy())
