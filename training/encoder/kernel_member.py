"""The member by kernel regression: Gaussian similarity to the training films in the space of the main components of the reader's features."""
import torch
from torch import Tensor, nn

from reader import CHANNELS, FEATURES, GRID

# Main components that are kept, and the ridge of the regression.
COMPONENTS = 320
RIDGE = 3.0
# What it counts in the adults' logits; the attention members have the rest. Out of fold it is better by far.
SHARE = 0.9
# The window around the chest counts more than the whole film.
WINDOW = 1.5
# Differences of left and right weigh half of what is common to both sides.
DIFFERENCE = 0.5 ** 0.5


def feature_weights() -> Tensor:
    """Weight [FEATURES] of each feature after standardisation: every depth and version counts the same, however many channels it has; the window WINDOW times as much."""
    parts = []
    for index, channels in enumerate(CHANNELS):
        count, much = channels * GRID * GRID // 2, WINDOW if index < len(CHANNELS) // 2 else 1.0
        parts += [torch.full((count,), much * weight / count ** 0.5) for weight in (1.0, DIFFERENCE)]
    return torch.cat(parts)


class KernelMember(nn.Module):
    def __init__(self, films: int, targets: int):
        super().__init__()
        for name, shape in (("mean", (FEATURES,)), ("scale", (FEATURES,)), ("width", ()), ("alpha", (films, targets)), ("gain", (targets,))):
            self.register_buffer(name, torch.zeros(shape))
        # The large ones at half precision: it halves the file and changes no score by more than a thousandth of its spread.
        for name, shape in (("basis", (FEATURES, COMPONENTS)), ("centres", (COMPONENTS, films))):
            self.register_buffer(name, torch.zeros(shape, dtype=torch.half))

    def components(self, features: Tensor) -> Tensor:
        return ((features - self.mean) * self.scale) @ self.basis.float()

    def similarity(self, components: Tensor) -> Tensor:
        """exp(−distance² / width) of components to the training films: [n, films]."""
        centres = self.centres.float()
        square = (components ** 2).sum(1, keepdim=True) + (centres ** 2).sum(0)[None] - 2 * components @ centres
        return torch.exp(-square.clamp(min=0) / self.width)

    def forward(self, features: Tensor) -> Tensor:
        """features [n, FEATURES] of reader.py → adult scores [n, targets] on the scale of the other members' logits."""
        return (self.similarity(self.components(features)) @ self.alpha) * self.gain
