"""Fixed texture features of a film: the moduli of Gabor filters over three octaves and a coarse picture, made blind to left and right.

Nothing here is learnt; the backbone knows more, but reads other things (docs/decisions)."""
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Side of the picture that the filters see.
SIDE = 128
ORIENTATIONS = 8
SIGMAS = (1.3, 2.0)
OCTAVES = 3
GRID = 8
COARSE = 16
FEATURES = (len(SIGMAS) * OCTAVES * ORIENTATIONS * GRID * GRID + 2 * COARSE * COARSE)


def gabor(sigma: float) -> Tensor:
    """Even and odd filters [2 × ORIENTATIONS, 1, k, k], without response to constants."""
    side = int(3 * sigma) * 2 + 1
    line = torch.arange(side).float() - side // 2
    y, x = torch.meshgrid(line, line, indexing="ij")
    filters = []
    for index in range(ORIENTATIONS):
        angle = math.pi * index / ORIENTATIONS
        across, along = x * math.cos(angle) + y * math.sin(angle), -x * math.sin(angle) + y * math.cos(angle)
        envelope = torch.exp(-(across ** 2 + 0.5 * along ** 2) / (2 * sigma * sigma))
        phase = 0.6 * math.pi / sigma * across
        even, odd = envelope * torch.cos(phase), envelope * torch.sin(phase)
        even = even - envelope * even.sum() / envelope.sum()
        filters += [even / envelope.sum(), odd / envelope.sum()]
    return torch.stack(filters).unsqueeze(1)


def gaussian(sigma: float) -> Tensor:
    side = int(2.5 * sigma) * 2 + 1
    line = torch.exp(-((torch.arange(side).float() - side // 2) ** 2) / (2 * sigma * sigma))
    return line / line.sum()


class Texture(nn.Module):
    """pixels [n, 1, SIDE, SIDE] in 0…1 → features [n, FEATURES]: mean of film and mirror image, and half their absolute difference."""

    def __init__(self):
        super().__init__()
        for index, sigma in enumerate(SIGMAS):
            self.register_buffer(f"bank{index}", gabor(sigma), persistent=False)
        self.register_buffer("smooth", gaussian(14.0), persistent=False)

    def blur(self, x: Tensor) -> Tensor:
        side = self.smooth.shape[0]
        padded = F.pad(x, (side // 2,) * 4, mode="reflect")
        return F.conv2d(F.conv2d(padded, self.smooth.view(1, 1, 1, -1)), self.smooth.view(1, 1, -1, 1))

    def maps(self, pixels: Tensor) -> list[Tensor]:
        """Grids before flattening: [n, 48, GRID, GRID] and [n, 2, COARSE, COARSE]."""
        mean = pixels.mean((2, 3), keepdim=True)
        spread = ((pixels - mean) ** 2).mean((2, 3), keepdim=True).sqrt()
        globally = (pixels - mean) / (spread + 0.02)
        local = pixels - self.blur(pixels)
        locally = local / (self.blur(local ** 2).sqrt() + 0.03)
        energies = []
        level = locally
        for octave in range(OCTAVES):
            if octave > 0:
                level = F.avg_pool2d(level, 2)
            for index in range(len(SIGMAS)):
                bank = getattr(self, f"bank{index}")
                pad = bank.shape[-1] // 2
                answer = F.conv2d(F.pad(level, (pad,) * 4, mode="reflect"), bank)
                modulus = (answer[:, 0::2] ** 2 + answer[:, 1::2] ** 2 + 1e-6).sqrt()
                energies.append(torch.log(F.avg_pool2d(modulus, (SIDE >> octave) // GRID) + 0.02))
        cell = SIDE // COARSE
        return [torch.cat(energies, 1), torch.cat([F.avg_pool2d(locally, cell), F.avg_pool2d(globally, cell)], 1)]

    def forward(self, pixels: Tensor) -> Tensor:
        plain, mirrored = self.maps(pixels), self.maps(pixels.flip(3))
        halves = []
        for first, second, half in zip(plain, mirrored, (GRID // 2, COARSE // 2)):
            mean, difference = (first + second) / 2, (first - second).abs() / 2
            halves += [mean[:, :, :, :half].flatten(1), difference[:, :, :, :half].flatten(1)]
        return torch.cat(halves, 1)
