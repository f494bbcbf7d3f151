#!/usr/bin/env python3
"""Makes test/golden/vits: tiny random vision transformers in timm's hub layout, and what timm computes with them in fp32.

Install (Python 3.11, versions pinned; others may name tensors or config keys otherwise):
    pip install torch==2.14.1 torchvision --index-url https://download.pytorch.org/whl/cpu
    pip install timm==1.0.31 huggingface_hub==2.4.0 safetensors==0.8.0 numpy==2.4.6
    pip install open_clip_torch==3.3.0                 # for clip-open alone

Run:
    python scripts/make-vits.py                        # everything, a minute
    python scripts/make-vits.py --only dino,dinov3     # these kinds; also: clip-open, bicubic, architectures

One thread, fixed seeds: the same versions give the same bytes. Config and weights are left by timm's own writer
(save_for_hf); the sizes are shrunk by arguments that it records in `model_args`. test/golden/vits/README.md describes
each file.
"""
import argparse
import json
import os
import re
import shutil
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import timm
import torch
from timm.layers.pos_embed_sincos import apply_rot_embed_cat
from torch.nn import functional as F

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "vits"
SQUARE, WIDE = (144, 144), (150, 58)  # width, height; the taps are of the wide one
DEPTH = 3

# model: architecture.tag, whose published preprocessing goes into the config. args: the overrides. dino8 and siglip2 keep
# the heads of their architecture (6, 16); dinov2-reg has a native grid of 7 rows and 9 columns.
KINDS = {
    "dino": ("vit_small_patch16_224.dino", dict(embed_dim=32, num_heads=4, img_size=112)),
    "dinov2": ("vit_small_patch14_dinov2.lvd142m", dict(embed_dim=32, num_heads=2, img_size=98)),
    "dinov3": ("vit_small_patch16_dinov3.lvd1689m", dict(embed_dim=36, num_heads=3, img_size=112)),
    "dino8": ("vit_small_patch8_224.dino", dict(embed_dim=36, img_size=64)),
    "dinov2-reg": ("vit_small_patch14_reg4_dinov2.lvd142m", dict(embed_dim=32, num_heads=4, img_size=[98, 126])),
    "dinov2-giant": ("vit_giant_patch14_dinov2.lvd142m", dict(embed_dim=32, num_heads=4, img_size=98)),
    "clip": ("vit_large_patch14_clip_quickgelu_224.openai",
             dict(embed_dim=32, num_heads=2, img_size=112, num_classes=16)),
    "siglip": ("vit_large_patch16_siglip_256.webli", dict(embed_dim=32, num_heads=4, img_size=96)),
    "siglip2": ("vit_so400m_patch16_siglip_256.v2_webli", dict(embed_dim=32, img_size=112)),
    "dinov3-plus": ("vit_small_plus_patch16_dinov3_qkvb.lvd1689m", dict(embed_dim=32, num_heads=2, img_size=112)),
}


# ------------------------------------------------------------------------------------------------ files

def write_lines(path, rows):
    """A JSON array, a row a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


def write_npy(path, array):
    array = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
    if array.dtype.kind == "f":
        assert np.isfinite(array).all(), path
        array = array.astype(np.float32)
    np.save(path, np.ascontiguousarray(array))


# ------------------------------------------------------------------------------------------------ random weights

def random_value(name, shape, noise):
    """Of a size at which every parameter matters. Queries and keys are larger, so that attention is far from uniform."""
    if re.search(r"(gamma_\d|ls\d\.gamma)$", name):
        return 0.5 + 0.3 * noise.clamp(-2, 2)
    if name in ("pos_embed", "positional_embedding"):
        return 0.5 * noise
    if name.endswith(("_token", "latent", "class_embedding")):
        return noise
    if len(shape) == 1:
        return 1 + 0.2 * noise.clamp(-3, 3) if re.search("(norm|ln_).*weight$", name) else 0.25 * noise
    value = noise / noise[0].numel() ** 0.5
    if name.endswith(("attn.qkv.weight", "attn.in_proj_weight")):
        value[:2 * shape[0] // 3] *= 1.7
    return value


def randomise(model, seed):
    """In the order of the names' appearance in the model."""
    random = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        p.data = random_value(name, p.shape, torch.randn(p.shape, generator=random))
    return model.eval()


def make_picture(width, height):
    """Smooth colours, a few discs with hard edges: uint8 (height, width, 3)."""
    random = torch.Generator().manual_seed(1000 + width)
    y = torch.linspace(0, 1, height)[:, None]
    x = torch.linspace(0, width / height, width)[None]
    picture = torch.full((3, height, width), 128.0)
    for cells, size in ((3, 60), (7, 30), (17, 14)):
        low = torch.randn(1, 3, cells, cells * width // height, generator=random)
        picture += size * F.interpolate(low, (height, width), mode="bicubic")[0]
    for _ in range(4):
        cx, cy, radius = torch.rand(3, generator=random).tolist()
        inside = (x - cx * width / height) ** 2 + (y - cy) ** 2 < (0.08 + 0.15 * radius) ** 2
        picture += inside * 150 * (torch.rand(3, 1, 1, generator=random) - 0.5)
    return picture.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()


def to_input(picture, config):
    """uint8 (h, w, 3) -> (1, 3, h, w), with mean and deviation of the config."""
    mean, std = (torch.tensor(config["pretrained_cfg"][key], dtype=torch.float64) for key in ("mean", "std"))
    return ((picture.double() / 255 - mean) / std).float().permute(2, 0, 1)[None]


# ------------------------------------------------------------------------------------------------ models

def write_model(folder, kind, seed):
    name, args = KINDS[kind]
    model = randomise(timm.create_model(name, depth=DEPTH, **args), seed)
    timm.models.save_for_hf(model, str(folder), safe_serialization=True)
    (folder / "model.safetensors").chmod(0o644)
    config = json.loads((folder / "config.json").read_text())
    architecture, tag = name.split(".")
    assert (config["architecture"], config["pretrained_cfg"]["tag"]) == (architecture, tag)
    assert config["model_args"] | {"depth": DEPTH, **args} | config["model_args"] == config["model_args"], config
    return config


def load(folder, size=None):
    """From the files, as a user does; a size (width, height) at once or by set_input_size. timm's DINOv3 refuses a size
    that is no multiple of the patch, unless dynamic_img_size is off: then the patch convolution cuts the remainder."""
    more = {"img_size": size[::-1]} if size else {}
    config = json.loads((folder / "config.json").read_text())
    if "dinov3" in config["architecture"]:
        more["dynamic_img_size"] = False
    return timm.create_model(f"local-dir:{folder}", pretrained=True, **more).eval()


def patches(model, tokens):
    """(1, prefix + gh * gw, C) -> (gh, gw, C)."""
    return tokens[0, model.num_prefix_tokens:].reshape(*model.patch_embed.grid_size, -1)


def project(attn, x):
    """Queries, keys and values (1, tokens, C) of an attention, before heads are split and before any rotation."""
    bias = attn.qkv.bias
    if getattr(attn, "q_bias", None) is not None:
        bias = torch.cat((attn.q_bias, torch.zeros_like(attn.q_bias), attn.v_bias))
    return F.linear(x, attn.qkv.weight, bias).chunk(3, -1)


def attend(model, attn, q, k, v):
    """What the attention makes of these, written out in double precision."""
    def split(t):
        return t.double().reshape(1, t.shape[1], attn.num_heads, -1).transpose(1, 2)

    q, k, v = split(q), split(k), split(v)
    if getattr(model, "rope", None) is not None:
        rope, prefix = model.rope.get_embed(model.patch_embed.grid_size).double(), model.num_prefix_tokens
        q, k = (torch.cat([t[:, :, :prefix], apply_rot_embed_cat(t[:, :, prefix:], rope, half=True)], 2) for t in (q, k))
    out = torch.softmax(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5, -1) @ v
    return attn.proj(out.transpose(1, 2).flatten(2).float())


def difference(a, b, centred=True):
    """Relative, in the Euclidean norm; centred: without the mean over tokens."""
    a, b = a.double(), b.double()
    if centred:
        a, b = (t - t.mean((0, 1), keepdim=True) for t in (a, b))
    return (torch.linalg.vector_norm(a - b) / torch.linalg.vector_norm(b)).item()


def run(model, x):
    """Features, those of the block before the last, and queries, keys, values of the last and keys of the one before."""
    normed, attended = {}, {}
    handles = [h for i in (DEPTH - 2, DEPTH - 1) for h in (
        model.blocks[i].norm1.register_forward_hook(lambda m, a, out, i=i: normed.__setitem__(i, out)),
        model.blocks[i].attn.register_forward_hook(lambda m, a, out, i=i: attended.__setitem__(i, out)))]
    last, (before, after) = model.forward_intermediates(x, indices=2, norm=True, output_fmt="NLC")
    for handle in handles:
        handle.remove()
    features = patches(model, model.forward_features(x))
    grid = model.patch_embed.grid_size
    assert torch.equal(patches(model, last), features) and torch.equal(after.reshape(*grid, -1), features)
    out = {"features": features, "layer2": before.reshape(*grid, -1)}
    for i, names in ((DEPTH - 1, ("queries", "keys", "values")), (DEPTH - 2, (None, "keys2", None))):
        qkv = project(model.blocks[i].attn, normed[i])
        assert difference(attend(model, model.blocks[i].attn, *qkv), attended[i]) < 1e-5
        out |= {name: patches(model, t) for name, t in zip(names, qkv) if name}
    return out


def check_sensitive(model, x, features):
    """Every parameter that is on the way shows in the features when it is left out (a norm's weight: 1, else 0), by five
    times what a test allows; a bias of the keys can't, softmax cancels it: the golden keys have it."""
    for name, p in model.named_parameters():
        if name.startswith(("head", "attn_pool")):
            continue
        kept = p.data
        neutral = torch.ones_like(kept) if name.endswith("weight") and "norm" in name else torch.zeros_like(kept)
        p.data = neutral
        change = difference(patches(model, model.forward_features(x)), features, centred=name != "norm.bias")
        p.data = kept
        assert change > 5e-3, (name, change)


def write_case(folder, kind, config, size):
    width, height = size
    picture, label = make_picture(width, height), f"{width}x{height}"
    x = to_input(picture, config)
    model = load(folder)
    native = model.patch_embed.grid_size
    model.set_input_size(img_size=(height, width))
    out = run(model, x)
    at_once = load(folder, size)
    assert torch.equal(patches(at_once, at_once.forward_features(x)), out["features"])
    double = patches(model, load(folder, size).double().forward_features(x.double()))
    rounding = difference(out["features"], double)
    assert rounding < 1e-5, rounding
    check_sensitive(at_once, x, out["features"])
    if size != WIDE:
        out = {"features": out["features"]}
    write_npy(folder / f"picture-{label}.npy", picture)
    for name, value in out.items():
        write_npy(folder / f"{name}-{label}.npy", value)
    grid, patch = model.patch_embed.grid_size, model.patch_embed.patch_size[0]
    spread = out["features"].std((0, 1)).mean().item() / out["features"].std().item()
    print(f"{kind} {label}: grid {tuple(native)} -> {tuple(grid)}, rounding {rounding:.1e}, spread {spread:.2f}")
    return {"kind": kind, "width": width, "height": height, "patch": patch, "native": list(native), "grid": list(grid),
            "channels": model.embed_dim, "heads": model.blocks[0].attn.num_heads, "prefix": model.num_prefix_tokens,
            "picture": f"{kind}/picture-{label}.npy", **{n: f"{kind}/{n}-{label}.npy" for n in out}}


def write_kind(kind):
    folder = OUT / kind
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = write_model(folder, kind, seed=list(KINDS).index(kind) + 1)
    return [write_case(folder, kind, config, size) for size in (SQUARE, WIDE)]


def write_kinds(kinds):
    """cases.json keeps what it has of other kinds."""
    path = OUT / "cases.json"
    known = json.loads(path.read_text()) if path.exists() else []
    for kind in kinds:
        known = [c for c in known if c["kind"] in KINDS and c["kind"] != kind] + write_kind(kind)
        known.sort(key=lambda c: list(KINDS).index(c["kind"]))
        write_lines(path, known)


# ------------------------------------------------------------------------------------------------ open_clip's layout

def write_open_clip():
    """The whole CLIP in one file with open_clip's names, beside a config of timm's, as timm's page has OpenAI's. The
    features are open_clip's own, at its own size: the first pixels of the square picture."""
    import open_clip
    from safetensors.torch import save_file

    folder, side, args = OUT / "clip-open", 112, dict(depth=2, embed_dim=16, num_heads=2, img_size=112, num_classes=8)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    torch.manual_seed(31)
    clip = open_clip.CLIP(
        embed_dim=8, quick_gelu=True, vision_cfg=dict(image_size=side, layers=2, width=16, head_width=8, patch_size=14),
        text_cfg=dict(context_length=4, vocab_size=16, width=8, heads=2, layers=1))
    randomise(clip.visual, 30)
    path = folder / "open_clip_model.safetensors"
    save_file(clip.state_dict(), str(path), metadata={"format": "pt"})
    path.chmod(0o644)

    def by_timm(**more):
        return timm.create_model("vit_large_patch14_clip_224.openai", pretrained=True,
                                 pretrained_cfg_overlay={"file": str(path)}, **args, **more).eval()

    model = by_timm(act_layer="quick_gelu")
    config = {"architecture": "vit_large_patch14_clip_224", "num_classes": 8, "num_features": 16,
              "model_args": {k: v for k, v in args.items() if k != "num_classes"},
              "pretrained_cfg": {"tag": "openai", "mean": list(model.pretrained_cfg["mean"]),
                                 "std": list(model.pretrained_cfg["std"])}}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    x = to_input(make_picture(*SQUARE)[:side, :side], config)
    out = clip.visual.forward_intermediates(x, indices=1, normalize_intermediates=True, intermediates_only=True,
                                            output_fmt="NLC")["image_intermediates"][0]
    features = out.reshape(side // 14, side // 14, -1)
    exact, plain = (difference(patches(m, m.forward_features(x)), features) for m in (model, by_timm()))
    assert exact < 1e-5 < 1e-4 < plain, (exact, plain)
    print(f"clip-open: timm's features differ by {exact:.1e}, with the plain GELU by {plain:.1e}")
    write_npy(folder / f"features-{side}x{side}.npy", features)


# ------------------------------------------------------------------------------------------------ bicubic

RESIZES = [  # rows and columns of the grid, then of the result, channels
    ((7, 7), (9, 9), 3), ((7, 7), (10, 4), 2), ((7, 9), (4, 10), 2), ((9, 7), (3, 5), 3), ((5, 3), (5, 8), 2),
    ((2, 2), (5, 7), 2), ((1, 1), (2, 3), 2), ((3, 2), (1, 1), 2), ((16, 16), (7, 5), 1), ((37, 37), (10, 13), 1),
    ((8, 8), (8, 8), 1), ((6, 6), (23, 17), 1)]


def write_bicubic():
    random = torch.Generator().manual_seed(50)
    rows = []
    for (h, w), (to_h, to_w), channels in RESIZES:
        grid = (torch.randn(h, w, channels, generator=random, dtype=torch.float64) * 0.5).mul(1e4).round().div(1e4).float()
        out = F.interpolate(grid.permute(2, 0, 1)[None], (to_h, to_w), mode="bicubic", antialias=True)[0].permute(1, 2, 0)
        numbers = {key: [float(str(x)) for x in t.flatten().numpy()] for key, t in (("input", grid), ("output", out))}
        rows.append({"from": [h, w], "to": [to_h, to_w], "channels": channels, **numbers})
    write_lines(OUT / "bicubic.json", rows)


# ------------------------------------------------------------------------------------------------ architectures

PATTERNS = [r"vit_.*(dinov2|dinov3|clip|siglip)", r"vit_(tiny|small|base|large|huge|giant|gigantic)_patch\d+_\d+$"]
ACTIVATIONS = {"GELU": "gelu", "QuickGELU": "quick_gelu", "GELUTanh": "gelu_tanh", "GELUApproximate": "gelu_tanh",
               "SiLU": "silu", "Gelu": "gelu", "QuickGELUPytorch": "quick_gelu"}
IDENTITY = torch.nn.Identity


def oddities(model):
    """What the plain families don't have."""
    block = model.blocks[0]
    attn = block.attn
    found = {
        "no norm": isinstance(model.norm, IDENTITY), "fc_norm": not isinstance(model.fc_norm, IDENTITY),
        "qk_norm": not isinstance(attn.q_norm, IDENTITY), "scale_attn_norm": not isinstance(attn.norm, IDENTITY),
        "scale_mlp_norm": not isinstance(block.mlp.norm, IDENTITY), "gated": attn.gate is not None,
        "patch norm": not isinstance(model.patch_embed.norm, IDENTITY), "head dim": attn.num_heads * attn.head_dim !=
        model.embed_dim, "block": type(block).__name__ not in ("Block", "EvaBlock")}
    return [name for name, is_so in found.items() if is_so]


def qkv_bias(attn):
    if getattr(attn, "q_bias", None) is not None:
        return "q, v"
    return "none" if attn.qkv.bias is None else "qkv"


def describe(name):
    model = timm.create_model(name, device="meta")
    block = model.blocks[0]
    rope = getattr(model, "rope", None)
    mlp = type(block.mlp).__name__
    scale = next((key for key in ("ls1.gamma", "gamma_1") if f"blocks.0.{key}" in dict(model.named_parameters())), None)
    return {
        "name": name, "class": type(model).__name__, "num_heads": block.attn.num_heads, "embed_dim": model.embed_dim,
        "depth": len(model.blocks), "patch": model.patch_embed.patch_size[0], "prefix": model.num_prefix_tokens,
        "class_token": model.cls_token is not None, "no_embed_class": model.no_embed_class,
        "pos_embed": model.pos_embed is not None, "rope_temperature": rope.temperature if rope else None,
        "pre_norm": not isinstance(model.norm_pre, IDENTITY), "patch_bias": model.patch_embed.proj.bias is not None,
        "qkv_bias": qkv_bias(block.attn), "layer_scale": scale, "activation": ACTIVATIONS[type(block.mlp.act).__name__],
        "mlp": mlp, "hidden": block.mlp.fc2.in_features, "eps": block.norm1.eps, "final_eps": getattr(model.norm, "eps", None),
        "pool": model.global_pool, "mean": list(model.pretrained_cfg["mean"]), "std": list(model.pretrained_cfg["std"]),
        "odd": oddities(model)}


def write_architectures():
    names = [n for n in timm.list_models() if any(re.match(p, n) for p in PATTERNS)]
    write_lines(OUT / "architectures.json", [describe(n) for n in names])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = [*KINDS, "clip-open", "bicubic", "architectures"]
    parser.add_argument("--only", help=f"comma-separated, of: {', '.join(parts)}")
    args = parser.parse_args()
    wanted = args.only.split(",") if args.only else parts
    if unknown := set(wanted) - set(parts):
        parser.error(f"--only: {', '.join(sorted(unknown))}: not one of {', '.join(parts)}")
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    write_kinds([k for k in KINDS if k in wanted])
    if "clip-open" in wanted:
        write_open_clip()
    if "bicubic" in wanted:
        write_bicubic()
    if "architectures" in wanted:
        write_architectures()


if __name__ == "__main__":
    main()
