"""A member by attention pooling over the backbone's maps: maps → vector → heads, and where it looked."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reader import CELLS, MAP_CHANNELS

QUERIES = 8
HIDDEN = 96
VECTOR = 64
# The maps, and their absolute difference from their mirror image.
INPUTS = 2 * MAP_CHANNELS


class AttentionMember(nn.Module):
    def __init__(self, adult_targets: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(INPUTS))
        self.register_buffer("std", torch.ones(INPUTS))
        self.queries = nn.Conv2d(INPUTS, QUERIES, 1)
        # Where each query likes to look: films are aligned, and an effusion lies low. The same on both sides.
        self.places = nn.Parameter(torch.zeros(1, QUERIES, CELLS, CELLS))
        self.keep = nn.Dropout(0.5)
        self.first = nn.Linear(INPUTS * (QUERIES + 1), HIDDEN)
        self.first_norm = nn.LayerNorm(HIDDEN)
        self.keep_hidden = nn.Dropout(0.4)
        self.second = nn.Linear(HIDDEN, VECTOR)
        self.norm = nn.LayerNorm(VECTOR)
        self.adult = nn.Linear(VECTOR, adult_targets)
        # Children: abnormal, viral. Never mixed with the adults' labels.
        self.pediatric = nn.Linear(VECTOR, 2)

    def both_sides(self, maps: Tensor) -> Tensor:
        return torch.cat([maps, (maps - maps.flip(3)).abs()], 1)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """maps [n, MAP_CHANNELS, h, w] of reader.py → vector [n, VECTOR], adult logits, pediatric logits, attention [n, h, w] (sums to 1)."""
        inputs = (self.both_sides(maps) - self.mean.reshape(1, -1, 1, 1)) / self.std.reshape(1, -1, 1, 1)
        n, _, height, width = inputs.shape
        attention = (self.queries(inputs) + self.places + self.places.flip(3)).flatten(2).softmax(2)
        values = inputs.flatten(2)
        pooled = torch.cat([(attention @ values.transpose(1, 2)).flatten(1), values.mean(2)], 1)
        hidden = F.gelu(self.first_norm(self.first(self.keep(pooled))))
        vector = self.norm(self.second(self.keep_hidden(hidden)))
        return vector, self.adult(vector), self.pediatric(vector), attention.mean(1).reshape(n, height, width)
