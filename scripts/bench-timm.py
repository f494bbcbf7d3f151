#!/usr/bin/env python3
"""Times a vision transformer of timm (torch, fp32) on the CPU at full size.

Install (Python 3.11):
    pip install torch==2.14.1 torchvision --index-url https://download.pytorch.org/whl/cpu
    pip install timm==1.0.31 huggingface_hub==2.4.0 safetensors==0.8.0

Run:
    python scripts/bench-timm.py --model vit_base_patch16_224 --size 1024      # random weights, two threads
    python scripts/bench-timm.py --model vit_large_patch14_dinov2 --size 1022 --weights FOLDER
    python scripts/bench-timm.py --model vit_base_patch16_224 --size 1024 --make FOLDER     # writes such a folder, no more

FOLDER is in timm's hub layout: config.json and model.safetensors. --make writes one with random weights of a plain size
at the model's native resolution, so that both sides of a comparison can load the same file.
Loading: timm.create_model("local-dir:FOLDER", pretrained=True, img_size=SIZE), as a user does it; with --lean, the model
is made on the meta device and given the tensors of the memory-mapped file, which is as little memory as torch can do
with: pages of the file then count as resident once they have been read.
Prints one JSON line: seconds of loading, seconds of forward_features (median and all runs), peak resident MB (of the
process so far: after the imports, after loading, after each run). Import torch's wheel for the CPU: importing the
CUDA one takes some 290 MB more, and torchvision's, which timm imports, comes on top.
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


def peak_mb():
    """Most resident memory of this process so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))


def empty_model(name, **args):
    """On the CPU, parameters not initialised; buffers that are in no file are."""
    import timm
    import torch
    with torch.device("meta"):
        model = timm.create_model(name, **args)
    for module in model.modules():
        for key, value in module._buffers.items():
            if value is not None and value.is_meta:
                module._buffers[key] = torch.empty_like(value, device="cpu")
    for module in model.modules():
        if hasattr(module, "init_non_persistent_buffers"):
            module.init_non_persistent_buffers()
    return model


def random_model(name, **args):
    """Weights of a plain size, without torch's slow default initialisation."""
    import torch
    model = empty_model(name, **args)
    for key, p in model.named_parameters():
        value = torch.empty(p.shape)
        value.fill_(0.5) if p.ndim == 1 else value.normal_(0, p[0].numel() ** -0.5 if p[0].numel() else 1)
        module, _, leaf = key.rpartition(".")
        setattr(model.get_submodule(module), leaf, torch.nn.Parameter(value, requires_grad=False))
    return model.eval()


def lean_model(folder, size):
    """The position grid is resampled by timm's own filter; every other tensor stays in the file."""
    from safetensors.torch import load_file
    from timm.models import eva, vision_transformer
    config = json.loads((folder / "config.json").read_text())
    args = {"num_classes": config.get("num_classes", 0), **config.get("model_args", {}), "img_size": size}
    model = empty_model(config["architecture"], **args)
    model.pretrained_model_args = config.get("model_args", {})  # the filter needs the native grid
    family = eva if isinstance(model, eva.Eva) else vision_transformer
    tensors = family.checkpoint_filter_fn(load_file(folder / "model.safetensors"), model)
    model.load_state_dict(tensors, strict=True, assign=True)
    return model.eval()


def load(args):
    import timm
    if args.weights is None:
        return random_model(args.model, img_size=args.size)
    if args.lean:
        return lean_model(args.weights, args.size)
    return timm.create_model(f"local-dir:{args.weights}", pretrained=True, img_size=args.size).eval()


def make(args):
    import timm
    model = random_model(args.model)
    timm.models.save_for_hf(model, str(args.make), safe_serialization=True)


def timed(repeats, work):
    runs, peaks = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        runs.append(round(time.perf_counter() - start, 3))
        peaks.append(peak_mb())
    return {"seconds": statistics.median(runs), "runs": runs, "peak_mb": peaks}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="vit_base_patch16_224", help="timm's name; with --weights, that of its config")
    parser.add_argument("--size", type=int, default=1024, help="side of the square picture (1022 for patch 14)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--weights", type=Path, help="a folder in timm's hub layout")
    parser.add_argument("--lean", action="store_true", help="load with as little memory as torch can; needs --weights")
    parser.add_argument("--make", type=Path, metavar="FOLDER", help="write a model with random weights there, and stop")
    args = parser.parse_args()
    if args.lean and args.weights is None:
        parser.error("--lean needs --weights")
    import timm
    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    with torch.inference_mode():
        if args.make:
            make(args)
            return
        imported, start = peak_mb(), time.perf_counter()
        model = load(args)
        loaded = {"seconds": round(time.perf_counter() - start, 2), "peak_mb": peak_mb()}
        picture = torch.randn(1, 3, args.size, args.size)
        runs = timed(args.repeats, lambda: model.forward_features(picture))
    name = model.pretrained_cfg["architecture"]
    print(json.dumps({
        "model": name, "size": args.size, "grid": list(model.patch_embed.dynamic_feat_size((args.size, args.size))),
        "threads": args.threads, "weights": "random" if args.weights is None else args.weights.name, "lean": args.lean,
        "torch": torch.__version__, "timm": timm.__version__, "imports_peak_mb": imported, "load": loaded, **runs}))


if __name__ == "__main__":
    main()
