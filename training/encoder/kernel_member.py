"""A member by kernel regression: Gaussian similarity to the training films in the space of their main texture components."""
import torch
from torch import Tensor, nn

from texture import COARSE, FEATURES, GRID, OCTAVES, ORIENTATIONS, SIGMAS

COMPONENTS = 176


def feature_weights() -> Tensor:
    """Weight of each texture feature after standardisation: coarse pictures count more, differences of left and right less."""
    energies = len(SIGMAS) * OCTAVES * ORIENTATIONS * GRID * GRID // 2
    coarse = COARSE * COARSE
    return torch.cat([torch.full((energies,), 0.7), torch.full((energies,), 0.5), torch.full((coarse,), 2.0), torch.ones(coarse)])


class KernelMember(nn.Module):
    def __init__(self, films: int, targets: int):
        super().__init__()
        for name, shape in (("mean", (FEATURES,)), ("scale", (FEATURES,)), ("basis", (FEATURES, COMPONENTS)), ("centres", (films, COMPONENTS)), ("width", ()), ("alpha", (films, targets)), ("gain", (targets,))):
            self.register_buffer(name, torch.zeros(shape))

    def components(self, features: Tensor) -> Tensor:
        return ((features - self.mean) * self.scale) @ self.basis

    def similarity(self, components: Tensor) -> Tensor:
        """exp(−distance² / width) of components [n, COMPONENTS] to the training films: [n, films]."""
        square = (components ** 2).sum(1, keepdim=True) + (self.centres ** 2).sum(1)[None] - 2 * components @ self.centres.t()
        return torch.exp(-square.clamp(min=0) / self.width)

    def forward(self, features: Tensor) -> Tensor:
        """features [n, FEATURES] → adult scores [n, targets] on the scale of the other members' logits."""
        return (self.similarity(self.components(features)) @ self.alpha) * self.gain
