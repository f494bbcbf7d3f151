#!/usr/bin/env python3
"""Times DiffSeg in Python (diffusers and numpy) at SD 1.4's size with random weights, beside `npm run bench -- full-size --tap attention`.

Install: as scripts/make-diffseg.py says.

Run:    python scripts/bench-diffseg.py                # 512x512, two threads, 6 GB

VAE, the whole UNet in single precision with self-attention written out and averaged over heads, aggregation and merging as in
scripts/make-diffseg.py. Prints one JSON line: seconds of each, and peak resident MB so far.
"""
import importlib.util
import json
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

here = Path(__file__).resolve().parent


def module(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), here / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


published, sizes = module("make-diffseg"), module("bench-diffusers")
UNET = {"cross_attention_dim": 768, "attention_head_dim": 8, "sample_size": 64}
VAE = {**sizes.VAE, "sample_size": 512, "scaling_factor": 0.18215}
THRESHOLD = 1


class Keep(published.Keep):
    """The same in single precision."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        heads = lambda x: x[0].reshape(x.shape[1], attn.heads, -1).transpose(0, 1)
        q, k, v = heads(attn.to_q(hidden_states)), heads(attn.to_k(context)), heads(attn.to_v(context))
        p = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1)
        if encoder_hidden_states is None:
            self.maps.append(p.mean(0).numpy())
        return attn.to_out[0]((p @ v).transpose(0, 1).reshape(1, hidden_states.shape[1], -1))


def main():
    torch.set_num_threads(2)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    unet, vae = sizes.make(UNet2DConditionModel, UNET), sizes.make(AutoencoderKL, VAE)
    picture, keep, said = torch.rand(1, 3, 512, 512) * 2 - 1, Keep(), {}

    def timed(stage, work):
        start = time.perf_counter()
        out = work()
        said[stage] = {"seconds": round(time.perf_counter() - start, 2), "peak_mb": sizes.peak_mb()}
        return out

    latents = timed("vae", lambda: vae.encode(picture).latent_dist.mean * vae.config.scaling_factor)
    unet.set_attn_processor(keep)
    timed("unet", lambda: unet(latents, published.TIMESTEP, encoder_hidden_states=torch.randn(1, 77, 768)))
    maps = timed("aggregate", lambda: published.aggregate(keep.maps, 64).astype(np.float32))
    timed("merge", lambda: published.merge(maps, 64, THRESHOLD))
    print(json.dumps({"torch": torch.__version__, **said}))


main()
