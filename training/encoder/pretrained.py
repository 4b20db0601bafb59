"""The first half of MobileNetV2 as trained on ImageNet: fixed filters under the members. The layers and their names are Keras'; their weights come from fetch.sh."""
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# (block, channels in, channels out, stride); the package's later blocks were trained on other pictures and are left out.
BLOCKS = (
    (0, 32, 16, 1), (1, 16, 24, 2), (2, 24, 24, 1), (3, 24, 32, 2), (4, 32, 32, 1), (5, 32, 32, 1), (6, 32, 64, 2), (7, 64, 64, 1), (8, 64, 64, 1), (9, 64, 64, 1),
)
EXPANSION = 6
EPSILON = 1e-3
# Blocks whose maps the members read, with their channels and their share of the picture's side.
SHALLOW, DEEP = 5, 9
SHALLOW_CHANNELS, DEEP_CHANNELS = 32, 64


class Layer(nn.Module):
    """A convolution with its batch normalisation folded in, TensorFlow's padding, and ReLU6 where the block has one."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int, active: bool):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, 0, groups=groups)
        self.active = active
        # TensorFlow pads right and below first; with stride 2 on an even side only there.
        self.padding = (0, 0, 0, 0) if kernel == 1 else (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        answer = self.convolution(F.pad(x, self.padding) if any(self.padding) else x)
        return answer.clamp(0, 6) if self.active else answer


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, expands: bool):
        super().__init__()
        inner = inputs * EXPANSION if expands else inputs
        self.expand = Layer(inputs, inner, 1, 1, 1, True) if expands else None
        self.depthwise = Layer(inner, inner, 3, stride, inner, True)
        self.project = Layer(inner, outputs, 1, 1, 1, False)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        answer = self.project(self.depthwise(x if self.expand is None else self.expand(x)))
        return x + answer if self.adds else answer


class Backbone(nn.Module):
    """pixels [n, 1, S, S] in −1…1 → maps of the blocks SHALLOW [n, 32, S/8, S/8] and DEEP [n, 64, S/16, S/16]."""

    def __init__(self):
        super().__init__()
        # Films are grey, so the first layer's three colours are added up.
        self.first = Layer(1, 32, 3, 2, 1, True)
        self.blocks = nn.ModuleList(Block(inputs, outputs, stride, number > 0) for number, inputs, outputs, stride in BLOCKS)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        x = self.first(pixels)
        kept = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in (SHALLOW, DEEP):
                kept.append(x)
        return tuple(kept)


def stored_weights(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of a TensorFlow.js layers model (model.json, weights.bin), restored from 8 bits."""
    manifest = json.loads((folder / "model.json").read_text())["weightsManifest"]
    raw, at, out = (folder / "weights.bin").read_bytes(), 0, {}
    for entry in (entry for group in manifest for entry in group["weights"]):
        count, scale = int(np.prod(entry["shape"])), entry["quantization"]
        if scale["dtype"] != "uint8":
            raise ValueError(f"{entry['name']}: {scale['dtype']} instead of uint8")
        values = np.frombuffer(raw, np.uint8, count, at).astype(np.float32) * np.float32(scale["scale"]) + np.float32(scale["min"])
        out[entry["name"]] = values.reshape(entry["shape"])
        at += count
    return out


def read_backbone(folder: Path) -> Backbone:
    """The backbone with the weights that fetch.sh put into `folder`."""
    weights, backbone = stored_weights(folder), Backbone().eval()

    def fill(layer: Layer, name: str, norm: str, depthwise: bool) -> None:
        kernel = torch.from_numpy(weights[f"{name}/{'depthwise_kernel' if depthwise else 'kernel'}"])
        kernel = kernel.permute(2, 3, 0, 1) if depthwise else kernel.permute(3, 2, 0, 1)
        gamma, beta, mean, variance = (torch.from_numpy(weights[f"{norm}/{part}"]) for part in ("gamma", "beta", "moving_mean", "moving_variance"))
        gain = gamma / (variance + EPSILON).sqrt()
        if layer is backbone.first:
            kernel = kernel.sum(1, keepdim=True)
        layer.convolution.weight.data.copy_(kernel * gain.reshape(-1, 1, 1, 1))
        layer.convolution.bias.data.copy_(beta - mean * gain)

    fill(backbone.first, "Conv1", "bn_Conv1", False)
    for number, block in enumerate(backbone.blocks):
        prefix = f"block_{number}" if number > 0 else "expanded_conv"
        if block.expand is not None:
            fill(block.expand, f"{prefix}_expand", f"{prefix}_expand_BN", False)
        fill(block.depthwise, f"{prefix}_depthwise", f"{prefix}_depthwise_BN", True)
        fill(block.project, f"{prefix}_project", f"{prefix}_project_BN", False)
    return backbone
