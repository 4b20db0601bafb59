"""A member by kernel regression: Gaussian similarity to the training films in the space of the main components of some features."""
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import texture
from reader import BACKBONE_FEATURES, CHANNELS, FEATURES, GRID

# Differences of left and right weigh half of what is common to both sides.
DIFFERENCE = 0.5 ** 0.5


@dataclass(frozen=True)
class Kind:
    """Which of the reader's features a kernel member sees, how many main components it keeps, its ridge and its share in the adults' logits."""

    first: int
    last: int
    components: int
    ridge: float
    share: float


# The attention members together have the remaining quarter. Out of fold the backbone's kernel is the best by far, so it counts double.
KINDS = {"backbone": Kind(0, BACKBONE_FEATURES, 256, 3.0, 0.5), "texture": Kind(BACKBONE_FEATURES, FEATURES, 176, 3.0, 0.25)}


def feature_weights(kind: str) -> Tensor:
    """Weight of each feature after standardisation. Backbone: every depth and version of the film counts the same, however many channels it has.
    Texture: coarse pictures count more, differences of left and right less."""
    if kind == "texture":
        energies = len(texture.SIGMAS) * texture.OCTAVES * texture.ORIENTATIONS * texture.GRID * texture.GRID // 2
        coarse = texture.COARSE * texture.COARSE
        return torch.cat([torch.full((energies,), 0.7), torch.full((energies,), 0.5), torch.full((coarse,), 2.0), torch.ones(coarse)])
    parts = []
    for channels in CHANNELS:
        count = channels * GRID * GRID // 2
        parts += [torch.full((count,), weight / count ** 0.5) for weight in (1.0, DIFFERENCE)]
    return torch.cat(parts)


class KernelMember(nn.Module):
    def __init__(self, kind: str, films: int, targets: int):
        super().__init__()
        self.kind = KINDS[kind]
        features, components = self.kind.last - self.kind.first, self.kind.components
        for name, shape in (("mean", (features,)), ("scale", (features,)), ("basis", (features, components)), ("centres", (components, films)), ("width", ()), ("alpha", (films, targets)), ("gain", (targets,))):
            self.register_buffer(name, torch.zeros(shape))

    def components(self, features: Tensor) -> Tensor:
        return ((features[:, self.kind.first:self.kind.last] - self.mean) * self.scale) @ self.basis

    def similarity(self, components: Tensor) -> Tensor:
        """exp(−distance² / width) of components to the training films: [n, films]."""
        square = (components ** 2).sum(1, keepdim=True) + (self.centres ** 2).sum(0)[None] - 2 * components @ self.centres
        return torch.exp(-square.clamp(min=0) / self.width)

    def forward(self, features: Tensor) -> Tensor:
        """features [n, FEATURES] of reader.py → adult scores [n, targets] on the scale of the other members' logits."""
        return (self.similarity(self.components(features)) @ self.alpha) * self.gain
