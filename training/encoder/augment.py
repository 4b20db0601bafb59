"""Random views of a batch of films: what scanners, crops, screens and compression do to a radiograph, on tensors."""
import math

import torch
from torch import Tensor
from torch.nn import functional as F


def uniform(n: int, low: float, high: float) -> Tensor:
    return torch.empty(n).uniform_(low, high)


def warp(pixels: Tensor, size: int, strength: float, wide: Tensor) -> Tensor:
    """Rotation, zoom, aspect, shift and mirror in one resampling: [n, 1, C, C] in 0…1 → [n, 1, size, size]. `wide` [n] (bool): films that
    the data set squashed to a square; half of them get some of their width back and lose their sides, as a crop of the whole film would."""
    n = len(pixels)
    angle = uniform(n, -12, 12) * strength * math.pi / 180
    zoom = 1 + uniform(n, -0.16, 0.10) * strength
    aspect = 1 + uniform(n, -0.10, 0.10) * strength
    width = torch.where(wide & (torch.rand(n) < 0.5), uniform(n, 0.65, 1), torch.ones(n))
    mirror = (torch.rand(n) < 0.5).float() * -2 + 1
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = mirror * angle.cos() * zoom * aspect * width
    theta[:, 0, 1] = -angle.sin() * zoom
    theta[:, 1, 0] = mirror * angle.sin() * zoom * width
    theta[:, 1, 1] = angle.cos() * zoom / aspect
    theta[:, :, 2] = uniform(2 * n, -0.08, 0.08).reshape(n, 2) * strength
    grid = F.affine_grid(theta, [n, 1, size, size], align_corners=False)
    return F.grid_sample(pixels, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def degrade(pixels: Tensor) -> Tensor:
    """Resolution, gamma, contrast, noise and missing parts, drawn per film (resolution per quarter of the batch)."""
    n, _, size, _ = pixels.shape
    out = pixels.clone()
    # Resolution must tell nothing: small films are among the data, so every film is small at times.
    for part in torch.randperm(n).chunk(4):
        if torch.rand(1) < 0.5:
            small = int(torch.randint(48, 100, (1,)))
            out[part] = F.interpolate(F.interpolate(out[part], small, mode="area"), size, mode="bicubic", align_corners=False)
    out = out.clamp(1e-4, 1) ** torch.exp(uniform(n, -0.25, 0.25)).reshape(n, 1, 1, 1)
    out = (out - 0.5) * uniform(n, 0.8, 1.2).reshape(n, 1, 1, 1) + 0.5 + uniform(n, -0.12, 0.12).reshape(n, 1, 1, 1)
    noisy = (torch.rand(n) < 0.4).float().reshape(n, 1, 1, 1)
    out = out + torch.randn_like(out) * uniform(n, 0, 0.05).reshape(n, 1, 1, 1) * noisy
    for index in range(n):
        if torch.rand(1) < 0.15:
            height, width = (int(size * edge) for edge in torch.empty(2).uniform_(0.08, 0.28))
            top, left = int(torch.randint(0, size - height, (1,))), int(torch.randint(0, size - width, (1,)))
            out[index, :, top:top + height, left:left + width] = torch.rand(1)
    return out.clamp(0, 1)
