#!/usr/bin/env python3
"""Makes test/golden/diffseg: DiffSeg (Tian et al., CVPR 2024) written down with numpy after its published description.

Install (Python 3.11, versions pinned):
    pip install torch==2.14.1 --index-url https://download.pytorch.org/whl/cpu
    pip install diffusers==0.42.1 numpy==2.4.6 scikit-learn==1.9.1

Run:    python scripts/make-diffseg.py

1. `<kind>-maps.npy`, for the tiny random pipelines `sd1` and `sd2` of test/golden/pipelines and their 128x128 picture: the
   probabilities of all self-attention of diffusers' whole UNet (timestep 300, no noise, the empty prompt), taken by an attention
   processor of our own, averaged over heads and over blocks of one resolution, aggregated; every second query (a row, the columns 0, 2, ...), float32.
2. `cases.json`: merging, labels and k-means, on these maps and on scenes (`scene`) that are made by a formula, in double
   precision. Labels are a letter a token or pixel; -1 never occurs. Left out: cases that rounding decides.
"""
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from sklearn.cluster import KMeans
from torch.nn.functional import interpolate

GOLDEN = Path(__file__).resolve().parent.parent / "test" / "golden"
OUT = GOLDEN / "diffseg"
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
TIMESTEP = 300


# ------------------------------------------------------------------------------------------------ attention of a UNet

class Keep:
    """An attention processor that computes attention written out, and keeps the mean over heads of self-attention."""

    def __init__(self):
        self.maps = []

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        heads = lambda x: x[0].reshape(x.shape[1], attn.heads, -1).transpose(0, 1).double()
        q, k, v = heads(attn.to_q(hidden_states)), heads(attn.to_k(context)), heads(attn.to_v(context))
        p = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1)
        if encoder_hidden_states is None:
            self.maps.append(p.mean(0).numpy())
        out = (p @ v).transpose(0, 1).reshape(1, hidden_states.shape[1], -1).float()
        return attn.to_out[0](out)


def attention_maps(kind):
    """Of all blocks, in the order in which they run."""
    folder = GOLDEN / "pipelines" / kind
    variant = "fp16" if (folder / "unet/diffusion_pytorch_model.fp16.safetensors").exists() else None
    how = {"torch_dtype": torch.float32, "variant": variant}
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", **how).eval()
    vae = AutoencoderKL.from_pretrained(folder / "vae", **how).eval()
    picture = np.load(folder / "golden/picture-128x128.npy")
    x = torch.from_numpy(2 * (picture.astype(np.float64) / 255) - 1).float().permute(2, 0, 1)[None]
    latents = vae.encode(x).latent_dist.mean * vae.config.scaling_factor
    prompt = torch.from_numpy(np.load(folder / "golden/prompt_embeds.npy"))[None]
    plain = unet(latents, TIMESTEP, encoder_hidden_states=prompt).sample
    keep = Keep()
    unet.set_attn_processor(keep)
    ours = unet(latents, TIMESTEP, encoder_hidden_states=prompt).sample
    assert (plain - ours).abs().max() < 1e-4 * plain.abs().max()
    assert len(keep.maps) == 16
    return keep.maps, latents.shape[-1]


def aggregate(maps, n):
    """16 maps of four resolutions -> n^2 x n^2, rows sum to 1."""
    sizes = [n, n // 2, n // 4, n // 8]
    out = np.zeros((n, n, n * n))
    for w in sizes:
        own = np.mean([m for m in maps if len(m) == w * w], axis=0).reshape(w * w, 1, w, w)
        fine = interpolate(torch.from_numpy(own), (n, n), mode="bilinear", align_corners=False).numpy().reshape(w, w, n * n)
        fine /= fine.sum(-1, keepdims=True)
        out += w / sum(sizes) * fine.repeat(n // w, 0).repeat(n // w, 1)
    return out.reshape(n * n, n * n)


# ------------------------------------------------------------------------------------------------ merging

def distances(p, q):
    """D(P, Q) = 1/2 sum (P - Q)(ln P - ln Q) of all pairs of rows."""
    lp, lq = np.log(p), np.log(q)
    return 0.5 * ((p * lp).sum(1)[:, None] + (q * lq).sum(1)[None] - p @ lq.T - lp @ q.T)


def merge(maps, n, threshold):
    """(the K maps, the least |D - T| that was decided by)."""
    at = np.arange(1, n, 4)
    anchors = maps[(at[:, None] * n + at[None]).ravel()]
    d = distances(anchors, maps)
    margin = np.abs(d - threshold).min()
    found = np.stack([maps[row < threshold].mean(0) for row in d])
    for _ in range(2):
        d = distances(found, found)
        margin = min(margin, np.abs(d - threshold).min())
        matched, merged = set(), []
        for i in range(len(found)):
            if i in matched:
                continue
            near = np.flatnonzero(d[i] < threshold)
            matched.update(near.tolist())
            merged.append(found[near].mean(0))
        found = np.stack(merged)
    return found, margin


def labels_of(found, n, scale):
    planes = torch.from_numpy(found.reshape(1, -1, n, n))
    fine = planes if scale == 1 else interpolate(planes, scale_factor=scale, mode="bilinear", align_corners=False)
    ordered = np.sort(fine[0].numpy(), axis=0)
    close = 1.0 if len(found) == 1 else ((ordered[-1] - ordered[-2]) / ordered[-1])
    return fine[0].numpy().argmax(0), np.asarray(close)


def k_means(maps, found):
    return KMeans(len(found), init=found, n_init=1).fit(maps).cluster_centers_


# ------------------------------------------------------------------------------------------------ scenes

def scene(n, spread, leak, texture):
    """Attention that a formula makes: tokens attend to near ones, and across the borders of the regions `leak` times less."""
    y, x = np.divmod(np.arange(n * n), n)
    u, v = (x + 0.5) / n, (y + 0.5) / n
    region = (u > 0.55) * 1 + (v > 0.4 + 0.2 * u) * 2
    region = np.where((u - 0.3) ** 2 + (v - 0.75) ** 2 < 0.03, 4, region)
    far = (u[:, None] - u[None]) ** 2 + (v[:, None] - v[None]) ** 2
    same = region[:, None] == region[None]
    i, j = np.arange(n * n)[:, None], np.arange(n * n)[None]
    grain = 1 + texture * np.sin(12.9898 * (i + 1) + 78.233 * (j + 1))
    p = np.exp(-far / spread) * np.where(same, 1, leak) * grain + 1e-6
    return p / p.sum(1, keepdims=True)


SCENES = [dict(n=16, spread=0.2, leak=0.02, texture=0.5), dict(n=24, spread=0.05, leak=0.1, texture=0.2),
          dict(n=20, spread=0.02, leak=0.3, texture=0.8)]


def spell(labels):
    """By first appearance, a letter each."""
    seen = {}
    return "".join(LETTERS[seen.setdefault(int(k), len(seen))] for k in labels.ravel())


def cases(named, maps, n, thresholds):
    for threshold in thresholds:
        found, margin = merge(maps, n, threshold)
        tokens, close = labels_of(found, n, 1)
        if margin < 5e-5 or len(np.unique(tokens)) > len(LETTERS) or (close < 1e-4).any():
            continue
        means = k_means(maps, found)
        again, _ = labels_of(means, n, 1)
        fine, _ = labels_of(found, n, 4)
        yield {**named, "threshold": threshold, "maps": len(found), "labels": spell(tokens), "kMeans": spell(again),
               "fine": spell(fine) if n <= 16 else None}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    out = []
    with torch.no_grad():
        for kind in ("sd1", "sd2"):
            found, n = attention_maps(kind)
            maps = aggregate(found, n)
            assert np.abs(maps.sum(1) - 1).max() < 1e-9
            np.save(OUT / f"{kind}-maps.npy", maps[::2].reshape(n, n // 2, n * n).astype(np.float32))
            d = distances(maps, maps)
            thresholds = [float(f"{q:.4g}") for q in np.quantile(d, np.linspace(0.02, 0.4, 39))]
            out += [case for case in cases({"pipeline": kind, "n": n}, maps, n, thresholds) if case["maps"] > 1][::2][:3]
        for own in SCENES:
            maps = scene(**own)
            out += list(cases({"scene": own, "n": own["n"]}, maps, own["n"], [0.5, 0.9, 1.1, 2]))
    (OUT / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in out) + "\n]\n")
    for case in out:
        moved = sum(a != b for a, b in zip(case["labels"], case["kMeans"]))
        print(case.get("pipeline") or case["scene"], case["threshold"], case["maps"], "maps;", moved, "tokens otherwise by k-means")


if __name__ == "__main__":
    main()
