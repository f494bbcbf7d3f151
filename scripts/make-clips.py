#!/usr/bin/env python3
"""Makes test/golden/clips: tiny random CLIPs in the layouts of open_clip and transformers, and what these libraries compute with
them in fp32: texts, segments, and the names that the published code's arithmetic gives ten pictures' segments.

Install (Python 3.11, versions pinned; others may name tensors or config keys otherwise):
    pip install torch==2.14.1 torchvision==0.29.1
    pip install open_clip_torch==3.3.0 timm==1.0.31 transformers==5.24.0 safetensors==0.8.0 numpy==2.4.6

Run:
    python scripts/make-clips.py                       # everything, a minute
    python scripts/make-clips.py --only convnext       # these kinds, with commas between

One thread, fixed seeds: the same versions give the same bytes. test/golden/clips/README.md describes each file.
"""
import argparse
import gzip
import json
import math
import os
import re
import shutil
import tempfile
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import open_clip
import timm
import torch
from safetensors.torch import load_file, save_file
from timm.models.convnext import _create_convnext
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

GOLDEN = Path(__file__).resolve().parent.parent / "test" / "golden"
OUT = GOLDEN / "clips"
TOKENIZER = GOLDEN / "pipelines" / "sd1" / "tokenizer"
SIDE, INPUT = 64, 128  # of the pictures, and of what goes into the network, pixels
WORDS = 49408
TEXT = {"context_length": 77, "vocab_size": WORDS, "width": 16, "heads": 2, "layers": 2}

TEMPLATES = re.findall(r"^  '(.*\{\}.*)',$", (GOLDEN.parent.parent / "src" / "label" / "templates.ts").read_text(), re.M)
assert len(TEMPLATES) == 14, TEMPLATES
CLASSES = [["cat"], ["dog", "hound"], ["sofa", "couch", "settee"], ["sea", "beach"], ["street"], ["background", "people in the street", "boats"]]
TEXTS = ["a photo of a cat.", "two boats by the sea", "a café in the STREET  with people", "", "dog"]


# ------------------------------------------------------------------------------------------------ files

def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_npy(path, array):
    array = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
    if array.dtype.kind == "f":
        assert np.isfinite(array).all(), path
        array = array.astype(np.float32)
    np.save(path, np.ascontiguousarray(array))


def write_weights(path, tensors):
    """Zipped: nearly all of the words' embeddings are zero."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "model.safetensors"
        save_file({k: v.contiguous() for k, v in tensors.items()}, str(plain), metadata={"format": "pt"})
        with open(path, "wb") as out, gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=9, mtime=0) as packed:
            packed.write(plain.read_bytes())


# ------------------------------------------------------------------------------------------------ random weights

def random_value(name, shape, noise, used):
    """Of a size at which every parameter matters. Queries and keys are larger, so that attention is far from uniform."""
    if "token_embedding" in name:
        value = torch.zeros(shape)
        value[used] = noise[used]
        return value
    if name.endswith(("gamma",)):
        return 0.5 + 0.3 * noise.clamp(-2, 2)
    if "position" in name:
        return 0.5 * noise
    if name.endswith("class_embedding"):
        return noise
    if len(shape) == 1:
        return 1 + 0.2 * noise.clamp(-3, 3) if re.search(r"(norm|ln_|stem\.1|downsample\.0).*weight$", name) else 0.25 * noise
    if name in ("text_projection", "visual.proj"):
        return noise / shape[0] ** 0.5
    value = noise / noise[0].numel() ** 0.5
    if name.endswith("in_proj_weight"):
        value[:2 * shape[0] // 3] *= 1.7
    return 1.7 * value if re.search(r"\b[qk]_proj\.weight$", name) else value


def randomise(model, seed, used, scale):
    random = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        p.data = torch.tensor(scale) if name == "logit_scale" else random_value(name, p.shape, torch.randn(p.shape, generator=random), used)
    return model.eval()


# ------------------------------------------------------------------------------------------------ pictures

def make_pictures(count):
    """Smooth colours with a few discs, and a map of 3 to 5 segments each, all of which a 4 x 4 grid sees."""
    random = torch.Generator().manual_seed(7)
    y, x = torch.meshgrid(torch.linspace(0, 1, SIDE), torch.linspace(0, 1, SIDE), indexing="ij")
    pictures, maps = [], []
    while len(pictures) < count:
        picture = 128 + sum(size * F.interpolate(torch.randn(1, 3, cells, cells, generator=random), (SIDE, SIDE), mode="bicubic")[0]
                            for cells, size in ((3, 60), (7, 30)))
        fields = F.interpolate(torch.randn(1, 5, 3, 3, generator=random), (SIDE, SIDE), mode="bicubic")[0]
        labels = fields.argmax(0)
        for k in labels.unique():
            picture[:, labels == k] += 60 * torch.randn(3, 1, generator=random)
        ids = labels.unique()
        labels = torch.searchsorted(ids, labels)
        seen = F.interpolate(labels[None, None].float(), (4, 4), mode="nearest-exact").unique()
        if len(ids) >= 3 and len(seen) == len(ids):
            pictures.append(picture.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0))
            maps.append(labels.to(torch.uint8))
    return torch.stack(pictures), torch.stack(maps)


def to_input(picture, mean, std):
    """uint8 (h, w, 3) -> (1, 3, INPUT, INPUT): bilinear, half-pixel centres, without antialiasing."""
    planes = picture.float().permute(2, 0, 1)[None]
    sized = F.interpolate(planes, (INPUT, INPUT), mode="bilinear", align_corners=False).double() / 255
    mean, std = (torch.tensor(v, dtype=torch.float64)[:, None, None] for v in (mean, std))
    return ((sized - mean) / std).float()


def pool(features, labels):
    """(n, c) on a square grid, labels at the picture's size -> (segments, c): the mean of each segment's cells."""
    side = math.isqrt(len(features))
    small = F.interpolate(labels[None, None].float(), (side, side), mode="nearest-exact")[0, 0].flatten()
    return torch.stack([features[small == k].mean(0) for k in range(int(labels.max()) + 1)])


# ------------------------------------------------------------------------------------------------ models

OPENAI = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}


@timm.models.register_model
def convnext_golden(pretrained=False, **kwargs):
    return _create_convnext("convnext_large", pretrained=False, depths=(1, 1, 2, 1), dims=(8, 12, 16, 24), **kwargs)


class OpenClip:
    """`model_cfg` as the hub's open_clip_config.json has it; the architecture's name is that of the published model."""

    def __init__(self, cfg, name=None):
        self.cfg, self.name = cfg, name

    def make(self, used):
        model = open_clip.CLIP(**{k: v for k, v in self.cfg.items()}, output_dict=False)
        self.model = randomise(model, self.seed, used, self.scale)
        return self

    def write(self, folder):
        cfg = json.loads(json.dumps(self.cfg))
        if self.name:
            cfg["vision_cfg"]["timm_model_name"] = self.name
        write_json(folder / "open_clip_config.json", {"model_cfg": cfg, "preprocess_cfg": OPENAI})
        write_weights(folder / "open_clip_model.safetensors.gz", self.model.state_dict())

    def texts(self, ids):
        return self.model.encode_text(ids)


class Convnext(OpenClip):
    seed, scale = 1, math.log(150.0)  # past the clamp
    dense = ("values",)
    mean, std = [0.0] * 3, [1.0] * 3  # the published code gives pictures of 0..1

    def __init__(self):
        super().__init__({"embed_dim": 12, "vision_cfg": {"timm_model_name": "convnext_golden", "timm_model_pretrained": False, "timm_pool": "",
                          "timm_proj": "mlp", "timm_drop": 0.0, "image_size": INPUT}, "text_cfg": TEXT}, "convnext_large")

    def features(self, x, _):
        trunk = self.model.visual.trunk
        return trunk.forward_features(x)[0].flatten(1).T  # after norm_pre, which there is none

    def head(self, pooled):
        """`trunk.head` (pool, norm) of a 1 x 1 map, and the projection."""
        visual = self.model.visual
        return visual.head(visual.trunk.forward_head(pooled[:, :, None, None]))

    def norm(self):
        return self.model.visual.trunk.head.norm

    def whole(self, x):
        return self.model.encode_image(x)


class OpenVit(OpenClip):
    seed, scale = 2, math.log(1 / 0.07)
    dense = ("values", "residual")
    mean, std = OPENAI["mean"], OPENAI["std"]

    def __init__(self):
        super().__init__({"embed_dim": 12, "vision_cfg": {"image_size": INPUT, "layers": 3, "width": 16, "head_width": 8, "patch_size": 16},
                          "text_cfg": TEXT, "quick_gelu": True})

    def features(self, x, dense):
        visual = self.model.visual
        blocks = visual.transformer.resblocks
        tokens = visual.conv1(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([visual.class_embedding[None, None], tokens], 1) + visual.positional_embedding
        tokens = visual.ln_pre(tokens)
        for block in blocks[:-1]:
            tokens = block(tokens)
        last, c = blocks[-1], tokens.shape[-1]
        values = F.linear(last.ln_1(tokens), last.attn.in_proj_weight[2 * c:], last.attn.in_proj_bias[2 * c:])
        out = last.attn.out_proj(values)
        if dense == "residual":
            out = tokens + out
            out = out + last.mlp(last.ln_2(out))
        return out[0, 1:]

    def head(self, pooled):
        visual = self.model.visual
        return visual.ln_post(pooled) @ visual.proj

    def norm(self):
        return self.model.visual.ln_post


class PlainVit:
    seed, scale = 3, math.log(1 / 0.07)
    dense = ("values", "residual")
    mean, std = OPENAI["mean"], OPENAI["std"]

    def make(self, used):
        sizes = {"hidden_size": 16, "intermediate_size": 40, "num_attention_heads": 2, "projection_dim": 12}
        config = CLIPConfig(projection_dim=12, vision_config={**sizes, "num_hidden_layers": 3, "image_size": INPUT, "patch_size": 16},
                            text_config={**sizes, "num_hidden_layers": 2, "vocab_size": WORDS, "bos_token_id": 0, "eos_token_id": 2,
                                         "pad_token_id": 1, "hidden_act": "gelu"})
        self.model = randomise(CLIPModel(config), self.seed, used, self.scale)
        return self

    def write(self, folder):
        with tempfile.TemporaryDirectory() as temporary:
            self.model.save_pretrained(temporary)
            shutil.copy(Path(temporary) / "config.json", folder / "config.json")
            tensors = load_file(str(Path(temporary) / "model.safetensors"))
        tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]  # as published files have it
        write_weights(folder / "model.safetensors.gz", tensors)

    def texts(self, ids):
        return self.model.text_projection(self.model.text_model(input_ids=ids).pooler_output)

    def features(self, x, dense):
        vision = self.model.vision_model
        tokens = vision(pixel_values=x, output_hidden_states=True).hidden_states[-2]
        last = vision.encoder.layers[-1]
        out = last.self_attn.out_proj(last.self_attn.v_proj(last.layer_norm1(tokens)))
        if dense == "residual":
            out = tokens + out
            out = out + last.mlp(last.layer_norm2(out))
        return out[0, 1:]

    def head(self, pooled):
        return self.model.visual_projection(self.model.vision_model.post_layernorm(pooled))

    def norm(self):
        return self.model.vision_model.post_layernorm


KINDS = {"convnext": Convnext, "open-vit": OpenVit, "plain-vit": PlainVit}


# ------------------------------------------------------------------------------------------------ goldens

def unit(x):
    return F.normalize(x, dim=-1)


def class_texts(kind, tokenize):
    """Classes' synonyms as rows: each template's embedding normalised, the mean normalised."""
    rows = []
    for synonym in (s for names in CLASSES for s in names):
        ids = tokenize([template.replace("{}", synonym) for template in TEMPLATES])
        rows.append(unit(unit(kind.texts(ids)).mean(0)))
    return torch.stack(rows)


def name_segments(embeddings, texts, scale):
    """The best class of each segment, its share, and the least distance to the next best."""
    logits = unit(embeddings) @ texts.T * min(math.exp(scale), 100.0)
    groups = logits.split([len(names) for names in CLASSES], dim=1)
    best = torch.stack([g.max(1).values for g in groups], 1)
    top = best.topk(2).values
    return best.argmax(1).tolist(), best.softmax(1).max(1).values.tolist(), (top[:, 0] - top[:, 1]).min().item()


def centre(kind, pictures, labels):
    """Moves the last norm so that segments point in all directions: else one class would have them all."""
    pooled = torch.cat([pool(kind.features(to_input(p, kind.mean, kind.std), kind.dense[-1]), m) for p, m in zip(pictures, labels)])
    norm = kind.norm()
    norm.bias.data -= F.layer_norm(pooled, norm.weight.shape, norm.weight, norm.bias, norm.eps).mean(0)


def write_kind(name, pictures, labels, tokenize, used):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kind = KINDS[name]().make(used)
    centre(kind, pictures, labels)
    kind.write(folder)
    write_npy(folder / "texts.npy", kind.texts(tokenize(TEXTS)))
    texts = class_texts(kind, tokenize)
    write_npy(folder / "classes.npy", texts)
    golden = {}
    for dense in kind.dense:
        named = []
        for i, (picture, map) in enumerate(zip(pictures, labels)):
            embeddings = kind.head(pool(kind.features(to_input(picture, kind.mean, kind.std), dense), map))
            classes, scores, margin = name_segments(embeddings, texts, kind.scale)
            assert margin > 2e-3, (name, dense, i, margin)
            named.append({"classes": classes, "scores": scores})
            if i == 0:
                write_npy(folder / f"segments-{dense}.npy", embeddings)
                write_npy(folder / f"logits-{dense}.npy", unit(embeddings) @ texts.T * min(math.exp(kind.scale), 100.0))
        golden[dense] = named
        print(name, dense, [n["classes"] for n in named])
    if hasattr(kind, "whole"):
        x = to_input(pictures[0], kind.mean, kind.std)
        whole = kind.whole(x)
        assert (kind.head(kind.features(x, "values").mean(0, keepdim=True)) - whole).abs().max() < 1e-5
        write_npy(folder / "whole.npy", whole)
    write_json(folder / "names.json", golden)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help=f"comma-separated, of: {', '.join(KINDS)}")
    args = parser.parse_args()
    wanted = args.only.split(",") if args.only else list(KINDS)
    if unknown := set(wanted) - set(KINDS):
        parser.error(f"--only: {', '.join(sorted(unknown))}: not one of {', '.join(KINDS)}")
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    tokenizer = CLIPTokenizer.from_pretrained(str(TOKENIZER))
    tokenize = lambda texts: torch.tensor(tokenizer(texts, padding="max_length", max_length=77, truncation=True)["input_ids"])
    used = sorted(json.loads((TOKENIZER / "vocab.json").read_text(encoding="utf-8")).values())
    pictures, labels = make_pictures(10)
    write_json(OUT / "cases.json", {"input": INPUT, "texts": TEXTS, "classes": CLASSES})
    write_npy(OUT / "pictures.npy", pictures)
    write_npy(OUT / "labels.npy", labels)
    for name in wanted:
        write_kind(name, pictures, labels, tokenize, used)


if __name__ == "__main__":
    main()
